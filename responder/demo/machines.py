"""The power under the demo's servers: an emulated BMC, or a real BMC program before web2."""

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from responder.emulators.bmc import RealBmc
from responder.emulators.chassis import Chassis
from responder.emulators.hosting import HostingCompany, WebServer, free_port
from responder.emulators.redfish import RedfishEmulator
from responder.emulators.redfish_systems import RedfishSystem

WITH_BMC = ("web1", "web2")
SERIAL = "RR-{}-7X2M3"
UUID_OF_WEB2 = "4c4c4544-0042-3510-8058-b4c04f4e3432"
_GLANCE_SECONDS = 0.02  # how soon a server feels the power of the real BMC


class Missing(Exception):
    """A program is not on this machine; the message says which and whence it comes."""


@dataclass(frozen=True, slots=True)
class Powered:
    """A machine behind a BMC: its power, every order that it was given, and what the configuration
    says of it.
    """

    machine: Chassis | RealBmc
    settings: str

    @property
    def on(self) -> bool:
        return self.machine.power

    @property
    def orders(self) -> list[str]:
        return [order.verb for order in self.machine.orders]


def require_real_bmc() -> None:
    """Raises Missing unless all is here that a real BMC needs."""
    packages = {"ipmi_sim": "openipmi", "ipmitool": "ipmitool", "setpriv": "util-linux"}
    missing = [name for name in packages if shutil.which(name) is None]
    if missing:
        wanted = " ".join(packages[name] for name in missing)
        raise Missing(
            f"{' and '.join(missing)} not found: --with-real-bmc needs Debian's {wanted};"
            " without that option the demo brings a BMC of its own"
        )


@contextlib.asynccontextmanager
async def machines(
    company: HostingCompany, folder: Path, *, real_bmc: bool
) -> AsyncIterator[Mapping[str, Powered]]:
    """What is under web1 and web2 while they run; the BMC's passwords lie in the folder's secrets.
    Raises RuntimeError when the real BMC does not start.
    """
    async with contextlib.AsyncExitStack() as exits:
        password = _password(folder, "bmc")
        systems = [_system(company.servers[name]) for name in WITH_BMC]
        emulator = RedfishEmulator(systems, password=password)
        await emulator.start()
        exits.push_async_callback(emulator.stop)
        found = {one.name: Powered(one.chassis, _redfish(emulator, one)) for one in systems}
        if real_bmc:
            web2 = company.servers["web2"]
            found["web2"] = await exits.enter_async_context(_real(web2, folder))
        yield found


def _system(server: WebServer) -> RedfishSystem:
    chassis = Chassis(settles=0.3, watchers=[server.powered])
    return RedfishSystem(server.name, SERIAL.format(server.name), "", server.name, chassis)


def _redfish(emulator: RedfishEmulator, system: RedfishSystem) -> str:
    return (
        f'{{driver: redfish, url: "{emulator.url}", system: {system.uri}, serial: {system.serial},'
        f" user: {emulator.user}, password_file: secrets/bmc, fingerprint: {emulator.fingerprint}}}"
    )


@contextlib.asynccontextmanager
async def _real(server: WebServer, folder: Path) -> AsyncIterator[Powered]:
    """OpenIPMI's ipmi_sim; the server follows its power."""
    password = _password(folder, "ipmi", length=16)
    bmc = RealBmc(
        folder / "ipmi", host_port=free_port(), uuid=UUID_OF_WEB2,
        serial=SERIAL.format(server.name), password=password,
    )  # fmt: skip
    await bmc.start()
    following = asyncio.create_task(_follow(bmc, server))
    try:
        yield Powered(bmc, _ipmi(bmc))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        bmc.stop()


async def _follow(bmc: RealBmc, server: WebServer) -> None:
    on = bmc.power
    while True:
        await asyncio.sleep(_GLANCE_SECONDS)
        if bmc.power is not on:
            on = bmc.power
            await server.powered(on)


def _ipmi(bmc: RealBmc) -> str:
    return (
        f"{{driver: ipmi, address: 127.0.0.1, port: {bmc.port}, user: {bmc.user}, cipher: 3,"
        f" password_file: secrets/ipmi, serial: {bmc.serial}, uuid: {bmc.uuid}}}"
    )


def _password(folder: Path, name: str, *, length: int = 24) -> str:
    file = folder / "secrets" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    password = secrets.token_hex(length)[:length]
    file.write_text(password + "\n")
    return password
