"""What people do with incidents: acknowledge, resolve, note, hand over, open by hand, merge."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.classify import Verdict
from alerts.inventory import NOWHERE, Place
from alerts.model import Actor, Category, Priority, clean
from playbooks.plain import how_many
from playbooks.ports import PageEvent
from responder import incidents
from responder.board import Board, Saved
from responder.paging.summons import summons
from responder.plan import Plan
from responder.steps import Opening, Step, raised
from responder.store import Tx
from responder.store import incidents as rows
from responder.values import NOT_WELL, Entry, Incident


class Unknown(LookupError):
    """There is no incident of this number."""


class Refusal(ValueError):
    """The act does not fit where the incident stands; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Done:
    """The incident after the act, and whether effects are due."""

    incident: Incident
    saved: Saved


def acknowledge(
    tx: Tx, *, id_: int, actor: Actor, words: str = "", via: str = "", plan: Plan, now: datetime
) -> Done:
    """Paging stops. A second acknowledgement is no error and changes nothing."""
    return _act(
        tx,
        id_,
        plan,
        now,
        lambda one: incidents.acknowledged(one, actor, words=words, via=via, now=now),
    )


def resolve(tx: Tx, *, id_: int, actor: Actor, words: str = "", plan: Plan, now: datetime) -> Done:
    """It is over. While alerts still fire only with words that say why (R34); that is kept in the
    log.
    """

    def decide(one: Incident) -> Step:
        if one.active and one.firing and not words.strip():
            firing = f"{how_many(one.firing, 'alert')} still fire{'s' * (one.firing == 1)}"
            raise Refusal(f"{firing}: say why it is over all the same (a note)")
        return incidents.resolved(one, actor, words=words, now=now)

    return _act(tx, id_, plan, now, decide)


def note(tx: Tx, *, id_: int, actor: Actor, words: str, plan: Plan, now: datetime) -> Done:
    """Words for the log and the ticket."""
    return _act(tx, id_, plan, now, lambda one: incidents.noted(one, actor, words=words, now=now))


def snooze(
    tx: Tx, *, id_: int, actor: Actor, until: datetime, words: str = "", plan: Plan, now: datetime
) -> Done:
    """Pages wait until then."""
    if until <= now:
        raise Refusal("a snooze must end in the future")

    def decide(one: Incident) -> Step:
        rules = plan.rules
        return incidents.snoozed(one, actor, rules=rules, until=until, words=words, now=now)

    return _act(tx, id_, plan, now, decide)


def escalate(tx: Tx, *, id_: int, actor: Actor, words: str = "", plan: Plan, now: datetime) -> Done:
    """More people at once: critical from now on, and the next step is paged."""

    def decide(one: Incident) -> Step:
        if one.active and one.muted_by:
            raise Refusal(f"it is muted by {', '.join(one.muted_by)}: end that first")
        return incidents.escalated(one, actor, words=words, now=now)

    return _act(tx, id_, plan, now, decide)


def hand_over(
    tx: Tx, *, id_: int, actor: Actor, to: str, words: str = "", plan: Plan, now: datetime
) -> Done:
    """Another person has it from now on, and is told so; pages do not ask him again."""
    if to not in plan.escalations.methods:
        raise Refusal(f'nobody is called "{to}"')
    if actor.name != to and not plan.escalations.methods[to]:
        raise Refusal(f"{to} has no methods: nobody could tell this person")

    def decide(one: Incident) -> Step:
        if not one.active:
            raise Refusal(f"it is {one.state}")
        entry = Entry("handed_over", actor, {"to": to}, words)
        taken = incidents.acknowledged(one, actor, now=now)
        since = taken.incident.acknowledged_at or now
        owner = replace(taken.incident, acknowledged_at=since, acknowledged_by=to, changed_at=now)
        return Step(owner, (*taken.entries, entry), taken.wants)

    board = Board(tx, plan, now=now)
    incident = board.put(decide(_known(board, id_)))
    if actor.name != to:
        facts = {"why": f"{actor.name} hands over to you: {incident.title}", "text": words}
        board.call(
            summons(
                incident, (to,), escalations=board.rings.escalations, facts=facts,
                event=PageEvent.HANDED_OVER, name=f"handed-over-{incident.seq}",
            )
        )  # fmt: skip
    saved = board.save()
    return Done(board.incident(id_), saved)


