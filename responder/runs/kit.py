"""What all runs share: the store, the configuration in force, eyes, hands, the kill switch."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from playbooks.gate import Facts
from playbooks.hands import Hands
from playbooks.power.model import Power
from responder.board import Saved
from responder.clock import Clock
from responder.eyes.watching import Eyes
from responder.killswitch import KillSwitch
from responder.live import Live
from responder.paging.outcry import Outcry
from responder.run_values import Run
from responder.runs.metrics import RunMetrics
from responder.store import Store, Tx

LOOKS = 16
"""Runs that look into the store at once; the store takes 64 looks in all, others' among them."""


class Gathers(Protocol):
    """Learns what the gate judges by (responder/runs/facts.py)."""

    async def facts(self, run: Run, *, action: str, digest: str, power: Power | None) -> Facts:
        """What the world and the configuration say; the rest comes with `stored`."""
        ...

    def stored(self, tx: Tx, facts: Facts, run: Run) -> Facts:
        """These facts with what the store says in this very transaction."""
        ...


@dataclass(frozen=True)
class Kit:
    """Made once, by app.py. `follow` is told what a transaction has decided;
    `leaving` is set when the daemon stops."""

    store: Store
    live: Live
    clock: Clock
    eyes: Eyes
    hands: Hands
    kill: KillSwitch
    gatherer: Gathers
    metrics: RunMetrics
    outcry: Outcry
    follow: Callable[[Saved], None]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKS))
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
