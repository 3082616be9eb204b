"""The words of a page: what is broken, since when, how to answer; for 03:10 on a phone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from alerts.model import Priority
from playbooks.plain import one_line
from playbooks.ports import PageEvent
from responder.paging import sms

TITLE_LENGTH = 140  # one SMS with room for a sender's name
_SHOWN_ALERTS = 8
_SHOWN_ACTS = 6


@dataclass(frozen=True, slots=True)
class PageText:
    """A title of at most TITLE_LENGTH characters on one line, and the text in short lines."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class _Manner:
    """What an event is called: first word of the title ("" = the priority), sentence, link."""

    word: str
    sentence: str
    link: str


_MANNERS = {
    PageEvent.OPENED: _Manner("", "Please acknowledge.", "Acknowledge"),
    PageEvent.REPEATED: _Manner("", "Nobody has acknowledged yet.", "Acknowledge"),
    PageEvent.ESCALATED: _Manner("", "Escalated to you: nobody has acknowledged.", "Acknowledge"),
    PageEvent.LAPSED: _Manner("", "Taken, and no sign of work since. Is it yours?", "Acknowledge"),
    PageEvent.HANDED_OVER: _Manner("YOURS NOW", "It was handed over to you.", "See"),
    PageEvent.ACKNOWLEDGED: _Manner("ACKNOWLEDGED", "Somebody is on it.", "See"),
    PageEvent.RECOVERED: _Manner("RECOVERED", "All its alerts have ended.", "See"),
    PageEvent.DEAD_LETTER: _Manner("UNDELIVERED", "This could not be done. Please look.", "See"),
    PageEvent.APPROVAL: _Manner("APPROVE?", "A playbook asks whether it may.", "Decide"),
    PageEvent.NEEDED: _Manner("YOUR HAND", "A playbook can't go on without you.", "See"),
    PageEvent.LEAD: _Manner("MAJOR", "Customers wait for your words.", "See"),
    PageEvent.DESK: _Manner("DESK", "A ticket needs you.", "See"),
    PageEvent.TEST: _Manner("TEST", "Nothing is broken. Please confirm that this came.", "Confirm"),
}


def page_text(
    *,
    event: PageEvent,
    title: str,
    priority: Priority,
    since: datetime | None = None,
    server: str | None = None,
    place: str = "",
    affected: str = "",
    alerts: Sequence[str] = (),
    ticket: str = "",
    link: str = "",
    step: int = 1,
    done: Sequence[str] = (),
    more: Sequence[str] = (),
    others: int = 0,
    drill: bool = False,
) -> PageText:
    """Title and text out of plain values, which may be hostile; empty ones are left out.

    `since`: the beginning of this episode. `place`: data centre and rack. `affected`: who suffers.
    `alerts` and `done` (what was done already, oldest first): one line each, the first alerts and
    the last acts are shown. `more` are lines of whoever calls: a gate's verdicts, a call sheet.
    `others` counts the person's further incidents that nobody has acknowledged.
    """
    manner = _MANNERS[event]
    facts = {
        "Ticket": ticket,
        "Server": server or "",
        "Place": place,
        "Since": since.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if since else "",
        "Affected": affected,
        "Priority": f"{priority}, step {step}",
    }
    blocks = [
        [f"{manner.link}: {one_line(link, limit=2000)}"] if link else [],
        [one_line(title), manner.sentence, *_waiting(others)],
        [one_line(line) for line in more],
        [one_line(f"{name}: {fact}") for name, fact in facts.items() if fact],
        _listed("Alerts", _first(alerts, _SHOWN_ALERTS)),
        _listed("Done so far", done[-_SHOWN_ACTS:]),
    ]
    text = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    return PageText(heading(event, title, priority=priority, server=server, drill=drill), text)


def short_text(
    *,
    event: PageEvent,
    title: str,
    priority: Priority,
    server: str | None = None,
    link: str = "",
    others: int = 0,
    drill: bool = False,
) -> str:
    """The same in an SMS (see `sms.compose`): priority, server, what is broken, and the link."""
    words = heading(event, title, priority=priority, server=server, drill=drill, limit=400)
    return sms.compose(words, link, others=others)


def heading(
    event: PageEvent,
    title: str,
    *,
    priority: Priority,
    server: str | None = None,
    drill: bool = False,
    limit: int = TITLE_LENGTH,
) -> str:
    """The one line that tells it all: `CRITICAL: web1 does not answer`."""
    word = _MANNERS[event].word or priority.upper()
    named = f"{'DRILL ' if drill else ''}{word}: {_named(title, server or '')}"
    return one_line(named, limit=limit)


def _named(title: str, server: str) -> str:
    """The server stands in it as a word: the serial number "SER-web1" does not name web1."""
    there = re.search(rf"(?<![\w-]){re.escape(server)}(?![\w-])", title) if server else True
    return title if there else f"{server}: {title}"


def _waiting(others: int) -> list[str]:
    verb = "waits" if others == 1 else "wait"
    return [f"{others} more of yours {verb} for an acknowledgement."] if others else []


def _first(lines: Sequence[str], count: int) -> list[str]:
    more = [f"and {len(lines) - count} more"] if len(lines) > count else []
    return [*lines[:count], *more]


def _listed(name: str, lines: Sequence[str]) -> list[str]:
    return [f"{name}:", *(f"- {one_line(line)}" for line in lines)] if lines else []
