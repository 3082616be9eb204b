"""Scenes of pinging, each played in a network namespace of its own by tests/probes/test_ping.py.

`python -m tests.probes.ping_scenes SCENE` prints one line of JSON: what the looks said.
"""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvloop

from probes.look import look
from probes.model import Target
from probes.net import Net
from probes.ping import PingProbe
from probes.pinger import Mode, Pinger, Way, find_way
from tests.patient import Beat

Answers = list[tuple[float, str, bytes]]
"""After how many seconds, from which address, which ICMP message."""


def shell(*commands: str) -> None:
    for command in commands:
        subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)


def reply_to(request: bytes, *, key: bytes = b"", payload: bytes | None = None) -> bytes:
    """The echo reply to this request, or one that is wrong in the ways asked for."""
    rest = (key or request[4:8]) + (request[8:] if payload is None else payload)
    even = rest if len(rest) % 2 == 0 else rest + b"\0"
    total = int.from_bytes(b"\0\0\0\0" + even, "big") % 0xFFFF
    return b"\0\0" + (0xFFFF - total).to_bytes(2, "big") + rest


@contextmanager
def answering(answer: Callable[[bytes, str], Answers]) -> Iterator[None]:
    """The kernel is silent here; this answers each request as it is told."""
    shell("sysctl -qw net.ipv4.icmp_echo_ignore_all=1")
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as heard:
        heard.setblocking(False)

        def send(source: str, message: bytes) -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as mouth:
                mouth.bind((source, 0))
                mouth.sendto(message, ("127.0.0.1", 0))

        def readable() -> None:
            packet = heard.recv(65536)
            if packet[20] == 8:
                for delay, source, message in answer(packet[20:], socket.inet_ntoa(packet[16:20])):
                    loop.call_later(delay, send, source, message)

        loop.add_reader(heard, readable)
        yield
        loop.remove_reader(heard)


class Eye:
    """Looks, and says in one line what it saw."""

    def __init__(self, mode: Mode) -> None:
        self.net = Net()
        way = Way(mode, "the test says so", "ping")
        pinger = self.net.shared(Pinger, lambda: Pinger(way))
        self.net.at_end(pinger.close)

    async def __call__(self, address: str, *, within: float = 20.0, **keys: Any) -> str:
        seen = await look(PingProbe(**keys), Target(address), self.net, within=within)
        hops = [str(value) for name, _, value in seen.samples if name.endswith("hop_limit")]
        return " ".join((seen.verdict, *hops, seen.finding.reason)).strip()


async def kernel(eye: Eye) -> list[str]:
    """Whoever listens on loopback answers in both families, with any size of payload."""
    return [
        await eye("127.0.0.1"),
        await eye("127.9.8.7", payload_size=1, ttl=9),
        await eye("127.0.0.1", payload_size=9001, packets=3, ttl=0),
        await eye("::1"),
        await eye("[::1]", payload_size=5, ttl=3),
    ]


async def crowd(eye: Eye) -> list[str]:
    """Three thousand at once through one socket."""
    targets = [f"127.1.{number // 200}.{number % 200 + 1}" for number in range(3000)]
    said = await asyncio.gather(*(eye(target, within=60) for target in targets))
    return sorted(set(said))


async def cheats(eye: Eye) -> list[str]:
    """What is no reply to us does not count, and does not hinder the one that is."""

    def answer(request: bytes, to: str) -> Answers:
        match to:
            case "127.0.0.2":
                return [(0, "127.0.0.66", reply_to(request))]
            case "127.0.0.3":
                return [(0, to, reply_to(request, key=b"\x12\x34\x56\x78"))]
            case "127.0.0.4":
                return [(0, to, reply_to(request, payload=b"x" * (len(request) - 8)))]
            case "127.0.0.5":
                return [(0, to, reply_to(request, payload=request[8:-1])), (0, to, b"\0\0\0")]
        wrong = [(0.0, "127.0.0.66", reply_to(request)), (0.0, to, reply_to(request, payload=b""))]
        return [*wrong, (0.05, to, reply_to(request)), (0.1, to, reply_to(request))]

    with answering(answer):
        names = [f"127.0.0.{number}" for number in range(2, 7)]
        return list(await asyncio.gather(*(eye(name, within=1) for name in names)))


