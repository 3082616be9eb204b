"""A page as JSON to any address, signed if wished."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from playbooks.client import HttpAddress, call, refusal
from playbooks.plain import many_lines, one_line, short_key
from playbooks.ports import Page, Receipt
from responder.secrets import SecretFile, SecretText

_WHAT = "the webhook"

HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")]


class WebhookMethod(BaseModel):
    """An address that takes pages.

    `secret_file` signs them (see `signature`). `headers` are sent along; their values are
    references, for instance `Authorization: ${file:secrets/hook}`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["webhook"]
    url: HttpAddress
    secret_file: SecretFile | None = None
    headers: Mapping[HeaderName, SecretText] = Field(default_factory=dict)


class Webhook:
    """Not keyed: a request has the page's key as `Idempotency-Key`, but who knows who listens."""

    keyed = False

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def page(self, page: Page, method: WebhookMethod) -> Receipt:
        """Any 2xx is a yes. Raises OutsideError: other answers as `refusal` says."""
        body = json.dumps(message(page)).encode()
        headers = {name.title(): told.reveal() for name, told in method.headers.items()}
        headers |= {"Content-Type": "application/json", "Idempotency-Key": header_key(page.key)}
        if method.secret_file:
            secret = method.secret_file.reveal()
            headers["X-Responder-Signature"] = signature(secret, body, at=int(time.time()))
        answer = await call(
            self._session, "POST", method.url, what=_WHAT, headers=headers, data=body
        )
        if not 200 <= answer.status < 300:
            raise refusal(answer)
        return Receipt(reference=page.key, detail=str(answer.status))


def message(page: Page) -> Mapping[str, Any]:
    """The body: `version` grows when a field changes its meaning; new fields may come at any time.

    `event` is a word of PageEvent, `at` RFC 3339 or null, `server` a name or null, `link` and
    `short` (an SMS) may be empty. The same `key` is the same page; the same `thread` the same
    incident.
    """
    return {
        "version": 1,
        "key": page.key,
        "thread": page.thread,
        "event": page.event,
        "person": one_line(page.person),
        "step": page.step,
        "incident": one_line(page.incident),
        "priority": page.priority,
        "title": one_line(page.title),
        "text": many_lines(page.text),
        "server": None if page.server is None else one_line(page.server),
        "link": one_line(page.link, limit=2000),
        "short": many_lines(page.short, limit=2000),
        "at": page.at.isoformat() if page.at else None,
    }


def signature(secret: str, body: bytes, *, at: int) -> str:
    """`t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256 of the secret over `<t>.<body>`.

    Who receives it compares in constant time over the raw body, and refuses a `t` of long ago.
    """
    told = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={told.hexdigest()}"


def header_key(key: str) -> str:
    """The key in the letters that a header may have; different keys stay different."""
    return quote(short_key(key), safe=":/@#,+= ", errors="replace")
