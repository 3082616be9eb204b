"""Signed links and tokens: each opens one thing for a while (an incident, a step, a ticket)."""

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
from typing import Any

VALID_FOR = timedelta(hours=24)
_SIGNATURE = 18  # bytes; 24 characters in the link
_SHORTEST_KEY = 32
_STEPS = b"step/"
_ANSWERS = b"answer/"
_TESTS = b"test/"
_CALENDARS = b"calendar/"
_TRACKS = b"track/"
_PINS = b"pin/"
TRACKED_FOR = timedelta(days=90)
PIN_VALID_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a link lets its holder do."""

    incident: int
    episode: int
    person: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StepGrant:
    """What a link to a question lets its holder do: decide this very step as this person (R: 15.8).
    `digest` is the beginning of what an approval is bound to.
    """

    run: int
    digest: str
    person: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ProofGrant:
    """What a link in a test lets its holder do: say as this person that it came."""

    code: str
    person: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AnswerGrant:
    """What a provider may bring back to us from one person: the answer to this very page."""

    page: str
    event: str
    incident: int
    episode: int
    person: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TrackGrant:
    """What a customer's link lets him do: see this ticket, write to it, say how he found the help
    (R30). `brand` is whose customer got it, "" for none.
    """

    ticket: int
    brand: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PinGrant:
    """What a right PIN opens: the tickets of this account (R12). No staff, no machine."""

    account: str
    brand: str
    expires_at: datetime


class BadLink(ValueError):
    """The link is not ours, or was altered."""


class OldLink(BadLink):
    """The link was ours, but its time is over."""


class Links:
    """Makes and reads links with one key, shared by all instances. `public`: do machines out there
    reach us at this address?
    """

    def __init__(self, key: bytes, *, url: str, public: bool = True) -> None:
        self._key = key
        self._url = url.rstrip("/")
        self._public = public

    @property
    def url(self) -> str:
        """What begins every link."""
        return self._url

    def acknowledge(self, grant: Grant) -> str:
        """The address to send to this person."""
        told = [grant.incident, grant.episode, grant.person, int(grant.expires_at.timestamp())]
        return f"{self._url}/a/{self._sealed(told)}"

    def decide(self, grant: StepGrant) -> str:
        """The address of a question to this person."""
        told = [grant.run, grant.digest, grant.person, int(grant.expires_at.timestamp())]
        return f"{self._url}/r/{self._sealed(told, use=_STEPS)}"

    def prove(self, grant: ProofGrant) -> str:
        """The address by which this person says that a test came."""
        told = [grant.code, grant.person, int(grant.expires_at.timestamp())]
        return f"{self._url}/t/{self._sealed(told, use=_TESTS)}"

    def calendar(self, whose: str) -> str:
        """The address of the shifts of person:, rota: or team:NAME. It has no end: a telephone
        asks for years. A new key of the daemon makes all of them invalid.
        """
        return f"{self._url}/calendar/{self._sealed([whose], use=_CALENDARS)}.ics"

    def answer(self, grant: AnswerGrant) -> str:
        """What begins the addresses of our doors for this page's answers; "" where nobody out there
        could reach them.
        """
        until = int(grant.expires_at.timestamp())
        told = [grant.page, grant.event, grant.incident, grant.episode, grant.person, until]
        return f"{self._url}/callbacks/{self._sealed(told, use=_ANSWERS)}" if self._public else ""

    def track(self, grant: TrackGrant, *, base: str = "") -> str:
        """The address of a customer's ticket; `base` is how his brand's customers reach us."""
        told = [grant.ticket, grant.brand, int(grant.expires_at.timestamp())]
        return f"{(base or self._url).rstrip('/')}/s/{self._sealed(told, use=_TRACKS)}"

    def pin(self, grant: PinGrant) -> str:
        """The token that a right PIN is changed for; no address, it goes into a header."""
        told = [grant.account, grant.brand, int(grant.expires_at.timestamp())]
        return self._sealed(told, use=_PINS)

    def derived(self, use: str) -> bytes:
        """A key of its own for another use of ours: who knows it learns nothing of the first."""
        return hmac.new(self._key, b"derived/" + use.encode(), hashlib.sha256).digest()

    def read(self, token: str, *, now: datetime) -> Grant:
        """What this link grants. Raises BadLink, or OldLink."""
        incident, episode, person, until = self._opened(token)
        return Grant(incident, episode, person, _fresh(until, now))

    def read_step(self, token: str, *, now: datetime) -> StepGrant:
        """What this link to a question grants. Raises BadLink, or OldLink."""
        run, digest, person, until = self._opened(token, use=_STEPS)
        return StepGrant(run, digest, person, _fresh(until, now))

    def read_proof(self, token: str, *, now: datetime) -> ProofGrant:
        """Which test came. Raises BadLink, or OldLink."""
        code, person, until = self._opened(token, use=_TESTS)
        return ProofGrant(code, person, _fresh(until, now))

    def read_calendar(self, token: str) -> str:
        """Whose shifts are asked for. Raises BadLink."""
        (whose,) = self._opened(token, use=_CALENDARS)
        return str(whose)

    def read_track(self, token: str, *, now: datetime) -> TrackGrant:
        """Whose ticket it is. Raises BadLink, or OldLink."""
        ticket, brand, until = self._opened(token, use=_TRACKS)
        return TrackGrant(ticket, brand, _fresh(until, now))

    def read_pin(self, token: str, *, now: datetime) -> PinGrant:
        """Whose account it is. Raises BadLink, or OldLink."""
        account, brand, until = self._opened(token, use=_PINS)
        return PinGrant(account, brand, _fresh(until, now))

    def read_answer(self, token: str, *, now: datetime) -> AnswerGrant:
        """Which page is answered. Raises BadLink, or OldLink."""
        page, event, incident, episode, person, until = self._opened(token, use=_ANSWERS)
        return AnswerGrant(page, event, incident, episode, person, _fresh(until, now))

    def _sealed(self, told: list[object], *, use: bytes = b"") -> str:
        body = _encode(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode())
        return f"{body}.{self._sign(body, use)}"

    def _opened(self, token: str, *, use: bytes = b"") -> Any:
        body, _, signature = token.partition(".")
        sign = self._sign(body, use).encode()
        if not hmac.compare_digest(sign, signature.encode("utf-8", "replace")):
            raise BadLink("this link was not made here, or it was altered")
        return json.loads(_decode(body))

    def _sign(self, body: str, use: bytes) -> str:
        """A link of one use is none of another: `use` is signed with it."""
        mac = hmac.new(self._key, use + body.encode("utf-8", "replace"), hashlib.sha256)
        return _encode(mac.digest()[:_SIGNATURE])


def _fresh(until: int, now: datetime) -> datetime:
    """Raises OldLink."""
    expires_at = datetime.fromtimestamp(until, UTC)
    if now >= expires_at:
        raise OldLink("this link is too old")
    return expires_at


def pressed(link: str) -> str:
    """The address that takes a bare POST from a button in a message for what this link's page takes
    from a form. A GET does nothing there.
    """
    return f"{link}/yes"


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
