"""Which pages are one alarm to a provider that rings on by itself until somebody ends it."""

from playbooks.ports import Page, PageEvent

# These are no part of the incident's alarm: its recovery must not end them, and they must ring
# though that alarm has been answered there.
_OF_THEIR_OWN = frozenset(
    {
        PageEvent.DEAD_LETTER,
        PageEvent.TEST,
        PageEvent.APPROVAL,
        PageEvent.NEEDED,
        PageEvent.LEAD,
        PageEvent.DESK,
        PageEvent.HANDED_OVER,
    }
)


def alarm_of(page: Page) -> str:
    """The key under which this page rings, and is silenced."""
    return page.key if page.event in _OF_THEIR_OWN else page.thread
