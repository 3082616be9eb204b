"""What MySQL and MariaDB say and hear, as packets (dev.mysql.com, "Client/Server Protocol")."""

import struct
from dataclasses import dataclass
from hashlib import sha1, sha256

from probes.lines import Call
from probes.reasons import Failed
from probes.words import about_us

NATIVE, CACHING = "mysql_native_password", "caching_sha2_password"
SSL = 0x800
_PROTOCOL_41, _SECURE, _PLUGINS = 0x200, 0x8000, 0x80000
_MOST = 1 << 16
# About us, not about the server: host blocked, host not allowed, more than this user may.
_ABOUT_US = {1129, 1130, 1203, 1226}
OK, MORE, SWITCH, ERROR = 0x00, 0x01, 0xFE, 0xFF


@dataclass(frozen=True, slots=True)
class Greeting:
    """The server's first packet: what it is, what it can, and the dice for the scramble."""

    version: str
    able: int
    dice: bytes
    plugin: str


async def receive(call: Call, what: str) -> tuple[int, bytes]:
    """The number and the content of the next packet."""
    head = await call.take(4, what)
    length, number = int.from_bytes(head[:3], "little"), head[3]
    if not 0 < length <= _MOST:
        words = head.decode(errors="replace")
        raise call.failed(f"{what} began with {call.quoted(words)}, which is no MySQL packet")
    return number, await call.take(length, what)


def send(call: Call, number: int, content: bytes) -> None:
    """Send one packet."""
    call.send(len(content).to_bytes(3, "little") + bytes([number]) + content)


def error_of(content: bytes) -> tuple[int, str]:
    """Code and words of an error packet; an early one lacks the SQL state."""
    code = int.from_bytes(content[1:3], "little")
    words = content[9:] if content[3:4] == b"#" else content[3:]
    return code, words.decode(errors="replace")


def refused(call: Call, what: str, content: bytes) -> Failed:
    """The server said no: down, or unknown where that is about us."""
    code, words = error_of(content)
    ours = code in _ABOUT_US or about_us(words)
    reason = f"{what} was error {code}: {call.quoted(words)}"
    return call.failed(reason, verdict_unknown=ours)


def read_greeting(content: bytes) -> Greeting | None:
    """None when this is no greeting of protocol 10."""
    version, nul, rest = content[1:].partition(b"\0")
    if content[:1] != b"\x0a" or not nul or not version or len(rest) < 15:
        return None
    able = int.from_bytes(rest[13:15] + rest[18:20], "little")
    dice = rest[4:12] + rest[31:43]
    plugin = rest[44:].partition(b"\0")[0].decode(errors="replace")
    return Greeting(version.decode(errors="replace"), able, dice, plugin or NATIVE)


def hello(greeting: Greeting, *, secure: bool) -> bytes:
    """What a client says of itself; alone it is the request to begin TLS."""
    able = 1 | _PROTOCOL_41 | _SECURE | greeting.able & _PLUGINS | (SSL if secure else 0)
    return struct.pack("<IIB23x", able, 1 << 24, 45)


def login(greeting: Greeting, user: str, secret: str, *, secure: bool) -> bytes:
    """The hello, who we are, and the proof that we know the secret."""
    plugin = greeting.plugin if greeting.plugin in (NATIVE, CACHING) else NATIVE
    proof = scramble(plugin, secret, greeting.dice)
    named = plugin.encode() + b"\0" if greeting.able & _PLUGINS else b""
    who = user.encode() + b"\0" + bytes([len(proof)]) + proof
    return hello(greeting, secure=secure) + who + named


def scramble(plugin: str, secret: str, dice: bytes) -> bytes:
    """The secret itself never travels: what is sent is of use with these dice alone."""
    if not secret:
        return b""
    if plugin == CACHING:
        once = sha256(secret.encode()).digest()
        return _xor(once, sha256(sha256(once).digest() + dice).digest())
    once = _sha1(secret.encode())
    return _xor(once, _sha1(dice + _sha1(once)))


def _sha1(data: bytes) -> bytes:
    return sha1(data, usedforsecurity=False).digest()  # the old plugin knows no other


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
