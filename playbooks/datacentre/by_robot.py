"""Orders by Hetzner Robot: a technician with a look at the screen, asked for by the reset `man`."""

from typing import Literal

from playbooks.datacentre.channel import Means
from playbooks.datacentre.message import Letter
from playbooks.outside import OutsideError
from playbooks.ports import Receipt
from playbooks.power.robot import OnTheWay, RobotPower
from probes.settings import Piece


class RobotChannel(Piece):
    """`{kind: robot}`, for servers whose `power` is hetzner-robot. It takes no words and no PIN."""

    kind: Literal["robot"] = "robot"

    @property
    def wordy(self) -> bool:
        return False

    async def send(self, letter: Letter, means: Means, *, ticket: str = "") -> Receipt:
        """Raises OutsideError: an order can't be taken back, and other machines are refused."""
        if letter.answers:
            told = "an order to Hetzner Robot can't be taken back by its API"
            raise OutsideError(told, transient=False)
        if not isinstance(means.power, RobotPower):
            told = "Robot is asked, but the server's power is not of the driver hetzner-robot"
            raise OutsideError(told, transient=False)
        number = f"Robot {means.power.number}"
        try:
            await means.power.order_man(means.hands)
        except OnTheWay:
            return Receipt(number, "a technician is on the way already")
        return Receipt(number, "Robot sends a technician (reset man)")
