"""A Zendesk as small as our adapter needs it, over real HTTP, and as bad as it is told."""

import asyncio
import base64
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from responder.emulators.ticket_faults import Faults
from responder.emulators.zendesk_book import BOT, DOMAIN, MERGED, Refused, ZendeskBook
from responder.emulators.zendesk_book import ZendeskTicket as Ticket
from responder.emulators.zendesk_shapes import audit_shape, paged, ticket_shape, user_shape

USER: Final = f"responder@{DOMAIN}"
TOKEN: Final = "z" * 40
_BASE = "/api/v2"


@dataclass(frozen=True, slots=True)
class ZendeskPerson:
    """An agent in the agent workspace."""

    book: ZendeskBook
    number: int

    def update(self, ticket: int, **told: Any) -> None:
        """Change a ticket; who solves one that nobody has takes it first."""
        unowned = self.book.held(ticket).assignee is None
        if told.get("status") == "solved" and unowned:
            told["assignee_id"] = self.number
        self.book.update(self.number, ticket, told)

    def say(self, ticket: int, text: str, *, public: bool) -> None:
        """Write to the requester or to the staff."""
        self.update(ticket, comment={"body": text, "public": public})

    def merge(self, ticket: int, into: int) -> None:
        """Merge a ticket into another."""
        self.book.merge(self.number, ticket, into)


