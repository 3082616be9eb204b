"""A desk with people around a store: a clock moved by hand, and a postbox for what they hear."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from playbooks.outside import OutsideError
from playbooks.ports import Page, Receipt
from responder import deskwork
from responder.clock import HandClock
from responder.deskwork import Hand, Request
from responder.outbox import Runner
from responder.paging.delivery import Ways
from responder.paging.escalation import Escalations
from responder.paging.smtp import EmailMethod
from responder.plan import Plan
from responder.store import Store, logs
from responder.store.tables import outbox
from responder.support.promises import Promises
from responder.support.staff_tell import StaffTelling
from responder.values import Figure, Job, TicketRecord
from tests.responder.desk.tickets import ANA, OPENED

HOUR = timedelta(hours=1)
REQUEST = Request("mail bounces", "since this morning", account="c-17")
CREW = Escalations(
    methods=dict.fromkeys(("ana", "bob", "eva", "lea"), ("email",)),
    teams={"level-1": ("ana", "bob"), "level-2": ("eva",)},
    managers=("lea",),
)


class Postbox:
    """A notifier that keeps what it is given; `broken` takes nothing."""

    keyed = True

    def __init__(self) -> None:
        self.pages, self.broken = list[Page](), False

    async def page(self, page: Page, method: Any) -> Receipt:
        if self.broken:
            raise OutsideError("no such mailbox", transient=False)
        self.pages.append(page)
        return Receipt(detail="250 OK")


class House:
    """A desk with people, a clock moved by hand, and a postbox for what they are told."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self.store, self.plan, self.clock = store, plan, HandClock(OPENED)
        self.counted, self.ended = list[Figure](), dict[str, str]()
        self.post, self.sms = Postbox(), Postbox()
        self.promises = Promises(
            store, plan=lambda: self.plan, clock=self.clock, counted=self.counted.extend
        )
        methods = {
            name: (EmailMethod(kind="email", to=f"{name}@example.net"),)
            for name in ("ana", "bob", "eva", "lea")
        }
        ways = Ways(methods, {"email": self.post}, plan.inventory)
        staff = StaffTelling(store, ways=lambda: ways, plan=lambda: self.plan, clock=self.clock)
        self.runner = Runner(store, [staff], member="one", clock=self.clock, watcher=self)

    def effect_ended(self, job: Job, state: str) -> None:
        self.ended[job.key] = state

    @property
    def hand(self) -> Hand:
        return Hand(ANA, self.plan, self.clock.now())

    async def opens(self, **more: Any) -> TicketRecord:
        acted = await self.store.write(
            deskwork.open_by_hand, replace(REQUEST, **more), by=self.hand
        )
        return acted.ticket

    async def passes(self, hours: float) -> None:
        """So long after the opening, when the duties have had their turns."""
        self.clock.move(seconds=(OPENED + hours * HOUR - self.clock.now()).total_seconds())
        await self.promises.turn()
        await self.runner.turn()
        await self.runner.settle()

    async def warnings(self, ticket: int) -> list[tuple[str, int]]:
        lines = await self.store.read(logs.read, "ticket", ticket)
        return [(line.data["target"], line.data["percent"]) for line in lines if line.kind == "sla"]

    async def asked_for(self, kind: str) -> list[str]:
        """Whom the effects of this kind are for."""
        found = select(outbox.c.payload).where(outbox.c.kind == kind).order_by(outbox.c.id)
        rows = await self.store.read(lambda tx: list(tx.execute(found).scalars()))
        return [row["person"] for row in rows]

    def told(self) -> list[tuple[str, str]]:
        return [(page.person, page.title) for page in self.post.pages]
