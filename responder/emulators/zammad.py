"""A Zammad as small as our adapter needs it, over real HTTP, and as bad as it is told."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from responder.emulators.ticket_faults import Faults
from responder.emulators.zammad_book import (
    BOT,
    PRIORITIES,
    STATES,
    EmulatedTicket,
    Refusal,
    ZammadBook,
)
from responder.emulators.zammad_people import Person, article_shape, row_shape

TOKEN: Final = "z" * 40
HOOK_KEY: Final = "hub-key"
PEOPLE: Final = ("dana", "alice", "albert", "bob", "carol", "erin")
_BASE = "/api/v1"


class ZammadEmulator:
    """Tickets in memory; `faults` and the book's may be changed at any time.

    `stale`: tickets that the search does not show as changed yet. `admin`: may our user see and
    create attributes and groups?
    """

    token = TOKEN
    secret = HOOK_KEY

    def __init__(self) -> None:
        self.book = ZammadBook()
        self.faults = Faults()
        self.stale: set[int] = set()
        self.admin = True
        self.url = ""
        self.calls: list[str] = []
        self._runner: web.AppRunner | None = None
        for name in PEOPLE:
            self.book.number_of(name)

    def person(self, name: str) -> Person:
        """Somebody who works in it."""
        return Person(self.book, name)

    def visible(self, subject: str) -> tuple[EmulatedTicket, ...]:
        """The tickets that a person would find by these words; more than one is a double."""
        held = self.book.tickets.values()
        return tuple(one for one in held if subject in one.title and one.state != "merged")

    def hook(self, ticket: int | str) -> tuple[bytes, Mapping[str, str]]:
        """What its webhook posts about a ticket: body and headers."""
        row = self.book.tickets[int(ticket)]
        body = json.dumps({"ticket": {"id": row.id, "title": row.title}, "article": {}}).encode()
        sign = hmac.new(self.secret.encode(), body, hashlib.sha1).hexdigest()
        return body, {"X-Hub-Signature": f"sha1={sign}", "X-Zammad-Trigger": "Responder"}

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen."""
        app = web.Application(middlewares=[self._serve], client_max_size=32 << 20)
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Refuse connections; the tickets stay."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    def _routes(self) -> Iterable[web.RouteDef]:
        return (
            web.get(f"{_BASE}/users/search", self._users),
            web.get(_BASE + r"/users/{id:\w+}", self._user),
            web.get(f"{_BASE}/tickets/search", self._search),
            web.post(f"{_BASE}/tickets", self._create),
            web.get(_BASE + r"/tickets/{id:\d+}", self._show),
            web.put(_BASE + r"/tickets/{id:\d+}", self._change),
            web.put(_BASE + r"/ticket_merge/{id:\d+}/{number:\d+}", self._merge),
            web.get(_BASE + r"/ticket_history/{id:\d+}", self._history),
            web.post(f"{_BASE}/ticket_articles", self._say),
            web.get(_BASE + r"/ticket_articles/{id:\d+}", self._article),
            web.get(_BASE + r"/ticket_articles/by_ticket/{id:\d+}", self._articles),
            web.get(_BASE + "/{what:groups|ticket_states|ticket_priorities}", self._named),
            web.post(f"{_BASE}/groups", self._make_group),
            web.get(f"{_BASE}/object_manager_attributes", self._attributes),
            web.post(f"{_BASE}/object_manager_attributes", self._make_attribute),
            web.post(f"{_BASE}/object_manager_attributes_execute_migrations", self._migrate),
        )

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await request.read()
        self.calls.append(f"{request.method} {request.path_qs}")
        if request.headers.get("Authorization") != f"Token token={self.token}":
            return web.json_response({"error": "Invalid token!"}, status=401)
        await asyncio.sleep(self.faults.slow_seconds)
        if request.method == "GET" and not self.faults.reads:
            return await self._answer(request, handler)
        return await self.faults.strike(request, lambda asked: self._answer(asked, handler))

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except KeyError:
            return web.json_response({"error": "Couldn't find Ticket"}, status=404)
        except Refusal as error:
            return web.json_response({"error": str(error)}, status=422)

    async def _user(self, request: web.Request) -> web.Response:
        told = request.match_info["id"]
        name = BOT if told == "me" else self.book.login_of(int(told))
        mail = name if "@" in name else ""
        return web.json_response({"id": self.book.users[name], "login": name, "email": mail})

    async def _users(self, request: web.Request) -> web.Response:
        found = [name for name in self.book.users if request.query["query"].lower() in name]
        return web.json_response([{"id": self.book.users[one], "login": one} for one in found])

    async def _create(self, request: web.Request) -> web.Response:
        ticket = self.book.create(BOT, await request.json())
        return web.json_response(row_shape(self.book, ticket), status=201)

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(row_shape(self.book, self.book.tickets[_number(request)]))

    async def _change(self, request: web.Request) -> web.Response:
        return web.json_response(
            row_shape(self.book, self.book.change(BOT, _number(request), await request.json()))
        )

    async def _merge(self, request: web.Request) -> web.Response:
        wanted = request.match_info["number"]
        into = next((one for one in self.book.tickets.values() if one.number == wanted), None)
        if into is None:
            message = "The target ticket number could not be found."
            return web.json_response({"result": "failed", "message": message})
        if "merge" in self.book.refuses:
            return web.json_response({"result": "failed", "message": "not now"})
        self.book.merge(BOT, _number(request), into)
        return web.json_response({"result": "success"})

    async def _history(self, request: web.Request) -> web.Response:
        number = self.book.tickets[_number(request)].id
        lines = [line for line in self.book.history if line["_ticket"] == number]
        return web.json_response({"history": lines, "assets": {}})

    async def _say(self, request: web.Request) -> web.Response:
        told = await request.json()
        known = ("body", "type", "internal", "sender", "content_type", "to")
        spoken = {name: told[name] for name in known if name in told}
        article = self.book.say(BOT, int(told["ticket_id"]), **spoken)
        return web.json_response(article_shape(article), status=201)

    async def _article(self, request: web.Request) -> web.Response:
        return web.json_response(article_shape(self.book.articles[_number(request)]))

    async def _articles(self, request: web.Request) -> web.Response:
        number = self.book.tickets[_number(request)].id
        held = [one for one in self.book.articles.values() if one.ticket == number]
        return web.json_response([article_shape(one) for one in held])

    async def _named(self, request: web.Request) -> web.Response:
        names: Mapping[str, Iterable[str]] = {
            "groups": self.book.groups,
            "ticket_states": STATES,
            "ticket_priorities": PRIORITIES,
        }
        told = names[request.match_info["what"]]
        rows = [{"id": place, "name": name, "active": True} for place, name in enumerate(told, 1)]
        return web.json_response(rows)

    async def _make_group(self, request: web.Request) -> web.Response:
        self._must_be_admin()
        self.book.groups.append((await request.json())["name"])
        return web.json_response({}, status=201)

    async def _attributes(self, request: web.Request) -> web.Response:
        if not self.admin:
            return web.json_response({"error": "Not authorized (admin.object)!"}, status=403)
        rows = [{"name": name, "object": "Ticket"} for name in self.book.attributes]
        return web.json_response(rows)

    async def _make_attribute(self, request: web.Request) -> web.Response:
        self._must_be_admin()
        self.book.attributes.add((await request.json())["name"])
        return web.json_response({}, status=201)

    async def _migrate(self, request: web.Request) -> web.Response:
        return web.json_response({})

    async def _search(self, request: web.Request) -> web.Response:
        found = [one for one in self.book.tickets.values() if self._fits(one, request.query)]
        by, falls = request.query["sort_by"], request.query["order_by"] == "desc"
        found.sort(key=lambda one: (getattr(one, by), one.id), reverse=falls)
        size, page = int(request.query["per_page"]), int(request.query["page"])
        shown = found[(page - 1) * size : page * size]
        return web.json_response([row_shape(self.book, one) for one in shown])

    def _fits(self, ticket: EmulatedTicket, query: Mapping[str, str]) -> bool:
        """Words come out of a lagging index, whose eyes know no case."""
        indexed = ticket.born <= time.monotonic() - self.faults.lag_seconds
        for name, value in query.items():
            if not (name.startswith("condition[ticket.") and name.endswith("][value]")):
                continue
            attribute = name.removeprefix("condition[ticket.").removesuffix("][value]")
            if not self._holds(ticket, attribute, value, indexed=indexed):
                return False
        return True

    def _holds(self, ticket: EmulatedTicket, name: str, value: str, *, indexed: bool) -> bool:
        if name in {"updated_at", "created_at"}:
            fresh = name == "created_at" or ticket.id not in self.stale
            return fresh and getattr(ticket, name) >= datetime.fromisoformat(value)
        if name == "title":
            return indexed and value.lower() in ticket.title.lower()
        if name == "state_id":
            return ticket.state == STATES[int(value) - 1]
        if name not in self.book.attributes:
            raise web.HTTPInternalServerError(text='{"error": "column does not exist"}')
        return indexed and ticket.own.get(name, "").lower() == value.lower()

    def _must_be_admin(self) -> None:
        if not self.admin:
            raise web.HTTPForbidden(text='{"error": "Not authorized!"}')


def _number(request: web.Request) -> int:
    return int(request.match_info["id"])
