"""Support PINs over the API: given out, taken back, and tried by whoever talks with a customer."""

from typing import Final

from aiohttp import web
from pydantic import Field

from alerts.model import clean
from responder.desk.pin_desk import PinDesk
from responder.store import pins as rows
from responder.web.answers import Answer, Moment
from responder.web.orders import Name, Order
from responder.web.route import Access, Asked, Refused, Route, said
from responder.web.walls import own_account
from responder.world import World

PATH: Final = "/api/v1/pins"
_NO: Final = "this PIN does not open this account"


class PinTry(Order):
    """What a customer says. `source` is where he speaks from: his address, his number."""

    account: Name
    pin: str = Field(max_length=64)
    source: Name


class PinTokenAnswer(Answer):
    """Opens the account's own tickets for a quarter of an hour, and nothing else."""

    token: str
    expires_at: Moment


class PinOrder(Order):
    """For whom. `brand` is whose customer it is."""

    brand: Name | None = None


class NewPinAnswer(Answer):
    """Shown this once."""

    account: str
    pin: str
    expires_at: Moment


class PinAnswer(Answer):
    """That an account has a PIN; the PIN itself is known to nobody here."""

    account: str
    brand: str | None
    created_at: Moment
    created_by: str
    expires_at: Moment


class PinsAnswer(Answer):
    """All of them."""

    pins: tuple[PinAnswer, ...]


class Pins:
    """Whoever talks with customers (chat, telephone) asks here before he tells them anything."""

    def __init__(self, world: World) -> None:
        self._world = world
        pepper = world.links.derived("pin")
        self._desk = PinDesk(world.store, pepper=pepper, counted=world.metrics.pin_tried)

    def routes(self) -> list[Route]:
        """All for agents, and for the tools that they talk with."""
        one, agent = f"{PATH}/{{account}}", Access.AGENT
        return [
            Route(
                "POST", f"{PATH}/verify", self.verify, agent, "Is this the PIN of this account?",
                takes=PinTry, answers=PinTokenAnswer, limit=4096,
                gives={200: "yes", 400: "the body does not fit", 403: "no; never why"},
                by_brand=True,
            ),
            Route(
                "POST", f"{one}/rotate", self.rotate, agent, "A new PIN, shown this once",
                takes=PinOrder, answers=NewPinAnswer, limit=4096,
                gives={200: "as said", 400: "no such brand"}, by_brand=True,
            ),
            Route(
                "DELETE", one, self.revoke, agent, "No PIN from now on",
                gives={200: "gone", 404: "it had none"}, by_brand=True,
            ),
            Route("GET", PATH, self.listed, agent, "Which accounts have one", answers=PinsAnswer,
                  by_brand=True),
        ]  # fmt: skip

    async def verify(self, asked: Asked) -> web.Response:
        """One answer for everything that is no yes."""
        told, world = asked.take(PinTry), self._world
        grant = await self._desk.verify(
            told.account,
            told.pin,
            source=told.source,
            by=asked.caller.name,
            now=world.clock.now(),
            called=world.live.plan.directory.called(told.account),
            within=asked.brand(),
        )
        if grant is None:
            raise Refused(403, "pin", _NO)
        token = world.links.pin(grant)
        answer = said(PinTokenAnswer(token=token, expires_at=grant.expires_at).model_dump_json())
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def rotate(self, asked: Asked) -> web.Response:
        account, brand = _account(asked), asked.brand(asked.take(PinOrder).brand)
        world, settings = self._world, self._world.live.config.desk.pins
        if brand is not None and brand not in world.live.config.brands:
            raise Refused(400, "bad_request", f'no brand is called "{brand}"', where="brand")
        own_account(asked, world, account=account, server=None)
        issued = await self._desk.issue(
            account,
            brand=brand,
            digits=settings.digits,
            valid=settings.valid,
            by=asked.caller.name,
            now=world.clock.now(),
            within=asked.brand(),
        )
        if issued is None:
            raise Refused(404, "not_found", f'nothing is called "{account}"')
        drawn, pin = issued
        told = NewPinAnswer(account=account, pin=drawn, expires_at=pin.expires_at)
        answer = said(told.model_dump_json())
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def revoke(self, asked: Asked) -> web.Response:
        account = _account(asked)
        if not await self._world.store.write(rows.revoke, account, within=asked.brand()):
            raise Refused(404, "not_found", f"{account} has no PIN")
        return said("{}")

    async def listed(self, asked: Asked) -> web.Response:
        found = await self._world.store.read(rows.listed, within=asked.brand())
        pins = tuple(
            PinAnswer(
                account=one.account,
                brand=one.brand,
                created_at=one.created_at,
                created_by=one.created_by,
                expires_at=one.expires_at,
            )
            for one in found
        )
        return said(PinsAnswer(pins=pins).model_dump_json())


def _account(asked: Asked) -> str:
    account = " ".join(clean(asked.part("account")).split())[:200]
    if not account:
        raise Refused(404, "not_found", "an account has a name")
    return account
