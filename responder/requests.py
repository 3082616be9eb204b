"""Requests of customers, over whatever channel they come: each becomes one ticket and its case."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.model import ActorKind, Category, Priority, clean
from alerts.requests.classify import classify
from alerts.requests.model import Decision, RequestText
from playbooks.ports import Change, ChangeKind, TicketRef, TicketState
from responder.desk import taking
from responder.desk.abroad import to_be_filed
from responder.desk.knowledge import Article, shelf
from responder.desk.levels import QUEUES
from responder.desk.lines import LINE, a_key, a_line, a_text
from responder.desk.rules_file import rules_in_force
from responder.desk.sorting import Sorted, Wish, fingerprint, scoped, sort
from responder.desk.whose import Hints, Whose
from responder.desk_values import Case
from responder.deskwork import Acted, Hand, Refused
from responder.kpi import figures as measures
from responder.kpi.figures import CHANNELS
from responder.plan import Plan
from responder.store import Tx, cases, kpis, outbox, records
from responder.store import incidents as incident_rows
from responder.store import tickets as rows
from responder.support.aftermath import follow
from responder.support.background import gather
from responder.support.outages import LOOK
from responder.support.thanks import Occasion
from responder.tickets.desk import SYSTEM
from responder.values import TicketRecord

_LOUD: Final = 5  # requests of one mailbox within an hour; more get no letter: perhaps a machine
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Understood:
    """What the words of a request ask for, and the articles that may help."""

    decision: Decision
    articles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants, as it reached us; hostile text in every field.

    `key` is its name where it comes from: the same key never gives two tickets. `sender` and `to`
    are mail addresses, else names or telephone numbers. `submitted_by` typed it in for
    `on_behalf_of` (R6). `system` and `ref`: the ticket exists there already; "" = it is to be
    kept at our own desk. `category`, `priority` and `queue` are an agent's, and count more than
    what the rules find. `via`: the brand whose API key brought it. `message_id`: of the mail.
    `answers`: the ticket of somebody else that it speaks of, 0 for none. `read`: see `understand`.
    """

    subject: str
    text: str
    channel: str
    key: str | None = None
    system: str = SYSTEM
    ref: str = ""
    opened_at: datetime | None = None
    sender: str = ""
    sender_name: str = ""
    to: str = ""
    brand: str | None = None
    account: str | None = None
    server: str | None = None
    incident: int | None = None
    category: Category | None = None
    priority: Priority | None = None
    queue: str | None = None
    state: TicketState = TicketState.NEW
    owner: str | None = None
    submitted_by: str = ""
    on_behalf_of: str = ""
    language: str = ""
    via: str = ""
    message_id: str = ""
    answers: int = 0
    read: Understood | None = None


Linked = Callable[[TicketRecord], str]


