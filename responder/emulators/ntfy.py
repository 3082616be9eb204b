"""An ntfy as its documents describe it: messages of topics, their buttons, a phone that presses."""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp import web

from responder.emulators.misbehaving import Misbehaving

_TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
_LONGEST = 4096  # bytes; the rest of a longer message becomes a file


class NtfyEmulator(Misbehaving):
    """`taken`: every message that was published. `phone`: what a subscriber's phone shows, where a
    message of the same sequence replaces the one before it.
    """

    def __init__(self, *, tokens: Mapping[str, str] | None = None) -> None:
        """`tokens`: who may write to which topic; a topic without one is open to everybody."""
        super().__init__()
        self._tokens = tokens or {}
        self.taken: list[Mapping[str, Any]] = []
        self.phone: dict[str, Mapping[str, Any]] = {}
        self.router.add_post("/", self._publish)

    async def press(self, label: str, *, place: int = -1) -> int:
        """Press the button of a message as the app does: one request, and no redirect is followed.
        The message goes away after a yes. The status of the answer.
        """
        sequence = list(self.phone)[place]
        [action] = [one for one in self.phone[sequence]["actions"] if one["label"] == label]
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                action.get("method", "POST"), action["url"], allow_redirects=False
            ) as answer,
        ):
            if answer.status < 300 and action.get("clear"):
                del self.phone[sequence]
            return answer.status

    async def _publish(self, request: web.Request) -> web.Response:
        try:
            told = json.loads(await request.read())
        except ValueError:
            return _error(400, 40024, "invalid request: request body must be message JSON")
        if not isinstance(told, dict) or not _TOPIC.fullmatch(str(told.get("topic", ""))):
            return _error(400, 40009, "invalid topic: topic invalid")
        needed = self._tokens.get(told["topic"])
        if needed and request.headers.get("Authorization") != f"Bearer {needed}":
            return _error(403, 40301, "forbidden")
        if wrong := _wrong(told):
            return _error(400, 40018, f"invalid request: {wrong}")
        said = {"id": secrets.token_hex(6), "event": "message", **told}
        self.taken.append(said)
        self.phone[told.get("sequence_id") or said["id"]] = said
        return web.json_response(said)


def _wrong(told: Mapping[str, Any]) -> str:
    """What ntfy would complain about; "" for a good message."""
    if told.get("priority", 3) not in range(1, 6):
        return "priority invalid"
    if len(told.get("message", "").encode()) > _LONGEST:
        return "message too long, and files are not allowed here"
    for action in told.get("actions", ()):
        if action.get("action") not in ("view", "broadcast", "http") or not action.get("label"):
            return "actions invalid"
        if not str(action.get("url", "")).startswith(("http://", "https://")):
            return "actions invalid: parameter 'url' is required"
    return "actions invalid: only 3 allowed" if len(told.get("actions", ())) > 3 else ""


def _error(status: int, code: int, error: str) -> web.Response:
    told = {"code": code, "http": status, "error": error, "link": "https://ntfy.sh/docs/"}
    return web.json_response(told, status=status)
