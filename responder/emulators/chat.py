"""A chat that takes messages as JSON: Slack-shaped hooks (Mattermost's too), and Apprise's own."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from responder.emulators.misbehaving import Misbehaving


class ChatEmulator(Misbehaving):
    """`taken`: every message, as it came. A hook is its token: 32 letters and digits."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token
        self.taken: list[Mapping[str, Any]] = []
        self.router.add_post("/hooks/{token}", self._hook)
        self.router.add_post("/{token}", self._json)

    @property
    def json_address(self) -> str:
        """In Apprise's words."""
        return f"json://{urlsplit(self.url).netloc}/{self._token}"

    @property
    def hook_address(self) -> str:
        """The same, as Slack's relatives take it."""
        return f"mmost://{urlsplit(self.url).netloc}/{self._token}"

    async def _hook(self, request: web.Request) -> web.Response:
        told = await self._read(request)
        if not told.get("text"):
            return web.json_response({"message": "Invalid webhook payload"}, status=400)
        self.taken.append(told)
        return web.Response(text="ok")

    async def _json(self, request: web.Request) -> web.Response:
        self.taken.append(await self._read(request))
        return web.Response(text="")

    async def _read(self, request: web.Request) -> Mapping[str, Any]:
        if request.match_info["token"] != self._token:
            raise web.HTTPNotFound(text="no such hook")
        told = json.loads(await request.read())
        return told if isinstance(told, dict) else {}
