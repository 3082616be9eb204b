"""What a route is: a path, who may use it, what goes in and out; the API is a list of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from alerts.model import clean
from responder.config import Role
from responder.links import PinGrant

ALERT_LIMIT = 10 << 20  # bytes of a body at the alert doors
LIMIT = 1 << 20  # and elsewhere
HIGHEST = 2**31 - 1  # a greater number is no number of a row, and PostgreSQL refuses to look

M = TypeVar("M", bound=BaseModel)


class Access(StrEnum):
    """Who may use a route."""

    OPEN = "open"  # anybody: liveness, and links that carry their own proof
    LOOPBACK = "loopback"  # anybody while we listen on a loopback address, else a viewer
    SENDER = "sender"  # a sender's token
    CUSTOMER = "customer"  # who has just given the PIN of an account
    SENDER_OR_VIEWER = "sender-or-viewer"
    VIEWER = "viewer"
    AGENT = "agent"
    RESPONDER = "responder"
    ADMIN = "admin"

    @property
    def role(self) -> Role | None:
        """The least role that opens it, if a role does."""
        match self:
            case Access.OPEN | Access.SENDER | Access.CUSTOMER:
                return None
            case Access.LOOPBACK | Access.SENDER_OR_VIEWER:
                return Role.VIEWER
            case _:
                return Role(self.value)


class Refused(Exception):
    """A request that is answered with an error: `{"error": {"code", "message", "where"}}`."""

    def __init__(self, status: int, code: str, message: str, *, where: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.where = status, code, message, where


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: a person's token or account, a sender, or a customer by the PIN of his
    account. `brand`: the token reaches what is of this brand alone (walls.py).
    """

    name: str
    role: Role
    sender: str | None = None
    customer: PinGrant | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read and judged: what a handler gets."""

    request: web.Request
    caller: Caller
    body: bytes

    def take(self, shape: type[M]) -> M:
        """The body as this model; an empty body counts as {}. Raises Refused (400) with the place
        of each error.
        """
        try:
            return shape.model_validate_json(self.body or b"{}")
        except ValidationError as error:
            raise _unfit(error) from None

    def look(self, shape: type[M]) -> M:
        """The query as this model; what it does not know is passed over. Raises Refused (400)."""
        given = self.request.query
        names = [name for name in shape.model_fields if name in given]
        try:
            return shape.model_validate({name: given.getall(name) for name in names})
        except ValidationError as error:
            raise _unfit(error) from None

    def brand(self, told: str | None = None) -> str | None:
        """The one brand that this is about: the token's, else the one that is told, if any. Raises
        Refused (404) for another than the token's.
        """
        mine = self.caller.brand
        if mine is not None and told not in (None, mine):
            raise Refused(404, "not_found", f'no brand is called "{told}"')
        return mine or told

    def key(self, told: str | None) -> str | None:
        """A request's own name; those of a token with a brand are its brand's own."""
        return f"{self.caller.brand}/{told}" if told and self.caller.brand else told

    def part(self, name: str) -> str:
        """The part of the path that stands in the place of `{name}`."""
        return clean(self.request.match_info[name])


def _unfit(error: ValidationError) -> Refused:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    return Refused(400, "bad_request", first["msg"].removeprefix("Value error, "), where=where)


def number(text: str) -> int:
    """The number behind an id; what can be none is one that nobody has. Raises Refused (404)."""
    if text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= HIGHEST:
        return int(text)
    raise Refused(404, "not_found", f'nothing has the id "{text[:40]}"')


def known(found: str | None, otherwise: str) -> str:
    """What was found. Raises Refused (404) when it is nothing."""
    if found is None:
        raise Refused(404, "not_found", otherwise)
    return found


def said(json: str) -> web.Response:
    """An answer of 200 with this JSON."""
    return web.Response(text=json, content_type="application/json")


Handler = Callable[[Asked], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the API. `takes` is the body, `asks` the query, `answers` the JSON of a 200.
    `public`: for customers; it answers at `status.listen` alone where that is set. `by_brand`: it
    keeps to the brand of whoever asks, or tells nothing of any brand; see walls.py.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    summary: str
    takes: type[BaseModel] | None = None
    asks: type[BaseModel] | None = None
    answers: type[BaseModel] | None = None
    gives: Mapping[int, str] = field(default_factory=lambda: {200: "done"})
    limit: int = LIMIT
    public: bool = False
    by_brand: bool = False
