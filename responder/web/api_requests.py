"""Customers' requests over the API: from agents, chats and panels; and the knowledge base."""

from functools import partial

from aiohttp import web

from alerts.model import person
from responder.customer_links import link_to
from responder.desk.knowledge import Article, shelf
from responder.deskwork import Acted, Hand
from responder.deskwork import Refused as NotDone
from responder.requests import Linked, Request, take, understand
from responder.store import articles
from responder.values import TicketRecord
from responder.web import request_orders as orders
from responder.web.request_orders import NewRequestOrder, RequestAnswer
from responder.web.route import Access, Asked, Refused, Route, said
from responder.web.walls import own_account
from responder.world import World

PATH = "/api/v1/requests"
ARTICLES = "/api/v1/articles"


class Requests:
    """Agents write for customers (R2, R6, R7), and find articles (R82)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._link = link_to(world)

    def routes(self) -> list[Route]:
        """Writing needs an agent, reading a viewer."""
        opened = {
            200: "known already, or a chat that goes on",
            201: "a ticket was opened",
            400: "the body does not fit",
        }
        return [
            Route("POST", PATH, self.opened, Access.AGENT, "A customer's request, by an agent",
                  takes=NewRequestOrder, answers=RequestAnswer, gives=opened,
                  by_brand=True),
            Route("GET", ARTICLES, self.articles, Access.VIEWER, "Articles that fit these words",
                  asks=orders.ArticleQuery, answers=orders.ArticlesAnswer),
            Route("POST", f"{ARTICLES}/vote", self.vote, Access.AGENT, "Did an article help?",
                  takes=orders.ArticleVoteOrder, answers=orders.ArticlesAnswer,
                  gives={200: "counted", 400: "the body does not fit", 404: "no such article"}),
        ]  # fmt: skip

    async def opened(self, asked: Asked) -> web.Response:
        order = asked.take(NewRequestOrder)
        if order.channel == "chat" and not order.complex:
            small = RequestAnswer(
                reference=None, chat="goes-on", expected_seconds=None, ticket=None
            )
            return said(small.model_dump_json())
        if not order.text.strip() or not order.subject.strip():
            raise Refused(400, "bad_request", "a subject and a text are needed", where="text")
        world = self._world
        own_account(asked, world, account=order.account, server=order.server)
        named = {"brand": asked.brand(order.brand), "key": asked.key(order.key)}
        order = order.model_copy(update=named)
        by = Hand(person(asked.caller.name), world.live.plan, world.clock.now())
        acted = await taken(
            world, _request(order, asked.caller.brand or ""), by=by, link=self._link
        )
        told = orders.request_answer(
            acted.ticket,
            seconds=expected(world, acted.ticket),
            chat=order.channel == "chat",
        )
        fresh = 201 if acted.figures or acted.effects else 200
        return web.Response(
            text=told.model_dump_json(), content_type="application/json", status=fresh
        )

    async def articles(self, asked: Asked) -> web.Response:
        query = asked.look(orders.ArticleQuery)
        every = shelf(self._world.live.plan.desk.knowledge)
        found = every.suggest(query.text) if query.text.strip() else every.articles[:1000]
        return await self._shown(found)

    async def vote(self, asked: Asked) -> web.Response:
        order = asked.take(orders.ArticleVoteOrder)
        every = shelf(self._world.live.plan.desk.knowledge).articles
        found = [one for one in every if one.id == order.article]
        if not found:
            raise Refused(404, "not_found", f'no article is called "{order.article}"')
        await self._world.store.write(articles.vote, order.article, helpful=order.helpful)
        return await self._shown(found)

    async def _shown(self, found: "list[Article] | tuple[Article, ...]") -> web.Response:
        votes = await self._world.store.read(articles.votes, [one.id for one in found])
        shown = tuple(_article(one, *votes.get(one.id, (0, 0))) for one in found)
        return said(orders.ArticlesAnswer(articles=shown).model_dump_json())


async def taken(world: World, request: Request, *, by: Hand, link: Linked) -> Acted:
    """Open it, and set going what follows. Raises Refused (422)."""
    try:
        read = await understand(request, by.plan)
        acted = await world.store.write(partial(take, request=read, by=by, link=link))
    except NotDone as refusal:
        raise Refused(422, "refused", str(refusal)) from None
    world.count(acted.figures, effects=acted.effects)
    world.hasten("requests")
    return acted


def expected(world: World, ticket: TicketRecord) -> int:
    """How soon its customer hears from us, in seconds."""
    plan = world.live.plan
    brand = plan.clientele.brands.get(ticket.brand or "")
    return int(plan.desk.promise(brand, ticket.priority).useful.total_seconds())


def _request(order: NewRequestOrder, via: str) -> Request:
    return Request(
        subject=order.subject,
        text=order.text,
        channel=order.channel,
        key=order.key,
        sender=order.caller or "",
        sender_name=order.caller_name or "",
        to=order.to or "",
        brand=order.brand,
        account=order.account,
        server=order.server,
        category=order.category,
        priority=order.priority,
        on_behalf_of=order.on_behalf_of or "",
        language=order.language or "",
        via=via,
    )


def _article(one: Article, helpful: int, unhelpful: int) -> orders.ArticleAnswer:
    return orders.ArticleAnswer(
        id=one.id,
        title=one.title,
        url=one.url,
        tags=one.tags,
        helpful=helpful,
        unhelpful=unhelpful,
    )
