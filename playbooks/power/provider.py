"""What APIs of providers share: JSON over HTTPS, ways to say no, orders that take a while."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Final

import aiohttp
import structlog
from pydantic import AfterValidator
from pydantic_core import from_json, to_json
from yarl import URL

from playbooks.client import Answer, HttpAddress, call, refusal
from playbooks.outside import GoneError, OutsideError
from playbooks.power.device import let_in, only_asking, word
from playbooks.power.model import Busy, LoginRefused, WrongDevice
from probes.credentials import Secret
from probes.settings import Json

log = structlog.get_logger(__name__)

_GOOD: Final = frozenset({200, 201, 202, 204})
# 409, 423: another action holds the machine.
_PAUSES: Final = {409: 10.0, 423: 10.0, 429: 60.0}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_LIMIT: Final = 1 << 20


def _address(told: str) -> str:
    """Tokens travel along this line: TLS, or a server on this very machine."""
    url = URL(told)
    if url.query_string or url.fragment or url.user or url.password:
        raise ValueError("is an address without name, password, query and fragment")
    if url.scheme != "https" and not _ours(url.host or ""):
        raise ValueError("must begin with https://")
    return told.rstrip("/")


def _ours(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


ApiAddress = Annotated[HttpAddress, AfterValidator(_address)]
"""The base of a provider's calls, path and all, without a slash at its end."""


def refused(answer: Answer, *, said: str | None = None) -> OutsideError:
    """The error for a status that is no yes, as most providers mean it.

    401, 403: LoginRefused. 404, 410: WrongDevice. 409, 423, 429: Busy. 503: nothing was done. Other
    5xx: unsure. The rest: a person must mend it.
    """
    try:
        let_in(answer)
    except LoginRefused as unwelcome:
        return unwelcome
    error = refusal(answer, said=words(answer) if said is None else said)
    if isinstance(error, GoneError):
        return WrongDevice(str(error))
    if answer.status in _PAUSES:
        return Busy(str(error), pause=error.retry_after or _PAUSES[answer.status])
    return error


def words(answer: Answer) -> str:
    """The provider's own reason for a no, from wherever providers write it; "" where it is none."""
    told = _json_or_none(answer)
    paths = ("error.code", "error.message", "error", "message", "errorMessage", "id")
    found = (word(pluck(told, path)) for path in paths)
    return ": ".join([text for text in found if text][:2])


def error_code(answer: Answer) -> str:
    """`error.code` of a no, as both APIs of Hetzner write it; "" where there is none."""
    return word(pluck(_json_or_none(answer), "error.code"))


def pluck(told: Json, path: str) -> Json:
    """What stands at `server.status`: dotted names of objects, nothing else; None where nothing."""
    for name in path.split("."):
        if not isinstance(told, Mapping):
            return None
        told = told.get(name)
    return told


def plain(told: Json) -> str:
    """A text or a whole number as one clean line; "" for everything else."""
    whole = isinstance(told, int) and not isinstance(told, bool)
    return str(told) if whole else word(told)


def basic(user: str, password: str) -> Mapping[str, str]:
    """The header of a basic login (RFC 7617)."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def bearer(token: str) -> Mapping[str, str]:
    """The header of a login by token (RFC 6750)."""
    return {"Authorization": f"Bearer {token}"}


def owner(driver: str, user: str, secret: Secret) -> str:
    """Whose account it is: by name, or where a token is all there is by the token's file."""
    return f"{driver} {user or getattr(secret, 'path', '')}".strip()


@dataclass(frozen=True, slots=True)
class Api:
    """One provider with a login, for one call or a few. `refused` translates its no."""

    what: str
    url: str
    session: aiohttp.ClientSession
    headers: Mapping[str, str]
    within: float
    tls: ssl.SSLContext | aiohttp.Fingerprint | bool = True
    refused: Callable[[Answer], OutsideError] = refused

    async def read(self, path: str) -> Json:
        """What a GET tells. Raises OutsideError, never ambiguous."""
        with only_asking():
            return (await self.send("GET", path)).json()

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        form: Mapping[str, str] | None = None,
        good: frozenset[int] = _GOOD,
    ) -> Answer:
        """One request, sent once; `body` is JSON. Raises OutsideError for any status but `good`."""
        kind = {"Content-Type": "application/json"} if body is not None else {}
        answer = await call(
            self.session,
            method,
            self.url + path,
            what=self.what,
            headers={**kind, **self.headers},
            data=body if form is None else form,
            within=self.within,
            limit=_LIMIT,
            tls=self.tls,
        )
        if answer.status not in good:
            raise self.refused(answer)
        return answer


def as_json(told: Json) -> bytes:
    """The body of a request."""
    return to_json(told)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order has come; `failure` is the provider's reason, `busy` that nothing was done
    because another order holds the machine.
    """

    over: bool
    failure: str = ""
    busy: bool = False


async def watch(
    look: Callable[[], Awaitable[Progress]],
    *,
    what: str,
    within: float,
    every: float = _LONGEST_PAUSE,
) -> None:
    """Follow an order that was taken until it is over, at most so many seconds: who waits for the
    machine reads its state afterwards, however this ends. A progress that can't be read says
    nothing; a login that is refused by now is not tried again.

    Raises OutsideError (ambiguous, for the order was heard) where the provider says that it failed,
    or Busy.
    """
    clock = asyncio.get_running_loop().time
    ends, pause = clock() + within, min(_FIRST_PAUSE, every)
    while True:
        progress = await _seen(look)
        if progress.failure:
            message = f"{what} took the order, but it failed: {progress.failure}"
            if progress.busy:
                raise Busy(message)
            raise OutsideError(message, transient=True, ambiguous=True)
        if progress.over or clock() + pause >= ends:
            return
        await asyncio.sleep(pause)
        pause = min(2 * pause, every)


async def _seen(look: Callable[[], Awaitable[Progress]]) -> Progress:
    try:
        return await look()
    except LoginRefused as error:
        error.ambiguous = True
        raise
    except OutsideError as error:
        log.debug("progress_unreadable", reason=str(error))
        return Progress(over=False)


def _json_or_none(answer: Answer) -> Json:
    try:
        return from_json(answer.body)
    except ValueError:
        return None
