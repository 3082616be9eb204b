"""The life of a major incident: declared, led, told to customers again and again, over (R71)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.model import DAEMON, Actor, ActorKind, clean
from playbooks.ports import PageEvent
from responder.acts import Done, Refusal, Unknown
from responder.board import Board
from responder.desk_values import Major
from responder.majors.leads import Leads, assigned
from responder.paging.summons import summons
from responder.plan import Plan
from responder.steps import Step
from responder.store import Tx
from responder.store import incidents as incident_rows
from responder.store import majors as rows
from responder.values import Entry, Incident

BY_HAND: Final = "hand"
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=1)
_CAUSE: Final = 500  # characters


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of a major incident; None leaves it as it is."""

    lead: str | None = None
    communication: str | None = None
    every: timedelta | None = None
    causes: tuple[str, ...] | None = None


def next_update_of(tx: Tx, incident: int) -> datetime | None:
    """By when its customers were promised to hear again, also when that has passed; None where
    neither the incident nor a greater one that it joined is major now.
    """
    one = rows.of(tx, incident)
    if one and one.ended_at is None:
        return one.next_update_at
    parent = next((it.parent for it in incident_rows.by_ids(tx, [incident])), None)
    return next_update_of(tx, parent) if parent is not None else None


def declare(tx: Tx, *, id_: int, actor: Actor, wish: Wish, plan: Plan, now: datetime) -> Done:
    """A person says that it is major, or changes who leads it, how often customers hear, and why it
    happened. Raises Unknown and Refusal.
    """
    board = Board(tx, plan, now=now)
    incident = _known(board, id_)
    _refuse_people(wish, plan)
    known = rows.of(tx, id_)
    if known is None or known.ended_at is not None:
        _refuse(incident, known, wish)
    if known is not None and (known.ended_at is None or wish.causes is not None):
        _change(board, incident, known, wish, actor)
    else:
        begin(board, incident, rule=BY_HAND, actor=actor, wish=wish)
    saved = board.save()
    return Done(board.incident(id_), saved)


def end(tx: Tx, *, id_: int, actor: Actor, words: str = "", plan: Plan, now: datetime) -> Done:
    """It is an incident like any other again. A second time changes nothing."""
    board = Board(tx, plan, now=now)
    incident = _known(board, id_)
    known = rows.of(tx, id_)
    if known is None:
        raise Refusal("it is no major incident")
    if known.ended_at is None:
        over(board, incident, known, actor=actor, words=words)
    saved = board.save()
    return Done(board.incident(id_), saved)


def said(tx: Tx, *, id_: int, actor: Actor, words: str, plan: Plan, now: datetime) -> Done:
    """Customers heard of it in another way, such as by telephone: the time begins anew."""
    board = Board(tx, plan, now=now)
    incident = _known(board, id_)
    if not words.strip():
        raise Refusal("say what customers were told")
    if not told(board, id_, next_update=None):
        raise Refusal("it is no major incident")
    board.put(Step(incident, (Entry("major_said", actor, {}, words),)))
    saved = board.save()
    return Done(board.incident(id_), saved)


def told(board: Board, id_: int, *, next_update: datetime | None) -> bool:
    """Customers have just heard, and perhaps when they hear next. False where it is not major."""
    one = rows.of(board.tx, id_)
    if one is None or one.ended_at is not None:
        return False
    due = next_update or board.now + timedelta(seconds=one.every)
    rows.save(board.tx, replace(one, next_update_at=due, overdue=0))
    return True


def begin(board: Board, incident: Incident, *, rule: str, actor: Actor, wish: Wish) -> None:
    """From now on it is led, and customers hear of it so often."""
    every = wish.every or board.plan.desk.update_every
    leads = assigned(
        incident, board.rings.escalations, lead=wish.lead, communication=wish.communication
    )
    one = Major(
        incident=incident.id,
        rule=rule,
        declared_by=actor.name,
        declared_at=board.now,
        incident_lead=leads.incident,
        communication_lead=leads.communication,
        every=int(every.total_seconds()),
        next_update_at=board.now + every,
        causes=_causes(wish.causes or ()),
    )
    rows.save(board.tx, one)
    incident = board.put(
        Step(incident, (Entry("major_declared", actor, {"rule": rule, **_named(leads)}),))
    )
    _call(board, incident, leads, before=Leads(None, None), actor=actor)


