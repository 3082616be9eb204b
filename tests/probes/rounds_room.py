"""Rounds under a clock moved by hand: probes that answer as told, and what was seen of them."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from probes.limits import Limits
from probes.model import UP, Finding, Look, Observation, Patience, Target
from probes.net import Net
from probes.rounds import Rounds
from probes.sight import Sight
from probes.wheel import TICK


@dataclass(eq=False)
class Answering:
    """A probe that says what it is told, at once or when it is let go."""

    finding: Finding = UP
    kind: str = "tcp"
    tls: bool = False
    timeout: timedelta | None = timedelta(seconds=5)
    held: asyncio.Event | None = None
    breaks: Exception | None = None
    running: int = 0
    most: int = 0
    begun: int = 0

    def aim(self, address: str) -> str:
        return address

    async def look(self, target: Target, sight: Sight) -> Finding:
        self.begun += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if self.held is not None:
                await self.held.wait()
        finally:
            self.running -= 1
        if self.breaks is not None:
            raise self.breaks
        return self.finding


@dataclass
class Room:
    """Time passes in ticks; `stall` lets it pass without a turn."""

    limits: Limits = field(default_factory=Limits)
    now: float = 1000.0
    seen: list[tuple[float, str, Observation]] = field(default_factory=list)
    wish: float | None = None

    def __post_init__(self) -> None:
        self.net = Net()
        self.rounds = Rounds(self.net, seen=self._saw, limits=self.limits, clock=lambda: self.now)

    def _saw(self, look: Look, observation: Observation) -> float | None:
        self.seen.append((self.now, look.key, observation))
        return self.wish

    async def turn(self) -> None:
        await self.rounds.turn()
        for _ in range(6):  # a look that waits for nothing is over within these steps
            await asyncio.sleep(0)

    async def passes(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            self.now += TICK
            await self.turn()

    def stall(self, seconds: float) -> None:
        self.now += seconds

    def keys(self) -> list[str]:
        return [key for _, key, _ in self.seen]

    def moments(self, key: str) -> list[float]:
        return [at for at, one, _ in self.seen if one == key]


def look(key: str = "web1/tcp", probe: Answering | None = None, **told: object) -> Look:
    """One look of a host of its own, unless told otherwise."""
    patience = Patience(interval=float(str(told.get("interval", 60.0))))
    host = str(told.get("host", key))
    target = Target(str(told.get("address", "127.0.0.1:80")))
    return Look(key, "tcp", probe or Answering(), target, host, patience)
