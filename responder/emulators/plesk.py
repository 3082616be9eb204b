"""A Plesk panel for tests: its XML API, with errors inside a 200."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from aiohttp import web

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Webspace:
    """One subscription; `status` 0 = active."""

    name: str
    owner: int = 1
    ip: str = "127.0.0.1"
    status: int = 0


@dataclass(slots=True)
class PleskEmulator:
    """`services`: running, stopped or none. `body`, when set, is the answer to everything, with
    `status`; `refusal` is an error code and text for it.
    """

    key: str = "sesame"
    services: dict[str, str] = field(default_factory=lambda: {"web": "running", "dns": "running"})
    licence_ends: str = "0"
    resellers: Mapping[int, str] = field(default_factory=dict)
    webspaces: tuple[Webspace, ...] = ()
    status: int = 200
    body: bytes | None = None
    refusal: tuple[int, str] | None = None
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; `url` is known from here on."""
        app = web.Application()
        app.router.add_post("/enterprise/control/agent.php", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        asked = (await request.read()).decode()
        if self.body is not None:
            return web.Response(status=self.status, body=self.body, content_type="text/xml")
        return web.Response(
            status=self.status, text=_HEAD + self._packet(request, asked), content_type="text/xml"
        )

    def _packet(self, request: web.Request, asked: str) -> str:
        if not self._admitted(request):
            return _packet(_system(1001, "You have entered incorrect username or password."))
        if self.refusal is not None:
            return _packet(_system(*self.refusal))
        if "<reseller>" in asked:
            return _packet(f"<reseller><get>{self._resellers()}</get></reseller>")
        if "<webspace>" in asked:
            return _packet(f"<webspace><get>{self._webspaces()}</get></webspace>")
        told = self._key() if "<key" in asked else self._state()
        return _packet(f"<server><get>{_good(told)}</get></server>")

    def _admitted(self, request: web.Request) -> bool:
        key = request.headers.get("KEY")
        login, password = (request.headers.get(f"HTTP_AUTH_{what}") for what in ("LOGIN", "PASSWD"))
        return key == self.key or (login, password) == ("admin", self.key)

    def _state(self) -> str:
        rows = "".join(
            f"<srv><id>{name}</id><title>{name.title()} server</title><state>{state}</state></srv>"
            for name, state in self.services.items()
        )
        info = "<gen_info><server_name>plesk1.example.net</server_name></gen_info>"
        return f"{info}<services_state>{rows}</services_state>"

    def _key(self) -> str:
        end = f"<property><name>lim_date</name><value>{self.licence_ends}</value></property>"
        return f"<key>{end}</key>"

    def _resellers(self) -> str:
        rows = [
            _good(f"<id>{key}</id><data><gen-info><login>{escape(name)}</login></gen-info></data>")
            for key, name in self.resellers.items()
        ]
        return "".join(rows)

    def _webspaces(self) -> str:
        """One result is bad: a packet may mix them."""
        rows = [
            _good(
                f"<id>{number}</id><data><gen_info><name>{escape(one.name)}</name>"
                f"<owner-id>{one.owner}</owner-id><dns_ip_address>{one.ip}</dns_ip_address>"
                f"<status>{one.status}</status></gen_info></data>"
            )
            for number, one in enumerate(self.webspaces)
        ]
        return "".join([*rows, f"<result>{_error(1013, 'object not found')}</result>"])


def _packet(inside: str) -> str:
    return f'<packet version="1.6.9.1">{inside}</packet>'


def _good(inside: str) -> str:
    return f"<result><status>ok</status>{inside}</result>"


def _error(code: int, text: str) -> str:
    return f"<status>error</status><errcode>{code}</errcode><errtext>{escape(text)}</errtext>"


def _system(code: int, text: str) -> str:
    return f"<system>{_error(code, text)}</system>"
