"""Opens the doors: one port for staff and machines, and one for customers where it is wished."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from responder.links import BadLink, PinGrant
from responder.web.auth import Doorkeeper
from responder.web.route import Route
from responder.web.server import application, serve
from responder.whereabouts import Whereabouts, port_of
from responder.world import World


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the doors are open: those of the daemon, and those of customers (the same number where
    `status.listen` is not set).
    """

    own: int
    public: int


async def open_doors(
    world: World, routes: Sequence[Route], at: Whereabouts, exits: contextlib.AsyncExitStack
) -> Ports:
    """Open them; `exits` closes them. Raises OSError when a port is taken.

    With `status.listen`, customers find their own routes there and nothing else: no API, no
    figures, no staff's pages; and the daemon's own port knows nothing of customers.
    """
    listen = at.config.status.listen
    if listen is None:
        port = await _opened(world, routes, at.config.daemon.listen, exits, socket=at.socket)
        return Ports(port, port)
    inner = [route for route in routes if not route.public]
    outer = [route for route in routes if route.public]
    own = await _opened(world, inner, at.config.daemon.listen, exits, socket=at.socket)
    return Ports(own, await _opened(world, outer, listen, exits))


async def _opened(
    world: World,
    routes: Sequence[Route],
    listen: str,
    exits: contextlib.AsyncExitStack,
    *,
    socket: str | None = None,
) -> int:
    doorkeeper = Doorkeeper(world.live, customer=lambda token: _customer(world, token))
    app = application(routes, doorkeeper=doorkeeper, rejected=world.metrics.refused)
    runner: web.AppRunner = await serve(app, listen=listen, unix_socket=socket)
    exits.push_async_callback(runner.cleanup)
    return port_of(runner)


def _customer(world: World, token: str) -> PinGrant | None:
    with contextlib.suppress(BadLink):
        return world.links.read_pin(token, now=world.clock.now())
    return None
