"""How the ticket emulator fails: before it acts, after it, and long after the caller has gone."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web
from aiohttp.typedefs import Handler


class Fault(StrEnum):
    """What happens to one request."""

    UNAVAILABLE = "503, nothing done"
    RATE_LIMIT = "429 with a time to wait, nothing done"
    LOGIN_PAGE = "200 with a login page, nothing done"
    RESET = "done, then the connection is cut"
    NO_ID = "done, 201 without an id"
    HANG = "done, answered too late"
    LATE = "done when the caller has gone"


@dataclass(slots=True)
class Faults:
    """`next` strikes the next writes in order; then `chances` give each write its fault.

    Reads are spared unless `reads`. A caller who waits longer than `late_seconds` does not see a
    LATE fault as one. `lag_seconds`: how long a new ticket is hidden from searches.
    """

    next: list[Fault] = field(default_factory=list)
    chances: Mapping[Fault, float] = field(default_factory=dict)
    reads: bool = False
    slow_seconds: float = 0.0
    hang_seconds: float = 1.0
    late_seconds: tuple[float, float] = (0.3, 0.8)
    lag_seconds: float = 0.0
    dice: random.Random = field(default_factory=random.Random)

    def draw(self) -> Fault | None:
        """The fault of this request, if it has one."""
        if self.next:
            return self.next.pop(0)
        point = self.dice.random()
        for fault, chance in self.chances.items():
            if (point := point - chance) < 0:
                return fault
        return None

    async def strike(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request with its fault. The body was read: the caller may be gone by now."""
        fault = self.draw()
        if fault in _NOTHING_DONE:
            return _NOTHING_DONE[fault]()
        match fault:
            case Fault.LATE:
                await asyncio.sleep(self.dice.uniform(*self.late_seconds))
                return await handler(request)
            case Fault.HANG:
                answer = await handler(request)
                await asyncio.sleep(self.hang_seconds)
                return answer
            case Fault.RESET:
                answer = await handler(request)
                if request.transport is not None:
                    request.transport.abort()
                return answer
            case Fault.NO_ID:
                await handler(request)
                return web.json_response({}, status=201)
        return await handler(request)


def _unavailable() -> web.Response:
    return web.Response(status=503, text="Service Unavailable")


def _too_many() -> web.Response:
    return web.Response(status=429, text="Slow down", headers={"Retry-After": "7"})


def _login_page() -> web.Response:
    return web.Response(text="<html>Login</html>", content_type="text/html")


_NOTHING_DONE = {
    Fault.UNAVAILABLE: _unavailable,
    Fault.RATE_LIMIT: _too_many,
    Fault.LOGIN_PAGE: _login_page,
}
