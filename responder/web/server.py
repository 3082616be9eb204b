"""The HTTP server: judges each request, bounds it, and turns every refusal into the same JSON."""

import asyncio
import os
import socket
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler as AioHandler
from aiohttp.typedefs import Middleware

from responder.config import Role
from responder.store import StoreUnavailable
from responder.web.auth import Doorkeeper
from responder.web.connections import BACKLOG, Bounds, Runner
from responder.web.route import ALERT_LIMIT, Access, Asked, Caller, Refused, Route

BOUNDS = Bounds()
_POLICY = "Content-Security-Policy"
GUARDS = {
    _POLICY: (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Server": "responder",
}
_SAFE = ("GET", "HEAD", "OPTIONS")
_NOBODY = Caller("", Role.INTAKE)

Counted = Callable[[str, str], None]


def application(
    routes: Sequence[Route],
    *,
    doorkeeper: Doorkeeper,
    rejected: Counted,
    bounds: Bounds = BOUNDS,
) -> web.Application:
    """All routes behind one judge. `rejected(sender, reason)` counts what the doors refuse."""
    doors = frozenset(route.path for route in routes if _is_door(route))
    errors = _plain_errors(doors, rejected)
    app = web.Application(client_max_size=ALERT_LIMIT, middlewares=[errors])
    app.on_response_prepare.append(_guarded)
    known = {(route.method, route.path) for route in routes}
    for route in routes:
        judged = _judged(route, doorkeeper, rejected, within=bounds.body_seconds)
        app.router.add_route(route.method, route.path, judged)
        if route.method == "GET" and ("HEAD", route.path) not in known:
            app.router.add_route("HEAD", route.path, judged)
    return app


async def serve(
    app: web.Application, *, listen: str, unix_socket: str | None, bounds: Bounds = BOUNDS
) -> web.AppRunner:
    """Open the port and the socket. OSError when the port is taken."""
    runner = Runner(app, bounds)
    await runner.setup()
    host, _, port = listen.rpartition(":")
    await web.TCPSite(
        runner, host.strip("[]"), int(port), backlog=BACKLOG, reuse_address=True
    ).start()
    if unix_socket is not None:
        await web.SockSite(runner, _private_socket(Path(unix_socket))).start()
    return runner


def _private_socket(path: Path) -> socket.socket:
    """A socket for us and root alone; what an earlier life left in its place goes."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    os.fchmod(listener.fileno(), 0o600)  # before the bind: at no moment can others connect
    listener.bind(str(path))
    return listener


async def _guarded(_: web.Request, answer: web.StreamResponse) -> None:
    """What every answer tells browsers, and nobody else learns: which program this is. A policy of
    an answer's own is stricter, and stays.
    """
    policy = answer.headers.get(_POLICY, GUARDS[_POLICY])
    answer.headers.update({**GUARDS, _POLICY: policy})


def _is_door(route: Route) -> bool:
    return route.access is Access.SENDER and route.method != "GET"


def _judged(
    route: Route, doorkeeper: Doorkeeper, rejected: Counted, *, within: float
) -> AioHandler:
    count = rejected if _is_door(route) else _uncounted

    async def answer(request: web.Request) -> web.StreamResponse:
        caller = doorkeeper.caller(request)
        name = caller.name if caller else ""
        try:
            if not doorkeeper.may(caller, route.access, host=request.host):
                raise _forbidden(caller)
            asked = await _admitted(request, route, caller or _NOBODY, within=within)
        except Refused as refusal:
            count(name, "auth" if refusal.status in (401, 403) else refusal.code)
            raise
        try:
            return await route.handler(asked)
        except StoreUnavailable:
            count(name, "overload")
            raise

    return answer


def _uncounted(_sender: str, _reason: str) -> None:
    """For what is no door for alerts."""


async def _admitted(request: web.Request, route: Route, caller: Caller, *, within: float) -> Asked:
    """The whole request of somebody who may make it. Raises Refused."""
    if route.access is not Access.OPEN and _sent_by_another_site(request):
        raise Refused(403, "forbidden", "another web site may not do this")
    if not request.body_exists:
        return Asked(request, caller, b"")
    return Asked(request, caller, await _body(request, limit=route.limit, within=within))


def _forbidden(caller: Caller | None) -> Refused:
    if caller is None:
        return Refused(401, "auth", "give a valid token: Authorization: Bearer ...")
    if caller.customer is not None:
        return Refused(403, "forbidden", "a PIN opens the tickets of its own account alone")
    return Refused(403, "forbidden", f"the role {caller.role} may not do this")


def _sent_by_another_site(request: web.Request) -> bool:
    """Browsers say so, and may add a password that they remember; nobody else sends this header.

    Another sub-domain is another site as well: brands live side by side. What is OPEN carries its
    own proof (the signature in a link), which no other site knows.
    """
    site = request.headers.get("Sec-Fetch-Site", "none")
    return request.method not in _SAFE and site not in ("same-origin", "none")


async def _body(request: web.Request, *, limit: int, within: float) -> bytes:
    """The whole body within its size and time. Never unpacked: a small bomb would cost seconds."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(415, "encoding", "send the body as it is, without Content-Encoding")
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    try:
        # Most bodies have come with their head: they need no clock.
        async with asyncio.timeout(None if request.content.is_eof() else within):
            body = await request.read()
    except TimeoutError:
        raise Refused(408, "slow", f"the body took longer than {within:g} s") from None
    except (web.RequestPayloadError, ConnectionError):
        raise Refused(400, "bad_request", "the body did not come whole") from None
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(limit) from None
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> Refused:
    advice = "; an Alertmanager may send less with max_alerts" if limit == ALERT_LIMIT else ""
    return Refused(413, "too_large", f"the body is larger than {limit} bytes{advice}")


def _plain_errors(doors: Collection[str], rejected: Counted) -> Middleware:
    """Every refusal in one shape; what we cannot store is 503, the one that senders repeat soon."""

    @web.middleware
    async def judge(request: web.Request, handler: AioHandler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refusal:
            return error_answer(refusal)
        except StoreUnavailable as trouble:
            return error_answer(
                Refused(503, "overload", f"it could not be stored, come again: {trouble}")
            )
        except web.HTTPMethodNotAllowed as error:
            if request.path in doors:
                rejected("", "method")
            answer = error_answer(Refused(405, "method", "this path does not take this method"))
            answer.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
            return answer
        except web.HTTPNotFound:
            return error_answer(Refused(404, "not_found", "there is nothing at this path"))

    return judge


def error_answer(refusal: Refused) -> web.Response:
    """The one shape of errors: {"error": {"code", "message", "where"}}."""
    told = {"code": refusal.code, "message": refusal.message, "where": refusal.where}
    answer = web.json_response({"error": told}, status=refusal.status)
    if refusal.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="responder"'
    if refusal.status == 503:
        answer.headers["Retry-After"] = "1"
    return answer
