"""A DirectAdmin panel for tests: old calls and the new API, with HTML for a wrong login."""

from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

_PAGE = "<html><head><title>DirectAdmin Login</title></head><body></body></html>"


@dataclass(slots=True)
class DirectadminEmulator:
    """`services`: names with their state. `old`: it knows neither JSON nor /api. `answers` replace
    whatever a path says: status, content type, body.
    """

    user: str = "admin"
    key: str = "sesame"
    services: dict[str, str] = field(
        default_factory=lambda: {"httpd": "running", "exim": "running"}
    )
    load: tuple[str, str, str] = ("0.10", "0.20", "0.30")
    licence_error: str = ""
    users: dict[str, dict[str, str]] = field(default_factory=dict)
    """Reseller (or `admin`) to his users with their domains."""
    suspended: set[str] = field(default_factory=set)
    old: bool = False
    answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; `url` is known from here on."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        path = "/" + request.match_info["path"]
        if path in self.answers:
            status, kind, body = self.answers[path]
            return web.Response(status=status, content_type=kind, body=body)
        beneath = self._caller(request)
        if beneath is None:
            return web.Response(text=_PAGE, content_type="text/html")
        said = self._said(path, beneath)
        if said is None:
            return web.Response(status=404, text=_PAGE, content_type="text/html")
        if self.old and path != "/CMD_USER_SHOW":
            return web.Response(text=urlencode(_flat(said)), content_type="text/plain")
        return web.json_response(said)

    def _caller(self, request: web.Request) -> str | None:
        """Whose data is asked for; None with a wrong login."""
        header = request.headers.get("Authorization", "").removeprefix("Basic ")
        user, _, key = b64decode(header).decode().partition(":")
        name, _, beneath = user.partition("|")
        return (beneath or name) if (name, key) == (self.user, self.key) else None

    def _said(self, path: str, beneath: str) -> Any:
        match path:
            case "/CMD_API_SYSTEM_INFO":
                return self._system()
            case "/api/info" if not self.old:
                valid = not self.licence_error
                return {
                    "hostname": "da1",
                    "licenseValid": valid,
                    "licenseError": self.licence_error,
                }
            case "/CMD_API_SHOW_RESELLERS":
                return {"list[]": [name for name in self.users if name != self.user]}
            case "/CMD_USER_SHOW":
                return self._rows(beneath)
        return None

    def _system(self) -> dict[str, Any]:
        if self.old:
            states = {"running": "Started", "stopped": "Stopped"}
            told = {name: f"1.0|{states[state]}" for name, state in self.services.items()}
            return {**told, "proftpd": "not found|Stopped", "uptime": "9 days"}
        rows = {name: {"status": state} for name, state in self.services.items()}
        return {"services": rows, "systemLoad": list(self.load), "uptime": "9 days"}

    def _rows(self, beneath: str) -> dict[str, Any]:
        """Rows under numbers, and other things beside them."""
        rows = {
            str(number): {
                "username": user,
                "domains": {domain: {}},
                "creator": beneath,
                "suspended": {"value": "Yes" if user in self.suspended else "No", "reason": ""},
            }
            for number, (user, domain) in enumerate(self.users.get(beneath, {}).items())
        }
        return {**rows, "info": {"rows": len(rows)}}


def _flat(said: dict[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, told in said.items():
        values = told if isinstance(told, list) else [told]
        pairs += [(name, str(value)) for value in values]
    return pairs
