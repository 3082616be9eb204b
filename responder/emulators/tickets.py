"""A Request Tracker as small as our adapter needs it, over real HTTP, and as bad as it is told."""

import asyncio
import base64
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from responder.emulators.ticket_book import BOT, FIELDS, QUEUES, EmulatedTicket, TicketBook
from responder.emulators.ticket_faults import Faults
from responder.emulators.ticket_shapes import (
    USEFUL,
    USEFUL_ID,
    columns,
    field_shape,
    page,
    queue_shape,
    ticket_shape,
    transaction_columns,
    transaction_shape,
    wanted,
)
from responder.emulators.ticket_sql import BadQuery, condition

TOKEN: Final = f"1-14-{'e' * 32}"
PEOPLE: Final = ("dana", "alice", "albert", "bob", "carol", "erin")
_BASE = "/REST/2.0"
_SEARCHES = ("/attachments", "/customfields")  # REST2 takes these by POST


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the staff, or a customer by his address, who works in the ticket system."""

    book: TicketBook
    name: str

    def take(self, ticket: int | str) -> None:
        """Become the owner."""
        self.book.change(self.name, int(ticket), {"Owner": self.name})

    def reply(self, ticket: int | str, text: str, *, useful: str = "") -> None:
        """Write publicly."""
        self.book.say(self.name, int(ticket), text, public=True, useful=useful)

    def note(self, ticket: int | str, text: str) -> None:
        """Write to the staff."""
        self.book.say(self.name, int(ticket), text, public=False)

    def change(self, ticket: int | str, **told: object) -> None:
        """Set RT's Status, Owner, Queue, Priority, CustomFields or MergeInto."""
        self.book.change(self.name, int(ticket), told)


