"""A customer's word of an outage, judged once by what the probes saw of it (decision 12)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from alerts.classify import Verdict
from alerts.model import DAEMON, Category, Priority
from alerts.requests.classify import classify
from alerts.requests.model import Decision, RequestText
from playbooks.plain import one_line
from playbooks.ports import Change, ChangeKind, TicketRef
from responder import incidents
from responder.board import Board, Saved
from responder.desk import taking
from responder.desk.abroad import told_there
from responder.desk.levels import RAPID_RESPONSE, highest
from responder.desk.looking import Sighting, described, judged
from responder.desk.rules_file import rules_in_force
from responder.desk.tiers import at_least
from responder.desk.whose import Hints, Whose
from responder.desk_values import Case, Confirmed
from responder.plan import Plan
from responder.steps import Opening, Step, raised
from responder.store import Tx, cases, outbox, records
from responder.store import tickets as rows
from responder.store.tickets import Happening
from responder.support.background import keys_of
from responder.values import NOT_WELL, Entry, Incident, TicketRecord

AGAIN: Final = timedelta(minutes=15)
STRANGERS: Final = 3
LOOK: Final = timedelta(seconds=8)
"""So long the probes may take to judge a customer's outage before somebody is paged anyway."""
_NOTHING: Final = Saved((), 0)
_RULES: Final = {
    Confirmed.CONFIRMED: "a customer's word, confirmed by the probes",
    Confirmed.UNCHECKABLE: "a customer's word, which nobody can check",
    Confirmed.SEEN_WELL: "the word of a second customer within 15 minutes",
}
_SEEN_WELL: Final = "seen well from everywhere"


def judge(tx: Tx, number: int, seen: Sighting, *, plan: Plan, now: datetime) -> Saved:
    """What follows from what was seen; nothing when it was judged before. The incident begins here
    and not with the ticket, so that nobody is paged for what the probes see well.
    """
    records.one_at_a_time(tx)
    case, ticket = cases.by_ticket(tx, number), rows.by_id(tx, number)
    if case is None or ticket is None or case.look_at is None:
        return _NOTHING
    confirmed = judged(seen)
    others = _others(tx, ticket, now=now)
    cases.change(tx, replace(case, look_at=None, confirmed=confirmed))
    if ticket.over or ticket.gone:
        return _NOTHING
    again = case.confirmed is Confirmed.SEEN_WELL and now - ticket.opened_at <= AGAIN
    if confirmed is Confirmed.SEEN_WELL and not others and not again:
        return _lowered(tx, ticket, seen, plan=plan, now=now)
    return _raised(tx, ticket, case, confirmed, seen, others, plan=plan, now=now)


def again(text: str, *, plan: Plan) -> Decision:
    """What a customer's later words on his ticket are; to be read before the transaction."""
    return classify(RequestText("", text), rules_in_force(plan.desk.rules_file))


def still_down(tx: Tx, number: int, told: Decision, *, now: datetime) -> bool:
    """A customer's later words on his ticket: when they tell plainly of an outage that no incident
    is about, the probes look (again). Will they?
    """
    records.one_at_a_time(tx)
    case, ticket = cases.by_ticket(tx, number), rows.by_id(tx, number)
    if case is None or ticket is None or ticket.incident is not None or case.look_at is not None:
        return False
    if told.critical and not ticket.gone:
        about = dict.fromkeys([*case.facts.get("about", ()), *told.about])
        facts = {**case.facts, "about": list(about)}
        cases.change(tx, replace(case, look_at=now + LOOK, facts=facts))
    return told.critical


def _others(tx: Tx, ticket: TicketRecord, *, now: datetime) -> Sequence[int]:
    since = now - AGAIN
    return cases.words_about(
        tx, server=ticket.server, account=ticket.account, since=since, but=ticket.id
    )


def _lowered(tx: Tx, ticket: TicketRecord, seen: Sighting, *, plan: Plan, now: datetime) -> Saved:
    """Hosting, high, level 1, with the findings: nobody is woken for it. Where later words told of
    it, the ticket stays where it is.
    """
    if ticket.category is not Category.CRITICAL:
        words = f"He says that it is down; the probes see it well.\n\n{described(seen)}"
        return _said(tx, ticket, Entry("note", DAEMON, {}, words), now=now)
    brand = plan.clientele.brands.get(ticket.brand or "")
    queue = at_least("level-1", brand)
    told = {
        "category": str(Category.HOSTING),
        "was": str(ticket.category),
        "priority": str(Priority.HIGH),
        "queue": queue,
        "rule": _SEEN_WELL,
    }
    words = f"The probes see it well.\n\n{described(seen)}"
    lower = replace(
        ticket, category=Category.HOSTING, priority=Priority.HIGH, queue=queue, level=queue
    )
    entry = Entry("reclassified", DAEMON, told, words)
    cases.entered(tx, ticket.id, at=now)
    return _said(tx, lower, entry, queue="" if ticket.owner else queue, now=now)


