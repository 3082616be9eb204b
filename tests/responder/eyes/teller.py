"""One instance's beliefs and telling, over a store that others may share."""

from pathlib import Path

from alerts.trouble import SOURCE
from probes.model import Look
from responder.clock import HandClock
from responder.config import Config
from responder.eyes.beliefs import Beliefs
from responder.eyes.telling import Telling
from responder.intake import Taken
from responder.live import Live
from responder.reception import Reception
from responder.store import Store, probes
from responder.store import alerts as alert_rows
from tests.responder.eyes.made import at, believing, look

CONFIG = {
    "brands": {"acme": {}, "bluebrand": {}},
    "servers": {
        "hv1": {"address": "127.0.0.9"},
        "web1": {"address": "127.0.0.2", "brand": "acme"},
        "vm1": {"address": "127.0.0.3", "hypervisor": "hv1"},
    },
    "resellers": {"blue": {"server": "web1", "brand": "bluebrand"}},
}
WEB, HV, VM = look("web1"), look("hv1"), look("vm1")
BLUE = look("web1", "http", reseller="blue", severity="critical")


class Room:
    """One instance's beliefs and telling, over a store that others may share."""

    def __init__(self, store: Store, *looks: Look) -> None:
        config = Config.model_validate(CONFIG)
        self.store = store
        self.clock = HandClock(at(0))
        self.live = Live.begin(Path("responder.yaml"), config, now=at(0))
        self.taken: list[Taken] = []
        reception = Reception(store, self.live, clock=self.clock, taken=self.taken.append)
        self.beliefs: Beliefs = believing(*looks)
        self.telling = Telling(store, self.live, reception, self.beliefs, clock=self.clock)
        self.hosts = {one.host for one in looks}

    async def turn(self, second: float) -> None:
        self.clock.move(seconds=(at(second) - self.clock.now()).total_seconds())
        await self.telling.turn(everywhere=self.hosts.__contains__)

    async def fires(self) -> set[str]:
        """What fires by now, as NAME of SERVER."""
        found = await self.store.read(alert_rows.all_firing, source=SOURCE)
        return {f"{one.labels['alertname']} of {one.labels['server']}" for one in found}

    async def news(self) -> int:
        """How many alerts were told to have begun or ended so far."""
        return sum(one.firing + one.ended + one.unknown for one in self.taken)

    async def course(self, key: str) -> list[tuple[str, float]]:
        """How a server or reseller stood, and since which second."""
        found = await self.store.read(probes.course, prefix="@", since=at(-9), until=at(9999))
        return [(one.state, (one.at - at(0)).total_seconds()) for one in found.get(key, ())]


async def restarted(room: Room, *looks: Look) -> Room:
    """The next life on the same store."""
    after = Room(room.store)
    after.hosts = {one.host for one in looks}
    await after.telling.begin()
    after.beliefs.plan(looks, await after.telling.known(one.key for one in looks))
    return after