class ZendeskEmulator:
    """Tickets in memory; `faults` may be changed at any time and strike what writes.

    `lag_seconds`: so long the export hides what was changed. `exports`, `updates`: how many of
    these calls it answers (a minute; ten minutes and a ticket). `merging`: how many looks at a
    merge show it under way; None when it fails. `log`: every address that was asked.
    """

    def __init__(self) -> None:
        self.book = ZendeskBook()
        self.faults = Faults()
        self.lag_seconds = 60.0
        self.exports = self.updates = 10_000
        self.merging: int | None = 1
        self.url = ""
        self.log: list[str] = []
        self._keys: dict[str, tuple[str, int]] = {}
        self._calls: dict[str, list[float]] = defaultdict(list)
        self._jobs: list[list[Any]] = []
        self._port = 0
        self._runner: web.AppRunner | None = None

    def forget_keys(self) -> None:
        """As some hours later: a repeated create makes a second ticket."""
        self._keys.clear()

    def by_external(self, told: str) -> tuple[Ticket, ...]:
        """The tickets to be found that were opened with this external_id."""
        return tuple(
            one
            for one in self.book.tickets.values()
            if one.asked_external == told and not one.deleted and MERGED not in one.tags
        )

    def person(self, name: str) -> ZendeskPerson:
        """One of the staff by what stands before the @."""
        return ZendeskPerson(self.book, self.book.user(f"{name}@{DOMAIN}").id)

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
        ticket = _BASE + r"/tickets/{id:\d+}"
        return (
            web.get(f"{_BASE}/tickets", self._list),
            web.post(f"{_BASE}/tickets", self._create),
            web.get(ticket, self._show),
            web.put(ticket, self._update),
            web.get(ticket + "/audits", self._audits),
            web.get(ticket + "/comments", self._comments),
            web.post(ticket + "/merge", self._merge),
            web.get(_BASE + r"/job_statuses/{id:\d+}", self._job),
            web.get(f"{_BASE}/incremental/tickets/cursor", self._export),
            web.get(f"{_BASE}/search", self._search),
            web.get(f"{_BASE}/users/me", self._me),
            web.get(f"{_BASE}/users/show_many", self._users),
            web.get(f"{_BASE}/users/search", self._called),
            web.get(f"{_BASE}/groups", self._groups),
            web.post(f"{_BASE}/groups", self._new_group),
            web.get(f"{_BASE}/ticket_fields", self._fields),
        )

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await request.read()
        self.log.append(f"{request.method} {request.rel_url}")
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        if base64.b64decode(given).decode() != f"{USER}/token:{TOKEN}":
            return web.json_response({"error": "Couldn't authenticate you"}, status=401)
        await asyncio.sleep(self.faults.slow_seconds)
        if request.method == "GET" and not self.faults.reads:
            return await self._answer(request, handler)
        return await self.faults.strike(request, lambda asked: self._answer(asked, handler))

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refusal:
            told = {"error": refusal.error, "description": "Record validation errors"}
            details = {"base": [{"description": str(refusal)}]}
            return web.json_response({**told, "details": details}, status=refusal.status)

    def _limited(self, name: str, *, most: int, seconds: float) -> web.Response | None:
        calls, now = self._calls[name], time.monotonic()
        calls[:] = [at for at in calls if now - at < seconds]
        if len(calls) < most:
            calls.append(now)
            return None
        wait = str(int(seconds - (now - calls[0])) + 1) if calls else "60"
        told = {"error": "TooManyRequests"}
        return web.json_response(told, status=429, headers={"Retry-After": wait})

    async def _list(self, request: web.Request) -> web.Response:
        wanted = request.query.get("external_id")
        rows = [one for one in self.book.tickets.values() if not one.deleted]
        if wanted is not None:
            rows = [one for one in rows if (one.external_id or "").lower() == wanted.lower()]
            searchable = time.monotonic() - self.faults.lag_seconds
            rows = [one for one in rows if one.born <= searchable]
        created = request.query.get("sort_by") == "created_at"
        rows.sort(
            key=lambda one: (one.created_at if created else one.updated_at, one.id), reverse=True
        )
        size, page = int(request.query.get("per_page", "100")), int(request.query.get("page", "1"))
        shown = rows[(page - 1) * size : page * size]
        return web.json_response({"tickets": [ticket_shape(one) for one in shown]})

    async def _create(self, request: web.Request) -> web.Response:
        body, key = await request.text(), request.headers.get("Idempotency-Key", "")
        if key in self._keys:
            said, number = self._keys[key]
            if said != body:
                raise Refused(400, "IdempotentRequestError", "other parameters for this key")
            shape = ticket_shape(self.book.tickets[number])
            headers = {"x-idempotency-lookup": "hit"}
            return web.json_response({"ticket": shape}, status=201, headers=headers)
        ticket = self.book.open(BOT, json.loads(body)["ticket"])
        if key:
            self._keys[key] = (body, ticket.id)
        return web.json_response({"ticket": ticket_shape(ticket)}, status=201)

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response({"ticket": ticket_shape(self.book.held(_id(request)))})

    async def _update(self, request: web.Request) -> web.Response:
        if refused := self._limited(request.path, most=self.updates, seconds=600):
            return refused
        body = (await request.json())["ticket"]
        ticket = self.book.update(BOT, _id(request), body)
        return web.json_response({"ticket": ticket_shape(ticket)})

    async def _audits(self, request: web.Request) -> web.Response:
        rows = [audit_shape(one) for one in self.book.of(_id(request))]
        return paged("audits", rows, request.query)

    async def _comments(self, request: web.Request) -> web.Response:
        events = (event for one in self.book.of(_id(request)) for event in one.events)
        rows = [event for event in events if event["type"] == "Comment"]
        return paged("comments", rows, request.query)

    async def _merge(self, request: web.Request) -> web.Response:
        told = await request.json()
        words = told["source_comment"], told["target_comment"]
        for number in (*told["ids"], _id(request)):
            self.book.held(number)
        self._jobs.append([self.merging, told["ids"], _id(request), words])
        return web.json_response({"job_status": {"id": str(len(self._jobs)), "status": "queued"}})

    async def _job(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        job = self._jobs[int(number) - 1]
        if job[0] is None:
            return web.json_response({"job_status": {"id": number, "status": "failed"}})
        if job[0] == 0:
            for one in job[1]:
                if MERGED not in self.book.held(one).tags:
                    self.book.merge(BOT, one, job[2], words=job[3])
        job[0] -= 1
        status = "completed" if job[0] < 0 else "working"
        return web.json_response({"job_status": {"id": number, "status": status}})

    async def _export(self, request: web.Request) -> web.Response:
        if refused := self._limited("export", most=self.exports, seconds=60):
            return refused
        now = datetime.now(UTC)
        start = request.query.get("cursor") or request.query["start_time"]
        if "start_time" in request.query and now.timestamp() - int(start) < 60:
            raise Refused(422, "StartTimeTooRecent", "Too recent start_time")
        since, _, after = start.partition(".")
        visible = now - timedelta(seconds=self.lag_seconds)
        rows = [
            one
            for one in self.book.tickets.values()
            if one.updated_at <= visible
            and (one.updated_at.timestamp(), one.id) > (int(since), int(after or "0"))
        ]
        rows.sort(key=lambda one: (one.updated_at, one.id))
        page = rows[:1000]
        last = page[-1] if page else None
        cursor = f"{int(last.updated_at.timestamp())}.{last.id}" if last else start
        ends = {"after_cursor": cursor, "end_of_stream": len(rows) <= 1000}
        return web.json_response({"tickets": [ticket_shape(one) for one in page], **ends})

    async def _search(self, request: web.Request) -> web.Response:
        words = request.query["query"].split()
        tags = {word.removeprefix("tags:") for word in words if word.startswith("tags:")}
        rows = [one for one in self.book.tickets.values() if tags <= set(one.tags)]
        return web.json_response({"results": [ticket_shape(one) for one in rows]})

    async def _me(self, _: web.Request) -> web.Response:
        return web.json_response({"user": user_shape(self.book.users[BOT])})

    async def _users(self, request: web.Request) -> web.Response:
        numbers = [int(one) for one in request.query["ids"].split(",")]
        rows = [user_shape(self.book.users[one]) for one in numbers if one in self.book.users]
        return web.json_response({"users": rows})

    async def _called(self, request: web.Request) -> web.Response:
        wanted = request.query["query"].removeprefix("email:").strip('"')
        rows = [user_shape(one) for one in self.book.users.values() if wanted in one.email]
        return web.json_response({"users": rows})

    async def _groups(self, request: web.Request) -> web.Response:
        rows = [{"id": one, "name": name} for one, name in self.book.groups.items()]
        return paged("groups", rows, request.query)

    async def _new_group(self, request: web.Request) -> web.Response:
        name = (await request.json())["group"]["name"]
        number = max(self.book.groups) + 1
        self.book.groups[number] = name
        return web.json_response({"group": {"id": number, "name": name}}, status=201)

    async def _fields(self, request: web.Request) -> web.Response:
        rows = [{"id": one, "title": title} for one, title in self.book.fields.items()]
        return paged("ticket_fields", rows, request.query)


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])