def _said(tx: Tx, ticket: TicketRecord, entry: Entry, *, queue: str = "", now: datetime) -> Saved:
    """Into its log, and to where it is kept; there it is moved unless somebody has it by now."""
    name = f"{ticket.key}/look/{ticket.seq}"
    rows.change(tx, rows.write_down(tx, ticket, [Happening(entry, now, name)]))
    effects = told_there(ticket, name, queue=queue)
    outbox.add(tx, effects, now=now)
    return Saved((), len(effects))


def _raised(
    tx: Tx,
    ticket: TicketRecord,
    case: Case,
    confirmed: Confirmed,
    seen: Sighting,
    others: Sequence[int],
    *,
    plan: Plan,
    now: datetime,
) -> Saved:
    """The incident of what he names, which pages; its ticket is his."""
    board = Board(tx, plan, now=now)
    words = _words(ticket, seen, others)
    incident = _incident(board, ticket, case, _RULES[confirmed], words)
    saved = board.save()
    rows.change(tx, _urgent(tx, replace(ticket, incident=incident.id), incident.rule, now=now))
    ref = TicketRef(ticket.system, ticket.ref)
    note = Change(f"{ticket.key}/look", ref, now, ChangeKind.NOTE, DAEMON, words)
    fresh = rows.by_id(tx, ticket.id) or ticket
    figures = taking.take_in(tx, fresh, [note]).figures
    effects = told_there(ticket, note.id, queue=fresh.queue if fresh.queue != ticket.queue else "")
    outbox.add(tx, effects, now=now)
    return saved + Saved((), len(effects), figures)


def _urgent(tx: Tx, ticket: TicketRecord, rule: str, *, now: datetime) -> TicketRecord:
    """Critical from now on, where it was something less."""
    if ticket.category is Category.CRITICAL:
        return ticket
    worst = replace(
        ticket,
        category=Category.CRITICAL,
        priority=Priority.CRITICAL,
        queue=RAPID_RESPONSE,
        level=highest(ticket.level, RAPID_RESPONSE),
    )
    told = {
        "category": str(worst.category),
        "was": str(ticket.category),
        "priority": str(worst.priority),
        "queue": worst.queue,
        "rule": rule,
    }
    cases.entered(tx, ticket.id, at=now)
    return rows.write_down(tx, worst, [Happening(Entry("reclassified", DAEMON, told), now)])


def _incident(board: Board, ticket: TicketRecord, case: Case, rule: str, words: str) -> Incident:
    """The one that is known of the thing already, made critical, else a new one."""
    verdict = Verdict(Category.CRITICAL, Priority.CRITICAL, rule)
    whose = _whose(ticket, case, board.plan)
    keys = keys_of(whose, plan=board.plan)
    key = keys[-1] if keys else _strangers_key(board, ticket)
    known = board.at(key)
    if known is not None:
        return _told_again(board, known, verdict, words)
    number = board.next_id()
    title = one_line(f"A customer says: {ticket.subject}")
    opening = Opening(number, board.ref(number), key, title, verdict, ticket.server, ticket.brand)
    return board.open(opening, [], words=words)


def _strangers_key(board: Board, ticket: TicketRecord) -> str:
    """Of somebody whom nobody knows: an incident of its own. Only the first few of a quarter of an
    hour, for a form is open to everybody: the rest join them, and wake nobody anew.
    """
    told = cases.strangers(board.tx, since=board.now - AGAIN)
    for number in told[-1:] if len(told) >= STRANGERS else ():
        other = rows.by_id(board.tx, number)
        known = board.incident(other.incident) if other and other.incident else None
        if known is not None and known.state in NOT_WELL:
            return known.key
    return f"request:{ticket.id}"


def _told_again(board: Board, known: Incident, verdict: Verdict, words: str) -> Incident:
    rules, now = board.plan.rules, board.now
    known = board.requiet(known.id)
    step: Step = incidents.noted(known, DAEMON, words=words, now=now)
    if known.state not in NOT_WELL:
        step = incidents.reopened(step, rules=rules, now=now, actor=DAEMON)
    return board.strike(known, raised(step, verdict, rules=rules, now=now))


def _whose(ticket: TicketRecord, case: Case, plan: Plan) -> Whose:
    """What broke: his server where we know it, else the account."""
    if ticket.server:
        return Whose(server=ticket.server)
    return plan.directory.resolve(Hints(account=ticket.account or "", sender=case.requester))


def _words(ticket: TicketRecord, seen: Sighting, others: Sequence[int]) -> str:
    lines = [f"Ticket {ticket.id}: {ticket.subject}", "", described(seen)]
    if others:
        lines += ["", f"Others say so too: ticket {', '.join(map(str, others))}"]
    return "\n".join(lines)
