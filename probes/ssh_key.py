"""Which host key does an SSH server show? The start of a key exchange tells (RFC 4253, RFC 8731).

The server's signature is not checked: this notices a machine that was swapped or installed anew,
not somebody who replays a public key.
"""

import os
import struct
from base64 import b64encode
from hashlib import sha256

from probes.lines import Call
from probes.words import refusal

_DISCONNECT, _KEXINIT, _ECDH_INIT, _ECDH_REPLY = 1, 20, 30, 31
_SMALL_TALK = {2, 3, 4, 7}  # ignore, unimplemented, debug, extensions
_MOST = 35000  # bytes of a packet, RFC 4253 6.1
_MOST_PACKETS = 16

# What every server since OpenSSH 6.5 has one of.
_CIPHERS = (
    "aes128-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com,"
    "chacha20-poly1305@openssh.com"
)
_DIGESTS = (
    "hmac-sha2-256,hmac-sha2-512,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
    "umac-128-etm@openssh.com,hmac-sha1"
)
_OFFER = (
    "curve25519-sha256,curve25519-sha256@libssh.org",
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
    "rsa-sha2-256,ssh-rsa",
    *(_CIPHERS, _CIPHERS, _DIGESTS, _DIGESTS, "none", "none", "", ""),
)


async def shown_key(call: Call) -> str:
    """SHA256:... of the key. Both sides have said their banners before."""
    lists = b"".join(_string(names.encode()) for names in _OFFER)
    call.send(_packet(bytes([_KEXINIT]) + os.urandom(16) + lists + bytes(5)))
    await _answer(call, _KEXINIT)
    call.send(_packet(bytes([_ECDH_INIT]) + _string(os.urandom(32))))
    reply = await _answer(call, _ECDH_REPLY)
    key = _read_string(reply, 1)
    if not key:
        raise call.failed("the SSH key exchange showed no host key")
    return "SHA256:" + b64encode(sha256(key).digest()).decode().rstrip("=")


async def _answer(call: Call, wanted: int) -> bytes:
    """The payload of the next packet that is no small talk."""
    for _ in range(_MOST_PACKETS):
        payload = await _payload(call)
        if payload[0] == wanted:
            return payload
        if payload[0] == _DISCONNECT:
            words = _read_string(payload, 5).decode(errors="replace")
            reason = f"the SSH key exchange was refused: {call.quoted(words)}"
            raise refusal(call.sight.phase, reason, words)
        if payload[0] not in _SMALL_TALK:
            raise call.failed(f"the SSH key exchange brought message {payload[0]}, not {wanted}")
    raise call.failed("the SSH key exchange brought nothing but small talk")


async def _payload(call: Call) -> bytes:
    what = "SSH key exchange"
    length, padding = struct.unpack(">IB", await call.take(5, what))
    if not padding + 1 < length <= _MOST:
        raise call.failed(f"an SSH packet claims {length} bytes with {padding} of padding")
    rest = await call.take(length - 1, what)
    return rest[: length - 1 - padding]


def _packet(payload: bytes) -> bytes:
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _read_string(payload: bytes, start: int) -> bytes:
    """Empty when there is none, or not all of it."""
    length = int.from_bytes(payload[start : start + 4], "big")
    found = payload[start + 4 : start + 4 + length]
    return found if len(found) == length else b""
