"""The systems behind an emulated Redfish BMC, in the words of DSP2046."""

from dataclasses import dataclass, field
from typing import Any, Final

from responder.emulators.chassis import Chassis

# What each kind of reset does to the machine; Nmi only writes a crash dump.
PRESSED: Final = {
    "On": "on",
    "ForceOn": "on",
    "ForceOff": "off",
    "ForceRestart": "reset",
    "GracefulRestart": "reset",
    "PowerCycle": "reset",
    "GracefulShutdown": "soft",
}
KINDS: Final = (
    "On",
    "ForceOff",
    "GracefulShutdown",
    "GracefulRestart",
    "ForceRestart",
    "Nmi",
    "ForceOn",
)


@dataclass
class RedfishSystem:
    """One machine as its BMC shows it; everything may be changed while the emulator runs.

    `kinds` are the resets that it offers, shown beside the action or, with `action_info`, in a
    resource of their own as OpenBMC does. `target` sends the action elsewhere, as a hostile BMC
    may. `more` is laid over the resource: any shape that a test needs.
    """

    id: str
    serial: str
    uuid: str = ""
    name: str = ""
    chassis: Chassis = field(default_factory=Chassis)
    kinds: tuple[str, ...] = KINDS
    action_info: bool = False
    target: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        return f"/redfish/v1/Systems/{self.id}"

    @property
    def power_state(self) -> str:
        """As real ones: it still says On while a restart is on its way."""
        power = "On" if self.chassis.power else "Off"
        if not self.chassis.changing:
            return power
        last = self.chassis.orders[-1].verb
        under_way = {("on", "Off"): "PoweringOn", ("off", "On"): "PoweringOff"}
        return under_way.get((last, power), power)

    def is_so_already(self, kind: str) -> bool:
        """Is it as this kind of reset would make it?"""
        wanted = {"on": True, "off": False, "soft": False}.get(PRESSED.get(kind, ""))
        return not self.chassis.changing and wanted is self.chassis.power

    def resource(self) -> dict[str, Any]:
        """What GET shows."""
        action: dict[str, Any] = {
            "target": self.target or f"{self.uri}/Actions/ComputerSystem.Reset"
        }
        if self.action_info:
            action["@Redfish.ActionInfo"] = f"{self.uri}/ResetActionInfo"
        else:
            action["ResetType@Redfish.AllowableValues"] = list(self.kinds)
        return {
            "@odata.id": self.uri,
            "@odata.type": "#ComputerSystem.v1_20_0.ComputerSystem",
            "Id": self.id,
            "Name": self.name or "System",
            "HostName": self.name,
            "Manufacturer": "Emulated",
            "SKU": "EMU-1",
            "SerialNumber": self.serial,
            "UUID": self.uuid,
            "PowerState": self.power_state,
            "Actions": {"#ComputerSystem.Reset": action},
        } | self.more

    def info(self) -> dict[str, Any]:
        """The ActionInfo of the reset."""
        one = {"Name": "ResetType", "Required": True, "AllowableValues": list(self.kinds)}
        return {"@odata.id": f"{self.uri}/ResetActionInfo", "Parameters": [one]}
