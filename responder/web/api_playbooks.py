"""Playbooks over the API: which there are, what is in them, and what one would do now."""

import asyncio
from collections import defaultdict
from dataclasses import asdict

from aiohttp import web

from playbooks.frozen import Book
from playbooks.gate import Check
from responder.acts import Unknown
from responder.runs.byhand import book_named
from responder.runs.planning import Planned, PlannedStep, planned
from responder.web import run_views as views
from responder.web.route import Access, Asked, Refused, Route, said
from responder.web.run_answers import (
    CheckAnswer,
    PlanAnswer,
    PlannedStepAnswer,
    PlaybookAnswer,
    PlaybooksAnswer,
)
from responder.web.run_orders import PlanOrder
from responder.world import World

PATH = "/api/v1/playbooks"
_READ = {200: "as it is now", 404: "no such playbook"}
_PLANNED = {
    200: "what it would do; nothing was done",
    400: "the body does not fit",
    404: "no such playbook, or no such server",
}


class Playbooks:
    """The playbooks of the configuration that holds now."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def routes(self) -> list[Route]:
        """All of it changes nothing: a viewer may."""
        one, viewer = f"{PATH}/{{name}}", Access.VIEWER
        return [
            Route(
                "GET", PATH, self.listed, viewer, "All playbooks, by name",
                answers=PlaybooksAnswer, gives={200: "all of them"},
            ),
            Route(
                "GET", one, self.read, viewer, "One playbook, whole",
                answers=PlaybookAnswer, gives=_READ,
            ),
            Route(
                "POST", f"{one}/plan", self.planned, viewer,
                "What it would do on a server now, and what the gate would say",
                takes=PlanOrder, answers=PlanAnswer, gives=_PLANNED,
            ),
        ]  # fmt: skip

    async def listed(self, _: Asked) -> web.Response:
        return said(views.playbooks(self._world.live.plan.books))

    async def read(self, asked: Asked) -> web.Response:
        return said(views.playbook(self._book(asked)))

    async def planned(self, asked: Asked) -> web.Response:
        book, server = self._book(asked), asked.take(PlanOrder).server
        if server not in self._world.live.plan.inventory.servers:
            raise Refused(404, "not_found", f'no server is called "{server}"', where="server")
        async with self._turns[server]:  # it asks the device: never twice at a time
            plan = await planned(self._world.works.kit, book, server)
        return said(_answer(plan).model_dump_json(by_alias=True))

    def _book(self, asked: Asked) -> Book:
        try:
            return book_named(self._world.live.plan, asked.part("name"))
        except Unknown as unknown:
            raise Refused(404, "not_found", str(unknown)) from None


def _answer(plan: Planned) -> PlanAnswer:
    playbook = plan.book.playbook
    return PlanAnswer(
        playbook=plan.book.name,
        version=playbook.version,
        hash=plan.book.digest,
        server=plan.server,
        mode=playbook.safety.mode,
        steps=tuple(_step(one) for one in plan.steps),
    )


def _step(one: PlannedStep) -> PlannedStepAnswer:
    return PlannedStepAnswer(
        id=one.step.id,
        uses=one.step.uses,
        if_=one.step.if_,
        on_fail=one.step.on_fail,
        irreversible=one.gated,
        would=one.would,
        sends=one.sends,
        checks=tuple(_check(check) for check in one.checks),
        denied_by=one.denied_by,
    )


def _check(one: Check) -> CheckAnswer:
    return CheckAnswer(**{name: asdict(one)[name] for name in CheckAnswer.model_fields})
