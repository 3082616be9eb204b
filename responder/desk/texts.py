"""The words of a ticket and of the notes on it; what alerts and people say stays plain text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from playbooks.plain import many_lines, one_line
from playbooks.ports import Draft, Note
from responder import story
from responder.desk.levels import queue_of
from responder.store.logs import Line
from responder.values import Incident

SUBJECT: Final = 200  # characters; what most ticket systems keep
_ALERTS: Final = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an incident at the moment of writing. `alerts`: one line each; `queue`: the
    one that they wish, or "".
    """

    incident: Incident
    alerts: Sequence[str] = ()
    place: str = ""  # data centre, rack
    paged: Sequence[str] = ()
    link: str = ""
    queue: str = ""
    errand: str = ""  # a draft for the data centre
    seen: str = ""  # before, and what helped


def draft(facts: Facts, *, key: str, preface: str = "") -> Draft:
    """The ticket for an incident as it is now."""
    incident = facts.incident
    return Draft(
        key=key,
        queue=queue_of(incident.category, facts.queue),
        priority=incident.priority,
        category=incident.category,
        subject=subject(incident),
        text=_blocks([preface], *_told(facts)),
        server=incident.server,
        brand=incident.brand,
        incident=incident.id,
    )


def subject(incident: Incident) -> str:
    """What is broken, with a tail that no cut takes away: `[INC ref]`."""
    tail = f" [INC {incident.ref}]"
    server, title = incident.server or "", incident.title
    named = title if server in title else f"{server}: {title}"
    return one_line(named, limit=SUBJECT - len(tail)) + tail


def noted(line: Line, *, key: str) -> Note:
    """One line of an incident's log, for those who read the ticket."""
    said = [many_lines(line.words)] if line.words else []
    return Note(key, _blocks([one_line(_sentence(line))], said))


def recovered(facts: Facts, *, key: str, solved: bool) -> Note:
    """The daemon's own resolution, or what the owner should know."""
    incident = facts.incident
    well = f"All alerts ended at {_time(incident.recovered_at)}." if incident.recovered_at else ""
    lasted = (incident.recovered_at or incident.changed_at) - incident.opened_at
    last = (
        "Nobody had taken this ticket, so it is solved."
        if solved
        else "This ticket is left to whoever works on it."
    )
    ended = f"The incident is resolved; it lasted {_span(lasted)}."
    return Note(key, _blocks([line for line in (well, ended, last) if line]))


def returned(facts: Facts, *, key: str) -> Note:
    """The trouble is back."""
    return Note(key, _blocks(["It is back."], *_told(facts)))


def _told(facts: Facts) -> Sequence[Sequence[str]]:
    incident = facts.incident
    known = {
        "Server": incident.server or "",
        "Place": facts.place,
        "Since": _time(incident.opened_at),
        "Priority": f"{incident.priority} ({incident.rule})",
        "Brand": incident.brand or "",
        "Incident": incident.ref,
        "Paged": ", ".join(facts.paged),
        "Acknowledged by": incident.acknowledged_by or "",
        "Recovered": _time(incident.recovered_at),
    }
    shown = [f"- {one_line(alert)}" for alert in facts.alerts[:_ALERTS]]
    if len(facts.alerts) > _ALERTS:
        shown.append(f"- and {len(facts.alerts) - _ALERTS} more")
    return (
        [one_line(incident.title), one_line(facts.seen, limit=600)],
        [one_line(f"{name}: {value}") for name, value in known.items() if value],
        ["Alerts:", *shown] if shown else [],
        [facts.errand] if facts.errand else [],
        [one_line(facts.link, limit=2000)] if facts.link else [],
    )


def _sentence(line: Line) -> str:
    who, told = line.actor.name, line.data
    match line.kind:
        case "acknowledged":
            return f"Acknowledged by {who}."
        case "note":
            return f"{who} wrote:"
        case "raised":
            return f"Now {told.get('priority')} ({told.get('rule')})."
        case "mitigated":
            return f"All alerts ended at {_time(line.at)}; watched before it is resolved."
        case "unstable":
            return "It goes up and down: it stays open until it is stable."
        case "escalated":
            return f"Escalated by {who}: more people are paged."
        case "joined":
            return f"It belongs to a greater trouble: {told.get('why', '')}."
    said = story.told(replace(line, words=""))
    return f"{said[:1].upper()}{said[1:]}."


def _blocks(*blocks: Sequence[str]) -> str:
    shown = ["\n".join(line for line in block if line) for block in blocks]
    return "\n\n".join(block for block in shown if block)


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def _span(lasted: timedelta) -> str:
    minutes = max(1, round(lasted.total_seconds() / 60))
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
