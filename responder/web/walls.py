"""What a token with a brand reaches: that brand's tickets, accounts and figures, nothing else."""

from dataclasses import replace

from aiohttp import web

from responder.store import tickets
from responder.web.route import Access, Asked, Refused, Route, number
from responder.world import World

_TICKET = "/api/v1/tickets/{id}"


def walled(route: Route, world: World) -> Route:
    """The same route, shut for tokens with a brand: but for the tickets of their own, and what
    keeps to one brand by itself. Open ones carry their own proof.
    """
    if route.access in (Access.OPEN, Access.CUSTOMER):
        return route

    async def handle(asked: Asked) -> web.StreamResponse:
        if asked.caller.brand is not None:
            await _stay_inside(route, asked, world)
        return await route.handler(asked)

    return replace(route, handler=handle)


def own_account(asked: Asked, world: World, *, account: str | None, server: str | None) -> None:
    """Raises Refused (404) for an account or server that is known as another brand's."""
    brand, directory = asked.caller.brand, world.live.plan.directory
    if brand is None:
        return
    for name, anothers in ((account, directory.has_account), (server, directory.has_server)):
        if name and anothers(name, other_than=brand):
            raise Refused(404, "not_found", f'nothing is called "{name}"')


async def _stay_inside(route: Route, asked: Asked, world: World) -> None:
    if route.path.startswith(_TICKET):
        id_ = number(asked.part("id"))
        ticket = await world.store.read(tickets.by_id, id_)
        if ticket is None or ticket.brand != asked.caller.brand:
            raise Refused(404, "not_found", f"there is no ticket {id_}")
    elif not route.by_brand:
        raise Refused(403, "forbidden", "a token of one brand may not use this")
