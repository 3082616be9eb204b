"""Leaseweb, Vultr and DigitalOcean as their documents describe them, their bulk calls included."""

import itertools
import json
from collections.abc import Iterable

from aiohttp import web
from typing_extensions import override

from responder.emulators.providers import ProviderEmulator, Rented, has

TOKEN = "hoster-sesame"  # noqa: S105 - of a made-up account
_BY_TYPE = {"power_on": True, "power_cycle": True, "power_off": False, "shutdown": False}


class LeasewebEmulator(ProviderEmulator):
    """`ipmi`, `pdu`: whether either tells a state; both are optional."""

    base = "/bareMetals/v2"

    def __init__(self, *machines: Rented) -> None:
        super().__init__(*machines or (Rented("12345", serial="JDK18"),))
        self.ipmi = True
        self.pdu = True

    @override
    def routes(self) -> Iterable[web.RouteDef]:
        server = self.base + "/servers/{id}"
        return (
            web.get(server, self._server),
            web.get(server + "/powerInfo", self._power),
            web.post(server + "/{verb:powerOn|powerOff|powerCycle}", self._order),
        )

    @override
    def welcome(self, request: web.Request, body: str) -> bool:
        return has(request, {"X-LSW-Auth": TOKEN})

    @override
    def no(self, status: int, code: str, message: str) -> web.Response:
        told = {"errorCode": str(status), "errorMessage": message, "correlationId": "1"}
        return web.json_response(told, status=status)

    async def _server(self, request: web.Request) -> web.Response:
        one = self.machine(request)
        contract = {"id": "674382", "reference": one.name}
        return web.json_response({"id": one.id, "serialNumber": one.serial, "contract": contract})

    async def _power(self, request: web.Request) -> web.Response:
        status = {"status": "on" if self.machine(request).read() else "off"}
        told = {"ipmi": status} if self.ipmi else {}
        return web.json_response(told | ({"pdu": {"status": "on"}} if self.pdu else {}))

    async def _order(self, request: web.Request) -> web.Response:
        machine, verb = self.machine(request), request.match_info["verb"]
        if machine.locked:
            return self.no(409, "", "a power action is in progress")
        machine.switch(verb, on=verb != "powerOff")
        return web.Response(status=202)


class VultrEmulator(ProviderEmulator):
    """Bare metal: no power state is told, and whoever starts a running machine restarts it. `mass`
    is what its bulk calls did.
    """

    base = "/v2"

    def __init__(self, *machines: Rented) -> None:
        usual = Rented("cb676a46-66fd-4dfb-b839-443f2e6c0b60")
        super().__init__(*machines or (usual,))
        self.mass: list[str] = []

    @override
    def routes(self) -> Iterable[web.RouteDef]:
        metal = self.base + "/bare-metals"
        return (
            web.post(metal + "/{verb:start|halt|reboot}", self._mass),
            web.get(metal + "/{id}", self._server),
            web.post(metal + "/{id}/{verb:start|halt|reboot}", self._order),
        )

    @override
    def welcome(self, request: web.Request, body: str) -> bool:
        return has(request, {"Authorization": f"Bearer {TOKEN}"})

    @override
    def no(self, status: int, code: str, message: str) -> web.Response:
        return web.json_response({"error": message, "status": status}, status=status)

    async def _server(self, request: web.Request) -> web.Response:
        one = self.machine(request)
        about = {"id": one.id, "label": one.name, "status": "active", "main_ip": one.address}
        return web.json_response({"bare_metal": about | {"default_password": "never-to-be-seen"}})

    async def _order(self, request: web.Request) -> web.Response:
        verb = request.match_info["verb"]
        self.machine(request).switch(verb, on=verb != "halt")
        return web.Response(status=204)

    async def _mass(self, request: web.Request) -> web.Response:
        for machine in self.machines.values():
            machine.switch(request.match_info["verb"], on=request.match_info["verb"] != "halt")
        self.mass.append(request.match_info["verb"])
        return web.Response(status=204)


class DropletEmulator(ProviderEmulator):
    """DigitalOcean: an order is an action, `slow` looks long; while it runs the droplet is locked
    and another is 422. `fails`: actions end in error. `mass` is what its bulk call did.
    """

    def __init__(self, *machines: Rented) -> None:
        super().__init__(*machines or (Rented("3164444"),))
        self.slow = 1
        self.fails = False
        self.mass: list[str] = []
        self._numbers = itertools.count(36804636)
        self._actions: dict[int, tuple[Rented, int]] = {}

    @override
    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.post("/v2/droplets/actions", self._mass),
            web.get("/v2/droplets/{id}", self._droplet),
            web.post("/v2/droplets/{id}/actions", self._act),
            web.get("/v2/droplets/{id}/actions/{number}", self._action),
        )

    @override
    def welcome(self, request: web.Request, body: str) -> bool:
        return has(request, {"Authorization": f"Bearer {TOKEN}"})

    @override
    def no(self, status: int, code: str, message: str) -> web.Response:
        return web.json_response({"id": code, "message": message}, status=status)

    async def _droplet(self, request: web.Request) -> web.Response:
        one = self.machine(request)
        status = "active" if one.read() else "off"
        about = {"id": int(one.id), "name": one.name, "status": status, "locked": one.locked}
        return web.json_response({"droplet": about})

    async def _act(self, request: web.Request) -> web.Response:
        machine, kind = self.machine(request), str((await request.json()).get("type"))
        if machine.locked:
            told = "Droplet already has a pending event."
            return self.no(422, "unprocessable_entity", told)
        if kind == ("power_on" if machine.on else "power_off"):
            told = f"Droplet is already powered {'on' if machine.on else 'off'}."
            return self.no(422, "unprocessable_entity", told)
        machine.locked = True
        if not self.fails:
            machine.switch(kind, on=_BY_TYPE[kind])
        number = next(self._numbers)
        self._actions[number] = (machine, self.slow)
        return web.json_response(self._shape(number), status=201)

    async def _action(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        machine, looks = self._actions[number]
        self._actions[number] = (machine, max(0, looks - 1))
        return web.json_response(self._shape(number))

    def _shape(self, number: int) -> dict[str, object]:
        machine, looks = self._actions[number]
        machine.locked = looks > 0
        ended = "errored" if self.fails else "completed"
        return {"action": {"id": number, "status": "in-progress" if looks else ended}}

    async def _mass(self, request: web.Request) -> web.Response:
        kind = str(json.loads(await request.text()).get("type"))
        for machine in self.machines.values():
            machine.switch(kind, on=_BY_TYPE[kind])
        self.mass.append(kind)
        return web.json_response({"actions": []}, status=201)
