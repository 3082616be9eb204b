"""A small company around a store: incidents that break out, tickets, and a clock moved by hand."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from alerts.classify import Verdict
from alerts.inventory import Inventory, Server
from alerts.model import DAEMON, Actor, Category, Priority
from alerts.quiet import Subject
from alerts.settings import AlertSettings
from playbooks.ports import Change, ChangeKind, TicketRef, TicketSystem
from responder import incidents, watch
from responder.board import Board, Saved
from responder.clock import HandClock
from responder.desk import taking
from responder.deskwork import Hand
from responder.outbox import Runner
from responder.paging.escalation import Escalations, Ladder, Rung
from responder.plan import Plan
from responder.steps import Opening, Rules
from responder.store import Store, Tx, logs, outbox, records
from responder.store import incidents as incident_rows
from responder.store import tickets as rows
from responder.store.tables import outbox as outbox_table
from responder.ticketing import Ticketing
from responder.tickets.desk import Desk
from responder.values import AlertEnd, EffectKind, Figure, Incident, Job, TicketRecord
from tests.responder.desk.tickets import ANA, OPENED

PLAN = Plan(
    inventory=Inventory({"web1": Server("web1", datacentre="fra1", rack="r7", brand="acme")}),
    rules=Rules(AlertSettings(storm="off", flapping="off")),
    escalations=Escalations(
        critical=Ladder((Rung(("ana", "bob")),)),
        methods={"ana": ("email", "pagerduty"), "bob": ("email",)},
    ),
)


@dataclass
class Company:
    """`counted`: every figure that reached the counters. `ended`: effects by key."""

    store: Store
    system: TicketSystem
    clock: HandClock
    counted: list[Figure] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handler = Ticketing(
            self.store,
            self.system,
            plan=lambda: PLAN,
            clock=self.clock,
            url="https://r.example.net",
        )
        self.runner = self.start_runner()

    def start_runner(self) -> Runner:
        """A worker of the outbox, as a new process has it."""
        return Runner(
            self.store,
            [self.handler],
            member="one",
            clock=self.clock,
            watcher=self,
            counted=self.counted.extend,
        )

    def effect_ended(self, job: Job, state: str) -> None:
        self.ended[job.key] = state

    def by(self, actor: Actor = ANA) -> Hand:
        """Somebody acts now."""
        return Hand(actor, PLAN, self.clock.now())

    async def breaks(self, server: str = "web1", **told: Any) -> Incident:
        """A critical incident opens."""
        return await self.store.write(open_incident, server, now=self.clock.now(), **told)

    async def decide(self, decided: str, number: int, *args: Any, **told: Any) -> Saved:
        """Let a function of responder/incidents.py change an incident."""
        return await self.store.write(
            change_incident, decided, number, args=args, told=told, now=self.clock.now()
        )

    async def recovers(self, number: int = 1) -> Saved:
        """All its alerts end, the watch passes, it is resolved."""
        ended = {"told": {}, "rules": PLAN.rules}
        await self.decide("ended", number, AlertEnd.RESOLVED, **ended)
        self.clock.move(minutes=5)
        return await self.store.write(watch.tick, plan=PLAN, now=self.clock.now())

    async def returns(self, number: int = 1) -> None:
        """An alert of it fires again."""
        verdict = Verdict(Category.CRITICAL, Priority.CRITICAL, "severity")
        await self.decide("fired", number, verdict, told={}, rules=PLAN.rules)
        await self.store.write(judge_mutes, number, now=self.clock.now())

    async def gets_worse(self, number: int = 1, *, title: str) -> None:
        """An alert fires that makes it critical."""
        verdict = Verdict(Category.CRITICAL, Priority.CRITICAL, "severity critical")
        await self.decide("fired", number, verdict, told={}, rules=PLAN.rules, title=title)

    async def claimed(self, key: str) -> Job:
        """The job of this key, claimed by a worker that will not live to mark it."""
        jobs = await self.store.write(
            outbox.claim,
            owner="dead",
            kinds=self.handler.kinds,
            now=self.clock.now(),
            lease=timedelta(minutes=2),
            limit=50,
        )
        return next(job for job in jobs if job.key == key)

    async def works(self, turns: int = 4) -> None:
        """The outbox does what is due now."""
        for _ in range(turns):
            await self.runner.turn()
            await self.runner.settle()

    async def incident(self, number: int = 1) -> Incident:
        """An incident as it is stored."""
        (found,) = await self.store.read(incident_rows.by_ids, [number])
        return found

    async def tickets(self, incident: int = 1) -> list[TicketRecord]:
        """The tickets of an incident that are not deleted."""
        return (await self.store.read(rows.of_incidents, [incident]))[incident]

    async def log(self, ticket: int = 1) -> list[tuple[str, str, str]]:
        """Kind, actor and words of what happened to a ticket."""
        lines = await self.store.read(logs.read, "ticket", ticket)
        return [(line.kind, line.actor.name, line.words) for line in lines]

    async def state_of(self, key: str) -> str | None:
        """What became of an effect."""
        return await self.store.read(outbox.state_of, key)


def company(store: Store, system: TicketSystem | None = None) -> Company:
    """The company at 03:10, with the built-in desk unless it has another ticket system."""
    clock = HandClock(OPENED)
    counted: list[Figure] = []
    desk = Desk(store, clock=clock, counted=counted.extend)
    return Company(store, system or desk, clock, counted)


def open_incident(
    tx: Tx,
    server: str,
    *,
    now: datetime,
    title: str = "does not answer",
    category: Category = Category.CRITICAL,
    priority: Priority = Priority.CRITICAL,
    drill: bool = False,
) -> Incident:
    """An incident about a server, with one firing alert."""
    board = Board(tx, PLAN, now=now)
    number = board.next_id()
    opening = Opening(
        number,
        board.ref(number),
        f"server:{server}",
        title,
        Verdict(category, priority, "severity"),
        server=server,
        brand="acme",
        drill=drill,
        firing=1,
    )
    opened = board.open(opening, [Subject({"instance": server}, server)])
    board.save()
    return opened


def change_incident(
    tx: Tx,
    decided: str,
    number: int,
    *,
    args: Iterable[object],
    told: dict[str, object],
    now: datetime,
) -> Saved:
    """One of the functions of responder/incidents.py, by its name."""
    board = Board(tx, PLAN, now=now)
    step = getattr(incidents, decided)(board.incident(number), *args, now=now, **told)
    board.put(step)
    return board.save()


def judge_mutes(tx: Tx, number: int, *, now: datetime) -> None:
    """What mutes an incident is judged anew, as when an alert comes."""
    board = Board(tx, PLAN, now=now)
    board.requiet(number)
    board.save()


def add_ticket(tx: Tx, ticket: TicketRecord) -> taking.TakenIn:
    """A ticket of any system, as if it had been opened just now."""
    records.one_at_a_time(tx)
    ref = TicketRef(ticket.system, ticket.ref)
    opening = Change("", ref, ticket.opened_at, ChangeKind.OPENED, DAEMON)
    return taking.begin(tx, ticket, opening)


def effects(tx: Tx, kind: EffectKind) -> list[str]:
    """The keys of all effects of this kind, in the order of their deciding."""
    wanted = select(outbox_table.c.key).where(outbox_table.c.kind == kind)
    return list(tx.execute(wanted.order_by(outbox_table.c.id)).scalars())
