"""Machines to switch, for the contract suite: each driver with its emulator or real device."""

import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import TypeAdapter
from typing_extensions import override
from yarl import URL

from playbooks.power.kinds import AnyPower
from playbooks.power.model import Power
from responder.emulators import providers_proxmox as proxmox
from responder.emulators import redfish as bmc
from responder.emulators.bmc import RealBmc
from responder.emulators.providers import Fault, ProviderEmulator, Rented
from responder.emulators.providers_hetzner import (
    PASSWORD,
    TOKEN,
    USER,
    CloudEmulator,
    RobotEmulator,
)
from responder.emulators.redfish import RedfishEmulator, RedfishFault
from responder.emulators.redfish_systems import RedfishSystem
from responder.emulators.whm import WhmEmulator
from responder.emulators.whm_book import Token, WhmBook
from responder.emulators.whm_faults import WhmFault
from tests.real.relay import Relay
from tests.require import free_port, require

About = dict[str, Any]
SECRET = "k3pt-0ut-of-sight"
DRIVERS: TypeAdapter[Power] = TypeAdapter(AnyPower)


class House(Protocol):
    """A machine that is on, with a neighbour where its device has one."""

    @property
    def about(self) -> About:
        """The keys of the file for the machine, without its secret."""
        ...

    @property
    def secret(self) -> str: ...
    def login(self, file: str) -> About:
        """The key that names the secret's file."""
        ...

    @property
    def is_on(self) -> bool: ...

    def orders(self) -> int:
        """How many orders the machine was told."""
        ...

    def strays(self) -> Sequence[str]:
        """Whatever concerned another machine, or several at once."""
        ...

    def refused(self) -> int:
        """How many wrong logins the device has seen."""
        ...

    def fall_silent(self) -> None:
        """From now on it takes calls and never answers."""
        ...


@dataclass(frozen=True)
class Redfish:
    """Two systems behind one BMC."""

    emulator: RedfishEmulator
    secret = bmc.PASSWORD

    def login(self, file: str) -> About:
        return {"password_file": file}

    @property
    def about(self) -> About:
        return {
            "driver": "redfish",
            "url": self.emulator.url,
            "fingerprint": self.emulator.fingerprint,
            "system": "/redfish/v1/Systems/web1",
            "serial": "SN1",
            "user": bmc.USER,
        }

    @property
    def is_on(self) -> bool:
        return self.emulator.by_id["web1"].chassis.power

    def orders(self) -> int:
        return self.emulator.told("web1")

    def strays(self) -> list[str]:
        mine = self.emulator.by_id["web1"].uri
        return [call.path for call in self.emulator.asked if call.path.split("/Actions")[0] != mine]

    def refused(self) -> int:
        return sum(not call.let_in for call in self.emulator.asked)

    def fall_silent(self) -> None:
        self.emulator.fault = RedfishFault.SILENT


@dataclass(frozen=True)
class Fence(Redfish):
    """The same, switched by a fence agent, which can't be told to trust one certificate."""

    @property
    @override
    def about(self) -> About:
        options = {
            "ip": "127.0.0.1",
            "ipport": URL(self.emulator.url).port,
            "username": bmc.USER,
            "systems_uri": "/redfish/v1/Systems/web1",
            "ssl_insecure": True,
            "power_wait": 0,
        }
        return {
            "driver": "fence",
            "agent": "fence_redfish",
            "options": options,
            "vouched": "tested by nobody but these tests",
        }

    @override
    def login(self, file: str) -> About:
        return {"secrets": {"password": file}}


@dataclass(frozen=True)
class Provider:
    """Two rented machines. Whatever path does not begin with one of `ours` is a stray."""

    emulator: ProviderEmulator
    about: About
    secret: str
    key: str
    ours: tuple[str, ...]

    def login(self, file: str) -> About:
        return {self.key: file}

    @property
    def machine(self) -> Rented:
        return next(iter(self.emulator.machines.values()))

    @property
    def is_on(self) -> bool:
        return self.machine.on

    def orders(self) -> int:
        return len(self.machine.orders)

    def strays(self) -> list[str]:
        calls = self.emulator.calls
        return [
            call.line for call in calls if not f"{call.path}/".startswith(self.ours) or call.query
        ]

    def refused(self) -> int:
        return self.emulator.wrong_logins

    def fall_silent(self) -> None:
        self.emulator.fault = Fault.SILENT


@dataclass(frozen=True)
class Panel:
    """A control panel, which can speak for its own machine alone."""

    emulator: WhmEmulator
    secret = SECRET
    is_on = True

    def login(self, file: str) -> About:
        return {"token_file": file}

    @property
    def about(self) -> About:
        return {
            "driver": "whm",
            "url": self.emulator.url,
            "fingerprint": self.emulator.fingerprint,
            "hostname": self.emulator.book.hostname,
        }

    def orders(self) -> int:
        return self.emulator.book.done.count(("reboot", "0"))

    def strays(self) -> list[str]:
        asked = [name for name in self.emulator.asked if name not in {"gethostname", "reboot"}]
        return asked + [str(done) for done in self.emulator.book.done if done != ("reboot", "0")]

    def refused(self) -> int:
        return len(self.emulator.asked)  # of a house where nobody else asks

    def fall_silent(self) -> None:
        self.emulator.faults.everywhere = WhmFault.SILENT


