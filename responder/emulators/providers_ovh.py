"""OVH's API: signed calls, and tasks that can't be read for a while and are gone when done."""

import hashlib
import itertools
import time
from collections.abc import Iterable

from aiohttp import web
from typing_extensions import override

from responder.emulators.providers import ProviderEmulator, Rented

KEY, SECRET, CONSUMER = "ovh-application", "ovh-sesame", "ovh-consumer"
_NAME = "ns123.ip-127-0-0-2.eu"


class OvhEmulator(ProviderEmulator):
    """`deaf`: so many looks at a task meet 404 and 500 in turn. `slow`: so many more find it doing.
    `ends`: how a task ends. `purges`: one that is done is gone. `ahead`: seconds of its clock;
    `tells_time`: whether it tells it.
    """

    base = "/1.0"

    def __init__(self, *machines: Rented) -> None:
        super().__init__(*machines or (Rented(_NAME, name="web1.example.net.", serial="1234567"),))
        self.deaf = 0
        self.slow = 0
        self.ends = "done"
        self.purges = False
        self.ahead = 0
        self.tells_time = True
        self._numbers = itertools.count(7000)
        self._looks: dict[int, int] = {}

    @override
    def routes(self) -> Iterable[web.RouteDef]:
        server = self.base + "/dedicated/server/{id}"
        return (
            web.get(self.base + "/auth/time", self._time),
            web.get(server, self._server),
            web.post(server + "/reboot", self._reboot),
            web.get(server + "/task/{task}", self._task),
        )

    @override
    def welcome(self, request: web.Request, body: str) -> bool:
        """Is the call signed, by the clock of a moment ago?"""
        if request.path == self.base + "/auth/time":
            return True
        told = request.headers.get("X-Ovh-Timestamp", "0")
        parts = (SECRET, CONSUMER, request.method, str(request.url), body, told)
        signed = "$1$" + hashlib.sha1("+".join(parts).encode(), usedforsecurity=False).hexdigest()
        known = (KEY, CONSUMER, signed)
        names = ("X-Ovh-Application", "X-Ovh-Consumer", "X-Ovh-Signature")
        given = tuple(request.headers.get(name, "") for name in names)
        return given == known and abs(self._now() - int(told)) < 30

    @override
    def no(self, status: int, code: str, message: str) -> web.Response:
        return web.json_response({"message": message, "class": f"Client::{code}"}, status=status)

    def _now(self) -> int:
        return int(time.time()) + self.ahead

    async def _time(self, request: web.Request) -> web.Response:
        return web.json_response(self._now() if self.tells_time else "now")

    async def _server(self, request: web.Request) -> web.Response:
        one = self.machine(request)
        about = {"name": one.id, "serverId": int(one.serial), "reverse": one.name}
        return web.json_response(about | {"ip": one.address, "state": "ok", "monitoring": True})

    async def _reboot(self, request: web.Request) -> web.Response:
        machine = self.machine(request)
        if machine.locked:
            return self.no(409, "Conflict", "A reboot task is already under way")
        machine.switch("reboot", on=True)
        number = next(self._numbers)
        self._looks[number] = 0
        return web.json_response({"taskId": number, "function": "hardReboot", "status": "init"})

    async def _task(self, request: web.Request) -> web.Response:
        number = int(request.match_info["task"])
        self._looks[number] += 1
        looks = self._looks[number]
        if looks <= self.deaf:
            return self.no(404 if looks % 2 else 500, "NotFound", "This task does not exist")
        if looks <= self.deaf + self.slow:
            return web.json_response({"taskId": number, "status": "doing"})
        if self.purges:
            return self.no(404, "NotFound", "This task does not exist")
        return web.json_response({"taskId": number, "status": self.ends})
