"""Customers over the API: who they are, what they were told of an incident, and words to them."""

from datetime import datetime

from aiohttp import web

from alerts.model import person
from responder import acts, notices
from responder.acts import Done
from responder.customers.audience import everybody
from responder.notices import Words
from responder.plan import Plan
from responder.store import Tx
from responder.store import customers as rows
from responder.web import customer_views as views
from responder.web.api_incidents import PATH as INCIDENTS
from responder.web.route import Access, Asked, Refused, Route, number, said
from responder.world import World

PATH = "/api/v1/customers"
_READ = {200: "as it is now", 404: "no such incident"}
_TOLD = {
    200: "queued, or with `preview` only shown",
    400: "the body does not fit",
    404: "no such incident",
    409: "nobody is to be told of it so, and why",
    422: "the words hold what customers must not read, and what",
}


class CustomersDoor:
    """What customers read."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer; whoever speaks with customers (level 1) is an agent."""
        one = f"{INCIDENTS}/{{id}}"
        return [
            Route(
                "GET", PATH, self.listed, Access.VIEWER, "Everybody who can be told of trouble",
                asks=views.CustomersQuery, answers=views.CustomersAnswer,
                gives={200: "customers, and who can not be told and why"}, by_brand=True,
            ),
            Route(
                "GET", f"{one}/customers", self.read, Access.VIEWER,
                "Whom it concerns, and what they were told",
                asks=views.PreviewQuery, answers=views.IncidentCustomersAnswer, gives=_READ,
            ),
            Route(
                "POST", f"{one}/tell", self.tell, Access.AGENT, "Write to everybody it concerns",
                takes=views.TellOrder, answers=views.IncidentCustomersAnswer, gives=_TOLD,
            ),
        ]  # fmt: skip

    async def listed(self, asked: Asked) -> web.Response:
        found = everybody(self._world.live.plan.clientele)
        query = asked.look(views.CustomersQuery)
        query = query.model_copy(update={"brand": asked.brand(query.brand)})
        answer = views.customers(found, query)
        return said(answer.model_dump_json())

    async def read(self, asked: Asked) -> web.Response:
        preview = asked.look(views.PreviewQuery).preview
        return await self._shown(number(asked.part("id")), preview=preview)

    async def tell(self, asked: Asked) -> web.Response:
        world, now = self._world, self._world.clock.now()
        id_, order = number(asked.part("id")), asked.take(views.TellOrder)
        words = self._words(order, now)
        if order.preview:
            return await self._shown(id_, preview=True, words=words)
        actor, plan = person(asked.caller.name), world.live.plan
        try:
            done: Done = await world.store.write(
                notices.tell, id_=id_, actor=actor, words=words, plan=plan, now=now
            )
        except ValueError as refusal:
            raise _refused(refusal) from None
        except acts.Unknown as unknown:
            raise Refused(404, "not_found", str(unknown)) from None
        world.follow(done.saved)
        return await self._shown(id_)

    def _words(self, order: views.TellOrder, now: datetime) -> Words:
        """Raises Refused."""
        try:
            words = order.words(now)
        except ValueError as bad:
            raise Refused(400, "bad_request", str(bad), where="next_update") from None
        for brand in words.brands:
            if brand not in self._world.live.plan.clientele.brands:
                raise Refused(400, "bad_request", f'no brand is called "{brand}"', where="brands")
        return words

    async def _shown(
        self, id_: int, *, preview: bool = False, words: Words | None = None
    ) -> web.Response:
        world = self._world
        try:
            answer = await world.store.read(
                _view,
                id_,
                words,
                preview=preview,
                plan=world.live.plan,
                now=world.clock.now(),
            )
        except ValueError as refusal:
            raise _refused(refusal) from None
        except acts.Unknown as unknown:
            raise Refused(404, "not_found", str(unknown)) from None
        return said(answer)


def _view(
    tx: Tx, id_: int, words: Words | None, *, preview: bool, plan: Plan, now: datetime
) -> str:
    heard = notices.concerned(tx, id_, plan=plan)
    letters = notices.printed(tx, id_, words, plan=plan, now=now) if preview else ()
    told = rows.of_incidents(tx, [id_], texts=True)
    return views.of_incident(told, heard, letters).model_dump_json()


def _refused(refusal: ValueError) -> Refused:
    """Raises what is no refusal of ours."""
    if isinstance(refusal, notices.Indiscreet):
        return Refused(422, "indiscreet", str(refusal), where="text")
    if isinstance(refusal, acts.Refusal):
        return Refused(409, "conflict", str(refusal))
    raise refusal
