"""Tells customers, out of the outbox: is it still so, in whose name, by mail or in their ticket."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.moments import read_moment
from playbooks.mail import hand_over
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Note, TicketRef, TicketSystem
from responder.customers.audience import Customer, Untold, lists_of, of_client, of_ticket
from responder.customers.brands import Way
from responder.customers.clientele import Clientele
from responder.customers.deciding import is_tellable, standing
from responder.customers.letters import Letter, News, letter
from responder.customers.mail import compose
from responder.customers.wording import Change
from responder.desk import taking
from responder.duty import on_duty
from responder.outbox import Done, Dropped, Later, Outcome
from responder.paging.dead_letters import alarms
from responder.plan import Plan
from responder.store import Store, Tx, customers, pages, records
from responder.store import incidents as incident_rows
from responder.store import outbox as outbox_rows
from responder.store import tickets as ticket_rows
from responder.values import EffectKind, Figure, Incident, Job, TicketRecord

_BLIND_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Case:
    """How things stand at the moment of telling. `knows`: was this customer told of it before?"""

    incident: Incident
    whole: Incident | None
    knows: bool
    ticket: TicketRecord | None


class CustomerTelling:
    """The outbox handler for customers. `system` keeps the tickets, now; `blind`: does the
    responder see nothing at all? Then nothing is told of a server that may be well.
    """

    kinds = (EffectKind.CUSTOMER_TELL,)
    hands = 8
    deadline = timedelta(hours=1)  # after that a person must

    def __init__(
        self,
        store: Store,
        *,
        plan: Callable[[], Plan],
        system: Callable[[], TicketSystem],
        blind: Callable[[], bool],
    ) -> None:
        self._store = store
        self._plan = plan
        self._system = system
        self._blind = blind

    @property
    def quiet_seconds(self) -> float:
        return self._system().quiet_seconds

    async def perform(self, job: Job) -> Outcome:
        case = await self._store.read(case_of, job=job)
        change = Change(job.payload["change"])
        if refusal := unwanted(case, change):
            return Dropped(refusal)
        if change is Change.OPEN and self._blind():
            return Later(_BLIND_SECONDS, "the responder itself sees nothing")
        clientele = self._plan().clientele
        to = addressed(job.payload, case.ticket, clientele)
        if isinstance(to, Untold):
            return Dropped(to.why)
        words = written(job.payload, to, clientele)
        if to.way is Way.MAIL:
            return await self._mail(job, case, to, words)
        return await self._answer(job, case, to, words)

    def record(
        self, tx: Tx, job: Job, outcome: Done | Dropped, *, now: datetime
    ) -> Sequence[Figure]:
        """What they were told. A message that is dropped now may have gone out before."""
        if isinstance(outcome, Dropped):
            state = customers.UNSURE if job.ambiguous else customers.DROPPED
            customers.end(tx, job.key, state=state, now=now)
            return ()
        customers.end(tx, job.key, state=customers.SENT, **outcome.result, now=now)
        return (
            _answered(tx, job, outcome.result["words"], now=now) if "ticket" in job.payload else ()
        )

    def trouble(self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: datetime) -> None:
        """Who can't be told makes people be paged, once an hour for each brand: they must."""
        if not dead:
            return
        unsure = job.ambiguous or error.ambiguous
        customers.end(tx, job.key, state=customers.UNSURE if unsure else customers.FAILED, now=now)
        (incident,) = incident_rows.by_ids(tx, [job.incident])
        stem = f"dead-letter/customers/{job.payload['brand']}/{now:%Y-%m-%dT%H}"
        called = on_duty(tx, self._plan(), now=now)
        effects = alarms(incident, called, stem=stem, reason=f"A customer was not told: {error}")
        outbox_rows.add(tx, effects, now=now)
        pages.queue(tx, effects, now=now)

    async def _mail(self, job: Job, case: Case, to: Customer, words: Letter) -> Outcome:
        clientele = self._plan().clientele
        server, brand = clientele.server(to.brand), clientele.brands[to.brand]
        if server is None:
            return Dropped("its brand has no from, or no mail server")
        mail = compose(
            words,
            to,
            brand,
            sender=server.sender,
            key=job.key,
            thread=f"{case.incident.ref}/{to.name}",
            at=job.created_at,
        )
        await hand_over(server, mail, to=to.to)
        return Done(_result(words, str(mail["Message-ID"])))

    async def _answer(self, job: Job, case: Case, to: Customer, words: Letter) -> Outcome:
        if case.ticket is None or case.ticket.over:
            return Dropped("its ticket is closed")
        system, ref = self._system(), TicketRef(case.ticket.system, case.ticket.ref)
        try:
            if not (job.ambiguous and await system.noted(ref, job.key)):
                await system.note(ref, Note(job.key, words.text, public=True))
        except GoneError:
            return Dropped("its ticket was deleted")
        return Done(_result(words, to.to))


