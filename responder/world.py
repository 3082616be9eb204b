"""The parts of a running daemon, as the doors and duties see them."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from playbooks.hands import Hands
from probes.net import Net
from responder.board import Saved
from responder.clock import Clock
from responder.eyes.watching import Eyes
from responder.killswitch import KillSwitch
from responder.kpi.metrics import KpiMetrics
from responder.links import Links
from responder.live import Live
from responder.metrics import Metrics
from responder.outbox import Runner
from responder.reception import Reception
from responder.runs.metrics import RunMetrics
from responder.runs.works import Works
from responder.store import Store
from responder.supervise import Duty
from responder.track_link import track_link
from responder.values import Figure, TicketRecord
from responder.vitals import Vitals


@dataclass
class World:
    """Everything that lives as long as the daemon. `duties` are filled in by app.py. `ending` is
    set when it ends: whoever keeps a client waiting lets go of him then.
    """

    live: Live
    store: Store
    clock: Clock
    metrics: Metrics
    kpis: KpiMetrics
    links: Links
    reception: Reception
    runner: Runner
    vitals: Vitals
    eyes: Eyes
    works: Works
    duties: dict[str, Duty]
    version: str
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def net(self) -> Net:
        """What all looks share."""
        return self.eyes.net

    @property
    def kill(self) -> KillSwitch:
        """What stops every hand."""
        return self.works.kill

    @property
    def run_metrics(self) -> RunMetrics:
        """What is counted of runs."""
        return self.works.metrics

    @property
    def hands(self) -> Hands:
        """What reaches out: the HTTP session, programs."""
        return self.works.hands

    @property
    def ignored_labels(self) -> frozenset[str]:
        """Labels that are no part of an alert's identity."""
        return frozenset(self.live.plan.alerts.ignore_labels)

    def track_link(self, ticket: TicketRecord) -> str:
        """Where its customer follows a ticket (R30)."""
        return track_link(self.live, self.links, ticket, now=self.clock.now())

    def ask_for_the_rest(self, _sender: str) -> None:
        """A message was cut off: look at the sender's own API soon."""
        self.hasten("reconcile")

    def follow(self, saved: Saved) -> None:
        """A transaction has decided something: count it, and have its effects done now."""
        self.count(saved.figures, effects=saved.effects)
        if saved.runs:
            self.hasten("runs")

    def count(self, figures: Iterable[Figure], *, effects: int) -> None:
        """The same, told apart."""
        self.kpis.observe(figures)
        if effects:
            self.runner.wake.set()

    def hasten(self, duty: str) -> None:
        """Have this duty take its next turn at once."""
        if duty in self.duties:
            self.duties[duty].wake.set()
