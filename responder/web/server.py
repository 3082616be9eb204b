"""The HTTP server: judges each request, bounds it, and turns every refusal into the same JSON."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler as AioHandler

from responder.config import Role
from responder.store import StoreUnavailable
from responder.web.auth import Doorkeeper
from responder.web.route import ALERT_LIMIT, Access, Asked, Caller, Refused, Route

BODY_SECONDS = 10.0
_NOBODY = Caller("", Role.INTAKE)

Counted = Callable[[str, str], None]


def application(
    routes: Sequence[Route], *, doorkeeper: Doorkeeper, rejected: Counted
) -> web.Application:
    """All routes behind one judge. `rejected(sender, reason)` counts what the doors refuse."""
    app = web.Application(client_max_size=ALERT_LIMIT, middlewares=[_plain_errors])
    for route in routes:
        app.router.add_route(route.method, route.path, _judged(route, doorkeeper, rejected))
    return app


async def serve(app: web.Application, *, listen: str, unix_socket: str | None) -> web.AppRunner:
    """Open the port and the socket. OSError when the port is taken."""
    runner = web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=30,
        handle_signals=False,
        shutdown_timeout=5,
    )
    await runner.setup()
    host, _, port = listen.rpartition(":")
    await web.TCPSite(runner, host.strip("[]"), int(port), backlog=1024, reuse_address=True).start()
    if unix_socket is not None:
        await web.UnixSite(runner, unix_socket).start()
    return runner


def _judged(route: Route, doorkeeper: Doorkeeper, rejected: Counted) -> AioHandler:
    async def answer(request: web.Request) -> web.StreamResponse:
        caller = doorkeeper.caller(request)
        at_a_door = (
            route.access in (Access.SENDER, Access.SENDER_OR_VIEWER) and route.method != "GET"
        )
        try:
            if not doorkeeper.may(caller, route.access):
                raise _forbidden(caller)
            body = await _body(request, limit=route.limit) if request.body_exists else b""
        except Refused as refusal:
            if at_a_door:
                rejected(caller.name if caller else "", refusal.code)
            raise
        return await route.handler(Asked(request, caller or _NOBODY, body))

    return answer


def _forbidden(caller: Caller | None) -> Refused:
    if caller is None:
        return Refused(401, "auth", "give a valid token: Authorization: Bearer ...")
    return Refused(403, "forbidden", f"the role {caller.role} may not do this")


async def _body(request: web.Request, *, limit: int) -> bytes:
    """The whole body within its size and time. Never unpacked: a small bomb would cost seconds."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(415, "encoding", "send the body as it is, without Content-Encoding")
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.read()
    except TimeoutError:
        raise Refused(408, "slow", f"the body took longer than {BODY_SECONDS:g} s") from None
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(limit) from None
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> Refused:
    return Refused(
        413,
        "too_large",
        f"the body is larger than {limit} bytes; an Alertmanager may send less with max_alerts",
    )


@web.middleware
async def _plain_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every refusal in one shape; what we cannot store is 503, the only answer that senders repeat
    soon.
    """
    try:
        return await handler(request)
    except Refused as refusal:
        return error_answer(refusal)
    except StoreUnavailable as trouble:
        return error_answer(
            Refused(503, "overload", f"it could not be stored, come again: {trouble}")
        )
    except web.HTTPException as error:
        if error.status < 400:
            raise
        words = {404: "there is nothing at this path", 405: "this path does not take this method"}
        message = words.get(error.status, error.reason)
        return error_answer(Refused(error.status, "http", message, where=request.path))


def error_answer(refusal: Refused) -> web.Response:
    """The one shape of errors: {"error": {"code", "message", "where"}}."""
    told = {"code": refusal.code, "message": refusal.message, "where": refusal.where}
    answer = web.json_response({"error": told}, status=refusal.status)
    if refusal.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="responder"'
    if refusal.status == 503:
        answer.headers["Retry-After"] = "1"
    return answer
