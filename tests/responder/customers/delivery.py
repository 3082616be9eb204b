"""The same house around a real store and a real mail server: alerts in, letters out."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from alerts.alertmanager import read_webhook
from alerts.model import person
from responder import intake, notices, watch
from responder.clock import HandClock
from responder.deskwork import Acted, Hand, Request, open_by_hand
from responder.outbox import Runner
from responder.plan import Plan
from responder.store import Store, customers, outbox
from responder.store.customers import Told
from responder.telling import CustomerTelling
from responder.tickets.desk import Desk
from responder.values import EffectKind, Job
from tests.real.smtp import Mailbox
from tests.responder.customers.house import house_plan
from tests.responder.estate import NIGHT, alert, body


@dataclass
class Delivery:
    """`ended`: what became of each message, by its key."""

    store: Store
    mailbox: Mailbox
    plan: Plan
    clock: HandClock
    blind: bool = False
    ended: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = Desk(self.store, clock=self.clock)
        self.handler = CustomerTelling(
            self.store,
            plan=lambda: self.plan,
            system=lambda: self.desk,
            blind=lambda: self.blind,
        )

    def runner(self, member: str = "one") -> Runner:
        """A worker of the outbox, as a new process has it."""
        return Runner(self.store, [self.handler], member=member, clock=self.clock, watcher=self)

    def effect_ended(self, job: Job, state: str) -> None:
        self.ended[job.key] = state

    async def hears(self, *servers: str, over: bool = False) -> None:
        """Alerts of these servers fire, or end, all in one message."""
        now = self.clock.now()
        told = body(*(alert(one, at=NIGHT, ended=now if over else None) for one in servers))
        arrival = intake.Arrival("am", read_webhook(json.dumps(told).encode()))
        await self.store.write(intake.take, arrivals=[arrival], plan=self.plan, now=now)

    async def decides(self) -> None:
        """The duties that decide take a turn."""
        told: dict[str, Any] = {"plan": self.plan, "now": self.clock.now()}
        await self.store.write(watch.tick, **told)
        await self.store.write(notices.tell_due, blind=self.blind, **told)

    async def works(self, *runners: Runner, turns: int = 3) -> None:
        """The outbox does what is due now."""
        for _ in range(turns):
            for runner in runners or (self.runner(),):
                await runner.turn()
            for runner in runners:
                await runner.settle()

    async def passes(self, minutes: float) -> None:
        """Time goes by in steps of half a minute."""
        runner = self.runner()
        for _ in range(int(minutes * 2)):
            self.clock.move(seconds=30)
            await self.decides()
            await runner.turn()
            await runner.settle()

    async def writes(self, text: str, **facts: Any) -> int:
        """A customer's ticket, written down by an agent; its number."""
        request = Request("Down?", text, channel="email", **facts)
        by = Hand(person("mira"), self.plan, self.clock.now())
        acted: Acted = await self.store.write(open_by_hand, request=request, by=by)
        return acted.ticket.id

    async def ledger(self, id_: int = 1) -> list[Told]:
        """What is written down of an incident."""
        found: list[Told] = await self.store.read(customers.of_incidents, [id_])
        return found

    async def claimed(self) -> list[Job]:
        """All that is due, claimed by a worker that will not live to mark it."""
        jobs: list[Job] = await self.store.write(
            outbox.claim,
            owner="dead",
            kinds=[EffectKind.CUSTOMER_TELL],
            now=self.clock.now(),
            lease=timedelta(minutes=2),
            limit=50,
        )
        return jobs

    def mails_to(self, address: str) -> list[EmailMessage]:
        """All that this customer got, in order."""
        return [one for one in self.mailbox.messages if one["X-RcptTo"] == address]


def delivery(store: Store, mailbox: Mailbox, **told: dict[str, Any]) -> Delivery:
    """The house at ten past three."""
    return Delivery(store, mailbox, house_plan(port=mailbox.port, **told), HandClock(NIGHT))
