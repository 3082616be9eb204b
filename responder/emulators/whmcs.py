"""A WHMCS as small as our adapter needs it, over real HTTP, and as bad as it is told."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from responder.emulators.ticket_faults import Fault, Faults
from responder.emulators.whmcs_book import BOT, STAFF, Refused, WhmcsBook, WhmcsTicket
from responder.emulators.whmcs_shapes import listed_shape, ticket_shape

IDENTIFIER: Final = "D4j1dKYE3g40VROOPCGyJ9zRwP0ADJIv"
SECRET: Final = "s" * 32
ADDRESS: Final = "responder@hosting.example"
_RIGHTS: Final = "API Access,List Support Tickets,View Support Ticket,Open New Ticket"
_READS: Final = ("Get",)

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WhmcsPerson:
    """Somebody of the staff, who works in the admin area: nobody is told who flags or moves."""

    book: WhmcsBook
    name: str

    def take(self, ticket: str) -> None:
        """Flag it to himself."""
        self.give(ticket, self.name)

    def give(self, ticket: str, owner: str | None) -> None:
        """Flag it to somebody of the staff, or to nobody."""
        numbers = {name: number for number, (name, _, _) in STAFF.items()}
        self.book.held(ticket).flag = numbers[owner] if owner else "0"

    def reply(self, ticket: str, text: str) -> None:
        """Write publicly: the ticket is then Answered."""
        self.book.reply(ticket, text, by=self.name)

    def note(self, ticket: str, text: str) -> None:
        """Write to the staff."""
        self.book.note(ticket, text, by=self.name)

    def move(self, ticket: str, department: str) -> None:
        """Move it to a department by its name."""
        numbers = {name: number for number, name in self.book.departments.items()}
        self.book.held(ticket).department = numbers[department]

    def turn(self, ticket: str, status: str) -> None:
        """Set the status."""
        self.book.held(ticket).status = status

    def press(self, ticket: str, urgency: str) -> None:
        """Set the priority."""
        self.book.held(ticket).urgency = urgency


class WhmcsEmulator:
    """Tickets in memory; `faults` may be changed at any time and strike what writes.

    `log`: every address that was asked, as an access log has it. `allowed`: may our address call?
    """

    def __init__(self, *, zone: str = "Europe/Berlin") -> None:
        self.book = WhmcsBook(zone=zone)
        self.faults = Faults()
        self.rights = _RIGHTS
        self.allowed = True
        self.url = ""
        self.log: list[str] = []
        self.asked: list[str] = []
        self._port = 0
        self._runner: web.AppRunner | None = None

    def by_subject(self, words: str) -> tuple[WhmcsTicket, ...]:
        """The tickets to be found that were opened with these words in the subject."""
        return tuple(one for one in self.book.tickets.values() if words in one.asked_subject)

    def person(self, name: str) -> WhmcsPerson:
        """Somebody of the staff."""
        return WhmcsPerson(self.book, name)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; after a stop() on the same port as before."""
        app = web.Application(client_max_size=32 << 20)
        app.add_routes([web.post("/includes/api.php", self._serve)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port or self._port).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://{host}:{self._port}"

    async def stop(self) -> None:
        """Refuse connections; the tickets stay."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.log.append(str(request.rel_url))
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form.get("action", ""))
        if refused := self._entry(form):
            return web.json_response({"result": "error", "message": refused}, status=403)
        await asyncio.sleep(self.faults.slow_seconds)
        if form["action"].startswith(_READS) and not self.faults.reads:
            return self._answer(form)

        async def handle(_: web.Request) -> web.Response:
            if Fault.NO_ID in self.faults.next[:1]:
                self.faults.next.pop(0)
            return self._answer(form)

        return await self.faults.strike(request, handle)

    def _entry(self, form: Form) -> str:
        """Why this caller may not in; "" when he may."""
        if not self.allowed:
            return "Invalid IP 127.0.0.1"
        known = form.get("identifier") == IDENTIFIER and form.get("secret") == SECRET
        return "" if known else "Authentication Failed"

    def _answer(self, form: Form) -> web.Response:
        """Refusals are a 200 too."""
        actions: Mapping[str, Callable[[Form], Mapping[str, Any]]] = {
            "OpenTicket": self._open,
            "GetTicket": lambda told: ticket_shape(self.book.held(told["ticketid"])),
            "GetTickets": self._list,
            "UpdateTicket": self._update,
            "AddTicketReply": self._reply,
            "AddTicketNote": self._note,
            "MergeTicket": self._merge,
            "GetSupportDepartments": self._departments,
            "GetSupportStatuses": self._statuses,
            "GetAdminUsers": self._staff,
            "GetAdminDetails": self._me,
        }
        try:
            told = actions[form["action"]](form)
        except Refused as refusal:
            return web.json_response({"result": "error", "message": str(refusal)})
        except KeyError:
            return web.json_response({"result": "error", "message": "Command Not Found"})
        return web.json_response({"result": "success", **told})

    def _open(self, told: Form) -> Mapping[str, Any]:
        ticket = self.book.open(told)
        return {"id": str(ticket.id), "tid": ticket.tid, "c": "KPqH7yG3"}

    def _list(self, told: Form) -> Mapping[str, Any]:
        words, status = told.get("subject", "").lower(), told.get("status", "")
        active = status == "All Active Tickets"
        found = [
            ticket
            for ticket in self.book.tickets.values()
            if words in ticket.subject.lower()
            and (ticket.status != "Closed" if active else status in {"", ticket.status})
        ]
        found.sort(key=lambda ticket: ticket.lastreply, reverse=True)
        start = int(told.get("limitstart", "0"))
        page = found[start : start + int(told.get("limitnum", "25"))]
        rows = [listed_shape(ticket) for ticket in page]
        return {
            "totalresults": str(len(found)),
            "startnumber": start,
            "numreturned": len(page),
            "tickets": {"ticket": rows} if rows else "",
        }

    def _update(self, told: Form) -> Mapping[str, Any]:
        self.book.update(told["ticketid"], told)
        return {"ticketid": told["ticketid"]}

    def _reply(self, told: Form) -> Mapping[str, Any]:
        status, by = told.get("status", ""), told.get("adminusername", "")
        self.book.reply(told["ticketid"], told["message"], by=by, status=status)
        return {}

    def _note(self, told: Form) -> Mapping[str, Any]:
        self.book.note(told["ticketid"], told["message"], by=BOT)
        return {}

    def _merge(self, told: Form) -> Mapping[str, Any]:
        self.book.merge(told["ticketid"], told["mergeticketids"])
        return {"ticketid": told["ticketid"]}

    def _departments(self, _: Form) -> Mapping[str, Any]:
        rows = [{"id": one, "name": name} for one, name in self.book.departments.items()]
        return {"totalresults": len(rows), "departments": {"department": rows}}

    def _statuses(self, _: Form) -> Mapping[str, Any]:
        rows = [{"title": title, "count": 0} for title in self.book.statuses]
        return {"totalresults": len(rows), "statuses": {"status": rows}}

    def _staff(self, _: Form) -> Mapping[str, Any]:
        rows = [
            {"id": int(one), "username": name, "firstname": first, "lastname": last}
            for one, (name, first, last) in STAFF.items()
        ]
        return {"count": len(rows), "admin_users": rows}

    def _me(self, _: Form) -> Mapping[str, Any]:
        return {
            "adminid": "14",
            "name": "Rapid Responder",
            "allowedpermissions": self.rights,
            "departments": ",6,",
            "requesttime": self.book.now(),
        }
