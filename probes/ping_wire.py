"""What a ping and what comes back look like on the wire (RFC 792, RFC 4443)."""

from typing import NamedTuple

TEXT = b"Prometheus Blackbox Exporter"  # blackbox_exporter's payload, so that dumps look alike
LONGEST = 65507  # bytes of payload that one IPv4 packet holds
_TOKEN = 8  # bytes at the payload's head that nobody can guess
_REST = TEXT[_TOKEN:]

_UNREACHABLE = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    4: "the packet is too big for the way there, and may not be cut",
    6: "network unknown",
    7: "host unknown",
    9: "network forbidden by a firewall",
    10: "host forbidden by a firewall",
    13: "forbidden by a firewall",
}
_UNREACHABLE_6 = {
    0: "no route to it",
    1: "forbidden by a firewall",
    3: "address unreachable",
    5: "forbidden by a firewall",
    6: "its route is closed",
}


class Heard(NamedTuple):
    """One ICMP message: a reply (`trouble` empty) or somebody's word that there will be none.

    `key` is identifier and sequence of the request, `about` the packed address it went to.
    """

    key: int
    about: bytes
    payload: bytes
    hop_limit: int
    trouble: str = ""


def payload_of(token: bytes, size: int) -> bytes:
    """`size` bytes (0 = as many as the text has) that begin with as much of the token as fits."""
    usual = token[:_TOKEN] + _REST
    return usual.ljust(size, b"\0")[:size] if size else usual


def request(family: int, key: int, payload: bytes) -> bytes:
    """An echo request. The checksum of IPv6, which covers addresses, is the kernel's to fill in."""
    rest = key.to_bytes(4, "big") + payload
    if family == 6:
        return b"\x80\0\0\0" + rest
    even = rest if len(rest) % 2 == 0 else rest + b"\0"
    # The one's complement sum of 16-bit words is the whole number modulo 0xFFFF (RFC 1071).
    total = int.from_bytes(b"\x08\0\0\0" + even, "big") % 0xFFFF
    return b"\x08\0" + (0xFFFF - total).to_bytes(2, "big") + rest


def read_packet(data: bytes) -> Heard | None:
    """What a raw IPv4 socket gives: the whole packet. None when it is nothing for us."""
    start = (data[0] & 15) * 4 if data else 0
    if len(data) < start + 8 or start < 20:
        return None
    if data[start] == 0:
        key = int.from_bytes(data[start + 4 : start + 8], "big")
        return Heard(key, data[12:16], data[start + 8 :], data[8])
    return _refusal(data[start:])


def read_message(family: int, data: bytes, source: bytes, hop_limit: int) -> Heard | None:
    """What every other socket gives: the message without its IP header."""
    if len(data) < 8:
        return None
    if data[0] == (0 if family == 4 else 129):
        return Heard(int.from_bytes(data[4:8], "big"), source, data[8:], hop_limit)
    return _refusal(data) if family == 4 else _refusal_6(data)


def _refusal(message: bytes) -> Heard | None:
    """An error quotes the packet it is about: its IPv4 header and at least eight bytes more."""
    quoted = message[8:]
    start = (quoted[0] & 15) * 4 if quoted else 0
    if len(quoted) < start + 8 or start < 20 or quoted[9] != 1 or quoted[start] != 8:
        return None
    key = int.from_bytes(quoted[start + 4 : start + 8], "big")
    if message[0] == 11:
        return Heard(key, quoted[16:20], b"", 0, "too many hops on the way (TTL exceeded)")
    if message[0] == 3:
        told = _UNREACHABLE.get(message[1], f"unreachable (code {message[1]})")
        return Heard(key, quoted[16:20], b"", 0, told)
    return None


def _refusal_6(message: bytes) -> Heard | None:
    quoted = message[8:]
    if len(quoted) < 48 or quoted[6] != 58 or quoted[40] != 128:
        return None
    key, about = int.from_bytes(quoted[44:48], "big"), quoted[24:40]
    match message[0]:
        case 1:
            told = _UNREACHABLE_6.get(message[1], f"unreachable (code {message[1]})")
        case 2:
            told = "the packet is too big for the way there"
        case 3:
            told = "too many hops on the way (hop limit exceeded)"
        case _:
            return None
    return Heard(key, about, b"", 0, told)
