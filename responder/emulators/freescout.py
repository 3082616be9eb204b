"""A FreeScout as small as our adapter needs it, over real HTTP, and as bad as it is told."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from responder.emulators.freescout_book import Conversation, FreeScoutBook, Refusal, Thread
from responder.emulators.ticket_faults import Faults

API_KEY: Final = "f" * 32
APP_KEY: Final = "base64:YXBwLWtleQ=="
PEOPLE: Final = ("dana", "alice", "albert", "bob", "carol", "erin")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works in it, or a customer who writes to it."""

    book: FreeScoutBook
    name: str

    def change(self, conversation: int | str, **told: object) -> None:
        """Set status, assignTo or mailboxId by numbers, or the subject."""
        self.book.change(self.name, int(conversation), told)

    def reply(self, conversation: int | str, text: str, *, status: str = "") -> None:
        """Write to the customer, and set the status with it."""
        html = f"<div>{text}</div>"
        self.book.say(self.name, int(conversation), html, type="message", status=status)

    def note(self, conversation: int | str, text: str) -> None:
        """Write to the staff."""
        self.book.say(self.name, int(conversation), text, type="note")

    def write(self, conversation: int | str, text: str) -> None:
        """A customer's mail makes the conversation active."""
        self.book.say(self.name, int(conversation), text, type="customer", status="active")

    def merge(self, conversation: int | str, into: int | str) -> None:
        """Merge one conversation into another."""
        self.book.merge(self.name, int(conversation), int(into))


