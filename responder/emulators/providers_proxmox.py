"""A node of Proxmox VE with its guests: orders are tasks, and their yes says only "queued"."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web
from typing_extensions import override

from responder.emulators.providers import ProviderEmulator, Rented, has

TOKEN = "responder@pve!power"  # noqa: S105 - a name
SECRET = "11111111-2222-4333-8444-555555555555"  # noqa: S105 - of a made-up node
_DONE = {"start": True, "stop": False, "shutdown": False}


@dataclass(slots=True)
class Task:
    """`looks`: so many more find it running."""

    looks: int
    exit: str


class ProxmoxEmulator(ProviderEmulator):
    """`machines` are the guests, those of `containers` by lxc. `slow`: so many looks find a task
    running. `exit`: how the next tasks end instead of OK. `queue_only`: tasks are never done.
    `refuses`: the reason of a 500 to every order. `bare`: no task is named.
    """

    def __init__(self, *machines: Rented, containers: tuple[str, ...] = ()) -> None:
        super().__init__(*machines or (Rented("101"),))
        self.containers = containers
        self.slow = 1
        self.exit = ""
        self.queue_only = False
        self.refuses = ""
        self.bare = False
        self.tasks: dict[str, Task] = {}
        self._numbers = itertools.count(1)

    @override
    def routes(self) -> Iterable[web.RouteDef]:
        node = "/api2/json/nodes/pve1"
        guest = node + "/{kind:qemu|lxc}/{id}/status"
        return (
            web.get(guest + "/current", self._current),
            web.post(guest + "/{verb}", self._order),
            web.get(node + "/tasks/{task}/status", self._task),
        )

    @override
    def welcome(self, request: web.Request, body: str) -> bool:
        return has(request, {"Authorization": f"PVEAPIToken={TOKEN}={SECRET}"})

    @override
    def no(self, status: int, code: str, message: str) -> web.Response:
        return web.json_response({"data": None, "message": f"{message}\n"}, status=status)

    async def _current(self, request: web.Request) -> web.Response:
        machine = self._guest(request)
        return self._missing(request) if machine is None else _told(_row(machine))

    async def _order(self, request: web.Request) -> web.Response:
        machine, verb = self._guest(request), request.match_info["verb"]
        if machine is None:
            return self._missing(request)
        if verb not in (*_DONE, "reset") or (verb == "reset" and self._kind(machine) == "lxc"):
            return self.no(501, "", f"Method 'POST {request.path}' not implemented")
        if self.refuses:
            return self.no(500, "", self.refuses)
        task = self._begin(machine, verb)
        return _told(None if self.bare else task)

    def _begin(self, machine: Rented, verb: str) -> str:
        """Queue a task; what is wrong with it stands in its exit status alone."""
        number = next(self._numbers)
        name = f"UPID:pve1:0000A1B2:{number:08X}:65F00000:qm{verb}:{machine.id}:{TOKEN}:"
        ended = self.exit or _objection(machine, verb) or "OK"
        if ended == "OK" and not self.queue_only:
            machine.switch(verb, on=_DONE.get(verb, machine.on))
        self.tasks[name] = Task(self.slow, ended)
        return name

    async def _task(self, request: web.Request) -> web.Response:
        task = self.tasks[request.match_info["task"]]
        task.looks = max(0, task.looks - 1)
        if task.looks or self.queue_only:
            return _told({"status": "running"})
        return _told({"status": "stopped", "exitstatus": task.exit})

    def _guest(self, request: web.Request) -> Rented | None:
        machine = self.machines.get(request.match_info["id"])
        wanted = request.match_info["kind"]
        return machine if machine and self._kind(machine) == wanted else None

    def _kind(self, machine: Rented) -> str:
        return "lxc" if machine.id in self.containers else "qemu"

    def _missing(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        told = f"Configuration file 'nodes/pve1/qemu-server/{number}.conf' does not exist"
        return self.no(500, "", told)


def _objection(machine: Rented, verb: str) -> str:
    if machine.locked:
        return "VM is locked (backup)"
    if verb == "start" and machine.on:
        return f"VM {machine.id} already running"
    return f"VM {machine.id} not running" if not machine.on and verb != "start" else ""


def _row(machine: Rented) -> dict[str, object]:
    status = "running" if machine.read() else "stopped"
    return {"vmid": int(machine.id), "name": machine.name, "status": status, "qmpstatus": status}


def _told(data: object) -> web.Response:
    return web.json_response({"data": data})
