"""Request Tracker's REST2 calls: what we ask of it, and how it says no."""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import structlog
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from playbooks.client import Answer, call, refusal
from playbooks.outside import GoneError, LoginRefusedError, OutsideError, TooLongError
from responder.tickets.rt_rows import (
    AttachmentRow,
    FieldsRow,
    Named,
    Page,
    Sentences,
    TicketRow,
    TransactionRow,
)
from responder.tickets.rt_settings import RtTickets
from responder.tickets.together import portions, together

log = structlog.get_logger(__name__)

WHAT: Final = "Request Tracker"
AT_ONCE: Final = 2  # RT has no rate limit, but few workers, and people need them too
PAGE: Final = 100  # the most that RT gives at once
_TEXTS: Final = 25  # how many people's texts are read at once, each of them up to RT's own limit
_LONGEST: Final = 32 << 20
_TRANSACTION_FIELDS = "Type,Field,OldValue,NewValue,Creator,Created,ObjectId"
_ATTACHMENT_FIELDS = "TransactionId,ContentType,Filename,Content"

Shape = TypeVar("Shape", bound=BaseModel)


def quoted(text: str) -> str:
    """A string for TicketSQL. The backslash first: an unescaped quote changes what is found."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Rest:
    """One Request Tracker, at most two calls at a time. Every method raises OutsideError."""

    def __init__(self, settings: RtTickets, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def create(self, body: Mapping[str, object]) -> str:
        """A new ticket's id. The answer says nothing of fields that RT dropped."""
        answer = await self._send("POST", "/ticket", body=body)
        number = _read(Named, answer).id
        if not number:
            raise _unreadable(answer)
        return number

    async def ticket(self, number: str) -> TicketRow:
        """A ticket; for a merged one the ticket that holds it now. GoneError for a deleted one."""
        row = _read(TicketRow, await self._send("GET", f"/ticket/{number}"))
        if row.status == "deleted":
            raise GoneError(f"{WHAT}: ticket {number} was deleted")
        return row

    async def tickets(self, query: str, *, fields: str) -> tuple[TicketRow, ...]:
        """What TicketSQL finds, oldest first, the first hundred, and never a deleted one.

        Only `fields` and EffectiveId are told: CustomFields take RT five times as long. A query
        that names EffectiveId finds merged tickets too, with the fields that they had.
        """
        told = f"EffectiveId,{fields}"
        asked = {"query": query, "fields": told, "orderby": "id", "per_page": str(PAGE)}
        return _read(Page[TicketRow], await self._send("GET", "/tickets", params=asked)).items

    async def change(self, number: str, body: Mapping[str, object]) -> str:
        """Ask for a change; what RT says to it. A refusal is a 200 too: judge by reading back."""
        return str(_read(Sentences, await self._send("PUT", f"/ticket/{number}", body=body)))

    async def say(self, number: str, text: str, *, public: bool, status: str = "") -> str:
        """Write to the requestors (`public`) or to the staff; what RT says to it."""
        body = {"Content": text, "ContentType": "text/plain", "Status": status}
        kind = "correspond" if public else "comment"
        return str(
            _read(Sentences, await self._send("POST", f"/ticket/{number}/{kind}", body=body))
        )

    async def transactions(
        self, query: str, *, newest_first: bool = False
    ) -> tuple[tuple[TransactionRow, ...], datetime | None]:
        """One page of transactions, oldest first unless told so, and RT's own clock.

        Debian's 5.0.3 gives neither total nor next page here: ask for `id > last` until none come.
        """
        asked = {
            "query": query,
            "fields": _TRANSACTION_FIELDS,
            "orderby": "id",
            "order": "DESC" if newest_first else "ASC",
            "per_page": str(PAGE),
        }
        answer = await self._send("GET", "/transactions", params=asked)
        return _read(Page[TransactionRow], answer).items, _clock(answer)

    async def chosen(self, field: str, transactions: Collection[int]) -> Mapping[int, str]:
        """What was chosen in a custom field of these transactions.

        RT takes 5 ms to tell the fields of one, so that only those are asked for that have it set.
        """
        found = await together(*(self._chosen(field, one) for one in portions(transactions, PAGE)))
        return {number: value for portion in found for number, value in portion.items()}

    async def _chosen(self, field: str, transactions: Sequence[int]) -> Mapping[int, str]:
        these = " OR ".join(f"id = {number}" for number in transactions)
        query = f"ObjectType = 'RT::Ticket' AND ({these}) AND 'CF.{{{field}}}' IS NOT NULL"
        asked = {"query": query, "fields": "CustomFields", "per_page": str(PAGE)}
        page = _read(Page[FieldsRow], await self._send("GET", "/transactions", params=asked))
        return {row.id: row.values(field)[0] for row in page.items if row.values(field)}

    async def words(self, transactions: Collection[int]) -> Mapping[int, str]:
        """What people wrote with these transactions, as plain text; nothing for a mere file."""
        found = dict[int, str]()
        texts = await together(*(self._texts(one) for one in portions(transactions, _TEXTS)))
        for row in (row for portion in texts for row in portion):
            # A mail has its words twice: plain, and as HTML for the eyes.
            if not row.file and (row.type == "text/plain" or row.transaction not in found):
                found[row.transaction] = _text(row)
        return found

    async def _texts(self, numbers: Sequence[int]) -> Sequence[AttachmentRow]:
        """All texts of these transactions, in smaller portions where they are too much for one; a
        single one that is too long for us has none.
        """
        asked = [_is("TransactionId", number) for number in numbers]
        asked.append({"field": "ContentType", "operator": "STARTSWITH", "value": "text/"})
        rows: Sequence[AttachmentRow] = ()
        try:
            rows = await self._attachments("/attachments", asked, fields=_ATTACHMENT_FIELDS)
        except TooLongError:
            log.warning("ticket_words_too_long", transactions=list(numbers))
        else:
            if len(rows) < PAGE:
                return rows
        half = len(numbers) // 2
        if not half:
            return rows
        return [*await self._texts(numbers[:half]), *await self._texts(numbers[half:])]

    async def wrote(self, number: str, mark: str) -> bool:
        """Does this stand in anything that was written to a ticket, or to one merged into it?"""
        asked = [{"field": "Content", "operator": "LIKE", "value": mark}]
        return bool(await self._attachments(f"/ticket/{number}/attachments", asked))

    async def fields(self, name: str) -> frozenset[str]:
        """The numbers of the tickets' custom fields of this name."""
        asked = [
            {"field": "Name", "operator": "=", "value": name},
            {"field": "LookupType", "operator": "=", "value": "RT::Queue-RT::Ticket"},
        ]
        answer = await self._send("POST", "/customfields", params={"fields": "Name"}, body=asked)
        return frozenset(field.id for field in _read(Page[Named], answer).items)

    async def queues(self) -> Sequence[Named]:
        """The queues that our user sees."""
        asked = {"fields": "Name,CorrespondAddress", "per_page": str(PAGE)}
        return _read(Page[Named], await self._send("GET", "/queues/all", params=asked)).items

    async def user(self, number: str) -> str:
        """A user's name; empty where RT has no such user or hides the name from ours."""
        try:
            return _read(Named, await self._send("GET", f"/user/{number}")).name
        except OutsideError as error:
            if error.transient:
                raise
            return ""

    async def ask(
        self,
        shape: type[Shape],
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        method: str = "GET",
    ) -> Shape:
        """Any other question of REST2's, and its answer read as this shape."""
        return _read(shape, await self._send(method, path, params=params, body=body))

    async def _attachments(
        self, path: str, asked: object, *, fields: str = "TransactionId"
    ) -> tuple[AttachmentRow, ...]:
        params = {"fields": fields, "per_page": str(PAGE)}
        return _read(
            Page[AttachmentRow], await self._send("POST", path, params=params, body=asked)
        ).items

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Answer:
        url = f"{self._settings.url}/REST/2.0{path}"
        async with self._slot(writes=method != "GET"):
            answer = await call(
                self._session,
                method,
                f"{url}?{urlencode(params, quote_via=quote)}" if params else url,
                what=WHAT,
                # Never `?token=`: it would stand in RT's access log.
                headers={"Authorization": f"token {self._settings.token_file.reveal()}"},
                json=body,
                within=self._settings.within_seconds,
                limit=_LONGEST,
            )
        if answer.status == 401:
            raise LoginRefusedError(str(refusal(answer, said=_reason(answer))))
        if answer.status not in {200, 201}:
            raise refusal(answer, said=_reason(answer))
        return answer

    @asynccontextmanager
    async def _slot(self, *, writes: bool) -> AsyncIterator[None]:
        """Wait in line; a write no longer than a call lasts, lest its lease runs out meanwhile."""
        within = self._settings.within_seconds if writes else None
        try:
            async with asyncio.timeout(within):
                await self._slots.acquire()
        except TimeoutError:
            message = f"{WHAT} is busy: the calls before this one took {within:g} s and more"
            raise OutsideError(message, transient=True) from None
        try:
            yield
        finally:
            self._slots.release()


