"""What all looks share: names become addresses, and where looking is forbidden."""

import asyncio
import re
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, TypeVar

from probes.model import Finding, Phase
from probes.reasons import Failed

if TYPE_CHECKING:
    from probes.sight import Sight

Network = IPv4Network | IPv6Network
Thing = TypeVar("Thing")
# 127.1, 0x7f.1 and 2130706433 are addresses to the C library, and to nobody else.
_OLD_SPELLING = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?", re.ASCII)
_FORBIDDEN = "which probes.forbid names"
_THIS_MACHINE = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a target: `family` is 4 or 6, `packed` its 4 or 16 bytes."""

    text: str
    family: int
    packed: bytes

    @property
    def af(self) -> socket.AddressFamily:
        return socket.AF_INET if self.family == 4 else socket.AF_INET6


class Net:
    """Lives as long as the daemon. `forbidden` networks are never looked at (R: security)."""

    def __init__(self, *, forbidden: Sequence[Network] = ()) -> None:
        self.forbidden = tuple(forbidden)
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._shared: dict[type, Any] = {}

    def shared(self, kind: type[Thing], make: Callable[[], Thing]) -> Thing:
        """The one thing of this type that all looks share; made by the first that asks."""
        if kind not in self._shared:
            self._shared[kind] = make()
        found: Thing = self._shared[kind]
        return found

    def at_end(self, closer: Callable[[], Awaitable[None]]) -> None:
        """What a kind shares among its looks (a socket, a session) is closed with us."""
        self._closers.append(closer)

    async def close(self) -> None:
        """Let go of everything shared."""
        while self._closers:
            await self._closers.pop()()

    async def resolve(
        self, host: str, sight: "Sight", *, prefer: int = 4, fallback: bool = True
    ) -> Address:
        """One address of this host, as blackbox_exporter chooses it: the first of the preferred
        family, else the last of the other one; with `fallback` off the preferred family alone.

        Writes the three series of every resolution. Raises Failed (phase resolve) when there is no
        such address, or when it is forbidden.
        """
        began = time.monotonic()
        sight.phase = Phase.RESOLVE
        sight.say("Resolving target address", target=host, ip_protocol=f"ip{prefer}")
        try:
            address = await _found(host, prefer=prefer, fallback=fallback)
        except Failed as failed:
            _write(sight, began, None)
            sight.say("Error resolving address", err=failed.reason)
            raise
        _write(sight, began, address)
        sight.say("Resolved target address", target=host, ip=address.text)
        self._check(address)
        return address

    async def find(self, host: str, *, prefer: int = 4, fallback: bool = True) -> Address:
        """The same without a word: for the further hosts that one look is led to."""
        address = await _found(host, prefer=prefer, fallback=fallback)
        self._check(address)
        return address

    def _check(self, address: Address) -> None:
        if self.forbidden and (network := self._forbids(address.text)):
            told = f"{address.text} is in {network}, {_FORBIDDEN}"
            raise Failed(Phase.RESOLVE, told, verdict_unknown=True)

    def _forbids(self, text: str) -> Network | None:
        for address in _meant(ip_address(text.split("%")[0])):
            for network in self.forbidden:
                if address in network:
                    return network
        return None


def _meant(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The address and those to which it leads: who connects to 0.0.0.0 or :: comes to this machine
    (connect(2)), and IPv6 addresses carry IPv4 ones inside (RFC 4291, RFC 6052, RFC 3056).
    """
    yield address
    if address.is_unspecified:
        yield from _THIS_MACHINE
    if isinstance(address, IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if address in _NAT64 or 1 < int(address) < 1 << 32:
            inside = IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None:
            yield from _meant(inside)


def is_forbidden(finding: Finding) -> bool:
    """Was nothing looked at, because the address is in a forbidden network?"""
    return finding.phase is Phase.RESOLVE and finding.reason.endswith(_FORBIDDEN)


@lru_cache(maxsize=4096)
def literal(host: str) -> Address | None:
    """The address that this text is itself, or None when it is a name."""
    try:
        return Address(host, 4, socket.inet_pton(socket.AF_INET, host))
    except OSError:
        pass
    try:
        return Address(host, 6, socket.inet_pton(socket.AF_INET6, host.split("%")[0]))
    except OSError:
        return None


async def _found(host: str, *, prefer: int, fallback: bool) -> Address:
    known = literal(host)
    if known is None:
        return await _asked(host, prefer=prefer, fallback=fallback)
    if fallback or known.family == prefer:
        return known
    raise Failed(Phase.RESOLVE, f"{host} is no IPv{prefer} address")


async def _asked(host: str, *, prefer: int, fallback: bool) -> Address:
    if _OLD_SPELLING.fullmatch(host):
        raise Failed(Phase.RESOLVE, f"{host} is neither an address nor a name")
    family = 0 if fallback else (socket.AF_INET if prefer == 4 else socket.AF_INET6)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, family=family, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed(Phase.RESOLVE, f"the name {host} does not resolve: {_why(error)}") from None
    texts = [str(one[4][0]) for one in found]
    addresses = [one for one in map(literal, texts) if one is not None]
    preferred = [one for one in addresses if one.family == prefer]
    if preferred:
        return preferred[0]
    if addresses and fallback:
        return addresses[-1]
    raise Failed(Phase.RESOLVE, f"the name {host} has no IPv{prefer} address")


def _why(error: OSError | UnicodeError) -> str:
    told = error.strerror if isinstance(error, OSError) else None
    return (told or "no such name").lower()


def _write(sight: "Sight", began: float, address: Address | None) -> None:
    seconds = sight.span("resolve", began)
    sight.samples += (
        ("probe_dns_lookup_time_seconds", "", seconds),
        ("probe_ip_protocol", "", address.family if address else 0),
        ("probe_ip_addr_hash", "", fnv1a(address.packed) if address else 0),
    )


@lru_cache(maxsize=4096)
def fnv1a(data: bytes) -> int:
    """FNV-1a, 32 bit: 127.0.0.1 is 3668918509, as blackbox_exporter says."""
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def split(address: str, *, port: int | None = None) -> tuple[str, int]:
    """Host and port of HOST:PORT or [IPv6]:PORT; without one, the usual port of the kind.

    Raises Failed (phase resolve) when there is neither, or when the text is none of these.
    """
    host, colon, number = address.rpartition(":")
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        colon, number = rest[:1], rest[1:]
    elif not colon or ":" in host:  # a bare name, or a bare IPv6 address
        host, colon, number = address, "", ""
    if not colon and port is not None and host:
        return host, port
    if not host or not number.isascii() or not number.isdigit() or not 0 < int(number) < 65536:
        raise Failed(Phase.RESOLVE, f'"{address}" is not HOST:PORT')
    return host, int(number)


def bracketed(host: str) -> str:
    """The host as it stands before `:PORT`: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
