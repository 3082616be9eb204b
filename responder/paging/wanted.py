"""Must a page still go out? Asked again at the moment of sending (pure)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from alerts.model import Category
from playbooks.ports import PageEvent
from responder.outbox import Dropped, Later
from responder.paging.escalation import ROUNDS
from responder.paging.throttle import free_at
from responder.values import NOT_WELL, Incident, IncidentState

# What somebody was told about an incident that is his to answer.
CALLS = (*ROUNDS, PageEvent.HANDED_OVER)
_OVERTAKEN = "a newer round has overtaken it"
# The first word to somebody is never held back; these are not the first, or ask for nothing.
_LOUD = ("sms", "voice")  # by these, good news is held back as well
_FOLLOW_UPS = (PageEvent.REPEATED, PageEvent.RECOVERED, PageEvent.ACKNOWLEDGED)


def unwanted(
    incident: Incident,
    event: PageEvent,
    payload: Mapping[str, Any],
    *,
    told: bool,
    waiting: bool,
    overtaken: bool = False,
) -> Dropped | Later | None:
    """Why this page must not go out now; None when it must. `told`: a page of this episode has gone
    out over the same way; `waiting`: or is still under way there; `overtaken`: one of a newer round
    has.
    """
    if event in ROUNDS:
        return _unwanted_round(incident, payload, overtaken=overtaken)
    if event is PageEvent.HANDED_OVER:
        return _unwanted_handing(incident, payload)
    if event is PageEvent.LEAD and not incident.active:
        return Dropped(f"it is {incident.state}")
    if payload["method"] == "voice" and event in (PageEvent.RECOVERED, PageEvent.ACKNOWLEDGED):
        return Dropped("good news wakes nobody by telephone")
    over = incident.state not in NOT_WELL or incident.episode != payload["episode"]
    if event is PageEvent.RECOVERED and not over:
        return Dropped("it is not over")
    if event in (PageEvent.RECOVERED, PageEvent.ACKNOWLEDGED):
        return _unwanted_news(told=told, waiting=waiting)
    return None


def held_back(
    incident: Incident,
    event: PageEvent,
    payload: Mapping[str, Any],
    *,
    sent: Sequence[datetime],
    now: datetime,
) -> Later | Dropped | None:
    """A follow-up that would ring this person too often waits, and one that a newer round has
    overtaken meanwhile is dropped. The first critical page is never held back.
    """
    if event not in ROUNDS and payload["method"] not in _LOUD:
        return None
    first = event is PageEvent.OPENED and incident.category is Category.CRITICAL
    if first or (event in ROUNDS and event not in _FOLLOW_UPS and not sent):
        return None
    if event not in _FOLLOW_UPS and incident.category is Category.CRITICAL:
        return None
    free = free_at(payload["method"], sent, now=now)
    if free <= now:
        return None
    if event in ROUNDS and payload["step"] + 1 < incident.step:
        return Dropped(_OVERTAKEN)
    return Later((free - now).total_seconds(), f"delayed until {free:%H:%M:%S} UTC: rung too often")


def _unwanted_round(
    incident: Incident, payload: Mapping[str, Any], *, overtaken: bool
) -> Dropped | None:
    if incident.episode != payload["episode"]:
        return Dropped("an earlier episode")
    if incident.state is not IncidentState.OPEN:
        by = f" by {incident.acknowledged_by}" if incident.acknowledged_by else ""
        return Dropped(f"{incident.state}{by}")
    if incident.muted_by:
        return Dropped(f"muted by {', '.join(incident.muted_by)}")
    return Dropped(_OVERTAKEN) if overtaken else None


def _unwanted_news(*, told: bool, waiting: bool) -> Dropped | Later | None:
    """Of a page that is on the wire nobody knows yet whether it has rung there."""
    if waiting:
        return Later(1.0, "the page before it is still under way")
    return None if told else Dropped("this person was never paged")


def _unwanted_handing(incident: Incident, payload: Mapping[str, Any]) -> Dropped | None:
    if not incident.active:
        return Dropped(f"it is {incident.state}")
    if incident.acknowledged_by != payload["person"]:
        return Dropped(f"{incident.acknowledged_by or 'nobody'} has it by now")
    return None