def _is(field: str, value: object) -> Mapping[str, object]:
    return {"field": field, "operator": "=", "value": value, "entry_aggregator": "OR"}


def _read(shape: type[Shape], answer: Answer) -> Shape:
    try:
        return shape.model_validate_json(answer.body)
    except ValidationError:
        raise _unreadable(answer) from None  # pydantic's error quotes what customers wrote


def _unreadable(answer: Answer) -> OutsideError:
    """A login page or a proxy's word with a 200: the effect may have happened."""
    message = f"{WHAT} answered {answer.status}, but not as REST2 does; is `url` right?"
    return OutsideError(message, transient=True, ambiguous=True)


def _reason(answer: Answer) -> str:
    """RT's own words for a refusal, less the Perl file and line."""
    if answer.status == 401:
        return "it does not accept our token; is token_file right and our user enabled?"
    try:
        told = from_json(answer.body)
    except ValueError:
        return ""
    said = told.get("message") if isinstance(told, dict) else None
    return re.sub(r" at /\S+ line \d+.*", "", str(said or ""), flags=re.DOTALL)[:300]


def _clock(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return None


def _text(row: AttachmentRow) -> str:
    if row.type != "text/html":
        return row.content
    return html.unescape(re.sub(r"<[^>]*>", "", row.content)).strip()
