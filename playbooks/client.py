"""One HTTP call to the outside: sent once, bounded in time and size, its trouble in our words."""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

import aiohttp
from pydantic import AfterValidator
from pydantic_core import from_json
from yarl import URL

from playbooks.outside import GoneError, OutsideError, TooLongError

_CHUNK = 1 << 16
_LONGEST_WAIT = 3600.0  # a `Retry-After: 9999999` must not put a page to sleep
_REFUSED_FOR_NOW = frozenset({408, 425, 429, 503})  # nothing was done
_GONE = frozenset({404, 410})


def _callable(told: str) -> str:
    """Checked when the configuration is read, not at 03:10."""
    try:
        url = URL(told)
    except ValueError:
        raise ValueError("is not an address") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("is not an address such as https://pager.example.net/hook")
    return told


# The type of settings that hold an address for `call`.
HttpAddress = Annotated[str, AfterValidator(_callable)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: headers (names in any case), unpacked body, who said it, and when (UTC)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    what: str
    at: datetime

    def json(self) -> Any:
        """The body as JSON, whatever its content type says.

        Raises OutsideError where it is none; ambiguous, since an unreadable yes may be a yes.
        """
        try:
            return from_json(self.body, allow_inf_nan=False)
        except ValueError as error:
            message = f"{self.what} answered {self.status} with a body that is not JSON"
            raise OutsideError(message, transient=True, ambiguous=True) from error


def open_session() -> aiohttp.ClientSession:
    """The one session of the process, without cookies or a proxy; close it at the end.

    A connection serves one call: a server that hangs up an idle one would make a sure call unsure.
    Their number is not limited, so that a hanging provider can't use up what the others need; the
    outbox limits how many calls there are at once.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True, limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "rapid-responder"},
    )
    # aiohttp resends GET, HEAD, OPTIONS, PUT and DELETE once when the server hangs up unanswered,
    # and has no public switch for it. test_client.py fails when this private one goes away.
    session._retry_connection = False
    return session


async def call(
    session: aiohttp.ClientSession,
    method: str,
    url: str | URL,
    *,
    what: str,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    data: bytes | str | Mapping[str, str] | aiohttp.FormData | None = None,
    within: float = 10.0,
    limit: int = 1 << 20,
    tls: ssl.SSLContext | aiohttp.Fingerprint | bool = True,
) -> Answer:
    """Send one request, exactly once, and read at most `limit` bytes of its unpacked answer.

    `what` is the other side's plain name; `within` is seconds for everything together, half of them
    for the connection. Every status is an answer, redirects too (they are not followed). `tls` is
    what makes a certificate good: a context with an authority of its own, or a fingerprint.

    Raises OutsideError: transient while the request can't have left (refused, DNS, no connection in
    time), permanent for an address or certificate that a person must mend, else transient and
    ambiguous (no answer in time, reset, cut answer).
    """
    times = aiohttp.ClientTimeout(total=within, connect=within / 2)
    try:
        async with session.request(
            method,
            url,
            headers=headers,
            json=json,
            data=data,
            timeout=times,
            allow_redirects=False,
            ssl=tls,
        ) as response:
            body = await _read(response, what, limit)
            return Answer(response.status, response.headers, body, what, datetime.now(UTC))
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise _trouble(error, f"{what} ({_place(url)})", within) from error


def refusal(answer: Answer, *, said: str = "") -> OutsideError:
    """The error for a status that is not the adapter's yes.

    408, 425, 429 and 503: refused for now. Any other 5xx, or a yes of the wrong kind: unsure.
    404 and 410: GoneError. The rest, redirects among them: permanent. `said` is the other side's
    reason, free of secrets.
    """
    status = answer.status
    message = f"{answer.what} answered {status}" + (f": {said}" if said else "")
    wait = retry_after(answer.headers, answer.at)
    if status in _GONE:
        return GoneError(message, retry_after=wait)
    unsure = status not in _REFUSED_FOR_NOW and (status >= 500 or status < 300)
    return OutsideError(
        message,
        transient=unsure or status in _REFUSED_FOR_NOW,
        ambiguous=unsure,
        retry_after=wait,
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that `Retry-After` asks us to wait, as a number or a date (RFC 9110, 10.2.3).

    None where there is none or it can't be read; 0 for a date that has passed; an hour at most.
    """
    told = headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]+", told):
        return min(float(told), _LONGEST_WAIT)
    try:
        date = parsedate_to_datetime(told)
    except ValueError:
        return None
    # "-0000" gives a naive date; HTTP dates are always UTC.
    seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT)


async def _read(response: aiohttp.ClientResponse, what: str, limit: int) -> bytes:
    """Counted, as `response.read()` unpacks 300 MiB out of 300 KiB."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > limit:
            raise TooLongError(f"{what} answered more than {limit} bytes")
    return bytes(body)


def _trouble(error: Exception, where: str, within: float) -> OutsideError:
    """aiohttp's many errors in our few; what can't be proved unsent is ambiguous."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return OutsideError(f"{where}: no connection in {within / 2:g} s", transient=True)
        case aiohttp.ClientConnectorCertificateError():
            return OutsideError(f"{where}: its certificate is not valid", transient=False)
        case aiohttp.ServerFingerprintMismatch():
            told = f"its certificate is not the pinned one: its SHA-256 is {error.got.hex()}"
            return OutsideError(f"{where}: {told}", transient=False)
        case aiohttp.ClientConnectorError():
            return OutsideError(f"{where}: {_reason(error.os_error)}", transient=True)
        case TimeoutError():
            message = f"{where}: no complete answer in {within:g} s"
            return OutsideError(message, transient=True, ambiguous=True)
        case aiohttp.NonHttpUrlClientError() | ValueError():
            message = f"{where}: address or headers can't be sent as HTTP"
            return OutsideError(message, transient=False)
        case _:
            message = f"{where}: the connection broke before a complete answer"
            return OutsideError(message, transient=True, ambiguous=True)


def _reason(error: OSError) -> str:
    """asyncio's texts are for programmers, and several refused addresses bring no errno at all."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno).lower()
    return error.strerror or "no connection"


def _place(url: str | URL) -> str:
    """Host and port alone: path, query and userinfo may hold a token."""
    try:
        told = URL(url)
    except ValueError:
        return "unreadable address"
    return f"{told.host}:{told.port}"
