"""A few UDP ports of ours through which all DNS servers are asked."""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Iterator

from probes.dns_wire import is_answer
from probes.net import Address, Net
from probes.source import check_source

_PORTS = 16  # at a time, for each family and source; whoever forges an answer must guess one
_WORN = 4096  # questions after which a port gives its place to another
_LONGEST = 4096  # bytes of a datagram; nobody may answer a plain question with more than 512
_IP_RECVERR, _IPV6_RECVERR = 11, 25  # linux/in.h, linux/in6.h
_AT_ONCE = 256  # datagrams read before the loop gets its turn again

Key = tuple[bytes, bytes, int]
"""The id of a message, and the packed address and the port of the server."""
Asking = tuple[bytes, asyncio.Future[bytes]]


class DnsSocket:
    """One port of ours. What comes from others than who was asked, or answers another question, is
    ignored; a server's machine that refuses the question is heard (IP_RECVERR).
    """

    def __init__(self, af: socket.AddressFamily, source: str) -> None:
        self._af = af
        self._waiting: dict[Key, Asking] = {}
        self._asked = 0
        self._retired = False
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(af, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            self._fit(source)
        except OSError:
            self._socket.close()
            raise
        self._source = source
        self._loop.add_reader(self._socket, self._readable)

    @property
    def worn(self) -> bool:
        return self._asked >= _WORN

    async def ask(self, to: Address, port: int, message: bytes, *, again: float) -> bytes:
        """The answer to this message, which is sent once more after `again` seconds.

        Waits for ever when none comes. Raises OSError when the server's machine refuses it, or when
        our own kernel knows no way there.
        """
        key = (message[:2], to.packed, port)
        heard: asyncio.Future[bytes] = self._loop.create_future()
        self._waiting[key] = (message, heard)
        self._asked += 1
        later = self._loop.call_later(again, self._repeat, message, to.text, port)
        try:
            self._send(message, to.text, port)
            return await heard
        finally:
            later.cancel()
            del self._waiting[key]
            if self._retired:
                self.retire()

    def is_asking(self, key: Key) -> bool:
        return key in self._waiting

    def retire(self) -> None:
        """Close, as soon as nobody waits here."""
        self._retired = True
        if not self._waiting:
            self.close()

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _fit(self, source: str) -> None:
        if self._af == socket.AF_INET:
            self._socket.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        else:
            self._socket.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((source, 0))

    def _send(self, message: bytes, host: str, port: int) -> None:
        with contextlib.suppress(BlockingIOError):  # a full buffer is a lost packet
            try:
                self._socket.sendto(message, (host, port))
            except BlockingIOError:
                raise
            except OSError:  # perhaps about somebody else, who is told so now
                self._refused()
                check_source(self._af, self._source)
                self._socket.sendto(message, (host, port))

    def _repeat(self, message: bytes, host: str, port: int) -> None:
        with contextlib.suppress(OSError):
            self._send(message, host, port)

    def _readable(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                wire, sender = self._socket.recvfrom(_LONGEST)
            except BlockingIOError:
                return
            except OSError:
                self._refused()
                # libuv stops to listen at an error; from then on it is all the same to epoll.
                self._loop.remove_reader(self._socket)
                self._loop.add_reader(self._socket, self._readable)
                return
            asking = self._waiting.get((wire[:2], self._packed(sender[0]), sender[1]))
            if asking and not asking[1].done() and is_answer(wire, asking[0]):
                asking[1].set_result(wire)

    def _refused(self) -> None:
        """Read who was refused, and tell those who wait for it."""
        for number, message, host, port in _errors(self._socket):
            asking = self._waiting.get((message[:2], self._packed(host), port))
            if asking and asking[0] == message and not asking[1].done():
                asking[1].set_exception(OSError(number, os.strerror(number)))

    def _packed(self, host: str) -> bytes:
        return socket.inet_pton(self._af, host.partition("%")[0])


def _errors(opened: socket.socket) -> Iterator[tuple[int, bytes, str, int]]:
    """What the network said of messages of ours: errno, message, to whom it went."""
    while True:
        try:
            message, extras, _, to = opened.recvmsg(_LONGEST, 512, socket.MSG_ERRQUEUE)
        except OSError:
            return
        for _, _, told in extras:
            number = int.from_bytes(told[:4], "little")  # struct sock_extended_err begins with it
            if number in _ABOUT_THEM:
                yield number, message, to[0], to[1]


_ABOUT_THEM = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES}


class DnsPorts:
    """All of them; made by the first look, shared by all."""

    def __init__(self) -> None:
        self._open: dict[tuple[socket.AddressFamily, str], list[DnsSocket]] = {}

    async def ask(
        self, to: Address, port: int, tail: bytes, *, source: str, again: float
    ) -> tuple[bytes, bytes]:
        """Ask under an id and through a port that nobody can guess: (the message, its answer)."""
        dice = os.urandom(3)
        chosen = self._choose(to.af, source, dice[2])
        message = dice[:2] + tail
        while chosen.is_asking((message[:2], to.packed, port)):
            message = os.urandom(2) + tail
        return message, await chosen.ask(to, port, message, again=again)

    def _choose(self, af: socket.AddressFamily, source: str, dice: int) -> DnsSocket:
        ports = self._open.setdefault((af, source), [])
        at = dice % _PORTS
        if len(ports) < _PORTS:
            ports.append(DnsSocket(af, source))
            return ports[-1]
        if ports[at].worn:
            fresh = DnsSocket(af, source)
            ports[at].retire()
            ports[at] = fresh
        return ports[at]

    async def close(self) -> None:
        """Close them all; who still waits, waits for the deadline."""
        for ports in self._open.values():
            for port in ports:
                port.close()
        self._open.clear()


def ports_of(net: Net) -> DnsPorts:
    """The ports that all looks share."""

    def make() -> DnsPorts:
        made = DnsPorts()
        net.at_end(made.close)
        return made

    return net.shared(DnsPorts, make)
