"""Ways to reach people over the API: try all of somebody's, and see which are proved."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import Field

from playbooks.outside import OutsideError
from playbooks.ports import Notifier
from responder.links import VALID_FOR, AnswerGrant, ProofGrant
from responder.paging.kinds import notifiers
from responder.paging.proving import Way, key_of_test, mark_of, page_of_test, ways
from responder.store import proofs
from responder.web.answers import Answer, Moment
from responder.web.orders import Name, Order
from responder.web.route import Access, Asked, Refused, Route, said
from responder.world import World

PATH = "/api/v1/oncall"
_WITHIN = 25.0  # seconds for one method; who asks waits for 30


class TestOrder(Order):
    """Whose methods are to be tried."""

    __test__ = False

    person: Name


class OneTry(Answer):
    """What came of a test page by one method; `place` counts from 1 in the person's own list."""

    place: int
    method: str
    ok: bool = Field(description="The provider took it; whether it rang, only the person can say")
    detail: str


class TestAnswer(Answer):
    """Every method of the person was tried; the links in the pages are good for a day."""

    __test__ = False

    person: str
    methods: tuple[OneTry, ...]


class OneMethod(Answer):
    """One way to reach a person, and when it was last proved."""

    person: str
    place: int
    method: str
    proved: bool = Field(description="Within the last 30 days the person has said that a test came")
    sent_at: Moment | None
    confirmed_at: Moment | None

    @classmethod
    def of(cls, way: Way, now: datetime) -> "OneMethod":
        proof = way.proof
        return cls(
            person=way.person,
            place=way.place,
            method=way.method,
            proved=way.proved(now),
            sent_at=proof.sent_at if proof else None,
            confirmed_at=proof.confirmed_at if proof else None,
        )


class MethodsAnswer(Answer):
    """Every method of everybody, as the configuration has them."""

    methods: tuple[OneMethod, ...]


class MethodTests:
    """A page that nobody has seen arrive is a hope."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """To wake somebody for a test takes whoever may wake for real."""
        return [
            Route(
                "POST", f"{PATH}/test", self.test, Access.RESPONDER,
                "Send a test by every method of a person", takes=TestOrder, answers=TestAnswer,
                gives={200: "what came of each", 404: "nobody is called so"},
            ),
            Route(
                "GET", f"{PATH}/methods", self.methods, Access.VIEWER,
                "Which ways to reach people are proved", answers=MethodsAnswer,
            ),
        ]  # fmt: skip

    async def test(self, asked: Asked) -> web.Response:
        """All at once; each is recorded before it goes out."""
        config, person = self._world.live.config, asked.take(TestOrder).person
        if person not in config.people:
            raise Refused(404, "not_found", f'nobody is called "{person}"', where="person")
        carriers = notifiers(config.paging, self._world.hands.session)
        tries = [
            self._tried(person, place, method, carriers)
            for place, method in enumerate(config.people[person].methods, start=1)
        ]
        methods = tuple(await asyncio.gather(*tries))
        return said(TestAnswer(person=person, methods=methods).model_dump_json())

    async def methods(self, _: Asked) -> web.Response:
        """Read anew at each call."""
        now = self._world.clock.now()
        shown = tuple(OneMethod.of(way, now) for way in await known_ways(self._world))
        return said(MethodsAnswer(methods=shown).model_dump_json())

    async def _tried(
        self, person: str, place: int, method: Any, carriers: Mapping[str, Notifier[Any]]
    ) -> OneTry:
        world, now = self._world, self._world.clock.now()
        code, until = secrets.token_urlsafe(9), now + VALID_FOR
        await world.store.write(proofs.sent, person, mark_of(method), code=code, now=now)
        key = key_of_test(person, place, code)
        page = page_of_test(
            person,
            place,
            code=code,
            link=world.links.prove(ProofGrant(code, person, until)),
            answer=world.links.answer(AnswerGrant(key, "test", 0, 0, person, until)),
            now=now,
        )
        try:
            async with asyncio.timeout(_WITHIN):
                receipt = await _carrier(carriers, method.kind).page(page, method)
        except OutsideError as error:
            return OneTry(place=place, method=method.kind, ok=False, detail=str(error))
        except TimeoutError:
            words = f"no answer in {_WITHIN:g} s"
            return OneTry(place=place, method=method.kind, ok=False, detail=words)
        return OneTry(place=place, method=method.kind, ok=True, detail=receipt.detail)


def _carrier(carriers: Mapping[str, Notifier[Any]], kind: str) -> Notifier[Any]:
    """Raises OutsideError."""
    if kind not in carriers:
        raise OutsideError(f"no provider for {kind} pages is configured", transient=False)
    return carriers[kind]


async def known_ways(world: World) -> list[Way]:
    """Every method of everybody, with what is known of it."""
    methods = {name: one.methods for name, one in world.live.config.people.items()}
    return ways(methods, await world.store.read(proofs.known))


async def unproved(world: World) -> int:
    """How many of them nobody has proved for 30 days."""
    now = world.clock.now()
    return sum(not way.proved(now) for way in await known_ways(world))
