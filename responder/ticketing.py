"""Does the tickets of incidents out of the outbox: opens, notes, solves and reopens, each once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.classify import worst_first
from alerts.model import Category
from playbooks.outside import GoneError, LoginRefusedError, OutsideError
from playbooks.ports import Draft, Moves, Note, TicketRef, TicketState, TicketSystem
from responder.clock import Clock
from responder.desk import taking, texts
from responder.desk.alert_tasks import errand, wished
from responder.desk.levels import RAPID_RESPONSE
from responder.desk.opening import opened
from responder.desk.recall import kind_of, recalled
from responder.desk.texts import Facts
from responder.duty import on_duty
from responder.outbox import Done, Dropped, Later, Outcome
from responder.own_person import give, owner_of
from responder.paging.dead_letters import alarms
from responder.paging.escalation import ROUNDS
from responder.plan import Plan
from responder.store import Store, Tx, logs, pages, records
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.store import outbox as outbox_rows
from responder.store import tickets as rows
from responder.store.logs import Line
from responder.values import (
    EffectKind,
    Episode,
    Figure,
    Incident,
    Job,
    OutboxState,
    TicketRecord,
)

MONITORING: Final = "monitoring"
DEADLINE: Final = timedelta(hours=72)
_MUTED_SECONDS: Final = 15.0
_UNOPENED_SECONDS: Final = 30.0
_OVER: Final = (TicketState.SOLVED, TicketState.CLOSED)


@dataclass(frozen=True, slots=True)
class _Case:
    """All that must be known at the moment of writing."""

    facts: Facts
    ticket: TicketRecord | None
    opening: OutboxState | None  # what became of the wish to open it
    line: Line | None  # the line of the log that a note is about
    shared: bool  # its ticket is another's too, whose trouble is not over
    owner: str | None = None  # who gets it when it is opened

    @property
    def incident(self) -> Incident:
        return self.facts.incident


class Ticketing:
    """The outbox handler for tickets. `system` is replaced at a reload."""

    kinds = (
        EffectKind.TICKET_OPEN,
        EffectKind.TICKET_NOTE,
        EffectKind.TICKET_SOLVE,
        EffectKind.TICKET_REOPEN,
    )
    hands = 4
    deadline = DEADLINE

    def __init__(
        self,
        store: Store,
        system: TicketSystem,
        *,
        plan: Callable[[], Plan],
        clock: Clock,
        url: str,
    ) -> None:
        self._store = store
        self.system = system
        self._plan = plan
        self._clock = clock
        self._url = url.rstrip("/")

    @property
    def quiet_seconds(self) -> float:
        return self.system.quiet_seconds

    async def perform(self, job: Job) -> Outcome:
        now, plan = self._clock.now(), self._plan()
        case = await self._store.read(_case, job=job, plan=plan, url=self._url, now=now)
        ticket = case.ticket
        if ticket is None:
            return await self._without(job, case)
        if ticket.system != self.system.name:
            return Dropped(f"its ticket {ticket.ref} is kept in {ticket.system}, not here")
        try:
            return await self._act(job, case, ticket)
        except GoneError:
            return await self._replace(job, case, ticket)

    def record(
        self, tx: Tx, job: Job, outcome: Done | Dropped, *, now: datetime
    ) -> Sequence[Figure]:
        """Our record of what was done, in the transaction that marks it as done."""
        if isinstance(outcome, Dropped) or not outcome.result:
            return ()
        records.one_at_a_time(tx)
        told = outcome.result
        (incident,) = incident_rows.by_ids(tx, [job.incident])
        if "opened" in told:
            lost = rows.by_id(tx, told["replaces"]) if "replaces" in told else None
            if lost is not None:
                taking.lose(tx, lost, why="deleted")
            facts = Facts(incident, queue=told.get("wished", ""))
            draft = replace(texts.draft(facts, key=told["key"]), text="")
            return opened(tx, draft, system=self.system.name, ref=told["opened"], now=now).figures
        return _recorded(tx, job, told, now=now)

    def trouble(self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: datetime) -> None:
        """Dead letters of a ticket system page the rapid-response people, once an hour for all; one
        that lets us in no more does once a day, while everything waits.
        """
        if not dead and not isinstance(error, LoginRefusedError):
            return
        (incident,) = incident_rows.by_ids(tx, [job.incident])
        name = self.system.name
        stem = f"dead-letter/{name}/{now:%Y-%m-%dT%H}" if dead else f"refused/{name}/{now:%Y-%m-%d}"
        called = on_duty(tx, self._plan(), now=now)
        effects = alarms(incident, called, stem=stem, reason=str(error))
        outbox_rows.add(tx, effects, now=now)
        pages.queue(tx, effects, now=now)

    async def _without(self, job: Job, case: _Case) -> Outcome:
        """It has no ticket, or none yet."""
        if job.kind is EffectKind.TICKET_OPEN:
            return await self._open(job, case)
        if case.opening in (OutboxState.DUE, OutboxState.CLAIMED, OutboxState.DEAD):
            if self._clock.now() - job.created_at >= DEADLINE:
                raise OutsideError("its ticket could not be opened", transient=False)
            return Later(_UNOPENED_SECONDS, "its ticket is not open yet")
        if job.kind is EffectKind.TICKET_REOPEN:
            return await self._open(job, case)
        return Dropped("it has no ticket")

    async def _open(self, job: Job, case: _Case) -> Outcome:
        incident = case.incident
        if incident.muted_by:
            why = f"muted by {', '.join(incident.muted_by)}"
            return Later(_MUTED_SECONDS, why) if incident.active else Dropped(f"over while {why}")
        draft = texts.draft(case.facts, key=f"{incident.ref}/ticket")
        done = await self._opened(job, draft, wished=case.facts.queue)
        if case.owner is not None:
            await give(self.system, TicketRef(self.system.name, done.result["opened"]), case.owner)
        return done

    async def _opened(self, job: Job, draft: Draft, *, wished: str) -> Done:
        found = await self.system.find(draft.key) if job.ambiguous else None
        ref = found or await self.system.open(draft)
        return Done({"opened": ref.id, "key": draft.key, "wished": wished})

    async def _act(self, job: Job, case: _Case, ticket: TicketRecord) -> Outcome:
        ref = TicketRef(ticket.system, ticket.ref)
        match job.kind:
            case EffectKind.TICKET_OPEN:  # it has one, unless somebody has deleted it
                await self.system.read(ref)
            case EffectKind.TICKET_NOTE if case.line:
                note = texts.noted(case.line, key=job.key)
                done = await self._note(job, ref, note, ticket)
                await self._rise(case, case.line, ref)
                return done
            case EffectKind.TICKET_SOLVE:
                return await self._solve(job, case, ref, ticket)
            case EffectKind.TICKET_REOPEN:
                if not case.incident.active:
                    return Dropped("it is over again")
                await self.system.reopen(ref, texts.returned(case.facts, key=job.key))
                return Done({"ticket": ticket.id})
        return Done()

    async def _note(self, job: Job, ref: TicketRef, note: Note, ticket: TicketRecord) -> Done:
        if not (job.ambiguous and await self.system.noted(ref, note.key)):
            await self.system.note(ref, note)
        return Done({"ticket": ticket.id})

    async def _rise(self, case: _Case, line: Line, ref: TicketRef) -> None:
        """What has become critical comes to the rapid-response desk, wherever it lay before."""
        critical = line.kind == "raised" and line.data.get("category") == Category.CRITICAL
        if not (critical and case.incident.active and isinstance(self.system, Moves)):
            return
        there = await self.system.read(ref)
        if there.queue != RAPID_RESPONSE and there.state not in _OVER:
            await self.system.move(ref, RAPID_RESPONSE)

    async def _solve(self, job: Job, case: _Case, ref: TicketRef, ticket: TicketRecord) -> Outcome:
        """Only a ticket that nobody has, and in which no other trouble lives, is solved by us."""
        if case.incident.active:
            return Dropped("it is back")
        there = await self.system.read(ref)
        if there.state in _OVER:
            return Done()
        alone = there.owner is None and not case.shared
        note = texts.recovered(case.facts, key=job.key, solved=alone)
        if not alone:
            return await self._note(job, ref, note, ticket)
        await self.system.solve(ref, note)
        return Done({"ticket": ticket.id})

    async def _replace(self, job: Job, case: _Case, ticket: TicketRecord) -> Outcome:
        """Its ticket was deleted: one new one, and not a third (F47)."""
        incident = case.incident
        key = f"{incident.ref}/ticket/again"
        if not incident.active or ticket.key == key:
            return Dropped("its ticket was deleted")
        preface = f"Ticket {ticket.ref} about this was deleted; this one replaces it."
        draft = texts.draft(case.facts, key=key, preface=preface)
        done = await self._opened(job, draft, wished=case.facts.queue)
        return Done({**done.result, "replaces": ticket.id})


def _recorded(tx: Tx, job: Job, told: Mapping[str, Any], *, now: datetime) -> Sequence[Figure]:
    """That we wrote; the words stand in the incident's log. The built-in desk has its own line
    already, and how the ticket stands is told by the ticket system itself.
    """
    ticket = rows.by_id(tx, told["ticket"])
    if ticket is None:
        return ()
    ref = TicketRef(ticket.system, ticket.ref)
    changes = taking.by_daemon(ref, Note(job.key, ""), at=now)
    return taking.take_in(tx, ticket, changes).figures


def _case(tx: Tx, *, job: Job, plan: Plan, url: str, now: datetime) -> _Case:
    (incident,) = incident_rows.by_ids(tx, [job.incident])
    tickets = rows.of_incidents(tx, [incident.id])[incident.id]
    ledger = pages.of_incidents(tx, [incident.id])[incident.id]
    server = plan.inventory.servers.get(incident.server or "")
    place = [part for part in (server.datacentre, server.rack) if part] if server else []
    firing = alert_rows.firing_of(tx, [incident.id])
    facts = Facts(
        incident=incident,
        alerts=[_told(firing[place]) for place in worst_first(one.labels for one in firing)],
        place=", ".join(place),
        paged=tuple(dict.fromkeys(one.person for one in ledger if one.event in ROUNDS)),
        link=f"{url}/incidents/{incident.id}",
        queue=wished([alert.labels for alert in firing], plan.desk),
        errand=_errand(firing, incident, place),
        seen=recalled(tx, kind_of(incident), brand=incident.brand, before=rows.next_id(tx)),
    )
    line = _line(tx, incident, job.payload.get("seq"))
    opening = outbox_rows.state_of(tx, f"{incident.ref}/ticket")
    ticket = _own(tickets, plan.clientele.system)
    shared = ticket is not None and (ticket.channel != MONITORING or _shared(tx, ticket))
    owner = owner_of(tx, incident, plan=plan, now=now) if ticket is None else None
    return _Case(facts, ticket, opening, line, shared, owner)


def _own(tickets: Sequence[TicketRecord], system: str) -> TicketRecord | None:
    """The one that we opened for it; else that of the customer who told us first, where it is kept
    in our ticket system.
    """
    ours = [one for one in tickets if one.channel == MONITORING]
    theirs = [one for one in tickets if not system or one.system == system]
    return ours[-1] if ours else theirs[0] if theirs else None


def _errand(firing: Sequence[Episode], incident: Incident, place: Sequence[str]) -> str:
    """What the data centre is to be told, where it is about hardware."""
    where = f" ({', '.join(place)})" if place else ""
    labels = [alert.labels for alert in firing]
    return errand(labels, machine=f"{incident.server or 'the machine'}{where}")


def _shared(tx: Tx, ticket: TicketRecord) -> bool:
    """Was it merged with the ticket of another trouble that lives, or of somebody who called?"""
    others = [one for one in rows.by_ref(tx, ticket.system, ticket.ref) if one.id != ticket.id]
    found = incident_rows.by_ids(tx, [one.incident for one in others if one.incident is not None])
    called = any(one.incident is None and not one.over for one in others)
    return called or any(one.active for one in found if one.id != ticket.incident)


def _line(tx: Tx, incident: Incident, seq: int | None) -> Line | None:
    if seq is None:
        return None
    return next((one for one in logs.read(tx, "incident", incident.id) if one.seq == seq), None)


def _told(alert: Episode) -> str:
    name = alert.labels.get("alertname", "alert")
    about = alert.annotations.get("summary") or alert.annotations.get("description") or ""
    return f"{name}: {about}" if about else name
