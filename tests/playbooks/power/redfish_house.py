"""An emulated BMC with two machines, and our driver for either of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playbooks.client import open_session
from playbooks.hands import Hands
from playbooks.power.redfish import RedfishPower
from responder.emulators.chassis import Chassis
from responder.emulators.redfish import PASSWORD, USER, RedfishEmulator
from responder.emulators.redfish_systems import RedfishSystem

UUIDS = {
    "web1": "11111111-0000-4000-8000-000000000001",
    "web2": "22222222-0000-4000-8000-000000000002",
}


@dataclass(frozen=True)
class RedfishHouse:
    """`emulator` has the systems web1 and web2, whose serial numbers are SN-WEB1 and SN-WEB2."""

    emulator: RedfishEmulator
    hands: Hands
    folder: Path

    def power(self, name: str = "web1", **told: object) -> RedfishPower:
        """Our driver for this machine, perhaps set up otherwise."""
        secret = self.folder / "password"
        secret.write_text(PASSWORD + "\n")
        usual = {
            "url": self.emulator.url,
            "system": f"/redfish/v1/Systems/{name}",
            "serial": f"SN-{name.upper()}",
            "user": USER,
            "password_file": secret,
            "fingerprint": self.emulator.fingerprint,
            "timeout": "20s",
        }
        return RedfishPower.model_validate(usual | told)

    def machine(self, name: str = "web1") -> RedfishSystem:
        return self.emulator.by_id[name]

    def chassis(self, name: str = "web1") -> Chassis:
        return self.emulator.by_id[name].chassis


@asynccontextmanager
async def redfish_house(folder: Path) -> AsyncIterator[RedfishHouse]:
    """Both machines are on."""
    systems = [RedfishSystem(name, f"SN-{name.upper()}", UUIDS[name], name) for name in UUIDS]
    emulator = RedfishEmulator(systems)
    await emulator.start()
    try:
        async with open_session() as session:
            yield RedfishHouse(emulator, Hands(session), folder)
    finally:
        await emulator.stop()
