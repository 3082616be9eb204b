"""A week at the desk of a real responder, hour after hour, and what its /metrics said meanwhile."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from playbooks.ports import Change
from responder.clock import HandClock
from responder.desk.taking import TakenIn
from responder.desk_values import Case
from responder.kpi.figures import of_topic
from responder.store import Tx, cases, kpis
from responder.sync import absorb
from responder.values import TicketRecord
from tests.responder.desk.company import add_ticket
from tests.responder.desk.tickets import OPENED
from tests.responder.kpi.fixed_log import Story
from tests.responder.kpi.fixed_week import JUDGED_AT, STORIES
from tests.stories.stage import VIEWER, Stage

EVERY = timedelta(hours=6)
AFTER = 6 * EVERY  # what is played after the week has so long to become known
TURNS = ("tick", "page", "outbox", "runs", "judge", "sla", "pulse")  # what makes something of time
# A probe of nobody, the processes of others: not ours to draw.
_OURS = re.compile(r"(?:responder_|process_)")


@dataclass
class Week:
    """`begins` is so long ago that all of it is over now. `page`: every sample with its moment."""

    stage: Stage
    clock: HandClock
    begins: datetime
    lines: list[str] = field(default_factory=list)

    @property
    def ends(self) -> datetime:
        """When the fifty tickets are judged."""
        return self.begins + (JUDGED_AT - OPENED)

    async def play(self) -> None:
        """The fifty tickets, each thing at its time."""
        await self.look()
        while self.clock.now() < self.ends:
            since = self.clock.now()
            until = self.clock.move(seconds=EVERY.total_seconds())
            await self._happen(since, until)
            await self.turn()
            await self.look()

    async def wait(self) -> None:
        """Time goes on, and nothing happens."""
        while self.clock.now() < self.ends + AFTER:
            self.clock.move(seconds=EVERY.total_seconds())
            await self.turn()
            await self.look()

    async def turn(self) -> None:
        """Every duty that makes something of time has its turn."""
        duties = self.stage.daemon.world.duties
        for name in TURNS:
            if name in duties:
                await duties[name].turn()
        await self.stage.daemon.world.runner.settle()

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Turn after turn meanwhile, as a daemon does."""

        async def go() -> None:
            while True:
                await self.turn()
                await asyncio.sleep(0.02)

        task = asyncio.create_task(go())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def look(self) -> None:
        """What a scrape gives now."""
        status, page = await self.stage.ask("GET", "/metrics", token=VIEWER)
        assert status == 200
        at = int(self.clock.now().timestamp() * 1000)
        lines = [line for line in page.splitlines() if _OURS.match(line)]
        self.lines += [f"{_labelled(line)} {at}" for line in lines]
        self.lines.append(f'up{{job="responder",instance="one"}} 1 {at}')

    def page(self) -> str:
        """All of it; without the buckets into which nothing ever fell."""
        fallen = {_name(line) for line in self.lines if "_bucket" in line and " 0.0 " not in line}
        kept = (line for line in self.lines if "_bucket" not in line or _name(line) in fallen)
        return "\n".join(kept) + "\n"

    async def _happen(self, since: datetime, until: datetime) -> None:
        world = self.stage.daemon.world
        for story in self._begun(since, until):
            ticket = story.ticket()
            at = ticket.opened_at + self._later
            moved = replace(ticket, opened_at=at, detected_at=at)
            world.kpis.observe((await world.store.write(_add, moved)).figures)
        changes = self._changes(since, until)
        if changes:
            absorbed = await world.store.write(
                absorb, changes, system="rt", cursor=("tickets/rt", until.isoformat()),
                people={}, plan=world.live.plan, now=until,
            )  # fmt: skip
            world.kpis.observe(absorbed.figures)

    @property
    def _later(self) -> timedelta:
        return self.begins - OPENED

    def _begun(self, since: datetime, until: datetime) -> Iterator[Story]:
        for story in STORIES:
            if since <= story.ticket().opened_at + self._later < until:
                yield story

    def _changes(self, since: datetime, until: datetime) -> list[Change]:
        told = [one for story in STORIES for one in story.changes()]
        moved = (replace(one, at=one.at + self._later) for one in told)
        return sorted((one for one in moved if since <= one.at < until), key=lambda one: one.at)


def _add(tx: Tx, ticket: TicketRecord) -> TakenIn:
    """The ticket; those of the brand zeta are all of one kind (R42)."""
    taken = add_ticket(tx, ticket)
    case = cases.by_ticket(tx, ticket.id)
    put = cases.add if case is None else cases.change
    kind = "quota" if ticket.brand == "zeta" else ""
    bare = case or Case(ticket.id, ticket.opened_at)
    put(tx, replace(bare, fingerprint=kind, task="mail-setup"))
    return replace(taken, figures=(*taken.figures, *kpis.count(tx, of_topic(ticket, "quota"))))


def _labelled(line: str) -> str:
    """As Prometheus labels what it takes from its job."""
    name, _, value = line.rpartition(" ")
    metric, brace, labels = name.partition("{")
    told = f",{labels}" if brace else "}"
    return f'{metric}{{job="responder",instance="one"{told} {value}'


def _name(line: str) -> str:
    return line.rsplit(" ", 2)[0]
