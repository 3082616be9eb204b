"""The levels over the API: a ticket's way through them, their scope, and what is learnt."""

from datetime import timedelta
from typing import Annotated

from aiohttp import web
from pydantic import Field

from responder.desk.scope import catalogue, placed
from responder.web import level_answers as answers
from responder.web import level_views as views
from responder.web.orders import Name, Order, Single
from responder.web.route import Access, Asked, Route, known, number, said
from responder.world import World


class ScopeQuery(Order):
    """One task, and of how many accounts."""

    task: Annotated[Name | None, Single] = None
    accounts: Annotated[int, Single] = Field(1, ge=1, le=1_000_000)


class PassedQuery(Order):
    """How far back."""

    days: Annotated[int, Single] = Field(14, ge=1, le=366)


class LevelsDoor:
    """Everything here is read by whoever may see tickets."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        viewer = Access.VIEWER
        return [
            Route(
                "GET", "/api/v1/tickets/{id}/levels", self.levels, viewer,
                "Its clocks, its stays at the levels, vendors, and what helped before",
                answers=answers.LevelsAnswer, gives={200: "as it is now", 404: "no such ticket"},
            ),
            Route(
                "GET", "/api/v1/desk/scope", self.scope, viewer,
                "Which level a task needs at least",
                asks=ScopeQuery, answers=answers.ScopeAnswer, gives={200: "the catalogue"},
                by_brand=True,
            ),
            Route(
                "GET", "/api/v1/desk/passed-on", self.passed, viewer,
                "What level 1 passed on and what came back, by person, without a ranking",
                asks=PassedQuery, answers=answers.PassedOnListAnswer, gives={200: "the list"},
                by_brand=True,
            ),
            Route(
                "GET", "/api/v1/desk/candidates", self.candidates, viewer,
                "Tickets that are worth an article",
                answers=answers.CandidatesAnswer, gives={200: "the list"},
                by_brand=True,
            ),
        ]  # fmt: skip

    async def levels(self, asked: Asked) -> web.Response:
        id_, now = number(asked.part("id")), self._world.clock.now()
        found = await self._world.store.read(views.levels, id_, now=now)
        return said(known(found, f"there is no ticket {id_}"))

    async def scope(self, asked: Asked) -> web.Response:
        query, desk = asked.look(ScopeQuery), self._world.live.plan.desk
        one = [placed(query.task, desk, accounts=query.accounts)] if query.task else None
        tasks = [
            answers.TaskAnswer(
                task=task.task,
                queue=task.queue,
                login=task.login,
                playbook=task.playbook,
                known=task.known,
            )
            for task in one or catalogue(desk)
        ]
        return said(answers.ScopeAnswer(tasks=tuple(tasks)).model_dump_json())

    async def passed(self, asked: Asked) -> web.Response:
        query = asked.look(PassedQuery)
        since = self._world.clock.now() - timedelta(days=query.days)
        return said(await self._world.store.read(views.passed, since=since, brand=asked.brand()))

    async def candidates(self, asked: Asked) -> web.Response:
        return said(await self._world.store.read(views.candidates, brand=asked.brand()))
