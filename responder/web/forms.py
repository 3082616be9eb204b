"""The Support Action Request form of each brand: open to everybody, and bounded (R5)."""

import json
import secrets
from collections import OrderedDict, defaultdict, deque
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import Field, ValidationError

from alerts.model import Actor, ActorKind
from playbooks.mail import Address
from responder.customer_links import link_to
from responder.deskwork import Hand
from responder.requests import Request
from responder.web.api_requests import expected, taken
from responder.web.orders import Name, Order, Words
from responder.web.request_orders import FormAnswer
from responder.web.route import Access, Asked, Refused, Route
from responder.web.sources import source_of
from responder.world import World

PATH: Final = "/forms/{brand}"
LONGEST: Final = 64 << 10  # bytes of a form
WRITER: Final = Actor(ActorKind.CUSTOMER, "customer")  # who that is stands in the ticket's case
_MOST, _SPAN = 5, timedelta(minutes=10)  # of one source
_MOST_OF_ALL: Final = 120  # of all sources at one brand
_SOURCES: Final = 10_000  # that are remembered
_FORM: Final = "application/x-www-form-urlencoded"


class FormOrder(Order):
    """What a customer fills in. `website` is for robots: people do not see it."""

    subject: Name
    text: Words = Field(min_length=1)
    email: Address
    name: Name | None = None
    domain: Name | None = Field(None, description="The site that it is about")
    website: str = Field("", description="Must stay empty")


class Throttle:
    """So many of one source, and of all at one brand, in ten minutes; in memory, for a restart
    forgives.
    """

    def __init__(self) -> None:
        self._brands: defaultdict[str, deque[datetime]] = defaultdict(deque)  # of the configuration
        self._sources: OrderedDict[str, deque[datetime]] = OrderedDict()

    def lets(self, brand: str, source: str, *, now: datetime) -> bool:
        """Is this one more within bounds? It counts then."""
        every, mine = self._brands[brand], self._of(source)
        for times in (every, mine):
            while times and now - times[0] > _SPAN:
                times.popleft()
        if len(mine) >= _MOST or len(every) >= _MOST_OF_ALL:
            return False
        mine.append(now)
        every.append(now)
        return True

    def _of(self, source: str) -> deque[datetime]:
        times = self._sources.setdefault(source, deque())
        self._sources.move_to_end(source)
        if len(self._sources) > _SOURCES:
            self._sources.popitem(last=False)
        return times


class Forms:
    """One door for each brand, which names no other."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._throttle = Throttle()
        self._link = link_to(world)

    def routes(self) -> list[Route]:
        """Anybody may write; nobody learns anything but his number."""
        gives = {
            201: "it is with us",
            400: "something is missing",
            404: "no such form",
            429: "too much in too short a time",
        }
        return [
            Route("POST", PATH, self.filled, Access.OPEN, "A customer's request, by a brand's form",
                  takes=FormOrder, gives=gives, limit=LONGEST, public=True),
        ]  # fmt: skip

    async def filled(self, asked: Asked) -> web.Response:
        """The ticket and the acknowledgement stand before it answers."""
        world, brand = self._world, asked.part("brand")
        if brand not in world.live.plan.clientele.brands:
            raise Refused(404, "not_found", "there is no such form")
        now = world.clock.now()
        source = source_of(asked.request, world.live.config.status.proxies)
        if not self._throttle.lets(brand, source, now=now):
            raise Refused(429, "too_much", "please wait a little before you write again")
        order = _order(asked)
        if order.website:  # a robot: it hears what everybody hears, and nothing is kept
            return _told(str(10_000 + secrets.randbelow(80_000)), 8 * 3600)
        request = Request(
            subject=order.subject,
            text=f"{order.domain}\n\n{order.text}" if order.domain else order.text,
            channel="form",
            sender=order.email,
            sender_name=order.name or "",
            brand=brand,
        )
        by = Hand(WRITER, world.live.plan, now)
        acted = await taken(world, request, by=by, link=self._link)
        return _told(str(acted.ticket.id), expected(world, acted.ticket))


def _told(reference: str, seconds: int) -> web.Response:
    told = FormAnswer(reference=reference, expected_seconds=seconds).model_dump_json()
    return web.Response(text=told, content_type="application/json", status=201)


def _order(asked: Asked) -> FormOrder:
    """JSON, or what browsers send. Raises Refused (400)."""
    try:
        return FormOrder.model_validate(_fields(asked))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Refused(400, "bad_request", first["msg"], where=where) from None
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refused(400, "bad_request", "neither a form nor JSON") from None


def _fields(asked: Asked) -> Any:
    if asked.request.content_type == _FORM and not asked.body.lstrip().startswith(b"{"):
        pairs = parse_qsl(asked.body.decode(), keep_blank_values=True, max_num_fields=20)
        return {name: value for name, value in pairs if value or name == "website"}
    return json.loads(asked.body)
