"""Takes what happened to a ticket into our record: its log, its state, its figures, each once.

All functions run in a transaction that decides alone (records.one_at_a_time).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.model import DAEMON, Actor, ActorKind
from playbooks.ports import Change, ChangeKind, Note, TicketRef, TicketState
from responder.desk import life, sla
from responder.kpi import figures as measures
from responder.store import Tx, cases, clocks, kpis, questions
from responder.store import tickets as rows
from responder.store.tickets import Happening, Vote
from responder.values import Entry, Figure, TicketRecord


@dataclass(frozen=True, slots=True)
class Answer:
    """Somebody who has answered an incident by what he did to its ticket."""

    incident: int
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The ticket as it is now, the figures that are new, and who has answered."""

    ticket: TicketRecord
    figures: tuple[Figure, ...] = ()
    answers: tuple[Answer, ...] = ()


def begin(tx: Tx, ticket: TicketRecord, opening: Change) -> TakenIn:
    """A new ticket of ours; the one that is known already when its key is."""
    if not rows.add(tx, ticket):
        known = rows.by_key(tx, ticket.key)
        return TakenIn(known or ticket)
    if not ticket.drill:
        clocks.begin(tx, ticket.id, sla.ALWAYS, at=ticket.opened_at)
    taken = take_in(tx, ticket, [opening])
    return replace(taken, figures=(*kpis.count(tx, measures.opened(ticket)), *taken.figures))


def by_daemon(
    ticket: TicketRef, note: Note, *, state: TicketState | None = None, at: datetime
) -> list[Change]:
    """What we did to a ticket ourselves, under the note's key, so that it is taken in once."""
    kind = ChangeKind.REPLY if note.public else ChangeKind.NOTE
    said = Change(note.key, ticket, at, kind, DAEMON, note.text)
    if state is None:
        return [said]
    turned = {"state": state}
    return [said, Change(f"{note.key}/{state}", ticket, at, ChangeKind.STATE, DAEMON, "", turned)]


def take_in(tx: Tx, ticket: TicketRecord, changes: Sequence[Change]) -> TakenIn:
    """Everything that was done to this ticket, in order; what is in its log already is left out."""
    happenings = list[Happening]()
    measured = list[Figure]()
    answers = list[Answer]()
    stands_for = dict[str, Collection[int]]()  # the ticket, by the name that it had then
    for change in _fresh(tx, ticket, changes):
        lived = life.happened(ticket, change)
        ticket = _followed(tx, lived.ticket, change)
        happenings.append(Happening(_entry(change), change.at, change.id))
        measured += lived.figures
        if lived.acknowledges:
            if ticket.ref not in stands_for:
                stands_for[ticket.ref] = _incidents(tx, ticket)
            answers += [Answer(one, change.actor, change.at) for one in stands_for[ticket.ref]]
    if happenings:
        ticket = rows.write_down(tx, ticket, happenings)
        rows.change(tx, ticket)
    counted = () if ticket.gone else kpis.count(tx, measured)
    return TakenIn(ticket, counted, tuple(answers))


def write(tx: Tx, ticket: TicketRecord, entries: Sequence[Entry], at: datetime) -> TakenIn:
    """Lines that change nothing but the log."""
    ticket = rows.write_down(tx, ticket, [Happening(one, at) for one in entries])
    rows.change(tx, ticket)
    return TakenIn(ticket)


def lose(tx: Tx, ticket: TicketRecord, *, why: str) -> TicketRecord:
    """The ticket counts nowhere from now on: it was deleted, or merged into another of ours."""
    lost = replace(ticket, gone=why, judge_at=None)
    rows.change(tx, lost)
    kpis.forget(tx, f"ticket:{ticket.id}")
    return lost


def _fresh(tx: Tx, ticket: TicketRecord, changes: Sequence[Change]) -> Iterator[Change]:
    seen = rows.known(tx, ticket.id, {change.id for change in changes if change.id})
    for change in changes:
        if not change.id or change.id not in seen:
            seen.add(change.id)
            yield change


def _followed(tx: Tx, ticket: TicketRecord, change: Change) -> TicketRecord:
    """What a change means beyond the ticket itself."""
    if change.kind is ChangeKind.MERGED and (into := change.data.get("into")):
        return _merged(tx, ticket, into)
    if change.kind is ChangeKind.VOTE and (score := change.data.get("score")) in measures.SCORES:
        rows.vote(tx, ticket, Vote(int(score or 0), change.at, change.text))
    if change.kind is ChangeKind.OWNER:
        cases.handled(tx, ticket.id, change.data.get("owner"))
    if change.kind is ChangeKind.QUEUE:
        cases.entered(tx, ticket.id, at=change.at)
    if change.kind is ChangeKind.CUSTOMER:
        questions.answered(tx, ticket.id, at=change.at)
    return ticket


def _merged(tx: Tx, ticket: TicketRecord, into: str) -> TicketRecord:
    """It lives on as the other ticket, which counts for both when it is ours as well."""
    ours = [one for one in rows.by_ref(tx, ticket.system, into) if one.id != ticket.id]
    for one in rows.by_ref(tx, ticket.system, ticket.ref):
        if one.id != ticket.id:
            rows.change(tx, replace(one, ref=into))
    moved = replace(ticket, ref=into)
    return lose(tx, moved, why="merged") if ours else moved


def _incidents(tx: Tx, ticket: TicketRecord) -> Collection[int]:
    """All incidents that this ticket stands for, with those of the tickets merged into it."""
    family = rows.by_ref(tx, ticket.system, ticket.ref)
    return {one.incident for one in (*family, ticket) if one.incident is not None}


def _entry(change: Change) -> Entry:
    """A log forgets nothing: no customer is named in it (decision 9)."""
    actor = change.actor
    if actor.kind is ActorKind.CUSTOMER:
        actor = Actor(ActorKind.CUSTOMER, "customer")
    return Entry(change.kind, actor, dict(change.data), change.text)