def merge(tx: Tx, *, id_: int, into: int, actor: Actor, plan: Plan, now: datetime) -> Done:
    """One trouble after all: this incident becomes a quiet part of the other."""
    board = Board(tx, plan, now=now)
    whole, part = _known(board, into), _known(board, id_)
    if part.id in (whole.id, *(one.id for one in board.wholes.above(whole))):
        raise Refusal("an incident cannot be a part of itself")
    if whole.state not in NOT_WELL or not part.active:
        raise Refusal("both incidents must be active, and the other one not well")
    worst = Verdict(part.category, part.priority, f"incident {part.id} is a part of it")
    whole = board.put(raised(Step(whole), worst, rules=plan.rules, now=now))
    step = incidents.adopted(part, whole=whole, reason=f"part of {whole.key}", now=now)
    told = tuple(replace(entry, actor=actor) for entry in step.entries)
    incident = board.put(Step(step.incident, told, step.wants))
    saved = board.save()
    return Done(_after(tx, incident), saved)


def split(tx: Tx, *, id_: int, actor: Actor, plan: Plan, now: datetime) -> Done:
    """It is a trouble of its own again; what was kept back goes out now."""
    board = Board(tx, plan, now=now)
    part = _known(board, id_)
    if part.parent is None:
        raise Refusal("it is a part of no other incident")
    board.put(Step(replace(part, parent=None), (Entry("split", actor, {"from": part.parent}),)))
    incident = board.requiet(id_)
    saved = board.save()
    return Done(_after(tx, incident), saved)


def open_by_hand(
    tx: Tx, *, actor: Actor, title: str, priority: Priority, server: str | None, words: str = "",
    drill: bool = False, plan: Plan, now: datetime,
) -> Done:  # fmt: skip
    """A person saw it first. What is known of the thing already is told there, and grows as bad as
    he says; a drill never mixes with real trouble.
    """
    board = Board(tx, plan, now=now)
    place = _place(plan, server)
    number = board.next_id()
    key = place.own if place.own and not drill else f"hand:{board.ref(number)}"
    category = Category.CRITICAL if priority is Priority.CRITICAL else Category.HOSTING
    verdict = Verdict(category, priority, "opened by hand")
    title, known = clean(title), board.at(key)
    if known is not None:
        told = f"{title}\n{words}".strip()
        incident = _told_again(board, known, verdict, actor=actor, words=told)
    else:
        opening = Opening(
            number, board.ref(number), key, title, verdict, place.server, place.brand, drill
        )
        incident = board.open(opening, [], actor=actor, words=words)
    saved = board.save()
    return Done(_after(tx, incident), saved)


def _told_again(
    board: Board, known: Incident, verdict: Verdict, *, actor: Actor, words: str
) -> Incident:
    rules, now = board.plan.rules, board.now
    known = board.requiet(known.id)
    step = incidents.noted(known, actor, words=words, now=now)
    if known.state not in NOT_WELL:
        step = incidents.reopened(step, rules=rules, now=now, actor=actor)
    return board.strike(known, raised(step, verdict, rules=rules, now=now))


def _place(plan: Plan, server: str | None) -> Place:
    if server is None:
        return NOWHERE
    place = plan.inventory.find({"server": server}, server_labels=("server",))
    if place.server is None:
        raise Refusal(f'no server is called "{server}"')
    return place


def _act(tx: Tx, id_: int, plan: Plan, now: datetime, decide: Callable[[Incident], Step]) -> Done:
    board = Board(tx, plan, now=now)
    board.put(decide(_known(board, id_)))
    saved = board.save()
    return Done(board.incident(id_), saved)


def _known(board: Board, id_: int) -> Incident:
    try:
        return board.incident(id_)
    except KeyError:
        raise Unknown(f"there is no incident {id_}") from None


def _after(tx: Tx, incident: Incident) -> Incident:
    (stored,) = rows.by_ids(tx, [incident.id])
    return stored