def unlinked(_: TicketRecord) -> str:
    """For whoever can't give his customer a page to follow."""
    return ""


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the pure rooms make of a request."""

    read: Understood
    whose: Whose
    kind: Sorted


async def understand(request: Request, plan: Plan) -> Request:
    """The same, its words read: hostile ones take long, so beside the loop, and before the
    transaction, in which everybody else would wait.
    """
    return await asyncio.to_thread(understood, request, plan)


def understood(request: Request, plan: Plan) -> Request:
    """The same, at once."""
    return replace(request, read=_read(request, plan))


def _read(request: Request, plan: Plan) -> Understood:
    subject, text = clean(request.subject), clean(request.text)
    told = RequestText(subject, text, request.channel, request.sender, request.to)
    decision = classify(told, rules_in_force(plan.desk.rules_file))
    articles = shelf(plan.desk.knowledge).suggest(f"{request.subject} {request.text[:4000]}")
    return Understood(decision, tuple(articles))


def take(tx: Tx, request: Request, *, by: Hand, link: Linked = unlinked) -> Acted:
    """Open the ticket of a request, once for each key; all that follows from it is queued in the
    same transaction. `link`: where its customer can follow it. Raises Refused for words that mean
    nothing here.
    """
    records.one_at_a_time(tx)
    _check(tx, request)
    number = rows.next_id(tx)
    key = key_of(request) or f"{records.installation(tx)}-t{number}"
    if (known := _known(tx, request, key)) is not None:
        return Acted(known)
    judged = _judge(request, by)
    ticket = _drafted(request, judged, number=number, key=key, now=by.now)
    taken = taking.begin(tx, ticket, _opening(ticket, request, judged, by))
    case = _case(tx, request, judged, taken.ticket, by)
    cases.add(tx, case)
    counted = kpis.count(tx, measures.of_topic(ticket, case.task))
    occasion = Occasion(taken.ticket, case, judged.whose, request.text, judged.read.articles)
    done = follow(tx, replace(occasion, link=link(taken.ticket)), by, quiet=_is_loud(tx, case, by))
    figures = (*taken.figures, *counted, *done.figures)
    return Acted(done.ticket, figures, done.effects + _file(tx, done.ticket, by))


def _file(tx: Tx, ticket: TicketRecord, by: Hand) -> int:
    """Into the ticket system, where the desk works there."""
    house = by.plan.clientele.system if by.plan.desk.file_requests else ""
    effects = to_be_filed(ticket, house=house)
    outbox.add(tx, effects, now=by.now)
    return len(effects)


def _check(tx: Tx, request: Request) -> None:
    if request.channel not in CHANNELS:
        raise Refused(f"no channel is called {request.channel}: one of {', '.join(CHANNELS)}")
    if request.queue is not None and request.queue not in QUEUES:
        raise Refused(f"no queue is called {request.queue}: one of {', '.join(QUEUES)}")
    if request.incident is not None and not incident_rows.by_ids(tx, [request.incident]):
        raise Refused(f"there is no incident {request.incident}")


def key_of(request: Request) -> str:
    """The key of its ticket, "" for one that has no name where it comes from."""
    return f"{request.channel}/{a_key(request.key)}" if request.key else ""


def _known(tx: Tx, request: Request, key: str) -> TicketRecord | None:
    if request.ref and (found := rows.by_ref(tx, request.system, request.ref)):
        return found[0]
    return rows.by_key(tx, key)


def _judge(request: Request, by: Hand) -> _Judged:
    read = request.read or _read(request, by.plan)
    decision = read.decision
    hints = Hints(
        brand=request.brand or "",
        to=request.to,
        key=request.via,
        account=request.account or "",
        sender=request.sender,
        hosts=decision.about,
        server=request.server or "",
    )
    whose = by.plan.directory.resolve(hints)
    brand = by.plan.clientele.brands.get(whose.brand or "")
    wish = Wish(request.category, request.priority, request.queue)
    kind = sort(decision, wish, brand)
    task = "" if request.queue else decision.task
    return _Judged(read, whose, scoped(kind, task, brand, by.plan.desk))


def _drafted(
    request: Request, judged: _Judged, *, number: int, key: str, now: datetime
) -> TicketRecord:
    kind, whose = judged.kind, judged.whose
    opened_at = min(request.opened_at or now, now)
    return TicketRecord(
        id=number,
        key=key,
        system=request.system,
        ref=request.ref or str(number),
        incident=request.incident,
        subject=a_line(request.subject) or "(no subject)",
        queue=kind.queue,
        level=kind.queue,
        state=request.state,
        priority=kind.priority,
        category=kind.category,
        channel=request.channel,
        brand=whose.brand,
        account=a_line(whose.account),
        server=a_line(whose.server),
        owner=a_line(request.owner),
        opened_at=opened_at,
        detected_at=opened_at,
    )


def _opening(ticket: TicketRecord, request: Request, judged: _Judged, by: Hand) -> Change:
    told = {
        "queue": ticket.queue,
        "category": str(ticket.category),
        "priority": str(ticket.priority),
        "rule": judged.kind.rule,
        "rules": judged.read.decision.version,
        "brand_rule": judged.whose.rule,
        "submitted_by": _submitter(request, by),
        # Who that is stands in the case, which can be erased; a log can not (decision 9).
        "on_behalf_of": "customer" if request.on_behalf_of or request.sender else None,
    }
    ref = TicketRef(ticket.system, ticket.ref)
    return Change(
        "", ref, by.now, ChangeKind.OPENED, by.actor, a_text(request.text) or "(no text)", told
    )


def _submitter(request: Request, by: Hand) -> str:
    """Who typed it in; "" is the customer himself."""
    agent = by.actor.name if by.actor.kind is ActorKind.PERSON else ""
    return a_line(request.submitted_by or agent) or ""


def _case(tx: Tx, request: Request, judged: _Judged, ticket: TicketRecord, by: Hand) -> Case:
    decision, whose = judged.read.decision, judged.whose
    requester = a_line(request.sender or request.on_behalf_of) or ""
    hidden = " ".join(filter(None, (whose.brand, whose.server, whose.account, whose.reseller)))
    kind = fingerprint(decision, ticket.category, ticket.subject, hidden=hidden)
    facts: dict[str, Any] = {
        **gather(tx, whose, requester=requester, fingerprint=kind, plan=by.plan, before=ticket.id),
        "about": list(decision.about),
        "message_id": clean(request.message_id),
        "to": clean(request.to)[:LINE],
        "answers": request.answers,
        "wish": decision.wish,
        "complaint": judged.kind.complaint,
        "articles": [
            {"id": one.id, "title": one.title, "url": one.url} for one in judged.read.articles
        ],
    }
    wait = judged.kind.look and ticket.incident is None
    client = by.plan.clientele.clients.get(whose.reseller or whose.account or "")
    spoken = client.language if client and client.language else ""
    return Case(
        ticket=ticket.id,
        entered_at=by.now,
        requester=requester,
        requester_name=a_line(request.sender_name) or "",
        submitted_by=_submitter(request, by),
        on_behalf_of=a_line(request.on_behalf_of) or "",
        language=request.language or spoken_in(request.text, decision) or str(spoken),
        task=decision.task,
        rule=judged.kind.rule,
        rules_version=decision.version,
        brand_rule=whose.rule,
        fingerprint=kind,
        facts=facts,
        look_at=by.now + LOOK if wait else None,
    )


def spoken_in(text: str, decision: Decision) -> str:
    """The language to answer in; who writes Bulgarian or Russian in Latin letters, or is taken to,
    is answered in his brand's.
    """
    cyrillic = any("\u0400" <= letter <= "\u04ff" for letter in text)
    return decision.language if cyrillic or decision.language not in ("bg", "ru") else ""


def _is_loud(tx: Tx, case: Case, by: Hand) -> bool:
    """Does this mailbox write so much that it may be a machine that answers to our letters?"""
    return cases.count_of(tx, case.requester, since=by.now - _HOUR) > _LOUD
