"""A customer's data over the API: a copy of all of it, and its end (decision 9)."""

from typing import Annotated, Self

from aiohttp import web
from pydantic import model_validator

from alerts.model import person
from responder import privacy
from responder.privacy import Whom
from responder.web.answers import Answer
from responder.web.orders import Name, Order, Single
from responder.web.route import Access, Asked, Route, said
from responder.web.track_answers import private
from responder.world import World

PATH = "/api/v1/customers"


class _Whose(Order):
    """Either a person or an account."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        told = [getattr(self, name) for name in ("requester", "account")]
        if sum(one is not None for one in told) != 1:
            raise ValueError('give either "requester" or "account"')
        return self


class ExportQuery(_Whose):
    """Whose data."""

    requester: Annotated[Name | None, Single] = None
    account: Annotated[Name | None, Single] = None


class EraseOrder(_Whose):
    """Whose data. `confirm` says it again: this can't be taken back."""

    requester: Name | None = None
    account: Name | None = None
    confirm: Name

    @model_validator(mode="after")
    def _said_twice(self) -> Self:
        if self.confirm != (self.requester or self.account):
            raise ValueError("confirm must be what is erased, letter for letter")
        return self


class GoneAnswer(Answer):
    """What was taken away."""

    tickets: int
    words: int
    files: int


class Privacy:
    """For administrators alone."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """One copies, one erases."""
        return [
            Route(
                "GET", f"{PATH}/export", self.export, Access.ADMIN, "Everything about one customer",
                asks=ExportQuery, gives={200: "lines of JSON", 400: "give one of the two"},
                by_brand=True,
            ),
            Route(
                "POST", f"{PATH}/erase", self.erase, Access.ADMIN, "Take all of it away",
                takes=EraseOrder, answers=GoneAnswer,
                gives={200: "gone", 400: "give one of the two, and confirm it"}, by_brand=True,
            ),
        ]  # fmt: skip

    async def export(self, asked: Asked) -> web.Response:
        query = asked.look(ExportQuery)
        whom = Whom(query.requester or "", query.account or "", asked.brand())
        lines = await self._world.store.read(privacy.export, whom)
        text = "".join(f"{line}\n" for line in lines)
        return private(web.Response(text=text, content_type="application/x-ndjson"))

    async def erase(self, asked: Asked) -> web.Response:
        order, world = asked.take(EraseOrder), self._world
        whom = Whom(order.requester or "", order.account or "", asked.brand())
        by, now = person(asked.caller.name), world.clock.now()
        gone = await world.store.write(privacy.erase, whom, by=by, now=now)
        answer = GoneAnswer(tickets=gone.tickets, words=gone.words, files=gone.files)
        return said(answer.model_dump_json())
