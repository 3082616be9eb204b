"""One ICMP socket through which all targets of a family are asked."""

import asyncio
import contextlib
import errno
import os
import socket
import struct
import time
from typing import NamedTuple

from probes.model import Phase
from probes.net import Address
from probes.ping_wire import Heard, payload_of, read_message, read_packet, request
from probes.reasons import Failed
from probes.source import check_source

_BUFFER = 8 << 20  # bytes that may wait for us: a thousand replies at once are nothing special
_AT_ONCE = 256  # messages read before the loop gets its turn again
_SHORT = 0.005  # seconds until a full send buffer is tried again
_MOST = 60000  # in flight; the sequence number has 16 bits
# What Python has no names for: linux/icmp.h, linux/icmpv6.h, linux/in.h, linux/in6.h.
_ICMP_FILTER, _ICMP6_FILTER = 1, 1
_IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE, _IP_RECVTTL = 10, 3, 12
_SOL_RAW, _SO_RCVBUFFORCE, _SO_SNDBUFFORCE = 255, 33, 32
_LOST = {errno.EBADF, errno.ENODEV, errno.ENXIO, errno.ENETDOWN, errno.EADDRNOTAVAIL}


class Manner(NamedTuple):
    """How a target is asked; those who are asked in the same manner share a socket."""

    family: int = 4
    source: str = ""
    ttl: int = 64  # 0 leaves it to the kernel
    dont_fragment: bool = False  # IPv4 alone; on the way IPv6 never cuts packets


class Reply(NamedTuple):
    """What came back: after how many seconds, with how many hops left, or why nothing will."""

    seconds: float
    hop_limit: int = 0
    trouble: str = ""


Waiting = tuple["asyncio.Future[Reply]", bytes, bytes, float]
"""Who waits, for a reply from which packed address, with which payload, since when. A plain tuple:
a named one costs as much as the rest of the bookkeeping.
"""


