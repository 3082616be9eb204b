"""What a pressed key or an SMS does: whoever was paged takes it, or asks for more people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from alerts.model import person
from playbooks.ports import PageEvent
from responder import acts
from responder.acts import Refusal
from responder.board import Saved
from responder.links import AnswerGrant
from responder.paging.escalation import ROUNDS
from responder.paging.texts import heading
from responder.paging.twiml import ACKNOWLEDGE, ESCALATE, KEYS, KEYS_OF_TEST
from responder.plan import Plan
from responder.store import Tx, pages, proofs, tries
from responder.store import incidents as incident_rows
from responder.values import NOT_WELL, Incident, IncidentState

_YES = frozenset({"4", "ack", "ok"})
_EVERY = frozenset(f"{word} all" for word in _YES)
_PRESSED = "pressed 5 on the telephone"
_NAMED = 2  # incidents in an answer by SMS
_HELP = "Reply 4 to acknowledge the newest incident that you were paged for, or: ack all"
_OTHER_CALLS: Mapping[str, str] = {
    PageEvent.HANDED_OVER: "This was handed over to you. Please open the link in your messages.",
    PageEvent.APPROVAL: "A playbook asks for your decision. Please open the link in your messages.",
    PageEvent.NEEDED: "A playbook can't go on without you. Please open the link in your messages.",
    PageEvent.LEAD: "Customers wait for your words. Please open the link in your messages.",
    PageEvent.DEAD_LETTER: "Something could not be done. Please open the link in your messages.",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What to say. `keys`: which may be pressed, "" for none. `acted`: it did what was asked."""

    words: str
    keys: str = ""
    acted: bool = False
    saved: tuple[Saved, ...] = ()


def picked_up(tx: Tx, grant: AnswerGrant) -> Said:
    """What to say to whoever answers this call: how things stand now, not when we dialled."""
    if grant.event == PageEvent.TEST:
        return Said("This is a test. Nothing is broken.", keys=KEYS_OF_TEST)
    incident = _incident(tx, grant)
    if incident is None:
        return Said("What this call was about is not known any more. Goodbye.")
    title = named(incident)
    if grant.event not in ROUNDS:
        return Said(f"{title}. {_OTHER_CALLS.get(grant.event, 'Please look at your messages.')}")
    if incident.episode != grant.episode or incident.state not in NOT_WELL:
        return Said(f"{title}. It is over. Good night.")
    if incident.state is IncidentState.ACKNOWLEDGED:
        return Said(f"{title}. {incident.acknowledged_by} has it already.", keys=KEYS)
    return Said(f"{title}.", keys=KEYS)


def pressed(tx: Tx, grant: AnswerGrant, *, key: str, call: str, plan: Plan, now: datetime) -> Said:
    """A key does its work once a call, however often Twilio brings it."""
    stands = picked_up(tx, grant)
    if grant.event == PageEvent.TEST:
        return _confirmed(tx, grant, now=now) if key == ACKNOWLEDGE else stands
    incident = _incident(tx, grant)
    once = f"{key} {call}"
    if incident is None or not stands.keys or key not in (ACKNOWLEDGE, ESCALATE):
        return stands
    if tries.known(tx, grant.page, outcome="pressed", detail=once):
        return Said(_taken(incident, key, grant.person))
    tries.add(tx, grant.page, outcome="pressed", detail=once, now=now)
    return _acted(tx, incident.id, key, who=grant.person, plan=plan, now=now)


def texted(
    tx: Tx, *, people: Collection[str], body: str, message: str, plan: Plan, now: datetime
) -> Said:
    """An SMS from a telephone of these people: who of them was paged last about the newest open
    incident has it now. The same message does its work once.
    """
    told = " ".join(body.lower().strip(" .!\r\n").split())
    if told not in _YES | _EVERY:
        return Said(_HELP)
    key = f"sms/{message}"
    if tries.known(tx, key, outcome="answered", detail=told):
        return Said("")
    tries.add(tx, key, outcome="answered", detail=told, now=now)
    waiting = pages.asked_of(tx, people)[: None if told in _EVERY else 1]
    if not waiting:
        return Said("Nothing is open that you were paged for.")
    done = [
        acts.acknowledge(tx, id_=id_, actor=person(who), via="sms", plan=plan, now=now)
        for id_, who in waiting
    ]
    names = "; ".join(named(one.incident) for one in done[:_NAMED])
    more = f"; and {len(done) - _NAMED} more" if len(done) > _NAMED else ""
    saved = tuple(one.saved for one in done)
    return Said(f"Acknowledged: {names}{more}", acted=True, saved=saved)


def named(incident: Incident) -> str:
    """The line that stands in its pages."""
    return heading(
        PageEvent.OPENED,
        incident.title,
        priority=incident.priority,
        server=incident.server,
        drill=incident.drill,
    )


def _acted(tx: Tx, id_: int, key: str, *, who: str, plan: Plan, now: datetime) -> Said:
    actor = person(who)
    try:
        if key == ACKNOWLEDGE:
            done = acts.acknowledge(tx, id_=id_, actor=actor, via="phone", plan=plan, now=now)
        else:
            done = acts.escalate(tx, id_=id_, actor=actor, words=_PRESSED, plan=plan, now=now)
    except Refusal as why:
        return Said(f"That can not be done: {why}.")
    return Said(_taken(done.incident, key, who), acted=True, saved=(done.saved,))


def _confirmed(tx: Tx, grant: AnswerGrant, *, now: datetime) -> Said:
    """The key of a test ends with its code (paging/proving.py)."""
    code = grant.page.rpartition("/")[2]
    if proofs.confirm(tx, grant.person, code, now=now) is None:
        return Said("A newer test is under way. Goodbye.")
    return Said("Thank you. This telephone is proved. Goodbye.", acted=True)


def _taken(incident: Incident, key: str, who: str) -> str:
    if key == ESCALATE:
        return "More people are called. Goodbye."
    if incident.acknowledged_by == who:
        return "Acknowledged. It is yours. Thank you. Goodbye."
    return f"{incident.acknowledged_by or 'nobody'} has it. Goodbye."


def _incident(tx: Tx, grant: AnswerGrant) -> Incident | None:
    return next(iter(incident_rows.by_ids(tx, [grant.incident])), None)