class FreeScoutEmulator:
    """Conversations in memory; `faults` and the book's may be changed at any time.

    `stale`: conversations that lists do not show as changed yet. `hooks`: the addresses of its
    webhooks.
    """

    api_key = API_KEY
    app_key = APP_KEY

    def __init__(self) -> None:
        self.book = FreeScoutBook()
        self.faults = Faults()
        self.stale: set[int] = set()
        self.hooks = ["https://responder.example.net/callbacks/tickets/freescout"]
        self.url = ""
        self.calls: list[str] = []
        self._runner: web.AppRunner | None = None
        for place, name in enumerate(PEOPLE, 2):
            self.book.users[name] = place

    def person(self, name: str) -> Person:
        """Somebody who works in it."""
        return Person(self.book, name)

    def visible(self, subject: str) -> tuple[Conversation, ...]:
        """What a person finds by these words among what is not done; more than one is a double."""
        held = self.book.conversations.values()
        open_ = (one for one in held if one.state == "published" and one.status != "closed")
        return tuple(one for one in open_ if subject in one.subject)

    def hook(self, conversation: int | str) -> tuple[bytes, Mapping[str, str]]:
        """What its webhook posts about a conversation: body and headers."""
        body = json.dumps({"id": int(conversation)}).encode()
        key = hashlib.md5(f"{self.app_key}webhook_key".encode()).hexdigest()  # noqa: S324
        sign = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha1).digest()).decode()
        return body, {"X-FreeScout-Event": "convo.status", "X-FreeScout-Signature": sign}

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen."""
        app = web.Application(middlewares=[self._serve], client_max_size=32 << 20)
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Refuse connections; the conversations stay."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    def _routes(self) -> Iterable[web.RouteDef]:
        one = r"/api/conversations/{id:\d+}"
        return (
            web.get("/api/conversations", self._list),
            web.post("/api/conversations", self._create),
            web.get(one, self._show),
            web.put(one, self._change),
            web.post(one + "/threads", self._say),
            web.get("/api/mailboxes", self._mailboxes),
            web.get("/api/users", self._users),
            web.get("/api/webhooks", self._webhooks),
        )

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await request.read()
        self.calls.append(f"{request.method} {request.path_qs}")
        if request.headers.get("X-FreeScout-API-Key") != self.api_key:
            return web.json_response({"message": "Invalid API Key"}, status=401)
        await asyncio.sleep(self.faults.slow_seconds)
        if request.method == "GET" and not self.faults.reads:
            return await self._answer(request, handler)
        return await self.faults.strike(request, lambda asked: self._answer(asked, handler))

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except KeyError:
            return web.json_response({"message": "Not Found"}, status=404)
        except Refusal as error:
            errors = [{"path": error.path, "message": str(error)}]
            told = {"message": "Bad request", "_embedded": {"errors": errors}}
            return web.json_response(told, status=400)

    async def _create(self, request: web.Request) -> web.Response:
        return _made(self.book.create(await request.json()).id)

    async def _show(self, request: web.Request) -> web.Response:
        held = self.book.conversations[_number(request)]
        return web.json_response(self._row(held, threads=True))

    async def _change(self, request: web.Request) -> web.Response:
        told = await request.json()
        who = self.book.user_of(int(told["byUser"]))
        self.book.change(who, _number(request), told)
        return web.Response(status=204)

    async def _say(self, request: web.Request) -> web.Response:
        return _made(self.book.speak(_number(request), await request.json()).id)

    async def _list(self, request: web.Request) -> web.Response:
        """Without a word about the state only what is published."""
        query = request.query
        found = [one for one in self.book.conversations.values() if self._fits(one, query)]
        by: Callable[[Conversation], Any] = {
            "createdAt": lambda one: (one.created_at, one.id),
            "updatedAt": lambda one: (one.updated_at, one.id),
        }[query["sortField"]]
        found.sort(key=by, reverse=query["sortOrder"] == "desc")
        size, page = int(query["pageSize"]), int(query["page"])
        threads = query.get("embed") == "threads"
        rows = [self._row(one, threads=threads) for one in found[(page - 1) * size : page * size]]
        return _page("conversations", rows)

    def _fits(self, one: Conversation, query: Mapping[str, str]) -> bool:
        if one.state != query.get("state", "published"):
            return False
        if "updatedSince" in query and one.id in self.stale:
            return False
        times = {"updatedSince": one.updated_at, "createdSince": one.created_at}
        late = all(
            at >= datetime.fromisoformat(query[name]) for name, at in times.items() if name in query
        )
        number = int(query.get("number", one.number))
        return late and number == one.number and query.get("subject", "") in one.subject

    async def _mailboxes(self, request: web.Request) -> web.Response:
        rows = [
            {"id": place, "name": name, "email": f"{name.lower()}@hosting.example"}
            for place, name in enumerate(self.book.mailboxes, 1)
        ]
        return _page("mailboxes", rows[: int(request.query["pageSize"])])

    async def _users(self, request: web.Request) -> web.Response:
        told = self.book.users.items()
        wanted = request.query["email"]
        return _page("users", [self._someone(name) for name, _ in told if name == wanted])

    async def _webhooks(self, request: web.Request) -> web.Response:
        return _page("webhooks", [{"id": 1, "url": url} for url in self.hooks])

    def _row(self, one: Conversation, *, threads: bool) -> Mapping[str, Any]:
        told = [self._thread(thread) for thread in self.book.threads_of(one.id)] if threads else []
        return {
            "id": one.id,
            "number": one.number,
            "type": "email",
            "subject": one.subject,
            "status": one.status,
            "state": one.state,
            "mailboxId": one.mailbox,
            "assignee": self._someone(one.assignee) if one.assignee else None,
            "customer": self._someone(one.customer),
            "createdAt": _stamp(one.created_at),
            "updatedAt": _stamp(one.updated_at),
            "_embedded": {"threads": told},
        }

    def _thread(self, thread: Thread) -> Mapping[str, Any]:
        kind, text = thread.action or ("", "")
        return {
            "id": thread.id,
            "type": thread.type,
            "status": thread.status,
            "state": "published",
            "action": {"type": kind, "text": text, "associatedEntities": []},
            "body": thread.body,
            "createdBy": self._someone(thread.who),
            "assignedTo": self._someone(thread.assignee) if thread.assignee else None,
            "createdAt": _stamp(thread.at),
        }

    def _someone(self, who: str) -> Mapping[str, Any]:
        kind = "user" if who in self.book.users else "customer"
        return {"id": self.book.number_of(who), "type": kind, "email": who}


def _made(number: int) -> web.Response:
    return web.Response(status=201, headers={"Resource-ID": str(number)})


def _page(what: str, rows: list[Any]) -> web.Response:
    page = {"size": len(rows), "totalElements": len(rows), "totalPages": 1, "number": 1}
    return web.json_response({"_embedded": {what: rows}, "page": page})


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(request: web.Request) -> int:
    return int(request.match_info["id"])
