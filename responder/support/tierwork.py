"""What goes up and down between the levels: transfer, review, hand-back, answer; each one act."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from alerts.model import ActorKind
from playbooks.ports import ChangeKind, TicketState
from responder import deskwork
from responder.desk import taking
from responder.desk.casework import case_of
from responder.desk.levels import LEVELS, QUEUES, RAPID_RESPONSE, climbs, falls
from responder.desk.section import BrandDesk
from responder.desk.stays import stays
from responder.desk.tiers import answers_for, at_least
from responder.desk_values import Case
from responder.deskwork import (
    Acted,
    Conflict,
    Hand,
    Missing,
    Refused,
    acted,
    alone,
    change_of,
    done,
    ours,
    worded,
)
from responder.duty import on_duty
from responder.store import Tx, cases, logs, outbox
from responder.store.logs import Line
from responder.support import crew
from responder.values import Effect, Entry, TicketRecord

Grade = Literal["low", "medium", "high"]
Prevention = Literal["", "article", "rule", "playbook", "none"]
REASONS: Final = (
    "no_solution",
    "needs_login",
    "needs_root",
    "hardware",
    "software",
    "load",
    "vendor",
    "wrong_desk",
    "other",
)
ABOVE: Final = ("level-2", "level-3", RAPID_RESPONSE)  # whoever hands back


@dataclass(frozen=True, slots=True)
class Transfer:
    """Why a ticket goes to another desk, by a word of REASONS.

    Upwards: what was understood and tried, and `log`: what was done, unless that stands in the
    ticket already.
    """

    to: str
    reason: str = ""
    text: str = ""
    impact: Grade | None = None
    urgency: Grade | None = None
    steps: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True, slots=True)
class Handback:
    """What whoever answers must know. From level 3: how it is kept from happening again (R57)."""

    comment: str = ""
    solution: str = ""
    prevention: Prevention = ""
    why: str = ""
    candidate: bool = False


@alone
def transfer(tx: Tx, number: int, wish: Transfer, *, by: Hand) -> Acted:
    """To another desk (R40, R48, R49); a level that the brand does not offer is skipped (R28)."""
    ticket = ours(tx, number)
    if wish.to not in QUEUES:
        raise Refused(f"no queue is called {wish.to}: one of {', '.join(QUEUES)}")
    if falls(ticket.queue, wish.to):
        raise Refused(f"from {ticket.queue} it is handed back, with a solution")
    if wish.reason not in REASONS:
        raise Missing(f"a transfer needs a reason: one of {', '.join(REASONS)}")
    lines = logs.read(tx, "ticket", number)
    if climbs(ticket.queue, wish.to):
        _prepared(wish, lines, ticket)
    to = at_least(wish.to, brand_of(by, ticket)) if wish.to in LEVELS else wish.to
    if wish.log.strip():
        ticket = done(tx, ticket, by, ChangeKind.NOTE, worded(wish.log), {}).ticket
    if to == ticket.queue:
        kept = f"{wish.to} is not offered: it stays at {to}. {_described(wish)}"
        return done(tx, ticket, by, ChangeKind.NOTE, kept, {})
    return _moved(tx, ticket, to, wish, by=by)


@alone
def move(tx: Tx, number: int, queue: str, *, text: str = "", by: Hand) -> Acted:
    """To the desk where it belongs; between levels it goes by transfer and hand-back."""
    ticket = ours(tx, number)
    if climbs(ticket.queue, queue):
        raise Missing("to a higher level it goes by transfer, with a reason and what was tried")
    if falls(ticket.queue, queue):
        raise Missing("to a lower level it is handed back, with comment and solution")
    return deskwork.move(tx, number, queue, text=text, by=by)


@alone
def release(tx: Tx, number: int, *, by: Hand) -> Acted:
    """Give back what you have: the ticket itself, or the work on it at this level."""
    ticket, me = ours(tx, number), by.actor.name
    case = case_of(tx, ticket)
    if case.handler == me and ticket.owner != me:
        cases.change(tx, replace(case, handler=None))
        freed = Entry("handler", by.actor, {"to": None})
        return acted(tx, taking.write(tx, ticket, [freed], by.now), by)
    if ticket.owner != me:
        raise Conflict(f"it is not yours: {case.handler or ticket.owner or 'nobody'} has it")
    return done(tx, ticket, by, ChangeKind.OWNER, "", {"owner": None})


@alone
def review(tx: Tx, number: int, *, by: Hand) -> Acted:
    """Say that the work of the level below was read (R50)."""
    ticket = ours(tx, number)
    case = case_of(tx, ticket)
    if case.reviewed_at is not None:
        return Acted(ticket)
    cases.change(tx, replace(case, reviewed_at=by.now))
    read = Entry("reviewed", by.actor, {"level": ticket.queue})
    return acted(tx, taking.write(tx, ticket, [read], by.now), by)


@alone
def hand_back(tx: Tx, number: int, wish: Handback, *, by: Hand) -> Acted:
    """Give it to the level that answers, with comment and solution (R35, R41, R45, R56); the
    customer hears nothing until that level writes.
    """
    ticket = ours(tx, number)
    to = answers_for(brand_of(by, ticket))
    if ticket.queue not in ABOVE or ticket.queue == to:
        raise Refused(f"{ticket.queue} answers the customer itself")
    if ticket.over:
        raise Refused("it is over")
    _complete(wish, ticket)
    case = case_of(tx, ticket)
    ticket = _written(tx, ticket, _lines(wish, ticket, case, by), by)
    told = {"solution": "yes"}
    note = change_of(ticket, ChangeKind.NOTE, by, worded(wish.solution), told)
    back = {"queue": to, "reason": "handed back", "solution": "yes"}
    moved = change_of(ticket, ChangeKind.QUEUE, by, worded(wish.comment), back)
    waits = change_of(ticket, ChangeKind.STATE, by, "", {"state": TicketState.ANSWERING})
    taken = acted(tx, taking.take_in(tx, ticket, [note, moved, waits]), by)
    case = case_of(tx, taken.ticket)
    cases.change(
        tx,
        replace(
            case,
            handed_from=ticket.queue,
            prevention=wish.prevention or case.prevention,
            candidate=case.candidate or wish.candidate,
        ),
    )
    return tell(tx, taken, f"answer-{taken.ticket.seq}", "is solved: tell the customer", by=by)


def brand_of(by: Hand, ticket: TicketRecord) -> BrandDesk | None:
    """What the brand of a ticket promises its customers."""
    return by.plan.clientele.brands.get(ticket.brand or "")


def tell(tx: Tx, acted: Acted, about: str, says: str, *, by: Hand) -> Acted:
    """A word to whoever works on a ticket now, but not to the one who acts."""
    ticket = acted.ticket
    called = on_duty(tx, by.plan, now=by.now)
    known = by.plan.desk.skills.get(case_of(tx, ticket).task, ())
    owner = [ticket.owner] if ticket.owner in crew.people_of(called, ticket.queue) else []
    people = owner or [*crew.skilled(called, ticket.queue, known)]
    wanted = [one for one in people if one and one != by.actor.name]
    subject, text = f"Ticket {ticket.id} {says}", crew.described(ticket)
    effects: list[Effect] = crew.told(tx, ticket, wanted, about=about, subject=subject, text=text)
    outbox.add(tx, effects, now=by.now)
    return replace(acted, effects=acted.effects + len(effects))


def _prepared(wish: Transfer, lines: Sequence[Line], ticket: TicketRecord) -> None:
    """Raises Missing: what a higher level may ask for before it begins."""
    lacks = [
        name
        for name, said in (
            ("impact", wish.impact),
            ("urgency", wish.urgency),
            ("steps (what was tried)", [one for one in wish.steps if one.strip()]),
        )
        if not said
    ]
    if lacks:
        raise Missing(f"to go up it needs {', '.join(lacks)}")
    here = max((line.seq for line in lines if line.kind == ChangeKind.QUEUE), default=0)
    spoken = (ChangeKind.NOTE, ChangeKind.REPLY)
    if not wish.log.strip() and not any(
        line.seq > here and line.kind in spoken and line.actor.kind is ActorKind.PERSON
        for line in lines
    ):
        raise Missing(f"nothing that {ticket.queue} did stands in its log: say what, in `log`")


def _moved(tx: Tx, ticket: TicketRecord, to: str, wish: Transfer, *, by: Hand) -> Acted:
    lines = logs.read(tx, "ticket", ticket.id)
    stay = stays(lines, queue=ticket.queue, opened_at=ticket.opened_at, now=by.now)[-1]
    told = {
        "queue": to,
        "reason": wish.reason,
        "held_seconds": str(int(stay.held.total_seconds())),
        "touch_seconds": str(int(stay.touched.total_seconds())),
        **({"skipped": wish.to} if wish.to != to else {}),
    }
    moved = done(tx, ticket, by, ChangeKind.QUEUE, _described(wish), told)
    return tell(tx, moved, f"came-{moved.ticket.seq}", f"has come to {to}", by=by)


def _described(wish: Transfer) -> str:
    grades = [
        f"{name} {one}" for name, one in (("impact", wish.impact), ("urgency", wish.urgency)) if one
    ]
    steps = [f"- {one.strip()}" for one in wish.steps if one.strip()]
    tried = ["Tried:", *steps] if steps else []
    return worded(
        "\n".join([wish.reason.strip(), *([", ".join(grades)] if grades else []), *tried])
    )


def _complete(wish: Handback, ticket: TicketRecord) -> None:
    lacks = [name for name in ("comment", "solution") if not getattr(wish, name).strip()]
    if lacks:
        raise Missing(f"to hand it back it needs {' and '.join(lacks)}")
    if ticket.queue == "level-3":
        prevented(wish.prevention, wish.why)


def prevented(prevention: str, why: str) -> None:
    """Level 3 mends it for everybody after this one, or says why not (R57). Raises Missing."""
    if not prevention:
        raise Missing("prevention: article, rule, playbook, or none and why")
    if not why.strip():
        raise Missing("why: which article, rule or playbook, or why none")


def _lines(wish: Handback, ticket: TicketRecord, case: Case, by: Hand) -> list[Entry]:
    """What the log says before the solution: prevention, and that nobody had read the rest."""
    lines = list[Entry]()
    if case.reviewed_at is None and ticket.queue in LEVELS:
        lines.append(Entry("warning", by.actor, {"about": "unreviewed", "level": ticket.queue}))
    if wish.prevention:
        lines.append(Entry("prevention", by.actor, {"kind": wish.prevention}, worded(wish.why)))
    return lines


def _written(tx: Tx, ticket: TicketRecord, lines: Sequence[Entry], by: Hand) -> TicketRecord:
    return taking.write(tx, ticket, lines, by.now).ticket if lines else ticket
