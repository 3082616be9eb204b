"""FreeScout's calls: what we ask of it, and how it says no."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from playbooks.client import Answer, call, refusal
from playbooks.outside import LoginRefusedError, OutsideError
from responder.tickets.freescout_rows import Conversation, Mailbox, Page, Someone, Webhook
from responder.tickets.freescout_settings import FreeScoutTickets

WHAT: Final = "FreeScout"
PAGE: Final = 50  # what its documents show; more is not promised
_LONGEST: Final = 32 << 20
Body = Mapping[str, Any]
Shape = TypeVar("Shape", bound=BaseModel)


class Rest:
    """One FreeScout. Every method raises OutsideError."""

    def __init__(self, settings: FreeScoutTickets, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session

    async def create(self, body: Body) -> str:
        """A new conversation's id, which stands in a header."""
        return _resource(await self._send("POST", "/conversations", body))

    async def conversation(self, number: str) -> Conversation:
        """A conversation with all its threads, a deleted one too. GoneError for none."""
        path = f"/conversations/{_part(number)}?embed=threads"
        return _read(Conversation, await self._send("GET", path))

    async def change(self, number: str, body: Body) -> None:
        """Ask for a change; the answer is empty whatever came of it: judge by reading back."""
        await self._send("PUT", f"/conversations/{_part(number)}", body)

    async def say(self, number: str, body: Body) -> str:
        """A new thread's id."""
        return _resource(await self._send("POST", f"/conversations/{_part(number)}/threads", body))

    async def conversations(
        self,
        asked: Mapping[str, str],
        *,
        by: str = "createdAt",
        order: str = "asc",
        page: int = 1,
    ) -> Sequence[Conversation]:
        """A page of conversations, by FreeScout's words for what is asked."""
        told = {"sortField": by, "sortOrder": order, "page": str(page), "pageSize": str(PAGE)}
        query = urlencode({**told, **asked}, quote_via=quote)
        answer = await self._send("GET", f"/conversations?{query}")
        return _read(Page[Conversation], answer).rows("conversations")

    async def mailboxes(self) -> Sequence[Mailbox]:
        """The mailboxes; the first hundred."""
        answer = await self._send("GET", "/mailboxes?pageSize=100")
        return _read(Page[Mailbox], answer).rows("mailboxes")

    async def user(self, email: str) -> Someone | None:
        """The user of this address."""
        answer = await self._send("GET", f"/users?email={quote(email, safe='')}")
        rows = _read(Page[Someone], answer).rows("users")
        return next((one for one in rows if one.email.lower() == email.lower()), None)

    async def webhooks(self) -> Sequence[Webhook]:
        """Who is called when something happens."""
        answer = await self._send("GET", "/webhooks?pageSize=100")
        return _read(Page[Webhook], answer).rows("webhooks")

    async def now(self) -> datetime:
        """The time there; whole seconds, the current one begun."""
        answer = await self._send("GET", "/mailboxes?pageSize=1")
        try:
            return parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return answer.at.replace(microsecond=0)

    async def _send(self, method: str, path: str, body: Body | None = None) -> Answer:
        answer = await call(
            self._session,
            method,
            f"{self._settings.url}/api{path}",
            what=WHAT,
            # Never `?api_key=`: it would stand in the access log.
            headers={"X-FreeScout-API-Key": self._settings.api_key_file.reveal()},
            json=body,
            within=self._settings.within_seconds,
            limit=_LONGEST,
        )
        if answer.status not in {200, 201, 204}:
            raise _refused(answer)
        return answer


def _refused(answer: Answer) -> OutsideError:
    error = refusal(answer, said=_reason(answer))
    return LoginRefusedError(str(error)) if answer.status == 401 else error


def _part(number: str) -> str:
    return quote(number, safe="")


def _resource(answer: Answer) -> str:
    """The id of what was made. Without it the answer is no answer of FreeScout's API."""
    number = answer.headers.get("Resource-ID", "")
    if answer.status != 201 or not number.isdecimal():
        raise _unreadable(answer)
    return number


def _read(shape: type[Shape], answer: Answer) -> Shape:
    try:
        return shape.model_validate_json(answer.body)
    except ValidationError:
        raise _unreadable(answer) from None  # pydantic's error quotes what customers wrote


def _unreadable(answer: Answer) -> OutsideError:
    """A login page or a proxy's word with a 200: the effect may have happened."""
    message = f"{WHAT} answered {answer.status}, but not as its API does; is `url` right?"
    return OutsideError(message, transient=True, ambiguous=True)


def _reason(answer: Answer) -> str:
    """FreeScout's own words for a refusal, with the fields that it does not like."""
    if answer.status == 401:
        return "it does not accept our key; is api_key_file right?"
    try:
        told = from_json(answer.body)
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    more = told.get("_embedded")
    errors = more.get("errors") if isinstance(more, dict) else None
    fields = [one for one in errors or [] if isinstance(one, dict)]
    said = [f"{one.get('path')}: {one.get('message')}" for one in fields]
    return "; ".join([str(told.get("message") or ""), *said])[:300]
