"""What an incident asks of its ticket, as effects for the outbox (pure)."""

from collections.abc import Iterable, Mapping
from typing import Any

from responder.steps import Want
from responder.values import Effect, EffectKind, Incident

# Lines of the log that the ticket is told of as well.
_NOTED = frozenset(
    {
        "acknowledged",
        "note",
        "raised",
        "mitigated",
        "unstable",
        "escalated",
        "lapsed",
        "handed_over",
        "joined",
        "playbook_begun",
        "playbook_step",
        "playbook_steered",
        "playbook_asks",
        "playbook_needs",
        "playbook_ended",
        "customers_told",
    }
)
_KINDS = {
    Want.TICKET: (EffectKind.TICKET_OPEN, "ticket"),
    Want.SOLVE: (EffectKind.TICKET_SOLVE, "solve"),
    Want.REOPEN: (EffectKind.TICKET_REOPEN, "reopen"),
}


def asked(incident: Incident, want: Want) -> tuple[Effect, ...]:
    """The ticket opened once, solved and reopened once an episode; the lane keeps their order."""
    if want not in _KINDS or (want is not Want.TICKET and not incident.ticketed):
        return ()
    kind, name = _KINDS[want]
    key = f"{incident.ref}/{name}"
    if want is not Want.TICKET:
        key += f"/{incident.episode}"
    return (Effect(key, kind, incident.id, lane=_lane(incident)),)


def noted(incident: Incident, lines: Iterable[Mapping[str, Any]]) -> list[Effect]:
    """New lines of its log that its ticket must hear of; what came from there is known there."""
    if not incident.ticketed:
        return []
    told = [one for one in lines if one["kind"] in _NOTED and one["data"].get("via") != "ticket"]
    return [_note(incident, one["seq"]) for one in told]


def replaced(incident: Incident) -> Effect:
    """Its ticket seems to be deleted: look, and open the one that may take its place."""
    key = f"{incident.ref}/ticket/again"
    return Effect(key, EffectKind.TICKET_OPEN, incident.id, lane=_lane(incident))


def _note(incident: Incident, seq: int) -> Effect:
    key = f"{incident.ref}/note/{seq}"
    return Effect(key, EffectKind.TICKET_NOTE, incident.id, {"seq": seq}, lane=_lane(incident))


def _lane(incident: Incident) -> str:
    return f"ticket/{incident.id}"
