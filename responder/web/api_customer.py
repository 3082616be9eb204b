"""What the PIN of an account opens: its own tickets, words to them, and a chat (R7, R12)."""

import asyncio
from functools import partial

from aiohttp import web

from responder import deskwork, requests, tracked, trackwork
from responder.desk.tracking import phrases, speech, state_word
from responder.deskwork import Hand
from responder.links import PinGrant
from responder.plan import Plan
from responder.requests import Request
from responder.store import Tx, customer_words
from responder.support.outages import again, still_down
from responder.trackwork import CUSTOMER, Right, Words
from responder.web import track_views as views
from responder.web.forms import Throttle
from responder.web.route import Access, Asked, Refused, Route, number, said
from responder.web.track_answers import private, refused_plainly
from responder.world import World

PATH = "/api/v1/customer"
_SHOWN = 100
_GIVES = {200: "as it is now", 403: "no token of a PIN", 404: "no such request of this account"}
_SPOKEN = {
    **_GIVES,
    400: "the body does not fit",
    409: "not with this request as it stands, and why",
    429: "too much in too short a time",
}


class CustomerDoor:
    """For chat tools and panels, with the token that a right PIN was changed for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chats = Throttle()

    def routes(self) -> list[Route]:
        """Nothing here reaches a machine, a playbook, or another account."""
        access, one = Access.CUSTOMER, f"{PATH}/tickets/{{id}}"
        return [
            Route("GET", f"{PATH}/tickets", self.listed, access, "The account's own tickets",
                  answers=views.OwnTicketsAnswer, gives=_GIVES, public=True),
            Route("GET", one, self.shown, access, "One of them", answers=views.SeenAnswer,
                  gives=_GIVES, public=True),
            Route("POST", f"{one}/comments", self.comment, access, "The customer's words to it",
                  takes=views.CommentOrder, answers=views.SeenAnswer, gives=_SPOKEN,
                  limit=200_000, public=True),
            Route("POST", f"{PATH}/chat", self.chat, access, "May I chat? What is long is a ticket",
                  takes=views.ChatOrder, answers=views.ChatAnswer, gives=_SPOKEN, limit=200_000,
                  public=True),
        ]  # fmt: skip

    async def listed(self, asked: Asked) -> web.Response:
        grant, plan = _grant(asked), self._world.live.plan
        return private(said(await self._world.store.read(_listed, grant, plan=plan)))

    async def shown(self, asked: Asked) -> web.Response:
        return await self._answer(_right(asked))

    async def comment(self, asked: Asked) -> web.Response:
        right, order = _right(asked), asked.take(views.CommentOrder)
        if not order.text.strip():
            raise Refused(400, "bad_request", "a text is needed", where="text")
        words = Words(order.text, order.files, order.key or "", order.complaint)
        world, now = self._world, self._world.clock.now()
        acted = await refused_plainly(world.store.write(trackwork.say, right, words, now=now))
        world.count(acted.figures, effects=acted.effects)
        told = await asyncio.to_thread(again, order.text, plan=world.live.plan)
        if await world.store.write(still_down, right.ticket, told, now=now):
            world.hasten("requests")
        return await self._answer(right)

    async def chat(self, asked: Asked) -> web.Response:
        """A quick question is talked about; anything else ends the chat with a ticket's number."""
        grant, order = _grant(asked), asked.take(views.ChatOrder)
        if not order.complex:
            answer = views.ChatAnswer(chat="open", reference=None, track=None)
            return private(said(answer.model_dump_json()))
        world, now = self._world, self._world.clock.now()
        if not self._chats.lets(grant.brand, grant.account, now=now):
            raise Refused(429, "too_much", "please wait a little before you write again")
        request = Request(
            order.subject, order.text, "chat", account=grant.account, brand=grant.brand or None
        )
        by = Hand(CUSTOMER, world.live.plan, now)
        read = await requests.understand(request, by.plan)
        acted: deskwork.Acted = await refused_plainly(
            world.store.write(partial(requests.take, request=read, by=by, link=world.track_link))
        )
        world.count(acted.figures, effects=acted.effects)
        world.hasten("requests")
        ticket = acted.ticket
        track = world.track_link(ticket)
        reference = ticket.ref or str(ticket.id)
        answer = views.ChatAnswer(chat="closed", reference=reference, track=track)
        return private(said(answer.model_dump_json()))

    async def _answer(self, right: Right) -> web.Response:
        world = self._world
        look = world.store.read(tracked.track, right, plan=world.live.plan, now=world.clock.now())
        found = await refused_plainly(look)
        return private(said(views.shown(found.seen, found.files).model_dump_json()))


def _listed(tx: Tx, grant: PinGrant, *, plan: Plan) -> str:
    found = customer_words.of_account(tx, grant.account, brand=grant.brand, limit=_SHOWN)
    answers = []
    for ticket in found:
        manner, state = speech(plan.clientele, ticket.brand), state_word(ticket)
        answers.append(
            views.OwnTicketAnswer(
                id=str(ticket.id),
                reference=ticket.ref or str(ticket.id),
                subject=manner.discreet(ticket.subject),
                state=state,
                words=phrases(manner.language)[state],
                opened_at=ticket.opened_at,
            )
        )
    return views.OwnTicketsAnswer(tickets=tuple(answers)).model_dump_json()


def _grant(asked: Asked) -> PinGrant:
    """The doorkeeper lets nobody else in."""
    if asked.caller.customer is None:
        raise Refused(403, "forbidden", "only the PIN of an account opens this")
    return asked.caller.customer


def _right(asked: Asked) -> Right:
    grant = _grant(asked)
    return Right(number(asked.part("id")), grant.brand, grant.account)
