"""Zendesk's REST calls: what we ask of it, and how it says no or not yet."""

import base64
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import urlencode

import aiohttp
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from playbooks.client import Answer, call, refusal
from playbooks.outside import GoneError, LoginRefusedError, OutsideError
from responder.tickets.line import Line
from responder.tickets.zendesk_rows import (
    Answered,
    Audit,
    Event,
    Job,
    Named,
    TicketRow,
    UserRow,
    moment,
)
from responder.tickets.zendesk_settings import ZendeskTickets

WHAT: Final = "Zendesk"
AT_ONCE: Final = 4
PAGE: Final = 100
_MOST_PAGES: Final = 20
_LONGEST: Final = 32 << 20
_EXPORT: Final = "/incremental/tickets/cursor"
_CLOSED = re.compile("closed prevents ticket update", re.IGNORECASE)

Thing = TypeVar("Thing", bound=BaseModel)


class IdempotencyRefused(OutsideError):
    """Zendesk knows this key, but with other words: there is a ticket already, or soon."""

    def __init__(self) -> None:
        message = f"{WHAT} has been asked with this key before, in other words"
        super().__init__(message, transient=True, ambiguous=True)


class Rest:
    """One Zendesk. Every method raises OutsideError.

    Who was told to wait waits: a call before its time is refused here, without being sent.
    """

    def __init__(self, settings: ZendeskTickets, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session
        self._line = Line(WHAT, at_once=AT_ONCE, within=settings.within_seconds)
        self._until: dict[str, float] = {}  # path of an update or the export, "" for the rest

    async def create(self, ticket: Mapping[str, object], *, key: str) -> TicketRow:
        """A new ticket, or for some hours the one that this very request has made before."""
        told = {"ticket": ticket}
        headers = {"Idempotency-Key": key}
        return _one((await self._read("POST", "/tickets", told, headers=headers)).ticket)

    async def ticket(self, number: str) -> TicketRow:
        """A ticket. GoneError for a deleted one."""
        row = _one((await self._read("GET", f"/tickets/{number}")).ticket)
        if row.status == "deleted":
            raise GoneError(f"{WHAT}: ticket {number} was deleted")
        return row

    async def update(self, number: str, ticket: Mapping[str, object]) -> TicketRow:
        """Change a ticket; how it is afterwards."""
        path = f"/tickets/{number}"
        return _one((await self._read("PUT", path, {"ticket": ticket})).ticket)

    async def by_external(self, told: str) -> Sequence[TicketRow]:
        """The tickets of an external_id, merged ones too."""
        asked = {"external_id": told, "per_page": str(PAGE)}
        return (await self._read("GET", "/tickets", params=asked)).tickets

    async def latest(self) -> tuple[Sequence[TicketRow], datetime]:
        """The tickets that were changed last, and when we asked."""
        asked = {"sort_by": "updated_at", "sort_order": "desc", "per_page": str(PAGE)}
        answer = await self._send("GET", "/tickets", params=asked)
        return _parsed(answer).tickets, answer.at

    async def newest(self, page: int) -> Sequence[TicketRow]:
        """A page of the tickets that were opened last."""
        asked = {"sort_by": "created_at", "sort_order": "desc"}
        paged = {"per_page": str(PAGE), "page": str(page)}
        return (await self._read("GET", "/tickets", params=asked | paged)).tickets

    async def exported(self, cursor: str, *, since: datetime) -> Answered:
        """The next page of tickets that were changed, less those of the last minute.

        At most ten of these calls are answered in a minute.
        """
        asked = {"cursor": cursor} if cursor else {"start_time": str(moment(since))}
        return await self._read("GET", _EXPORT, params=asked)

    async def merged(self, tag: str, ours: str) -> Sequence[TicketRow]:
        """Closed tickets with both tags, the last changed first."""
        query = f"type:ticket tags:{ours} tags:{tag}"
        asked = {"query": query, "sort_by": "updated_at", "sort_order": "desc"}
        return (await self._read("GET", "/search", params=asked)).results

    async def audits(self, number: str) -> Sequence[Audit]:
        """All that was done to a ticket, in order."""
        return await self._all(f"/tickets/{number}/audits", lambda page: page.audits)

    async def comments(self, number: str) -> Sequence[Event]:
        """All that was written in a ticket."""
        return await self._all(f"/tickets/{number}/comments", lambda page: page.comments)

    async def users(self, numbers: Sequence[str]) -> Sequence[UserRow]:
        """These users; one who was deleted is missing."""
        asked = {"ids": ",".join(numbers[:PAGE])}
        return (await self._read("GET", "/users/show_many", params=asked)).users

    async def users_called(self, address: str) -> Sequence[UserRow]:
        """The users of a mail address."""
        asked = {"query": f'email:"{address}"'}
        return (await self._read("GET", "/users/search", params=asked)).users

    async def me(self) -> UserRow:
        """The user whom our token belongs to."""
        return _one((await self._read("GET", "/users/me")).user)

    async def groups(self) -> Sequence[Named]:
        """All groups."""
        return await self._all("/groups", lambda page: page.groups)

    async def fields(self) -> Sequence[Named]:
        """All ticket fields."""
        return await self._all("/ticket_fields", lambda page: page.fields)

    async def create_group(self, name: str) -> None:
        """A new group, without members."""
        await self._send("POST", "/groups", {"group": {"name": name}})

    async def merge(self, number: str, *, into: str, words: tuple[str, str]) -> Job:
        """Ask for a merge; `words` stand in the one that ends and in the other."""
        told = {
            "ids": [int(number)],
            "source_comment": words[0],
            "target_comment": words[1],
            "source_comment_is_public": False,
            "target_comment_is_public": False,
        }
        return _one((await self._read("POST", f"/tickets/{into}/merge", told)).job)

    async def job(self, number: str) -> Job:
        """How far Zendesk is."""
        return _one((await self._read("GET", f"/job_statuses/{number}")).job)

    async def _all(self, path: str, part: Callable[[Answered], Sequence[Thing]]) -> Sequence[Thing]:
        found, after = list[Thing](), ""
        for _ in range(_MOST_PAGES):
            asked = {"page[size]": str(PAGE), **({"page[after]": after} if after else {})}
            page = await self._read("GET", path, params=asked)
            found += part(page)
            after = page.meta.after
            if not page.meta.has_more or not after:
                break
        return found

    async def _read(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        return _parsed(await self._send(method, path, body, params=params, headers=headers))

    async def _send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        url = f"{self._settings.url}/api/v2{path}"
        within = self._settings.within_seconds
        limited = path if method == "PUT" or path.startswith(_EXPORT) else ""
        self._must_wait(limited)
        async with self._line.turn():
            answer = await call(
                self._session,
                method,
                f"{url}?{urlencode(params)}" if params else url,
                what=WHAT,
                headers={"Authorization": self._entry(), **(headers or {})},
                json=body,
                within=within,
                limit=_LONGEST,
            )
        if answer.status in {200, 201}:
            return answer
        error = _refused(answer)
        if answer.status == 429 and error.retry_after:
            self._until[limited] = time.monotonic() + error.retry_after
        raise error

    def _must_wait(self, limited: str) -> None:
        left = self._until.get(limited, 0.0) - time.monotonic()
        if left > 0:
            message = f"{WHAT} asked us to wait for {left:.0f} s more"
            raise OutsideError(message, transient=True, retry_after=left)

    def _entry(self) -> str:
        told = f"{self._settings.user}/token:{self._settings.token_file.reveal()}"
        return f"Basic {base64.b64encode(told.encode()).decode()}"


def _parsed(answer: Answer) -> Answered:
    try:
        return Answered.model_validate_json(answer.body)
    except ValidationError:  # pydantic's error quotes what customers wrote
        message = f"{WHAT} answered {answer.status}, but not as its API does; is `url` right?"
        raise OutsideError(message, transient=True, ambiguous=True) from None


def _one(thing: Thing | None) -> Thing:
    if thing is None:
        message = f"{WHAT} answered, but not as its API does; is `url` right?"
        raise OutsideError(message, transient=True, ambiguous=True)
    return thing


def _refused(answer: Answer) -> OutsideError:
    said, kind = _reason(answer)
    if kind == "IdempotentRequestError":
        return IdempotencyRefused()
    if answer.status == 422 and _CLOSED.search(said):
        return GoneError(f"{WHAT}: the ticket is closed for good")
    if answer.status == 409:
        return OutsideError(f"{WHAT} answered 409: {said}", transient=True)
    if answer.status in {401, 403}:
        said = f"{said}; are user and token_file right, and is the user an administrator?"
    error = refusal(answer, said=said)
    return LoginRefusedError(str(error)) if answer.status == 401 else error


def _reason(answer: Answer) -> tuple[str, str]:
    """What Zendesk says, and its word for the error."""
    try:
        told = from_json(answer.body)
    except ValueError:
        return "", ""
    if not isinstance(told, dict):
        return "", ""
    error = told.get("error")
    kind = error if isinstance(error, str) else ""
    details = told.get("details")
    lists = details.values() if isinstance(details, dict) else ()
    parts = [
        str(one.get("description", ""))
        for many in lists
        if isinstance(many, list)
        for one in many
        if isinstance(one, dict)
    ]
    said = "; ".join([str(told.get("description") or kind), *parts])
    return said[:300], kind
