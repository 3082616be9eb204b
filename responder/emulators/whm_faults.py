"""How the WHM emulator misbehaves: every trap of the real one, to be switched on at run time."""

import asyncio
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

_LOGIN = (
    "<!DOCTYPE html><html><head><title>WHM Login</title></head>"
    '<body><form action="/login/" method="post"><input name="user"></form></body></html>'
)


class WhmFault(StrEnum):
    """What becomes of a call."""

    REFUSED = "200 with metadata.result 0"
    ROLE_DISABLED = "200, and the role of the function is disabled"
    LOGIN_PAGE = "200 with the login page"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    TOKEN_EXPIRED = "403 with a JSON that says why"  # noqa: S105 - no secret but a fault's name
    BROKEN = "500"
    UNAVAILABLE = "503"
    REDIRECT = "302 to the login"
    TRUNCATED = "JSON that ends in the middle"
    HUNG_UP = "the connection is cut in the middle of the answer"
    SILENT = "no answer at all"
    API_0 = "api.version gets lost on the way: the shapes of API 0"
    ODD = "JSON of a shape that nobody expects"


@dataclass(slots=True)
class WhmFaults:
    """`everywhere` strikes all calls, `calls` those of one function. `as_text`: JSON is sent as
    text/plain, as real servers do. `slow_seconds`: each answer takes so long. `unlimited`: how "no
    limit" is spelled wherever it stands, None = as the real function does; `unknown`: figures are
    "*unknown*".
    """

    everywhere: WhmFault | None = None
    calls: dict[str, WhmFault] = field(default_factory=dict)
    as_text: bool = True
    slow_seconds: float = 0.0
    unlimited: tuple[Any, ...] = ()
    unknown: bool = False

    def of(self, function: str) -> WhmFault | None:
        """The fault of a call of this function."""
        return self.calls.get(function, self.everywhere)

    def no_limit(self, usual: Any) -> Any:
        """How "unlimited" is spelled: the first of `unlimited`, if any."""
        return self.unlimited[0] if self.unlimited else usual

    def limit(self, most: float | None, *, usual: Any, times: int = 1) -> Any:
        """A limit in the unit of its function; `usual` spells "unlimited" there."""
        return self.no_limit(usual) if most is None else most * times

    def figure(self, told: Any) -> Any:
        """A figure, or that it is unknown."""
        return "*unknown*" if self.unknown else told

    def answer(self, said: Any) -> web.Response:
        """JSON, with the content type of the day."""
        kind = "text/plain" if self.as_text else "application/json"
        return web.Response(body=json.dumps(said).encode(), content_type=kind)


def refused(function: str, reason: str) -> dict[str, Any]:
    """A failure of API 1."""
    about = {"command": function, "reason": reason, "result": 0, "version": 1}
    return {"metadata": about}


async def strike(
    fault: WhmFault, function: str, request: web.Request, good: web.Response, over: asyncio.Event
) -> web.StreamResponse:
    """What the caller gets instead of the good answer."""
    if fault is WhmFault.SILENT:
        await over.wait()
    if fault is WhmFault.HUNG_UP:
        return await _cut(request, good)
    if fault is WhmFault.TRUNCATED:
        body = _body(good)
        return web.Response(body=body[: len(body) // 2], content_type=good.content_type)
    return _instead(fault, function)


def _instead(fault: WhmFault, function: str) -> web.Response:
    match fault:
        case WhmFault.REFUSED:
            return web.json_response(refused(function, "Permission denied"))
        case WhmFault.ROLE_DISABLED:
            reason = f'The "DNS" role, which {function} needs, is disabled on this server.'
            return web.json_response(refused(function, reason))
        case WhmFault.LOGIN_PAGE:
            return login(200)
        case WhmFault.UNAUTHORIZED:
            return login(401)
        case WhmFault.TOKEN_EXPIRED:
            return denied()
        case WhmFault.REDIRECT:
            return web.Response(status=302, headers={"Location": "/login/"})
        case WhmFault.ODD:
            return web.json_response({"metadata": {"result": 1}, "data": ["something", "else"]})
    status = {WhmFault.FORBIDDEN: 403, WhmFault.BROKEN: 500}.get(fault, 503)
    return web.Response(status=status, text="cpsrvd says no")


def login(status: int) -> web.Response:
    """The page for people, whom it takes us to be."""
    return web.Response(status=status, text=_LOGIN, content_type="text/html")


def denied() -> web.Response:
    """What a wrong or expired token gets."""
    about = {"apiversion": "2", "error": "Access denied", "type": "text"}
    return web.json_response({"cpanelresult": about}, status=403)


async def _cut(request: web.Request, good: web.Response) -> web.StreamResponse:
    body = _body(good)
    response = web.StreamResponse(headers={"Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _body(response: web.Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b""
