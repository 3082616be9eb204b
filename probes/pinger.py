"""How this machine lets us ping: found out once, shared by all looks."""

import shutil
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum

from probes import ping_program
from probes.model import Phase
from probes.net import Address, Net
from probes.ping_socket import EchoSocket, Manner, Reply, open_socket
from probes.reasons import Failed


class Mode(StrEnum):
    """The ways to ping, the best one first."""

    RAW = "raw"
    DATAGRAM = "datagram"
    PROGRAM = "program"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Way:
    """The chosen mode and why; `program` is the path of ping in that mode."""

    mode: Mode
    reason: str
    program: str = ""


_REMEDY = (
    "allow one of them: sysctl -w net.ipv4.ping_group_range='0 2147483647', "
    "or the capability CAP_NET_RAW for this process"
)


def find_way() -> Way:
    """Raw tells most (who says that a host is unreachable) and is the cheapest; datagram sockets
    need no right but the sysctl; the program costs a process for each ping.
    """
    if _may(raw=True):
        return Way(Mode.RAW, "this process may open raw sockets (CAP_NET_RAW)")
    if _may(raw=False):
        return Way(Mode.DATAGRAM, "its group is in net.ipv4.ping_group_range")
    if program := shutil.which("ping"):
        return Way(Mode.PROGRAM, f"no ICMP socket is allowed, {program} is there", program)
    told = "neither raw nor datagram ICMP sockets are allowed, and there is no ping program"
    return Way(Mode.NONE, f"{told}; {_REMEDY}")


def _may(*, raw: bool) -> bool:
    for family in (4, 6):
        try:
            open_socket(family, raw=raw).close()
        except OSError:  # not allowed, or this machine does not speak the family
            continue
        return True
    return False


class Pinger:
    """Asks any address. `way` says how, for whoever runs the machine."""

    def __init__(self, way: Way | None = None) -> None:
        self.way = way or find_way()
        self._sockets: dict[Manner, EchoSocket] = {}

    def ask(
        self, address: Address, manner: Manner, *, size: int, packets: int, until: float
    ) -> Awaitable[Reply]:
        """The first reply. Failed (unknown) when this machine lets us ping in no way."""
        echo = self._sockets.get(manner)
        if echo is None and self.way.mode is Mode.NONE:
            raise Failed(Phase.CONNECT, f"can't ping: {self.way.reason}", verdict_unknown=True)
        if echo is None and self.way.mode is Mode.PROGRAM:
            return ping_program.ask(
                self.way.program, address, manner, size=size, packets=packets, until=until
            )
        if echo is None:
            echo = self._sockets[manner] = EchoSocket(manner, raw=self.way.mode is Mode.RAW)
        return echo.ask(address, size=size, packets=packets, until=until)

    async def close(self) -> None:
        """Close all sockets."""
        for echo in self._sockets.values():
            echo.close()
        self._sockets.clear()


def pinger_of(net: Net) -> Pinger:
    """The one pinger of all looks."""

    def make() -> Pinger:
        made = Pinger()
        net.at_end(made.close)
        return made

    return net.shared(Pinger, make)
