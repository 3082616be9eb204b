"""Who leads a major incident, and who writes to its customers meanwhile (pure)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from responder.paging.escalation import Escalations
from responder.paging.summons import called, reachable
from responder.values import Incident

DESK: Final = "level-1"  # the team whose trade it is to speak with customers


@dataclass(frozen=True, slots=True)
class Leads:
    """Two people; None where nobody can be named."""

    incident: str | None
    communication: str | None

    @property
    def both(self) -> bool:
        """Does one person hold both? It works, and is too much for one (R71)."""
        return self.incident is not None and self.incident == self.communication


def assigned(
    incident: Incident,
    escalations: Escalations,
    *,
    lead: str | None = None,
    communication: str | None = None,
) -> Leads:
    """Whoever has taken the incident leads, else the first who is called to it; another one on
    call, or of level 1, writes to customers. What is said already stays as it is.
    """
    first = lead or incident.acknowledged_by or next(iter(called(incident, escalations)), None)
    if communication is not None:
        return Leads(first, communication)
    others = (one for one in _speakers(incident, escalations) if one != first)
    return Leads(first, next(others, first))


def asked(leads: Leads, *, overdue: int, incident: Incident, escalations: Escalations) -> list[str]:
    """Who is paged because customers have not heard: first whoever writes to them, from the second
    time on whoever leads as well; where neither can be reached, those who are on call.
    """
    who = (leads.communication, leads.incident) if overdue else (leads.communication,)
    found = reachable(dict.fromkeys(filter(None, who)), escalations)
    if not found:
        found = reachable(filter(None, (leads.incident,)), escalations)
    return list(found or called(incident, escalations))


def _speakers(incident: Incident, escalations: Escalations) -> Iterator[str]:
    """Those on call first, then level 1, then whoever is called later."""
    ladder = escalations.ladder(incident) or escalations.critical
    rungs = ladder.rungs if ladder else ()
    on_call = rungs[0].people if rungs else ()
    later: Iterable[str] = (one for rung in rungs[1:] for one in rung.people)
    yield from reachable(on_call, escalations)
    yield from reachable(escalations.teams.get(DESK, ()), escalations)
    yield from reachable(later, escalations)
