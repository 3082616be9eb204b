"""A pager like PagerDuty's events and a plain webhook, and as bad as either when told to."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from typing_extensions import override

from responder.emulators.misbehaving import Misbehaving, Mode

_SEVERITIES = ("critical", "error", "warning", "info")
_NEXT = {"acknowledge": "acknowledged", "resolve": "resolved"}


@dataclass(frozen=True, slots=True)
class Taken:
    """One accepted request. `headers` have their names in any case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class PagerEmulator(Misbehaving):
    """`taken`: every accepted request. `rings`: the events that would have made a phone ring.

    `alarms`: state of each (routing key, dedup key): triggered, acknowledged or resolved.
    """

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Taken] = []
        self.rings: list[Mapping[str, Any]] = []
        self.alarms: dict[tuple[str, str], str] = {}
        self._arrived = asyncio.Condition()
        self.router.add_post("/v2/enqueue", self._enqueue)
        self.router.add_post("/hook", self._hook)

    @property
    def events_url(self) -> str:
        """Where PagerDuty's events go."""
        return f"{self.url}/v2/enqueue"

    @property
    def hook_url(self) -> str:
        """Where webhooks go."""
        return f"{self.url}/hook"

    async def wait_for(self, count: int, *, within: float = 45.0) -> list[Taken]:
        """What was taken, as soon as it is `count` requests; TimeoutError when it is not."""
        async with asyncio.timeout(within), self._arrived:
            await self._arrived.wait_for(lambda: len(self.taken) >= count)
        return self.taken

    @override
    def refusal(self) -> web.Response:
        return _invalid("Length of 'routing_key' is incorrect (should be 32 characters)")

    async def _enqueue(self, request: web.Request) -> web.Response:
        """PagerDuty's answers: 202 for whatever is well formed, even when it will be dropped."""
        try:
            event = json.loads(await request.read())
        except ValueError:
            return _invalid("JSON is invalid")
        if wrong := _wrong(event):
            return _invalid(wrong)
        await self._keep(request)
        self._apply(event)
        told = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return web.json_response(told, status=202)

    def _apply(self, event: Mapping[str, Any]) -> None:
        """An open alarm takes further triggers silently; what was never triggered is dropped."""
        key = (event["routing_key"], event["dedup_key"])
        state = self.alarms.get(key, "resolved")
        if event["event_action"] == "trigger" and state == "resolved":
            self.alarms[key] = "triggered"
            self.rings.append(event)
        elif state != "resolved":
            self.alarms[key] = _NEXT.get(event["event_action"], state)

    async def _hook(self, request: web.Request) -> web.Response:
        await self._keep(request)
        return web.Response(status=204)

    async def _keep(self, request: web.Request) -> None:
        async with self._arrived:
            self.taken.append(Taken(request.path, request.headers, await request.read()))
            self._arrived.notify_all()


def _wrong(event: Any) -> str:
    """What PagerDuty would complain about; "" for a good event."""
    if not isinstance(event, dict) or len(str(event.get("routing_key", ""))) != 32:
        return "Length of 'routing_key' is incorrect (should be 32 characters)"
    if event.get("event_action") not in {"trigger", *_NEXT}:
        return "'event_action' is missing or invalid"
    if not 0 < len(event.get("dedup_key", "")) <= 255:
        return "'dedup_key' is missing or too long"
    if event["event_action"] == "trigger":
        return _wrong_payload(event.get("payload", {}))
    return ""


def _wrong_payload(payload: Mapping[str, Any]) -> str:
    if not 0 < len(payload.get("summary", "")) <= 1024:
        return "'payload.summary' is missing or too long"
    if not payload.get("source"):
        return "'payload.source' is missing or blank"
    if payload.get("severity") not in _SEVERITIES:
        return "'payload.severity' is invalid (must be one of 'critical', 'warning', ...)"
    return ""


def _invalid(error: str) -> web.Response:
    told = {"status": "invalid event", "message": "Event object is invalid", "errors": [error]}
    return web.json_response(told, status=400)


__all__ = ["Mode", "PagerEmulator", "Taken"]
