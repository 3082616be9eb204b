"""The life of a ticket: what each change makes of our record of it, and of the figures (pure).

All time is calendar time, since the desk is staffed day and night. Definitions: DESIGN 10.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from alerts.model import Actor, ActorKind, Priority
from playbooks.ports import Change, ChangeKind, TicketState
from responder.desk.holding import is_holding
from responder.desk.levels import AUTOMATION, climbs, falls, highest, responsible
from responder.kpi.figures import PERSON, SCORES, Name, counts
from responder.values import Figure, TicketRecord

JUDGED_AFTER: Final = timedelta(minutes=15)  # so that a reply may be marked late
KEPT_FOR: Final = timedelta(hours=24)  # so long it must stay solved
EARLY: Final = timedelta(minutes=10)  # whoever moves it so soon found it on the wrong desk

_ACTS: Final = frozenset(
    {ChangeKind.OWNER, ChangeKind.NOTE, ChangeKind.REPLY, ChangeKind.QUEUE, ChangeKind.STATE}
)
_ROBOTS: Final = (ActorKind.DAEMON, ActorKind.SYSTEM)


@dataclass(frozen=True, slots=True)
class Lived:
    """A ticket after a change, what is newly measured, and whether it acknowledges the incident."""

    ticket: TicketRecord
    figures: tuple[Figure, ...] = ()
    acknowledges: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """Public words of staff. `useful` is what somebody marked: yes, no, or "" for nothing."""

    at: datetime
    text: str
    useful: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """The ticket came to stand so."""

    at: datetime
    state: TicketState


def happened(ticket: TicketRecord, change: Change) -> Lived:
    """What somebody did to a ticket. The same change again measures nothing new."""
    after = _changed(ticket, change)
    figures = tuple(_measured(ticket, after, change)) if counts(ticket) else ()
    return Lived(after, figures, acknowledges=_answers(change))


def reacted(ticket: TicketRecord, at: datetime, actor: Actor) -> Lived:
    """A person has answered elsewhere: acknowledged the page, written to the incident."""
    if ticket.reacted_at is not None or actor.kind is not ActorKind.PERSON:
        return Lived(ticket)
    after = replace(ticket, reacted_at=at)
    return Lived(after, (_since(after, Name.REACTION, at),) if counts(ticket) else ())


def judged(
    ticket: TicketRecord, replies: Sequence[Reply], turns: Sequence[Turn], *, now: datetime
) -> Lived:
    """What is known only later: which reply helped, and that the ticket stayed solved."""
    helped = useful(ticket, replies, now=now)
    after = replace(helped.ticket, judge_at=_next_look(helped.ticket, replies, now=now))
    solved_at = ticket.solved_at
    if solved_at is None or now - solved_at < KEPT_FOR or not counts(ticket):
        return Lived(after, helped.figures)
    ends = [_by_solver(after, Name.RESOLUTION, solved_at)]
    if ticket.channel != "monitoring":  # else nobody has asked us
        waited = requester_wait(ticket, turns)
        ends.append(replace(ends[0], figure=Name.WAIT, seconds=int(waited.total_seconds())))
    if len(replies) == 1 and not _came_back(turns):
        ends.append(replace(ends[0], figure=Name.ONE_TOUCH))
    return Lived(after, (*helped.figures, *ends))


def _came_back(turns: Sequence[Turn]) -> bool:
    """Was it solved more than once? Closing what is solved is no second time."""
    states = [turn.state for turn in sorted(turns, key=lambda turn: turn.at)]
    return any(one in _ENDS and other not in _ENDS for one, other in pairwise(states))


_ENDS: Final = (TicketState.SOLVED, TicketState.CLOSED)


def useful(ticket: TicketRecord, replies: Sequence[Reply], *, now: datetime) -> Lived:
    """The first public reply of a person that helped, judged 15 minutes after it was sent."""
    if ticket.useful_at is not None:
        return Lived(ticket)
    old = (reply for reply in replies if now - reply.at >= JUDGED_AFTER)
    at = min((reply.at for reply in old if _helps(reply)), default=None)
    if at is None:
        return Lived(ticket)
    after = replace(ticket, useful_at=at)
    return Lived(after, (_since(after, Name.USEFUL, at),) if counts(ticket) else ())


def requester_wait(ticket: TicketRecord, turns: Sequence[Turn]) -> timedelta:
    """How long the ball was with us until it was solved: all but waiting for the customer."""
    ended = ticket.solved_at or ticket.opened_at
    waited, since = timedelta(), ticket.opened_at
    ours = True
    for turn in sorted(turns, key=lambda turn: turn.at):
        at = min(max(turn.at, since), ended)
        waited += (at - since) if ours else timedelta()
        since, ours = at, turn.state not in _NOT_OURS
    return waited + ((ended - since) if ours else timedelta())


_NOT_OURS: Final = (TicketState.WAITING_CUSTOMER, TicketState.SOLVED, TicketState.CLOSED)


def _changed(ticket: TicketRecord, change: Change) -> TicketRecord:
    after, told = ticket, change.data
    match change.kind:
        case ChangeKind.OWNER:
            after = replace(ticket, owner=told.get("owner"))
        case ChangeKind.QUEUE if queue := told.get("queue"):
            after = replace(ticket, queue=queue, level=highest(ticket.level, queue))
        case ChangeKind.PRIORITY if priority := told.get("priority"):
            after = replace(ticket, priority=Priority(priority))
        case ChangeKind.STATE if state := told.get("state"):
            after = _turned(ticket, TicketState(state), change)
        case ChangeKind.REPLY if change.actor.kind is ActorKind.PERSON:
            after = _replied(ticket, change.at)
    if ticket.reacted_at is None and _is_act(change):
        after = replace(after, reacted_at=change.at)
    return after


def _turned(ticket: TicketRecord, state: TicketState, change: Change) -> TicketRecord:
    after = replace(ticket, state=state)
    if not after.over:
        return replace(after, solved_at=None, solved_by="")
    if state is not TicketState.SOLVED or ticket.over:
        return after
    alone = ticket.owner is None and change.actor.kind in _ROBOTS
    by = AUTOMATION if alone else responsible(ticket.level, ticket.queue)
    look = _sooner(ticket.judge_at, change.at + KEPT_FOR)
    return replace(after, solved_at=change.at, solved_by=by, judge_at=look)


def _replied(ticket: TicketRecord, at: datetime) -> TicketRecord:
    look = ticket.judge_at
    if ticket.useful_at is None:
        look = _sooner(look, at + JUDGED_AFTER)
    return replace(ticket, replied_at=ticket.replied_at or at, judge_at=look)


def _is_act(change: Change) -> bool:
    return change.actor.kind is ActorKind.PERSON and change.kind in _ACTS


def _answers(change: Change) -> bool:
    """Taken, replied or noted by a person; to give a ticket back is no answer."""
    taken = change.kind is ChangeKind.OWNER and change.data.get("owner") is not None
    spoken = change.kind in (ChangeKind.NOTE, ChangeKind.REPLY)
    return change.actor.kind is ActorKind.PERSON and (taken or spoken)


def _measured(before: TicketRecord, after: TicketRecord, change: Change) -> Iterator[Figure]:
    at = change.at
    if before.reacted_at is None and after.reacted_at:
        yield _since(after, Name.REACTION, at)
    if before.replied_at is None and after.replied_at:
        yield _since(after, Name.FIRST_REPLY, at)
    if before.solved_at is None and after.solved_at:
        yield from _solved(after, at)
    if before.over and not after.over and change.actor.kind in _REOPENERS:
        yield _since(after, Name.REOPENED, at)
    if before.queue != after.queue:
        yield from _moved(before, after, change)
    if change.kind is ChangeKind.VOTE and (score := change.data.get("score")) in SCORES:
        yield _since(after, f"{Name.VOTE}/{score}/{after.brand or ''}", at)


def _moved(before: TicketRecord, after: TicketRecord, change: Change) -> Iterator[Figure]:
    at = change.at
    if climbs(before.queue, after.queue):
        yield _since(after, f"{Name.ESCALATED}/{before.queue}/{after.queue}", at)
    if falls(before.queue, after.queue):
        yield _since(after, f"{Name.HANDBACK}/{before.queue}/{_told(change)}", at)
    if _is_act(change) and at - after.opened_at <= EARLY:
        yield _since(after, Name.MISSCOPED, at)


def _told(change: Change) -> str:
    """Does whoever gets it back learn how it was solved?"""
    return "yes" if change.text.strip() or change.data.get("solution") else "no"


# A person's reopening corrects ourselves and the daemon's follows the incident; when a customer
# answers, some ticket systems do it for him.
_REOPENERS: Final = (ActorKind.CUSTOMER, ActorKind.SYSTEM)


def _solved(after: TicketRecord, at: datetime) -> Iterator[Figure]:
    yield _by_solver(after, Name.SOLVED, at)
    if after.solved_by == AUTOMATION and after.reacted_at is None:
        yield replace(_since(after, f"{Name.REACTION}/{AUTOMATION}", at), by=AUTOMATION)


def _by_solver(ticket: TicketRecord, figure: str, at: datetime) -> Figure:
    by = AUTOMATION if ticket.solved_by == AUTOMATION else PERSON
    return replace(_since(ticket, figure, at), level=ticket.solved_by, by=by)


def _since(ticket: TicketRecord, figure: str, at: datetime) -> Figure:
    return Figure(
        about=f"ticket:{ticket.id}",
        figure=figure,
        seconds=max(0, int((at - ticket.detected_at).total_seconds())),
        priority=ticket.priority,
        level=responsible(ticket.level, ticket.queue),
        by=PERSON,
        at=at,
        brand=ticket.brand or "",
        channel=ticket.channel,
    )


def _helps(reply: Reply) -> bool:
    return reply.useful == "yes" or (reply.useful != "no" and not is_holding(reply.text))


def _next_look(ticket: TicketRecord, replies: Sequence[Reply], *, now: datetime) -> datetime | None:
    looks = [ticket.solved_at + KEPT_FOR] if ticket.solved_at else []
    if ticket.useful_at is None:
        looks += [reply.at + JUDGED_AFTER for reply in replies]
    return min((look for look in looks if look > now), default=None)


def _sooner(known: datetime | None, look: datetime) -> datetime:
    return look if known is None else min(known, look)