@dataclass(frozen=True)
class Ipmi:
    """A real BMC, seen through a relay that counts the logins."""

    bmc: RealBmc
    relay: Relay

    @property
    def secret(self) -> str:
        return self.bmc.password

    def login(self, file: str) -> About:
        return {"password_file": file}

    @property
    def about(self) -> About:
        return {
            "driver": "ipmi",
            "address": "127.0.0.1",
            "port": self.relay.port,
            "user": self.bmc.user,
            "serial": self.bmc.serial,
        }

    @property
    def is_on(self) -> bool:
        return self.bmc.power

    def orders(self) -> int:
        return self.bmc.told()

    def strays(self) -> list[str]:
        return []

    def refused(self) -> int:
        return self.relay.logins  # of a house where nobody else asks

    def fall_silent(self) -> None:
        self.relay.lose(lambda _: True)


@asynccontextmanager
async def redfish(_: Path) -> AsyncIterator[Redfish]:
    emulator = RedfishEmulator([RedfishSystem("web1", "SN1"), RedfishSystem("web2", "SN2")])
    await emulator.start()
    yield Redfish(emulator)
    await emulator.stop()


@asynccontextmanager
async def fence(folder: Path) -> AsyncIterator[House]:
    require("fence_redfish", present=shutil.which("fence_redfish") is not None)
    async with redfish(folder) as house:
        yield Fence(house.emulator)


@asynccontextmanager
async def robot(_: Path) -> AsyncIterator[House]:
    emulator = RobotEmulator(Rented("321"), Rented("322", "web2"))
    await emulator.start()
    about = {"driver": "hetzner-robot", "url": emulator.url, "number": 321, "hostname": "web1"}
    ours = ("/server/321/", "/reset/321/")
    yield Provider(emulator, about | {"user": USER}, PASSWORD, "password_file", ours)
    await emulator.stop()


@asynccontextmanager
async def cloud(_: Path) -> AsyncIterator[House]:
    emulator = CloudEmulator(Rented("42"), Rented("43", "web2"))
    await emulator.start()
    about = {"driver": "hetzner-cloud", "url": emulator.url, "id": 42, "hostname": "web1"}
    ours = ("/v1/servers/42/", "/v1/actions/1")
    yield Provider(emulator, about, TOKEN, "token_file", ours)
    await emulator.stop()


@asynccontextmanager
async def by_recipe(folder: Path) -> AsyncIterator[House]:
    """The cloud once more, described by a user's own recipe."""
    emulator = CloudEmulator(Rented("42"), Rented("43", "web2"))
    await emulator.start()
    recipe = folder / "cloud.yaml"
    recipe.write_text(_RECIPE % emulator.url)
    about = {"driver": "http", "recipe_file": str(recipe), "id": 42, "hostname": "web1"}
    ours = ("/v1/servers/42/", "/v1/actions/1")
    yield Provider(emulator, about, TOKEN, "secret_file", ours)
    await emulator.stop()


_RECIPE = """
title: A cloud
url: %s
id: number
verbs:
  "on": {path: "/servers/{id}/actions/poweron"}
  "off": {path: "/servers/{id}/actions/poweroff"}
  reset: {path: "/servers/{id}/actions/reset"}
follow: {path: "/actions/{task}", task: action.id, at: action.status, done: [success]}
state: {path: "/servers/{id}", at: [server.status], "on": [running], "off": ["off"]}
identity: {path: "/servers/{id}", id: server.id, name: server.name}
"""


@asynccontextmanager
async def guest(_: Path) -> AsyncIterator[House]:
    emulator = proxmox.ProxmoxEmulator(Rented("101"), Rented("102", "web2"))
    await emulator.start(tls=True)
    about = {
        "driver": "proxmox",
        "url": emulator.url,
        "fingerprint": emulator.fingerprint,
        "node": "pve1",
        "vmid": 101,
        "hostname": "web1",
        "token": proxmox.TOKEN,
    }
    node = "/api2/json/nodes/pve1"
    ours = (f"{node}/qemu/101/", f"{node}/tasks/UPID:")
    yield Provider(emulator, about, proxmox.SECRET, "token_file", ours)
    await emulator.stop()


@asynccontextmanager
async def panel(_: Path) -> AsyncIterator[House]:
    emulator = WhmEmulator(WhmBook(tokens=[Token("power", SECRET)]))
    await emulator.start(tls=True)
    yield Panel(emulator)
    await emulator.stop()


@asynccontextmanager
async def ipmi(folder: Path) -> AsyncIterator[House]:
    require("ipmi_sim", present=RealBmc.installed())
    real = RealBmc(folder / "bmc", host_port=free_port())
    await real.start()
    relay = Relay(real.port)
    await relay.start()
    yield Ipmi(real, relay)
    relay.stop()
    real.stop()


HOUSES: Mapping[str, Callable[[Path], AbstractAsyncContextManager[House]]] = {
    "redfish": redfish,
    "fence": fence,
    "hetzner-robot": robot,
    "hetzner-cloud": cloud,
    "http": by_recipe,
    "proxmox": guest,
    "whm": panel,
    "ipmi": ipmi,
}
