"""The list of ways to switch a machine; adding one is a file and a line here."""

from typing import Annotated

from pydantic import Field

from playbooks.power.fence import FencePower
from playbooks.power.hcloud import HetznerCloudPower
from playbooks.power.http import HttpPower
from playbooks.power.ipmi import IpmiPower
from playbooks.power.model import Power
from playbooks.power.proxmox import ProxmoxPower
from playbooks.power.redfish import RedfishPower
from playbooks.power.robot import RobotPower
from playbooks.power.whm_power import WhmPower

AnyPower = Annotated[
    RedfishPower
    | IpmiPower
    | FencePower
    | HetznerCloudPower
    | ProxmoxPower
    | RobotPower
    | WhmPower
    | HttpPower,
    Field(discriminator="driver"),
]

# mypy fails here when a driver drifts from what a way to switch is.
POWERS: tuple[type[Power], ...] = (
    RedfishPower,
    IpmiPower,
    FencePower,
    HetznerCloudPower,
    ProxmoxPower,
    RobotPower,
    WhmPower,
    HttpPower,
)
