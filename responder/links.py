"""Signed links: the holder may acknowledge one incident as one person, for a day."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

VALID_FOR = timedelta(hours=24)
_SIGNATURE = 18  # bytes; 24 characters in the link
_SHORTEST_KEY = 32


@dataclass(frozen=True, slots=True)
class Grant:
    """What a link lets its holder do."""

    incident: int
    episode: int
    person: str
    expires_at: datetime


class BadLink(ValueError):
    """The link is not ours, or was altered."""


class OldLink(BadLink):
    """The link was ours, but its time is over."""


class Links:
    """Makes and reads links with one key, shared by all instances."""

    def __init__(self, key: bytes, *, url: str) -> None:
        self._key = key
        self._url = url.rstrip("/")

    def acknowledge(self, grant: Grant) -> str:
        """The address to send to this person."""
        told = [grant.incident, grant.episode, grant.person, int(grant.expires_at.timestamp())]
        body = _encode(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode())
        return f"{self._url}/a/{body}.{self._sign(body)}"

    def read(self, token: str, *, now: datetime) -> Grant:
        """What this link grants. Raises BadLink, or OldLink."""
        body, _, signature = token.partition(".")
        if not hmac.compare_digest(self._sign(body).encode(), signature.encode("utf-8", "replace")):
            raise BadLink("this link was not made here, or it was altered")
        incident, episode, person, until = json.loads(_decode(body))
        grant = Grant(incident, episode, person, datetime.fromtimestamp(until, UTC))
        if now >= grant.expires_at:
            raise OldLink("this link is too old")
        return grant

    def _sign(self, body: str) -> str:
        mac = hmac.new(self._key, body.encode("utf-8", "replace"), hashlib.sha256)
        return _encode(mac.digest()[:_SIGNATURE])


def key_at(path: Path) -> bytes:
    """The signing key in this file, made (mode 0600) when there is none. Raises OSError, and
    ValueError for a file whose key anybody could guess.
    """
    if not path.exists():
        _make_key(path)
    key = path.read_bytes().strip()
    if len(key) < _SHORTEST_KEY:
        raise ValueError(f"{path} holds no key of {_SHORTEST_KEY} bytes: remove it, one is made")
    return key


def _make_key(path: Path) -> None:
    """Whole or not at all, and the first of two who make it wins."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(32).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
