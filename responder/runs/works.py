"""Playbooks at work, as the daemon joins them: the kit, the runner, and their duties."""

from collections.abc import Callable, Sequence
from pathlib import Path

import aiohttp
from prometheus_client import CollectorRegistry

from playbooks.hands import Hands
from responder.board import Saved
from responder.clock import Clock
from responder.config import Config
from responder.eyes.watching import Eyes
from responder.killswitch import KillSwitch
from responder.live import Live
from responder.meters import Maker
from responder.paging.outcry import Outcry
from responder.runs.facts import Gatherer
from responder.runs.kit import Kit
from responder.runs.metrics import RunMetrics
from responder.runs.replies import Replies
from responder.runs.runner import RunRunner
from responder.store import Store
from responder.supervise import Duty


class Works:
    """Lives as long as the daemon. `follow` is told what a transaction has decided."""

    def __init__(
        self,
        store: Store,
        live: Live,
        eyes: Eyes,
        session: aiohttp.ClientSession,
        *,
        clock: Clock,
        member: str,
        home: Path,
        registry: CollectorRegistry,
        follow: Callable[[Saved], None],
        outcry: Outcry,
    ) -> None:
        self.hands = Hands(session)
        self.kill = KillSwitch(home, store, clock=clock)
        self.metrics = RunMetrics(Maker(registry))
        self.kit = Kit(
            store=store,
            live=live,
            clock=clock,
            eyes=eyes,
            hands=self.hands,
            kill=self.kill,
            gatherer=Gatherer(store, live, eyes, self.kill, self.hands, clock=clock),
            metrics=self.metrics,
            follow=follow,
            outcry=outcry,
        )
        self.runner = RunRunner(self.kit, member=member)
        self.replies = Replies(self.kit)

    def duties(self) -> list[Duty]:
        """What is done again and again."""
        return [
            Duty("runs", self.runner.turn, every=1.0),
            Duty("replies", self.replies.turn, every=30.0),
        ]

    def know(self, config: Config) -> None:
        """What this configuration has is counted from zero."""
        self.metrics.know_playbooks([book.name for book in self.kit.live.plan.books])
        drivers = {part.power.driver for part in config.servers.values() if part.power}
        self.metrics.know_drivers(sorted(drivers))

    async def begin(self) -> None:
        """What an earlier life of this member worked on is taken up again."""
        self.know(self.kit.live.config)
        await self.runner.release_own()

    async def end(self) -> None:
        """Leave every run between two sub-steps."""
        await self.runner.stop()

    async def release_of(self, owners: Sequence[str]) -> int:
        """What members that are gone worked on."""
        return await self.runner.release_of(owners)