def case_of(tx: Tx, *, job: Job) -> Case:
    """How things stand now for this message."""
    (incident,) = incident_rows.by_ids(tx, [job.incident])
    whole = incident_rows.by_ids(tx, [incident.parent]) if incident.parent else []
    told = [one for one in customers.of_incidents(tx, [incident.id]) if one.key != job.key]
    knows = (incident.id, job.payload["customer"]) in standing(told, waiting=False)
    number = job.payload.get("ticket")
    ticket = ticket_rows.by_id(tx, number) if number else None
    return Case(incident, whole[0] if whole else None, knows, ticket)


def unwanted(case: Case, change: Change) -> str:
    """Why this must not be told any more, asked again at the moment of telling; "" when it must."""
    incident, whole = case.incident, case.whole
    if change is Change.OPEN and not is_tellable(incident):
        return f"it is {_standing(incident)}"
    if change is Change.UPDATE and not incident.active:
        return f"it is {incident.state}"
    if change is not Change.RECOVERY:
        return ""
    if incident.active or (whole is not None and whole.active):
        return "it is back"
    return "" if case.knows else "this customer was never told"


def addressed(
    payload: Mapping[str, Any], ticket: TicketRecord | None, clientele: Clientele
) -> Customer | Untold:
    """Who that is, as the configuration says now."""
    kind, _, name = str(payload["customer"]).partition(":")
    if payload["way"] == Way.TICKET:
        found = of_ticket(ticket, clientele) if ticket else Untold("", "its ticket is gone")
    elif kind == "reseller" and name in clientele.clients:
        found = of_client(clientele.clients[name], clientele)
    else:
        lists = (
            lists_of(payload["brand"], clientele) if payload["brand"] in clientele.brands else []
        )
        found = next(
            (one for one in lists if one.name == payload["customer"]),
            Untold("", "this customer is gone"),
        )
    if isinstance(found, Customer) and found.brand != payload["brand"]:
        return Untold(found.name, "it belongs to another brand by now")
    return found


def written(payload: Mapping[str, Any], to: Customer, clientele: Clientele) -> Letter:
    """The words. Raises OutsideError when they would tell what no customer may read."""
    news = News(
        Change(payload["change"]),
        began=datetime.fromisoformat(payload["began"]),
        ended=read_moment(payload.get("ended") or ""),
        words=payload.get("words", ""),
        next_update=read_moment(payload.get("next_update") or ""),
    )
    brand = clientele.brands[to.brand]
    words = letter(news, brand, name=to.brand, language=to.language)
    if leaks := clientele.discretion.leaks(f"{words.subject}\n{words.text}", brand=to.brand):
        raise OutsideError(f"kept back: {leaks[0]}", transient=False)
    return words


def _result(words: Letter, reference: str) -> dict[str, str]:
    return {"reference": reference, "subject": words.subject, "words": words.text}


def _standing(incident: Incident) -> str:
    if incident.parent is not None:
        return f"a part of incident {incident.parent}"
    return f"muted by {', '.join(incident.muted_by)}" if incident.muted_by else incident.state


def _answered(tx: Tx, job: Job, words: str, *, now: datetime) -> Sequence[Figure]:
    """Our answer stands in the ticket's log; a robot's answer is no reaction of anybody."""
    records.one_at_a_time(tx)
    ticket = ticket_rows.by_id(tx, job.payload["ticket"])
    if ticket is None:
        return ()
    ref = TicketRef(ticket.system, ticket.ref)
    changes = taking.by_daemon(ref, Note(job.key, words, public=True), at=now)
    return taking.take_in(tx, ticket, changes).figures
