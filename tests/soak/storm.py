"""A soak from its first alert to the last effect: storm, kills, and the quiet afterwards."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine, func, select

from responder.store.tables import incident, outbox
from tests.soak.audit import Audit
from tests.soak.company import Member
from tests.soak.outside import Outside
from tests.soak.sender import Sender, until

DRAIN_SECONDS = 300.0  # after many tries a refused effect waits for a minute
KILLS_A_CRASH = 5  # where the database can crash it does so after this many kills


@dataclass
class Soak:
    """`members` share the store behind `engine`; `crash` lets their database die and come back."""

    members: Sequence[Member]
    outside: Outside
    engine: Engine
    dice: random.Random
    crash: Callable[[], None] | None = None
    crashes: int = 0
    stormed: float = 0.0  # seconds with kills
    drained: float = 0.0  # seconds after the last kill until nothing was left to be done
    _left: int = field(default=0, init=False)

    async def live(self, *, kills: int) -> Sender:
        """Kill so often, then let everything come to its end; the sender knows what he was told."""
        self._left = kills
        begun = time.monotonic()
        sender = Sender([one.url for one in self.members], dice=self.dice, told=self.outside.told)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sender.storm())
            await asyncio.gather(*(self._kill(member) for member in self.members))
            self.stormed = time.monotonic() - begun
            self.outside.behave()
            await asyncio.gather(*(member.answer() for member in self.members))
            sender.over.set()
        await self._drain()
        self.drained = time.monotonic() - begun - self.stormed
        for member in self.members:
            await member.stop()
        return sender

    def audit(self) -> Audit:
        """What it has left behind."""
        kills = [kill for member in self.members for kill in member.kills]
        return Audit(self.engine, self.outside, kills=kills)

    async def _kill(self, member: Member) -> None:
        while self._left > 0:
            number, self._left = self._left, self._left - 1
            self.outside.change_mood()
            await member.die(self.dice)
            if self.crash is not None and number % KILLS_A_CRASH == 0:
                self.crashes += 1
                self.crash()

    async def _drain(self) -> None:
        """Wait until nothing is left to be done; what is left after all is the audit's business."""
        end = time.monotonic() + DRAIN_SECONDS
        await until(lambda: not busy(self.engine) or time.monotonic() > end)


def busy(engine: Engine) -> bool:
    """Is there anything left to be done, now or when a watch ends?"""
    waiting = select(func.count()).where(outbox.c.state.in_(("due", "claimed")))
    watched = select(func.count()).where(incident.c.state == "mitigated")
    with engine.connect() as tx:
        return tx.execute(waiting).scalar_one() + tx.execute(watched).scalar_one() > 0
