"""Zammad's calls: what we ask of it, and how it says no."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from playbooks.client import Answer, call, refusal
from playbooks.outside import LoginRefusedError, OutsideError
from responder.tickets.zammad_rows import (
    ArticleRow,
    AttributeRow,
    Body,
    Entry,
    History,
    Merge,
    Named,
    TicketRow,
    UserRow,
)
from responder.tickets.zammad_settings import ZammadTickets

WHAT: Final = "Zammad"
PAGE: Final = 200  # the most that a search gives at once
_LONGEST: Final = 32 << 20
_NOT_UNDERSTOOD: Final = frozenset({422, 500})
Condition = Mapping[str, tuple[str, str]]  # attribute -> operator, value
Shape = TypeVar("Shape")

_TICKET: Final = TypeAdapter(TicketRow)
_TICKETS: Final = TypeAdapter(tuple[TicketRow, ...])
_ARTICLE: Final = TypeAdapter(ArticleRow)
_ARTICLES: Final = TypeAdapter(tuple[ArticleRow, ...])
_USER: Final = TypeAdapter(UserRow)
_USERS: Final = TypeAdapter(tuple[UserRow, ...])
_NAMED: Final = TypeAdapter(tuple[Named, ...])
_HISTORY: Final = TypeAdapter(History)
_MERGE: Final = TypeAdapter(Merge)
_ATTRIBUTES: Final = TypeAdapter(tuple[AttributeRow, ...])


class UnsearchableError(OutsideError):
    """A search by something that Zammad does not know; or it is in trouble of its own."""

    def __init__(self, answer: Answer) -> None:
        words = f"{WHAT} answered {answer.status} to a search"
        super().__init__(words, transient=answer.status >= 500)


class Rest:
    """One Zammad. Every method raises OutsideError."""

    def __init__(self, settings: ZammadTickets, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session

    async def create(self, body: Body) -> TicketRow:
        """A new ticket as it came to be. Attributes that Zammad does not know are dropped."""
        return _read(_TICKET, await self._send("POST", "/tickets?expand=true", body))

    async def ticket(self, number: str) -> TicketRow:
        """A ticket, a merged one too. GoneError for a deleted one."""
        return _read(_TICKET, await self._send("GET", f"/tickets/{_part(number)}?expand=true"))

    async def change(self, number: str, body: Body) -> None:
        """Ask for a change; what came of it is seen by reading the ticket again."""
        _read(_TICKET, await self._send("PUT", f"/tickets/{_part(number)}?expand=true", body))

    async def search(
        self, condition: Condition, *, by: str = "id", order: str = "asc", page: int = 1
    ) -> tuple[TicketRow, ...]:
        """Tickets for which all of this holds, a page of at most PAGE.

        By condition and not by `query`: where there is a search index, words go to it, and it lags;
        conditions are answered by the database. A condition that it does not understand makes it
        answer with everything, or with 500: UnsearchableError.
        """
        asked = {
            "expand": "true",
            "per_page": str(PAGE),
            "page": str(page),
            "sort_by": by,
            "order_by": order,
        }
        for attribute, (operator, value) in condition.items():
            asked[f"condition[ticket.{attribute}][operator]"] = operator
            asked[f"condition[ticket.{attribute}][value]"] = value
        path = f"/tickets/search?{urlencode(asked, quote_via=quote)}"
        answer = await self._call("GET", path)
        if answer.status in _NOT_UNDERSTOOD:
            raise UnsearchableError(answer)
        return _read(_TICKETS, _good(answer))

    async def history(self, number: str) -> tuple[Entry, ...]:
        """All that happened to a ticket, oldest first."""
        found = _read(_HISTORY, await self._send("GET", f"/ticket_history/{_part(number)}"))
        return tuple(sorted(found.history, key=lambda entry: entry.id))

    async def say(
        self, number: str, text: str, *, internal: bool, kind: str = "note", to: str = ""
    ) -> None:
        """Write an article. An internal e-mail is refused here: Zammad would send it all the same
        (its documentation, ticket articles).
        """
        if internal and kind != "note":
            message = f"internal words for ticket {number} are never sent as {kind}"
            raise OutsideError(f"{WHAT}: {message}", transient=False)
        body = {
            "ticket_id": int(number),
            "body": text,
            "content_type": "text/plain",
            "type": kind,
            "internal": internal,
            "sender": "Agent",
        }
        told = body | ({"to": to} if to else {})
        _read(_ARTICLE, await self._send("POST", "/ticket_articles", told))

    async def article(self, number: int) -> ArticleRow:
        """One article, wherever a merge has taken it."""
        return _read(_ARTICLE, await self._send("GET", f"/ticket_articles/{number}?expand=true"))

    async def articles(self, number: str) -> tuple[ArticleRow, ...]:
        """All articles of a ticket, oldest first."""
        path = f"/ticket_articles/by_ticket/{_part(number)}?expand=true"
        return _read(_ARTICLES, await self._send("GET", path))

    async def merge(self, source: str, target: TicketRow) -> str:
        """Merge one ticket into another; what Zammad says to it, "" when it agrees."""
        path = f"/ticket_merge/{_part(source)}/{_part(target.number)}"
        said = _read(_MERGE, await self._send("PUT", path, {}))
        return "" if said.result == "success" else said.message or said.result

    async def user(self, number: int | str) -> UserRow:
        """A user; `me` is our own."""
        return _read(_USER, await self._send("GET", f"/users/{number}"))

    async def users(self, words: str) -> tuple[UserRow, ...]:
        """Users who are found by these words; the index may not have all of them."""
        path = f"/users/search?query={quote(words, safe='')}&limit=50"
        return _read(_USERS, await self._send("GET", path))

    async def named(self, what: str) -> tuple[Named, ...]:
        """The groups, ticket_states or ticket_priorities that there are for us."""
        return _read(_NAMED, await self._send("GET", f"/{what}?per_page=500"))

    async def attributes(self) -> frozenset[str]:
        """The names of the ticket's attributes (needs the permission admin.object)."""
        rows = _read(_ATTRIBUTES, await self._send("GET", "/object_manager_attributes"))
        return frozenset(row.name for row in rows if row.object in {"", "Ticket"})

    async def make(self, path: str, body: Body) -> None:
        """Create something of Zammad's own set-up."""
        await self._send("POST", path, body)

    async def now(self) -> datetime:
        """The time there; whole seconds, the current one begun."""
        answer = await self._send("GET", "/users/me")
        try:
            told = parsedate_to_datetime(answer.headers["Date"])
        except (KeyError, ValueError):
            return answer.at.replace(microsecond=0)
        return told.astimezone(UTC)

    async def _send(self, method: str, path: str, body: Body | None = None) -> Answer:
        return _good(await self._call(method, path, body))

    async def _call(self, method: str, path: str, body: Body | None = None) -> Answer:
        return await call(
            self._session,
            method,
            f"{self._settings.url}/api/v1{path}",
            what=WHAT,
            headers={"Authorization": f"Token token={self._settings.token_file.reveal()}"},
            json=body,
            within=self._settings.within_seconds,
            limit=_LONGEST,
        )


def _good(answer: Answer) -> Answer:
    if answer.status not in {200, 201}:
        error = refusal(answer, said=_reason(answer))
        raise LoginRefusedError(str(error)) if answer.status == 401 else error
    return answer


def _part(number: str) -> str:
    return quote(number, safe="")


def _read(shape: TypeAdapter[Shape], answer: Answer) -> Shape:
    try:
        return shape.validate_json(answer.body)
    except ValidationError:
        # A login page with a 200: the effect may have happened. pydantic's error quotes customers.
        message = f"{WHAT} answered {answer.status}, but not as its API does; is `url` right?"
        raise OutsideError(message, transient=True, ambiguous=True) from None


def _reason(answer: Answer) -> str:
    """Zammad's own words for a refusal."""
    if answer.status == 401:
        return "it does not accept our token; is token_file right and our user active?"
    try:
        told = from_json(answer.body)
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    return str(told.get("error_human") or told.get("error") or "")[:300]
