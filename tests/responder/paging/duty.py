"""A pager on duty: a real store and outbox, providers that obey, a clock moved by hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from alerts.alertmanager import read_webhook
from playbooks.outside import OutsideError
from playbooks.ports import Page, Receipt
from responder import intake, watch
from responder.clock import HandClock
from responder.links import Links
from responder.outbox import Runner
from responder.paging.delivery import Pager, Ways
from responder.plan import Plan
from responder.store import Store, outbox, pages
from responder.store import incidents as rows
from responder.store.pages import Delivery
from responder.values import Incident, Job
from tests.responder.estate import INVENTORY, NIGHT, alert, body, plan

LINKS = Links(b"k" * 64, url="https://responder.example.net")


@dataclass(frozen=True, slots=True)
class Method:
    """How a person is reached."""

    kind: str


@dataclass
class Provider:
    """Takes pages, or raises what it is told to raise; `taken` even when it raises afterwards."""

    keyed: bool = False
    taken: list[Page] = field(default_factory=list)
    trouble: Exception | None = None
    takes_and_fails: bool = False

    async def page(self, page: Page, method: Method) -> Receipt:
        if self.trouble is None or self.takes_and_fails:
            self.taken.append(page)
        if self.trouble is not None:
            raise self.trouble
        return Receipt(reference=f"{method.kind}-{len(self.taken)}")


REFUSED = OutsideError("503 from the provider", transient=True)
NEVER = OutsideError("no such mailbox", transient=False)
LOST = OutsideError("the answer was lost", transient=True, ambiguous=True)


@dataclass
class Duty:
    """`ended`: what became of each effect."""

    store: Store
    how: Plan = field(default_factory=plan)
    ended: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = HandClock(NIGHT)
        self.email, self.pagerduty = Provider(), Provider(keyed=True)
        providers = {"email": self.email, "pagerduty": self.pagerduty}
        people = self.how.escalations.methods
        methods = {name: [Method(kind) for kind in kinds] for name, kinds in people.items()}
        ways = Ways(methods, providers, INVENTORY)
        self.pager = Pager(self.store, ways=ways, links=LINKS, clock=self.clock)
        self.runner = Runner(self.store, [self.pager], member="one", clock=self.clock, watcher=self)

    def effect_ended(self, job: Job, state: str) -> None:
        assert job.key not in self.ended
        self.ended[job.key] = state

    async def hears(self, *alerts: dict[str, Any]) -> None:
        """A message of a sender."""
        reading = read_webhook(json.dumps(body(*alerts)).encode())
        await self.does(intake.take, arrivals=[intake.Arrival("am", reading)])

    async def fires(self, server: str = "web1", **labels: Any) -> None:
        await self.hears(alert(server, at=self.clock.now(), **labels))

    async def ends(self, server: str = "web1") -> None:
        now = self.clock.now()
        await self.hears(alert(server, at=now, ended=now))

    async def does(self, work: Callable[..., Any], **told: Any) -> Any:
        """Run a function that decides."""
        return await self.store.write(work, plan=self.how, now=self.clock.now(), **told)

    async def works(self, **span: float) -> None:
        """Time passes, then the outbox does what is due, and what follows from that."""
        self.clock.move(**span)
        for _ in range(3):
            await self.runner.turn()
            await self.runner.settle()

    async def passes(self, *, every: float = 10, **span: float) -> None:
        """Time goes by with its turns."""
        until = HandClock(self.clock.now()).move(**span)
        while self.clock.now() < until:
            await self.works(seconds=every)
            for turn in (watch.tick, watch.page_due):
                await self.does(turn)

    async def ledger(self) -> list[Delivery]:
        """Every page of incident 1."""
        return (await self.store.read(pages.of_incidents, [1]))[1]

    async def states(self) -> list[tuple[str, str, str]]:
        """Event, method and state of every page of incident 1."""
        return [(one.event, one.method, one.state) for one in await self.ledger()]

    async def incident(self) -> Incident:
        (one,) = await self.store.read(rows.by_ids, [1])
        return one

    async def state_of(self, key: str) -> str | None:
        return await self.store.read(outbox.state_of, key)


def events(provider: Provider) -> list[str]:
    """What a provider was asked to say, and to whom."""
    return [f"{page.event} {page.person}" for page in provider.taken]
