"""Orders to data centres over the API: what a portal answers, what a caller was told, the PIN."""

from datetime import timedelta
from typing import Annotated

from aiohttp import web
from pydantic import Field

from alerts.model import person
from playbooks.datacentre.by_call import Outcome
from playbooks.datacentre.desk import call_sheet
from playbooks.datacentre.order import Order, OrderState, Want
from playbooks.datacentre.replies import Reply
from playbooks.datacentre.site import Site
from playbooks.outside import OutsideError
from responder.runs.orders import pin_shown, record_call, stand
from responder.store import orders as rows
from responder.web.answers import Answer, Moment
from responder.web.orders import Name, Single, Words
from responder.web.orders import Order as Body
from responder.web.route import Access, Asked, Refused, Route, number, said
from responder.world import World

PATH = "/api/v1/datacentre"
LISTED = timedelta(days=7)
_READ = {200: "as it stands now", 404: "no such order"}


class OrdersQuery(Body):
    """Which orders a list shows."""

    incident: Annotated[Name | None, Single] = Field(None, description="About this incident alone")


class CallOrder(Body):
    """How a call to the data centre ended."""

    outcome: Outcome
    note: Words = Field(description="Who answered, when, and what was promised")


class ReplyAnswer(Answer):
    """`known`: it was about an order of ours."""

    known: bool


class PinAnswer(Answer):
    """For whoever is on the telephone; that it was shown stands in the incident's log."""

    pin: str


class OrderAnswer(Answer):
    """One order and the sheet for whoever rings about it. The PIN stands in neither."""

    reference: str
    incident: str
    run: str | None
    server: str
    site: str
    task: str
    state: OrderState
    ticket: str = Field(description="Their number for it, as far as it is known")
    why: str = Field(description="What happened last")
    subject: str
    sent_at: Moment | None
    acknowledge_by: Moment | None
    acknowledged_at: Moment | None
    done_by: Moment | None
    done_at: Moment | None
    stopped_at: Moment | None
    sheet: str


class OrdersAnswer(Answer):
    """Orders, oldest first."""

    orders: tuple[OrderAnswer, ...]


class DatacentreDoor:
    """A portal posts with a token of the role intake; people read as viewers, act as responders."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Five of them."""
        one = f"{PATH}/orders/{{reference}}"
        return [
            Route(
                "POST", f"{PATH}/replies", self.replied, Access.SENDER,
                "What the portal of a data centre says of an order",
                takes=Reply, answers=ReplyAnswer,
                gives={200: "taken in", 400: "the body does not fit", 403: "a sender of alerts"},
            ),
            Route(
                "GET", f"{PATH}/orders", self.listed, Access.VIEWER,
                "Orders that are under way or ended within seven days",
                asks=OrdersQuery, answers=OrdersAnswer, gives={200: "the list"},
            ),
            Route(
                "GET", one, self.read, Access.VIEWER, "One order, and the sheet for a call",
                answers=OrderAnswer, gives=_READ,
            ),
            Route(
                "POST", f"{one}/call", self.called, Access.RESPONDER,
                "Say how your call to the data centre ended",
                takes=CallOrder, answers=OrderAnswer,
                gives={**_READ, 400: "the body does not fit"},
            ),
            Route(
                "POST", f"{one}/pin", self.pin, Access.RESPONDER,
                "Show the PIN to whoever is on the telephone",
                answers=PinAnswer, gives=_READ,
            ),
        ]  # fmt: skip

    async def replied(self, asked: Asked) -> web.Response:
        reply = asked.take(Reply)
        if asked.caller.sender is not None:
            told = "a data centre has a token of its own under access.tokens, with the role intake"
            raise Refused(403, "forbidden", told)
        known = await self._world.works.replies.take(reply)
        return said(ReplyAnswer(known=known).model_dump_json())

    async def listed(self, asked: Asked) -> web.Response:
        query, store = asked.look(OrdersQuery), self._world.store
        if query.incident is not None:
            found = await store.read(rows.of_incident, number(query.incident))
        else:
            since = self._world.clock.now() - LISTED
            found = await store.read(rows.answerable, since=since)
        answers = OrdersAnswer(orders=tuple(map(self._shown, found)))
        return said(answers.model_dump_json())

    async def read(self, asked: Asked) -> web.Response:
        return said(self._shown(await self._order(asked)).model_dump_json())

    async def called(self, asked: Asked) -> web.Response:
        body, order = asked.take(CallOrder), await self._order(asked)
        world, actor = self._world, person(asked.caller.name)
        saved = await world.store.write(
            record_call, order.key, body.outcome, f"{actor.name}: {body.note}",
            site=self._site(order), plan=world.live.plan, now=world.clock.now(),
        )  # fmt: skip
        if saved is not None:
            world.follow(saved)
            world.hasten("runs")
        return await self.read(asked)

    async def pin(self, asked: Asked) -> web.Response:
        """Written down before it is shown."""
        world, order = self._world, await self._order(asked)
        try:
            pin = world.works.replies.pin(order)
        except OutsideError as error:
            raise Refused(503, "unavailable", str(error)) from None
        if not pin:
            raise Refused(404, "not_found", f"{order.site} has no authorised.pin_file")
        saved = await world.store.write(
            pin_shown, order, actor=person(asked.caller.name),
            plan=world.live.plan, now=world.clock.now(),
        )  # fmt: skip
        world.follow(saved)
        answer = said(PinAnswer(pin=pin).model_dump_json())
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def _order(self, asked: Asked) -> Order:
        reference = asked.part("reference")
        found = await self._world.store.read(rows.by_reference, reference)
        if found is None:
            raise Refused(404, "not_found", f'there is no order "{reference[:40]}"')
        return found

    def _site(self, order: Order) -> Site:
        try:
            return stand(self._world.live.config, order.server)[0]
        except OutsideError as error:
            raise Refused(409, "conflict", str(error)) from None

    def _shown(self, order: Order) -> OrderAnswer:
        return OrderAnswer(
            reference=order.letter.reference,
            incident=str(order.incident),
            run=None if order.run is None else str(order.run),
            server=order.server,
            site=order.site,
            task=order.task,
            state=order.state,
            ticket=order.ticket,
            why=order.why,
            subject=order.letter.subject,
            sent_at=order.sent_at,
            acknowledge_by=order.ack_by,
            acknowledged_at=order.acked_at,
            done_by=order.done_by,
            done_at=order.done_at,
            stopped_at=order.stopped_at,
            sheet=self._sheet(order),
        )

    def _sheet(self, order: Order) -> str:
        try:
            site = stand(self._world.live.config, order.server)[0]
        except OutsideError as error:
            return str(error)
        return call_sheet(order, site, _wanted(order)).text()


def _wanted(order: Order) -> Want:
    """What a call would be for, as the order stands."""
    if order.state is OrderState.STOPPING:
        return Want.CALL_STOP
    return Want.SUPERVISOR if order.raised and order.open else Want.CALL