def lead(board: Board, incident: Incident, one: Major, leads: Leads, *, actor: Actor) -> Major:
    """Others lead it from now on."""
    before = Leads(one.incident_lead, one.communication_lead)
    if leads == before:
        return one
    changed = replace(one, incident_lead=leads.incident, communication_lead=leads.communication)
    incident = board.put(Step(incident, (Entry("major_led", actor, _named(leads)),)))
    _call(board, incident, leads, before=before, actor=actor)
    return changed


def over(board: Board, incident: Incident, one: Major, *, actor: Actor, words: str = "") -> None:
    """Nobody is asked for words any more."""
    rows.save(board.tx, replace(one, ended_at=board.now, next_update_at=None))
    board.put(Step(incident, (Entry("major_ended", actor, {}, words),)))


def _change(board: Board, incident: Incident, one: Major, wish: Wish, actor: Actor) -> None:
    if wish.lead or wish.communication:
        leads = Leads(wish.lead or one.incident_lead, wish.communication or one.communication_lead)
        one = lead(board, incident, one, leads, actor=actor)
    if wish.every is not None and one.ended_at is None:
        due = board.now + wish.every
        one = replace(one, every=int(wish.every.total_seconds()), next_update_at=due, overdue=0)
        told_ = {"seconds": one.every}
        board.put(Step(board.incident(incident.id), (Entry("major_paced", actor, told_),)))
    if wish.causes is not None and one.causes != (causes := _causes(wish.causes)):
        one = replace(one, causes=causes)
        words = "\n".join(causes)
        entry = Entry("major_causes", actor, {"count": len(causes)}, words)
        board.put(Step(board.incident(incident.id), (entry,)))
    rows.save(board.tx, one)


def _call(board: Board, incident: Incident, leads: Leads, *, before: Leads, actor: Actor) -> None:
    """Whoever is given a part hears so, once. To lead is what whoever is paged about the incident
    expects; he hears of it when a person says so.
    """
    parts: dict[str, str] = {}
    if leads.incident != before.incident and actor.kind is ActorKind.PERSON:
        parts[leads.incident or ""] = "you lead it"
    if leads.communication != before.communication:
        both = "you lead it, and write to its customers"
        parts[leads.communication or ""] = both if leads.both else "you write to its customers"
    for person, part in parts.items():
        if person != actor.name:
            facts = {"why": f"Major incident, {part}: {incident.title}"}
            name = f"lead-{board.now:%Y%m%dT%H%M%S}"
            call(board, incident, [person], facts=facts, name=name)


def call(
    board: Board, incident: Incident, people: Sequence[str], *, facts: dict[str, Any], name: str
) -> None:
    """One page to each of them."""
    board.call(
        summons(
            incident, people, escalations=board.rings.escalations, facts=facts,
            event=PageEvent.LEAD, name=name,
        )
    )  # fmt: skip


def _named(leads: Leads) -> dict[str, Any]:
    both = {"both": True} if leads.both else {}
    return {"lead": leads.incident, "communication": leads.communication, **both}


def _refuse(incident: Incident, known: Major | None, wish: Wish) -> None:
    if known is not None and wish.causes is not None:
        return  # causes are often found when it is over
    if incident.drill:
        raise Refusal("a drill is told to nobody")
    if incident.parent is not None:
        raise Refusal(f"it is a part of incident {incident.parent}: declare that one")
    if not incident.active:
        raise Refusal(f"it is {incident.state}")


def _refuse_people(wish: Wish, plan: Plan) -> None:
    for one in filter(None, (wish.lead, wish.communication)):
        if one not in plan.escalations.methods:
            raise Refusal(f'nobody is called "{one}"')
        if not plan.escalations.methods[one]:
            raise Refusal(f"{one} has no methods: nobody could tell this person")
    if wish.every is not None and not SHORTEST <= wish.every <= LONGEST:
        raise Refusal("customers hear every 5 minutes to 24 hours")


def _causes(found: Sequence[str]) -> tuple[str, ...]:
    lines = (" ".join(clean(one).split())[:_CAUSE] for one in found)
    return tuple(dict.fromkeys(filter(None, lines)))


def _known(board: Board, id_: int) -> Incident:
    try:
        return board.incident(id_)
    except KeyError:
        raise Unknown(f"there is no incident {id_}") from None


def by_storm(board: Board, incident: Incident, *, rule: str) -> None:
    """A storm needs somebody who leads, whoever may have been awake to say so."""
    begin(board, incident, rule=rule, actor=DAEMON, wish=Wish())
