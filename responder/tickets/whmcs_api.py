"""WHMCS's API calls: forms to one address, where a refusal is an HTTP 200 as well."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

from playbooks.client import Answer, call, refusal
from playbooks.outside import GoneError, LoginRefusedError, OutsideError
from responder.tickets.line import Line
from responder.tickets.whmcs_rows import (
    Admin,
    Admins,
    Department,
    Departments,
    Listed,
    ListedRow,
    Me,
    Opened,
    Said,
    Statuses,
    TicketRow,
)
from responder.tickets.whmcs_settings import WhmcsTickets

WHAT: Final = "WHMCS"
AT_ONCE: Final = 2  # no limit is published; it is PHP beside the shop
PAGE: Final = 100
_MOST_PAGES: Final = 50
_LONGEST: Final = 16 << 20
_NO_TICKET = re.compile(r"ticket (id|number)? ?not found", re.IGNORECASE)
_NO_ENTRY = re.compile(r"authentication failed|invalid ip|api access|permission", re.IGNORECASE)
_ADVICE: Final = "are identifier, secret_file, the API role and the allowed addresses right?"

Shape = TypeVar("Shape", bound=BaseModel)


class Api:
    """One WHMCS, at most two calls at a time. Every method raises OutsideError."""

    def __init__(self, settings: WhmcsTickets, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session
        self._line = Line(WHAT, at_once=AT_ONCE, within=settings.within_seconds)

    async def create(self, told: Mapping[str, str]) -> str:
        """The number of a new ticket (OpenTicket)."""
        return _read(Opened, await self._send("OpenTicket", told)).id

    async def ticket(self, number: str) -> tuple[TicketRow, datetime]:
        """A ticket with its words, and when it was told. GoneError where there is none."""
        answer = await self._send("GetTicket", {"ticketid": number, "repliessort": "ASC"})
        return _read(TicketRow, answer), answer.at

    async def tickets(self, *, subject: str, status: str = "", most: int = 0) -> list[ListedRow]:
        """Tickets whose subject holds these words, the last answered first, all pages.

        Tickets of departments that our user is no member of are told too. `most`: stop there.
        """
        found = dict[str, ListedRow]()
        for number in range(_MOST_PAGES):
            asked = {"subject": subject, "limitstart": str(number * PAGE), "limitnum": str(PAGE)}
            if status:
                asked["status"] = status
            answer = await self._send("GetTickets", asked | {"ignore_dept_assignments": "true"})
            page = _read(Listed, answer)
            found |= {row.id: row for row in page.tickets}
            if len(page.tickets) < PAGE or (most and len(found) >= most):
                break
        return list(found.values())

    async def latest(self, page: int) -> Sequence[ListedRow]:
        """A page of all tickets, the last answered first: a new one counts as answered."""
        asked = {"limitstart": str((page - 1) * PAGE), "limitnum": str(PAGE)}
        answer = await self._send("GetTickets", asked | {"ignore_dept_assignments": "true"})
        return _read(Listed, answer).tickets

    async def update(self, number: str, told: Mapping[str, str]) -> None:
        """Ask for a change; whether it was made only the ticket itself tells."""
        await self._send("UpdateTicket", {"ticketid": number, **told})

    async def note(self, number: str, text: str) -> None:
        """Write to the staff."""
        await self._send("AddTicketNote", {"ticketid": number, "message": text})

    async def reply(self, number: str, text: str, *, by: str, status: str) -> None:
        """Write to the customer as the admin of this user name; `status` is how it then stands."""
        told = {"ticketid": number, "message": text, "adminusername": by, "status": status}
        await self._send("AddTicketReply", told)

    async def merge(self, number: str, *, into: str) -> None:
        """Merge one ticket into another, for ever."""
        await self._send("MergeTicket", {"ticketid": into, "mergeticketids": number})

    async def departments(self) -> Sequence[Department]:
        """Every department, whoever is a member."""
        asked = {"ignore_dept_assignments": "true"}
        return _read(Departments, await self._send("GetSupportDepartments", asked)).departments

    async def statuses(self) -> Sequence[str]:
        """The words for how a ticket may stand."""
        told = _read(Statuses, await self._send("GetSupportStatuses", {}))
        return [status.title for status in told.statuses]

    async def admins(self) -> Sequence[Admin]:
        """The staff, those who left too."""
        return _read(Admins, await self._send("GetAdminUsers", {"include_disabled": "true"})).people

    async def me(self) -> tuple[Me, datetime]:
        """The admin user of our credentials, and when it was told."""
        answer = await self._send("GetAdminDetails", {})
        return _read(Me, answer), answer.at

    async def _send(self, action: str, told: Mapping[str, str]) -> Answer:
        async with self._line.turn():
            answer = await call(
                self._session,
                "POST",
                f"{self._settings.url}/includes/api.php",
                what=WHAT,
                data=self._form(action, told),
                within=self._settings.within_seconds,
                limit=_LONGEST,
            )
        said = _said(answer)
        if said is None:
            raise _unreadable(answer) if answer.status < 300 else refusal(answer)
        if said.result != "success":
            raise _refused(action, said.message)
        return answer

    def _form(self, action: str, told: Mapping[str, str]) -> Mapping[str, str]:
        """Credentials in the body: an address stands in the access log of the web server."""
        key = self._settings.access_key_file
        return {
            "identifier": self._settings.identifier,
            "secret": self._settings.secret_file.reveal(),
            **({"accesskey": key.reveal()} if key else {}),
            "action": action,
            "responsetype": "json",
            **told,
        }


def _said(answer: Answer) -> Said | None:
    try:
        return Said.model_validate_json(answer.body)
    except ValidationError:
        return None


def _read(shape: type[Shape], answer: Answer) -> Shape:
    try:
        return shape.model_validate_json(answer.body)
    except ValidationError:
        raise _unreadable(answer) from None  # pydantic's error quotes what customers wrote


def _unreadable(answer: Answer) -> OutsideError:
    """A login page or a proxy's word with a 200: the effect may have happened."""
    message = f"{WHAT} answered {answer.status}, but not as its API does; is `url` right?"
    return OutsideError(message, transient=True, ambiguous=True)


def _refused(action: str, message: str) -> OutsideError:
    said = message[:300] or "no reason given"
    if _NO_TICKET.search(said):
        return GoneError(f"{WHAT}: {said}")
    told = f"{WHAT} refused {action}: {said}"
    if _NO_ENTRY.search(said):
        return LoginRefusedError(f"{told}; {_ADVICE}")
    return OutsideError(told, transient=False)
