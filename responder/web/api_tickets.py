"""Tickets over the API: listed, read, and worked on at the built-in desk."""

from collections.abc import Callable
from functools import partial

from aiohttp import web

from alerts.model import person
from responder import deskwork
from responder.deskwork import Acted, Hand, Request
from responder.web import ticket_orders as orders
from responder.web import ticket_views as views
from responder.web.acts import Act, refusals
from responder.web.answers import EventsAnswer
from responder.web.orders import Order
from responder.web.route import Access, Asked, Refused, Route, known, number, said
from responder.web.tier_acts import TIER_ACTS
from responder.web.views import BadCursor, read_cursor
from responder.web.walls import own_account
from responder.world import World

PATH = "/api/v1/tickets"
_READ = {200: "as it is now", 404: "no such ticket"}
_ACTED = {
    200: "done; the ticket as it is now",
    400: "the body does not fit",
    404: "no such ticket",
    403: "not by you",
    409: "somebody was first, or it is kept in another system",
    422: "something must be said first",
}


_ACTS = (
    Act("take", Order, lambda _: deskwork.take, "Own it; its incident is acknowledged with it"),
    Act(
        "assign",
        orders.OwnerOrder,
        lambda order: partial(deskwork.assign, owner=order.owner),
        "It is somebody's, or nobody's, from now on",
    ),
    Act(
        "note",
        orders.TextOrder,
        lambda order: partial(deskwork.note, text=order.text),
        "Write to the staff",
    ),
    Act(
        "vote",
        orders.VoteOrder,
        lambda order: partial(deskwork.vote, score=order.score, comment=order.comment),
        "What the customer thinks, 1 to 5; the last vote counts",
    ),
    Act(
        "useful",
        orders.UsefulOrder,
        lambda order: partial(deskwork.mark, reply=order.reply, useful=order.useful),
        "Did this reply help?",
    ),
)


class Tickets:
    """The tickets that we know of; acts only at the desk that we keep ourselves."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.metrics.know_acts(act.verb for act in (*_ACTS, *TIER_ACTS))

    def routes(self) -> list[Route]:
        """Reading needs a viewer, working an agent."""
        one, viewer = f"{PATH}/{{id}}", Access.VIEWER
        return [
            Route(
                "GET", PATH, self.listed, viewer, "All tickets, newest first",
                asks=orders.TicketQuery, answers=orders.TicketsAnswer,
                gives={200: "a part of the list"}, by_brand=True,
            ),
            Route(
                "POST", PATH, self.opened, Access.AGENT, "Open one by hand",
                takes=orders.NewTicketOrder, answers=orders.FullTicketAnswer, gives=_ACTED,
                by_brand=True,
            ),
            Route(
                "GET", one, self.read, viewer, "One ticket",
                answers=orders.FullTicketAnswer, gives=_READ,
            ),
            Route(
                "GET", f"{one}/events", self.events, viewer, "What happened, oldest first",
                answers=EventsAnswer, gives=_READ,
            ),
            *(self._route(act) for act in (*_ACTS, *TIER_ACTS)),
        ]  # fmt: skip

    async def listed(self, asked: Asked) -> web.Response:
        query = asked.look(orders.TicketQuery)
        try:
            below = read_cursor(query.after) if query.after is not None else None
        except BadCursor as bad:
            raise Refused(400, "bad_request", str(bad), where="after") from None
        look = self._world.store.read(views.tickets, query, below_id=below, brand=asked.brand())
        return said(await look)

    async def read(self, asked: Asked) -> web.Response:
        return await self._answer(number(asked.part("id")))

    async def events(self, asked: Asked) -> web.Response:
        id_ = number(asked.part("id"))
        found = await self._world.store.read(views.ticket_events, id_)
        return said(known(found, f"there is no ticket {id_}"))

    async def opened(self, asked: Asked) -> web.Response:
        order = asked.take(orders.NewTicketOrder)
        own_account(asked, self._world, account=order.account, server=order.server)
        told = {"brand": asked.brand(order.brand), "key": asked.key(order.key)}
        request = Request(**{**order.model_dump(), **told})
        return await self._acted(partial(deskwork.open_by_hand, request=request), asked)

    def _route(self, act: Act) -> Route:
        async def handle(asked: Asked) -> web.Response:
            id_ = number(asked.part("id"))
            work = act.work(asked.take(act.order))
            try:
                return await self._acted(partial(work, number=id_), asked)
            except Refused as refusal:
                if refusal.code == "incomplete":
                    self._world.metrics.act_lacked(act.verb)
                raise

        return Route(
            "POST", f"{PATH}/{{id}}/{act.verb}", handle, Access.AGENT, act.summary,
            takes=act.order, answers=orders.FullTicketAnswer, gives=_ACTED,
        )  # fmt: skip

    async def _acted(self, work: Callable[..., Acted], asked: Asked) -> web.Response:
        world = self._world
        by = Hand(person(asked.caller.name), world.live.plan, world.clock.now())
        with refusals():
            acted = await world.store.write(work, by=by)
        world.count(acted.figures, effects=acted.effects)
        return await self._answer(acted.ticket.id)

    async def _answer(self, id_: int) -> web.Response:
        found = await self._world.store.read(views.ticket, id_)
        return said(known(found, f"there is no ticket {id_}"))
