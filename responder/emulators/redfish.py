"""A Redfish BMC in front of several machines, over TLS, for tests, the demo and fence_redfish."""

import asyncio
import base64
import json
import ssl
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from responder.emulators.redfish_systems import PRESSED, RedfishSystem
from responder.emulators.self_signed import self_signed

USER: Final = "responder"
PASSWORD: Final = "calvin-of-the-emulator"  # noqa: S105 - opens the emulator alone
_ROOT: Final = "/redfish/v1"
_SYSTEM: Final = _ROOT + "/Systems/{id}"
_KEPT: Final = 100_000  # calls and changes that are remembered


class RedfishFault(StrEnum):
    """What is wrong with the BMC itself; what is wrong with a machine is its chassis' business."""

    NONE = ""
    SILENT = "accepts a call and never answers"
    HUNG_UP = "does what it is told and hangs up without a word"
    BAD_GATEWAY = "502 with a page for people"
    BUSY = "503 with Retry-After"
    WRONG_SERIAL = "shows another machine's serial number"


@dataclass(frozen=True, slots=True)
class RedfishCall:
    """One call as it came in, and whether its login was good."""

    at: datetime
    method: str
    path: str
    kind: str = ""  # of reset
    let_in: bool = True


@dataclass(frozen=True, slots=True)
class PowerChange:
    """A machine went on or off."""

    at: datetime
    system: str
    on: bool


@dataclass
class RedfishEmulator:
    """`fault` strikes calls of `faulty` methods and may be changed at any time. `taken` is the
    status of an order that was taken; `refuses_repeats`: 409 for On while it is on, as iDRAC does.
    """

    systems: Sequence[RedfishSystem]
    user: str = USER
    password: str = field(default=PASSWORD, repr=False)
    fault: RedfishFault = RedfishFault.NONE
    faulty: frozenset[str] = frozenset({"GET", "POST"})
    slow_seconds: float = 0.0
    taken: int = 204
    refuses_repeats: bool = False
    url: str = field(default="", init=False)
    fingerprint: str = field(default="", init=False)
    asked: deque[RedfishCall] = field(default_factory=lambda: deque(maxlen=_KEPT), repr=False)
    changes: deque[PowerChange] = field(default_factory=lambda: deque(maxlen=_KEPT), repr=False)

    def __post_init__(self) -> None:
        self.by_id = {system.id: system for system in self.systems}
        for system in self.by_id.values():
            system.chassis.watchers.append(partial(self._changed, system.id))
        self._over = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._context: ssl.SSLContext | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; `url` and `fingerprint` are known from here on, and the same after a `stop`."""
        if self._context is None:
            self._context, self.fingerprint = self_signed(host)
        app = web.Application(middlewares=[self._serve])
        app.add_routes(self._routes())
        self._over.clear()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        listener = web.TCPSite(
            self._runner,
            host,
            port or self._port,
            ssl_context=self._context,
            reuse_address=True,
        )
        await listener.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"https://{host}:{self._port}"

    async def stop(self) -> None:
        """Let every silent call go, listen no more, and forget what the machines were about to do;
        their power stays as it is.
        """
        self._over.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        for system in self.by_id.values():
            await system.chassis.stop()

    def told(self, system: str, *kinds: str) -> int:
        """How many orders came for this system, of these kinds or of all; refused ones too."""
        path = f"{self.by_id[system].uri}/"
        posted = (call for call in self.asked if call.method == "POST" and call.let_in)
        return sum(
            call.path.startswith(path) and (call.kind in kinds or not kinds) for call in posted
        )

    def _routes(self) -> Iterable[web.RouteDef]:
        return (
            web.get(_ROOT, self._root),
            web.get(_ROOT + "/", self._root),
            web.get(_ROOT + "/Systems", self._members),
            web.get(_SYSTEM, self._show),
            web.get(_SYSTEM + "/ResetActionInfo", self._info),
            web.post(_SYSTEM + "/Actions/ComputerSystem.Reset", self._reset),
        )

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        body = _json(await request.text())
        kind = str(body.get("ResetType", ""))[:40]
        known = self._knows(request) or request.path.rstrip("/") == _ROOT  # DSP0266, 13.3.1
        at = datetime.now(UTC)
        self.asked.append(RedfishCall(at, request.method, request.path, kind, known))
        await asyncio.sleep(self.slow_seconds)
        struck = self.fault if request.method in self.faulty else RedfishFault.NONE
        if struck is RedfishFault.SILENT:
            await self._over.wait()
        if (instead := _instead(struck)) is not None:
            return instead
        if not known:
            return _no(401, "The login is not valid.")
        answer = await handler(request)
        if struck is RedfishFault.HUNG_UP and request.transport is not None:
            request.transport.abort()
        return answer

    def _knows(self, request: web.Request) -> bool:
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return request.headers.get("Authorization", "") == f"Basic {login}"

    async def _root(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "@odata.id": _ROOT,
                "@odata.type": "#ServiceRoot.v1_15_0.ServiceRoot",
                "RedfishVersion": "1.18.0",
                "Systems": {"@odata.id": _ROOT + "/Systems"},
            }
        )

    async def _members(self, _: web.Request) -> web.Response:
        members = [{"@odata.id": system.uri} for system in self.by_id.values()]
        about = {"@odata.id": _ROOT + "/Systems", "Members@odata.count": len(members)}
        return web.json_response(about | {"Members": members})

    async def _show(self, request: web.Request) -> web.Response:
        shown = self._system(request).resource()
        if self.fault is RedfishFault.WRONG_SERIAL:
            shown["SerialNumber"] = "NOT-THIS-ONE"
        return web.json_response(shown)

    async def _info(self, request: web.Request) -> web.Response:
        return web.json_response(self._system(request).info())

    async def _reset(self, request: web.Request) -> web.Response:
        system = self._system(request)
        kind = _json(await request.text()).get("ResetType")
        if kind not in system.kinds:
            return _no(400, "The value for the parameter ResetType is not acceptable.")
        if self.refuses_repeats and system.is_so_already(kind):
            return _no(409, f"The system is in the state of {kind} already.")
        if kind in PRESSED:
            system.chassis.press(PRESSED[kind])
        return web.Response(status=self.taken)

    def _system(self, request: web.Request) -> RedfishSystem:
        found = self.by_id.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        return found

    async def _changed(self, system: str, on: bool) -> None:
        self.changes.append(PowerChange(datetime.now(UTC), system, on))


def _instead(fault: RedfishFault) -> web.Response | None:
    """What a broken BMC answers to everything."""
    match fault:
        case RedfishFault.BAD_GATEWAY:
            page = "<html><h1>502 Bad Gateway</h1></html>"
            return web.Response(status=502, text=page, content_type="text/html")
        case RedfishFault.BUSY:
            return web.Response(status=503, headers={"Retry-After": "30"})
    return None


def _no(status: int, why: str) -> web.Response:
    """An error as DSP0266 8.6 wants it."""
    details = [{"MessageId": "Base.1.18.GeneralError", "Message": why}]
    told = {"error": {"code": "Base.1.18.GeneralError", "@Message.ExtendedInfo": details}}
    return web.json_response(told, status=status)


def _json(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
