"""Machines with a BMC on a stage: a web server that dies and comes back with its power."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from responder.emulators.chassis import Chassis
from responder.emulators.hosting import WebServer
from responder.emulators.redfish import PASSWORD, USER, RedfishEmulator
from responder.emulators.redfish_systems import RedfishSystem
from tests.real.smtp import Mailbox
from tests.stories.seeing import looking, looks, until
from tests.stories.stage import FILE, Stage

REBOOT = """\
playbook: reboot
version: 1
about: Off and on again, when it is really down.
when: {{category: critical, kind: server}}
safety:
  mode: {mode}
  second_opinion: {{kinds: 1}}
  {safety}
steps:
  - {{id: cycle, uses: power.cycle, with: {{off_for: 0s, settles: 5s, answers_within: 20s}}}}
  - {{id: said, uses: ticket.note, with: {{text: "{{{{ steps.cycle.text }}}}"}}}}
"""

REFERENCES = """\
references:
  one: {address: 127.0.0.31, network: a}
  two: {address: 127.0.0.32, network: b}
  three: {address: 127.0.0.33, network: c}
"""


@dataclass
class Machine:
    """A web server, the power under it, and its BMC's system."""

    server: WebServer
    system: RedfishSystem
    wired: bool = True

    @property
    def name(self) -> str:
        return self.server.name

    @property
    def chassis(self) -> Chassis:
        return self.system.chassis

    async def hang(self) -> None:
        """Its system stops answering while its power stays on."""
        await self.server.hang()

    def power_file(self, emulator: RedfishEmulator) -> str:
        """What the configuration says of its power; nothing where it is not `wired`."""
        if not self.wired:
            return "brand: null"
        return (
            f"power: {{{{driver: redfish, url: '{emulator.url}', system: "
            f"/redfish/v1/Systems/{self.name}, serial: {self.system.serial}, user: {USER}, "
            f"password_file: secrets/bmc, fingerprint: {emulator.fingerprint}}}}}"
        )


@dataclass
class Hall:
    """Machines and the one BMC emulator that has them all."""

    machines: Mapping[str, Machine]
    emulator: RedfishEmulator

    def __getitem__(self, name: str) -> Machine:
        return self.machines[name]

    def changes(self) -> list[tuple[str, bool]]:
        """Every change of power: whose, and to what."""
        return [(one.system, one.on) for one in self.emulator.changes]


@asynccontextmanager
async def hall(*names: str, first: int = 2) -> AsyncIterator[Hall]:
    """Machines that are on and answer."""
    machines = {}
    for at, name in enumerate(names, start=first):
        server = WebServer(name, f"127.0.0.{at}")
        chassis = Chassis(watchers=[server.powered])
        machines[name] = Machine(server, RedfishSystem(name, f"SN-{name}", "", name, chassis))
    emulator = RedfishEmulator([one.system for one in machines.values()])
    await emulator.start()
    for one in machines.values():
        await one.server.power_on()
    try:
        yield Hall(machines, emulator)
    finally:
        await emulator.stop()
        for one in machines.values():
            await one.server.power_off()


@asynccontextmanager
async def handling(
    folder: Path,
    mailbox: Mailbox,
    rooms: Hall,
    *,
    book: str | Iterable[str] = (),
    mode: str = "auto",
    safety: str = "",
    more: str = REFERENCES,
    server: str = "",
    how: str = "interval: 500ms, retry: 200ms",
) -> AsyncIterator[Stage]:
    """A daemon with all its duties that may reboot these machines."""
    books = [book] if isinstance(book, str) else list(book)
    (folder / "secrets").mkdir(exist_ok=True)
    secret = folder / "secrets" / "bmc"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    (folder / "books").mkdir(exist_ok=True)
    for number, text in enumerate(books or [REBOOT.format(mode=mode, safety=safety)]):
        (folder / "books" / f"{number}.yaml").write_text(text)
    servers = [one.server for one in rooms.machines.values()]
    told = looks(servers, how=how) + "playbooks: {files: [books/*.yaml]}\n" + more
    async with looking(folder, mailbox, told, file=_file(rooms, server)) as stage:
        yield stage


def _file(rooms: Hall, more: str) -> str:
    lines = "".join(
        f"  {one.name}: {{{{address: {one.server.address}, {more}"
        f"{one.power_file(rooms.emulator)}}}}}\n"
        for one in rooms.machines.values()
    )
    return FILE.replace("servers:\n  web1: {{address: 127.0.0.2}}\n", f"servers:\n{lines}")


async def ended(stage: Stage, *, seconds: float = 75.0, **query: str) -> Any:
    """The newest run that fits, as soon as it is over or needs a person."""
    run = await begun(stage, seconds=seconds, **query)
    over = ("done", "failed", "aborted", "unknown")
    return await until(
        stage, f"/api/v1/runs/{run['id']}", lambda told: told["state"] in over, seconds=seconds
    )


async def begun(stage: Stage, *, seconds: float = 75.0, **query: str) -> Any:
    """The newest run that fits, as soon as there is one."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    told = await until(stage, f"/api/v1/runs?{asked}", lambda one: one["runs"], seconds=seconds)
    return told["runs"][0]