class EchoSocket:
    """Raw (CAP_NET_RAW) or datagram (net.ipv4.ping_group_range); opened again when it is lost.

    A reply counts when it comes from the address that was asked, with the request's identifier,
    sequence and payload, eight bytes of which nobody can guess. The kernel owns the identifier of a
    datagram socket. All else is ignored, what comes late too.
    """

    def __init__(self, manner: Manner, *, raw: bool) -> None:
        self.manner = manner
        self._raw = raw
        self._mask = 0xFFFFFFFF if raw else 0xFFFF
        self._waiting: dict[int, Waiting] = {}
        self._longest = 256
        self._loop = asyncio.get_running_loop()
        self._socket = self._open()

    async def ask(self, address: Address, *, size: int, packets: int, until: float) -> Reply:
        """The first reply to up to `packets` requests, spread over the time `until` (monotonic).

        Waits for ever when nothing comes: the look's deadline ends it. Raises OSError for what our
        own kernel says, Failed when the packet is too big for the way.
        """
        future: asyncio.Future[Reply] = self._loop.create_future()
        keys: list[int] = []
        apart = (until - time.monotonic()) / packets
        try:
            for number in range(1, packets + 1):
                packet = self._packet(address, size, future, keys)
                if not self._sent(packet, address.text):
                    await self._insist(packet, address.text)
                if number < packets:
                    await asyncio.wait((future,), timeout=apart)
                if future.done():
                    break
            return await future
        finally:
            for key in keys:
                self._waiting.pop(key, None)

    def close(self) -> None:
        """Let go of the socket; who still waits, waits for the deadline."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
        self._socket.close()

    def _packet(
        self, address: Address, size: int, future: asyncio.Future[Reply], keys: list[int]
    ) -> bytes:
        """A request with a key and a payload of its own; its reply will find the future."""
        if len(self._waiting) >= _MOST:
            raise Failed(Phase.CONNECT, "too many pings in flight", verdict_unknown=True)
        dice = os.urandom(12)
        key = int.from_bytes(dice[:4], "big") & self._mask
        while key in self._waiting:
            key = key + 1 & self._mask
        keys.append(key)
        payload = payload_of(dice[4:], size)
        if len(payload) + 128 > self._longest:
            self._longest = len(payload) + 128
        self._waiting[key] = (future, address.packed, payload, time.monotonic())
        return request(address.family, key, payload)

    async def _insist(self, packet: bytes, to: str) -> None:
        while True:
            await asyncio.sleep(_SHORT)
            if self._sent(packet, to):
                return

    def _sent(self, packet: bytes, to: str) -> bool:
        """False when there is no room in the buffer yet."""
        try:
            self._socket.sendto(packet, (to, 0))
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                raise Failed(
                    Phase.COMMAND, f"{len(packet)} bytes are too big for the way there (MTU)"
                ) from None
            check_source(self._socket.family, self.manner.source)
            if error.errno not in _LOST:
                raise
            self.close()
            self._socket = self._open()
            self._socket.sendto(packet, (to, 0))
        return True

    def _open(self) -> socket.socket:
        opened = open_socket(self.manner.family, raw=self._raw)
        try:
            _fit(opened, self.manner, raw=self._raw)
        except OSError:
            opened.close()
            raise
        self._loop.add_reader(opened, self._readable)
        return opened

    def _readable(self) -> None:
        receive = self._receive_packet if self._raw and self.manner.family == 4 else self._receive
        for _ in range(_AT_ONCE):
            try:
                heard = receive()
            except BlockingIOError:
                return
            except OSError:  # lost; whoever sends next opens another
                self.close()
                return
            if heard is not None:
                self._take(heard)

    def _receive_packet(self) -> Heard | None:
        return read_packet(self._socket.recv(self._longest))

    def _receive(self) -> Heard | None:
        data, extras, _, source = self._socket.recvmsg(self._longest, 64)
        packed = socket.inet_pton(self._socket.family, source[0].partition("%")[0])
        hops = int.from_bytes(extras[0][2][:4], "little") if extras else 0
        return read_message(self.manner.family, data, packed, hops)

    def _take(self, heard: Heard) -> None:
        waiting = self._waiting.get(heard.key & self._mask)
        if waiting is None:
            return
        future, address, payload, sent = waiting
        if address != heard.about or future.done():
            return
        if heard.trouble or heard.payload == payload:
            took = time.monotonic() - sent
            future.set_result(Reply(took, heard.hop_limit, heard.trouble))


def open_socket(family: int, *, raw: bool) -> socket.socket:
    """An ICMP socket; PermissionError where this process may not have one."""
    kind = socket.SOCK_RAW if raw else socket.SOCK_DGRAM
    if family == 4:
        return socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMP)
    return socket.socket(socket.AF_INET6, kind | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMPV6)


def _fit(opened: socket.socket, manner: Manner, *, raw: bool) -> None:
    """Roomy, deaf to what is no reply, and sending as the manner says."""
    _widen(opened)
    if manner.family == 4:
        if raw:  # echo reply, unreachable, time exceeded
            mask = 0xFFFFFFFF ^ (1 << 0 | 1 << 3 | 1 << 11)
            opened.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("I", mask))
        opened.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
        if manner.ttl:
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, manner.ttl)
        if manner.dont_fragment:
            opened.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE)
    else:
        if raw:  # unreachable, too big, time exceeded; echo reply
            passing = {1, 2, 3, 129}
            words = (
                sum(1 << bit for bit in range(32) if word * 32 + bit not in passing)
                for word in range(8)
            )
            opened.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("8I", *words))
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        if manner.ttl:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, manner.ttl)
    if manner.source:
        opened.bind((manner.source, 0))


def _widen(opened: socket.socket) -> None:
    for forced, usual in (
        (_SO_RCVBUFFORCE, socket.SO_RCVBUF),
        (_SO_SNDBUFFORCE, socket.SO_SNDBUF),
    ):
        opened.setsockopt(socket.SOL_SOCKET, usual, _BUFFER)
        with contextlib.suppress(PermissionError):  # beyond the machine's limit for everybody
            opened.setsockopt(socket.SOL_SOCKET, forced, _BUFFER)
