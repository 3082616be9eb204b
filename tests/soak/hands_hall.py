"""The machines of a soak of the hands: each with a web server, its power, and a BMC of its own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from responder.emulators.chassis import Chassis
from responder.emulators.hosting import WebServer
from responder.emulators.redfish_systems import RedfishSystem
from tests.soak.boundaries import StruckBmc


@dataclass(frozen=True)
class Machine:
    """One machine; `bmc` speaks for it alone, so that many are cycled at the same time."""

    name: str
    server: WebServer
    chassis: Chassis
    bmc: StruckBmc

    @property
    def serial(self) -> str:
        return self.bmc.systems[0].serial

    async def hang(self) -> None:
        """Its system stops answering while its power stays on."""
        await self.server.power_off()

    async def mend(self) -> None:
        """What a person does at the machine itself."""
        self.chassis.power = True
        if not await self.server.answers():
            await self.server.power_on()


@asynccontextmanager
async def hall(names: Sequence[str]) -> AsyncIterator[Mapping[str, Machine]]:
    """Machines that are on and answer."""
    machines = {name: _machine(name, number) for number, name in enumerate(names, start=2)}
    try:
        for one in machines.values():
            await one.server.power_on()
            await one.bmc.start()
        yield machines
    finally:
        for one in machines.values():
            await one.bmc.stop()
            await one.server.power_off()


def _machine(name: str, number: int) -> Machine:
    server = WebServer(name, f"127.0.0.{number}")
    chassis = Chassis(watchers=[_follows(server)])
    system = RedfishSystem(name, f"SN-{name}", "", name, chassis)
    return Machine(name, server, chassis, StruckBmc([system]))


def _follows(server: WebServer) -> Callable[[bool], Any]:
    """The server lives as long as its power is on."""

    async def changed(on: bool) -> None:
        await (server.power_on() if on else server.power_off())

    return changed