async def late(eye: Eye) -> list[str]:
    """A reply that misses its deadline is not taken for the one to the next ping."""
    asked = 0

    def answer(request: bytes, to: str) -> Answers:
        nonlocal asked
        asked += 1
        return [(0.3, to, reply_to(request))] if asked == 1 else []

    with answering(answer):
        return [await eye("127.0.0.2", within=0.2), await eye("127.0.0.2", within=0.3)]


async def lossy(eye: Eye) -> list[str]:
    """With `packets` one reply out of some is enough, one to an earlier packet too."""
    seen: dict[str, int] = {}

    def answer(request: bytes, to: str) -> Answers:
        seen[to] = seen.get(to, 0) + 1
        if to == "127.0.0.2":
            return [(0, to, reply_to(request))] if seen[to] == 3 else []
        return [(0.75, to, reply_to(request))] if to == "127.0.0.3" and seen[to] == 1 else []

    with answering(answer):
        return [
            await eye("127.0.0.2", within=1.5, packets=3),
            await eye("127.0.0.3", within=1.5, packets=3),
            await eye("127.0.0.4", within=0.25, packets=2),
            f"{seen['127.0.0.2']} {seen['127.0.0.3']} {seen['127.0.0.4']}",
        ]


async def unreachable(eye: Eye) -> list[str]:
    """A machine that is not there: its network says so, or no network leads to it."""
    shell(
        "ip link add v0 type veth peer name v1",
        "ip addr add 10.9.0.1/24 dev v0",
        "ip link set v0 up",
        "ip link set v1 up",
        "sysctl -qw net.ipv4.neigh.v0.retrans_time_ms=50",
        "sysctl -qw net.ipv4.neigh.v0.mcast_solicit=1",
    )
    return [await eye("10.9.0.2", within=20), await eye("192.0.2.1")]


async def big(eye: Eye) -> list[str]:
    """A packet that may not be cut must fit."""
    shell("ip link set lo mtu 1500")
    return [
        await eye("127.0.0.1", payload_size=1472, dont_fragment=True),
        await eye("127.0.0.1", payload_size=1473, dont_fragment=True),
        await eye("127.0.0.1", payload_size=1473),
    ]


async def source(eye: Eye) -> list[str]:
    """The address that we send from goes and comes back."""
    shell("ip addr add 10.1.1.1/32 dev lo")
    said = [await eye("127.0.0.1", source_ip_address="10.1.1.1")]
    shell("ip addr del 10.1.1.1/32 dev lo")
    said.append(await eye("127.0.0.1", source_ip_address="10.1.1.1"))
    shell("ip addr add 10.1.1.1/32 dev lo")
    said.append(await eye("127.0.0.1", source_ip_address="10.1.1.1"))
    return [*said, await eye("::1", source_ip_address="10.1.1.1")]


async def lost(eye: Eye) -> list[str]:
    """A socket that is gone, for whatever reason, is opened again."""
    said = [await eye("127.0.0.1")]
    pinger = eye.net.shared(Pinger, Pinger)
    for echo in pinger._sockets.values():
        echo.close()
    return [*said, await eye("127.0.0.1")]


async def way(_: Eye) -> list[str]:
    """What this process may do."""
    return [find_way().mode]


SCENES: dict[str, Callable[[Eye], Awaitable[list[str]]]] = {
    scene.__name__: scene
    for scene in (kernel, crowd, cheats, late, lossy, unreachable, big, source, lost, way)
}


TIMED = (cheats, late, lossy)
STILL = 0.2  # seconds of a machine that stood still, after which they are played anew


async def play(name: str, mode: Mode) -> list[str]:
    eye = Eye(mode)
    try:
        async with Beat() as beat:
            said = await SCENES[name](eye)
        if beat.still > STILL and SCENES[name] in TIMED:
            return await play(name, mode)
        return said
    finally:
        await eye.net.close()


if __name__ == "__main__":
    print(json.dumps(uvloop.run(play(sys.argv[1], Mode(sys.argv[2])))))  # noqa: T201