class TicketEmulator:
    """Tickets in memory; `faults` may be changed at any time.

    Who knows `token` is the user `responder`; everybody of PEOPLE gets in by name and any password.
    `unique_keys`: no two tickets keep the same incident key, as the custom field should be set up.
    """

    token = TOKEN

    def __init__(self, *, unique_keys: bool = True) -> None:
        self.book = TicketBook(unique_keys=unique_keys)
        self.faults = Faults()
        self.url = ""
        self._port = 0
        self._runner: web.AppRunner | None = None
        for name in PEOPLE:
            self.book.number_of(name)

    @property
    def tickets(self) -> tuple[EmulatedTicket, ...]:
        """Every ticket that a person would find: not merged into another, not deleted."""
        return tuple(ticket for ticket in self.book.tickets.values() if ticket.visible)

    def by_key(self, key: str) -> tuple[EmulatedTicket, ...]:
        """The tickets to be found that were asked for with this key; more than one is a double."""
        return tuple(ticket for ticket in self.tickets if ticket.asked_key == key)

    def person(self, name: str) -> Person:
        """Somebody who works in it."""
        return Person(self.book, name)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; after a stop() on the same port as before."""
        app = web.Application(middlewares=[self._serve], client_max_size=32 << 20)
        app.add_routes(self._routes())
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

    def _routes(self) -> Iterable[web.RouteDef]:
        ticket = _BASE + r"/ticket/{id:\d+}"
        return (
            web.get(f"{_BASE}/rt", self._version),
            web.get(f"{_BASE}/queues/all", self._queues),
            web.get(_BASE + r"/user/{id:\d+}", self._user),
            web.get(_BASE + "/user/{name}", self._named_user),
            web.get(_BASE + "/queue/{name}", self._queue),
            web.post(_BASE + "/queue", self._forbidden),
            web.post(_BASE + "/customfield", self._forbidden),
            web.get(_BASE + r"/customfield/{id:\d+}", self._field),
            web.post(f"{_BASE}/customfields", self._fields),
            web.get(f"{_BASE}/tickets", self._search),
            web.get(f"{_BASE}/transactions", self._history),
            web.post(f"{_BASE}/ticket", self._create),
            web.get(ticket, self._show),
            web.put(ticket, self._change),
            web.post(ticket + "/{kind:comment|correspond}", self._say),
            web.post(ticket + "/attachments", self._attachments),
            web.post(f"{_BASE}/attachments", self._attachments),
        )

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await request.read()
        if not self._who(request):
            return web.json_response({"message": "Unauthorized"}, status=401)
        await asyncio.sleep(self.faults.slow_seconds)
        reads = request.method == "GET" or request.path.endswith(_SEARCHES)
        if reads and not self.faults.reads:
            return await self._answer(request, handler)
        return await self.faults.strike(request, lambda asked: self._answer(asked, handler))

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except KeyError:
            return web.json_response({"message": "Not Found"}, status=404)
        except BadQuery as error:
            return web.json_response({"message": f"Wrong query, {error}"}, status=400)
        answer.force_close()  # as RT's own server does
        return answer

    def _who(self, request: web.Request) -> str:
        """The user's name; empty for a stranger."""
        kind, _, told = request.headers.get("Authorization", "").partition(" ")
        if kind == "token":
            return BOT if told == self.token else ""
        name = base64.b64decode(told).decode().partition(":")[0] if kind == "Basic" else ""
        return name if name in PEOPLE else ""

    async def _version(self, request: web.Request) -> web.Response:
        return web.json_response({"Version": "5.0.3"})

    async def _queues(self, request: web.Request) -> web.Response:
        rows = ((str(number), name, f"{name}@hosting.test") for name, number in QUEUES.items())
        return page({"id": one, "Name": name, "CorrespondAddress": to} for one, name, to in rows)

    async def _user(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        names = {known: name for name, known in self.book.users.items()}
        return web.json_response({"id": number, "Name": names[number]})

    async def _fields(self, request: web.Request) -> web.Response:
        asked = {limit["field"]: limit["value"] for limit in await request.json()}
        number = {**FIELDS, USEFUL: USEFUL_ID}.get(asked["Name"])
        return page([{"id": str(number), "Name": asked["Name"]}] if number else [])

    async def _named_user(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return web.json_response({"id": self.book.users[name], "Name": name})

    async def _queue(self, request: web.Request) -> web.Response:
        return web.json_response(queue_shape(request.match_info["name"]))

    async def _field(self, request: web.Request) -> web.Response:
        return web.json_response(field_shape(int(request.match_info["id"])))

    async def _forbidden(self, request: web.Request) -> web.Response:
        """Our user is no administrator."""
        return web.json_response({"message": "Forbidden"}, status=403)

    async def _create(self, request: web.Request) -> web.Response:
        told = await request.json()
        queue = told.get("Queue")
        if queue not in QUEUES:
            message = f"No permission to create tickets in the queue '{queue}'"
            return web.json_response({"message": message}, status=403)
        number = self.book.create(self._who(request), told)
        return web.json_response({"id": str(number), "type": "ticket"}, status=201)

    async def _show(self, request: web.Request) -> web.Response:
        ticket = self.book.held(int(request.match_info["id"]))
        # A number here, a string everywhere else.
        return web.json_response(ticket_shape(ticket) | {"id": ticket.id})

    async def _change(self, request: web.Request) -> web.Response:
        number, told = int(request.match_info["id"]), await request.json()
        return web.json_response(self.book.change(self._who(request), number, told))

    async def _say(self, request: web.Request) -> web.Response:
        number, told = int(request.match_info["id"]), await request.json()
        said = self.book.say(
            self._who(request),
            number,
            told["Content"],
            public=request.match_info["kind"] == "correspond",
            status=told.get("Status", ""),
            useful=(told.get("TxnCustomFields") or {}).get("Useful", ""),
        )
        return web.json_response(said, status=201)

    async def _search(self, request: web.Request) -> web.Response:
        query = request.query["query"]
        holds, merged_too = condition(query), "EffectiveId" in query
        searchable = time.monotonic() - self.faults.lag_seconds
        found = (
            ticket_shape(ticket)
            for ticket in self.book.tickets.values()
            if ticket.born <= searchable
            and ticket.status != "deleted"
            and (merged_too or ticket.visible)
            and holds(columns(ticket))
        )
        return page(found, request)

    async def _history(self, request: web.Request) -> web.Response:
        holds = condition(request.query["query"])
        lines = self.book.transactions
        told = reversed(lines) if request.query.get("order") == "DESC" else lines
        found = (transaction_shape(line) for line in told if holds(transaction_columns(line)))
        return page(found, request)

    async def _attachments(self, request: web.Request) -> web.Response:
        holds = wanted(await request.json())
        number = request.match_info.get("id")
        home = self.book.held(int(number)).id if number else 0
        found = (
            {"TransactionId": str(line.id), "ContentType": "text/plain", "Content": line.text}
            for line in self.book.transactions
            if line.text and (not home or self.book.held(line.ticket).id == home) and holds(line)
        )
        return page(found, request)
