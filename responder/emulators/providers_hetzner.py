"""Hetzner Robot and Hetzner Cloud as their documents describe them, with their traps."""

import itertools
from base64 import b64encode
from collections.abc import Iterable

from aiohttp import web
from typing_extensions import override

from responder.emulators.providers import ProviderEmulator, Rented, has

USER, PASSWORD = "#ws+responder", "robot-sesame"
TOKEN = "cloud-sesame"  # noqa: S105 - of a made-up project


class RobotEmulator(ProviderEmulator):
    """`offered`: the kinds of reset of every server. `technician`: a manual reset is under way.
    `rate_limit`: seconds of the window, 0 = no limit is met. `fails`: Robot's own fault.
    `surprises`: it refuses a kind that it has just offered.
    """

    def __init__(self, *machines: Rented) -> None:
        super().__init__(*machines or (Rented("321"),))
        self.offered = ["sw", "hw", "power", "man"]
        self.technician = False
        self.rate_limit = 0
        self.fails = False
        self.surprises = False
        self.technicians: list[str] = []

    @override
    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.get("/server/{id}", self._server),
            web.get("/reset/{id}", self._resets),
            web.post("/reset/{id}", self._reset),
        )

    @override
    def welcome(self, request: web.Request, body: str) -> bool:
        login = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return has(request, {"Authorization": f"Basic {login}"})

    @override
    def no(self, status: int, code: str, message: str, **more: object) -> web.Response:
        codes = {"not_found": "SERVER_NOT_FOUND", "unavailable": "MAINTENANCE"}
        error = {"status": status, "code": codes.get(code, code), "message": message, **more}
        return web.json_response({"error": error}, status=status)

    async def _server(self, request: web.Request) -> web.Response:
        one = self.machine(request)
        server = {
            "server_ip": one.address,
            "server_ipv6_net": "2001:db8:1::",
            "server_number": int(one.id),
            "server_name": one.name,
            "product": "AX41-NVMe",
            "dc": "FSN1-DC1",
            "status": "ready",
            "ip": [one.address],
        }
        return web.json_response({"server": server})

    async def _resets(self, request: web.Request) -> web.Response:
        if self.rate_limit:
            return self._limited()
        return web.json_response({"reset": self._row(request, self.offered)})

    async def _reset(self, request: web.Request) -> web.Response:
        machine, kind = self.machine(request), str((await request.post()).get("type", ""))
        if self.rate_limit:
            return self._limited()
        if kind not in self.offered or self.surprises:
            return self.no(400, "INVALID_INPUT", "invalid input", missing=[], invalid=["type"])
        if self.technician:
            return self.no(409, "RESET_MANUAL_ACTIVE", "A manual reset is already active")
        if self.fails:
            return self.no(500, "RESET_FAILED", "Resetting failed due to an internal error")
        self._press(machine, kind)
        return web.json_response({"reset": self._row(request, kind)})

    def _press(self, machine: Rented, kind: str) -> None:
        """A press of the power button shuts a running machine down, and starts one that is off."""
        if kind == "man":
            self.technician = True
            self.technicians.append(machine.id)
        machine.switch(kind, on=not machine.on if kind == "power" else machine.on or kind == "hw")

    def _limited(self) -> web.Response:
        about = {"max_request": 50, "interval": self.rate_limit}
        return self.no(403, "RATE_LIMIT_EXCEEDED", "rate limit exceeded", **about)

    def _row(self, request: web.Request, kind: object) -> dict[str, object]:
        machine = self.machine(request)
        about = {"server_ip": machine.address, "server_number": int(machine.id), "type": kind}
        return about | {"operating_status": "not supported"} if isinstance(kind, list) else about


class CloudEmulator(ProviderEmulator):
    """`slow`: so many looks at an Action find it running. `fails`: they end in error. `forgets`:
    they are not found, `bare`: they are not named. `busy`: the code of the no to any action, such
    as `conflict`. `status`: what every server shows instead of its state.
    """

    base = "/v1"

    def __init__(self, *machines: Rented) -> None:
        super().__init__(*machines or (Rented("42"),))
        self.slow = 1
        self.fails = False
        self.forgets = False
        self.bare = False
        self.status = ""
        self.busy = ""
        self._numbers = itertools.count(1000)
        self._actions: dict[int, int] = {}

    @override
    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.get("/v1/servers/{id}", self._server),
            web.post("/v1/servers/{id}/actions/{verb}", self._act),
            web.get("/v1/actions/{number}", self._action),
        )

    @override
    def welcome(self, request: web.Request, body: str) -> bool:
        return has(request, {"Authorization": f"Bearer {TOKEN}"})

    async def _server(self, request: web.Request) -> web.Response:
        machine = self.machine(request)
        status = self.status or ("running" if machine.read() else "off")
        server = {"id": int(machine.id), "name": machine.name, "status": status}
        return web.json_response({"server": server | {"locked": machine.locked}})

    async def _act(self, request: web.Request) -> web.Response:
        machine, verb = self.machine(request), request.match_info["verb"]
        if machine.locked:
            return self.no(423, "locked", "Server is locked by another action")
        if self.busy:
            return self.no(409, self.busy, "The server has changed during the request")
        if not self.fails:
            machine.switch(verb, on={"poweron": True, "reset": machine.on}.get(verb, False))
        number = next(self._numbers)
        self._actions[number] = self.slow
        return web.json_response({} if self.bare else self._shape(number), status=201)

    async def _action(self, request: web.Request) -> web.Response:
        number = -1 if self.forgets else int(request.match_info["number"])
        self._actions[number] = max(0, self._actions[number] - 1)
        return web.json_response(self._shape(number))

    def _shape(self, number: int) -> dict[str, object]:
        over = not self._actions[number]
        error = {"code": "action_failed", "message": "Action failed"} if self.fails else None
        status = ("error" if error else "success") if over else "running"
        about = {"id": number, "status": status, "progress": 100 if over else 50}
        return {"action": about | {"error": error if over else None}}
