"""The words of a page: what is broken, since when, how to answer; for 03:10 on a phone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from alerts.model import Priority
from playbooks.plain import one_line
from playbooks.ports import PageEvent

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
    PageEvent.ACKNOWLEDGED: _Manner("ACKNOWLEDGED", "Somebody is on it.", "See"),
    PageEvent.RECOVERED: _Manner("RECOVERED", "All its alerts have ended.", "See"),
    PageEvent.DEAD_LETTER: _Manner("UNDELIVERED", "This could not be done. Please look.", "See"),
    PageEvent.APPROVAL: _Manner("APPROVE?", "A playbook asks whether it may.", "Decide"),
    PageEvent.NEEDED: _Manner("YOUR HAND", "A playbook can't go on without you.", "See"),
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
    drill: bool = False,
) -> PageText:
    """Title and text out of plain values, which may be hostile; empty ones are left out.

    `place`: data centre and rack. `affected`: who suffers. `alerts` and `done` (what was done
    already, oldest first): one line each, the first alerts and the last acts are shown. `more` are
    lines of whoever calls: a gate's verdicts, a call sheet.
    """
    manner = _MANNERS[event]
    facts = {
        "Server": server or "",
        "Place": place,
        "Since": since.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if since else "",
        "Affected": affected,
        "Priority": f"{priority}, step {step}",
        "Ticket": ticket,
    }
    blocks = [
        [one_line(title), manner.sentence],
        [f"{manner.link}: {one_line(link, limit=2000)}"] if link else [],
        [one_line(line) for line in more],
        [one_line(f"{name}: {fact}") for name, fact in facts.items() if fact],
        _listed("Alerts", _first(alerts, _SHOWN_ALERTS)),
        _listed("Done so far", done[-_SHOWN_ACTS:]),
    ]
    text = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    word = manner.word or priority.upper()
    return PageText(_title(f"DRILL {word}" if drill else word, title, server or ""), text)


def _title(word: str, title: str, server: str) -> str:
    """The server stands in it as a word: the serial number "SER-web1" does not name web1."""
    there = re.search(rf"(?<![\w-]){re.escape(server)}(?![\w-])", title) if server else True
    named = title if there else f"{server}: {title}"
    return one_line(f"{word}: {named}", limit=TITLE_LENGTH)


def _first(lines: Sequence[str], count: int) -> list[str]:
    more = [f"and {len(lines) - count} more"] if len(lines) > count else []
    return [*lines[:count], *more]


def _listed(name: str, lines: Sequence[str]) -> list[str]:
    return [f"{name}:", *(f"- {one_line(line)}" for line in lines)] if lines else []
