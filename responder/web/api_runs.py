"""Runs over the API: listed, read, begun by hand, and acted upon by people."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from alerts.model import person
from responder.acts import Refusal, Unknown
from responder.run_values import Run
from responder.runs import acts, byhand
from responder.web import run_orders as orders
from responder.web import run_views as views
from responder.web.answers import EventsAnswer
from responder.web.orders import MayNoteOrder, Order
from responder.web.route import Access, Asked, Refused, Route, known, number, said
from responder.web.run_answers import FullRunAnswer, RunsAnswer
from responder.web.views import BadCursor, read_cursor
from responder.world import World

PATH = "/api/v1/runs"
_READ = {200: "as it is now", 404: "no such run"}
_ACTED = {
    200: "done; the run as it is now",
    400: "the body does not fit",
    404: "no such run",
    409: "it does not fit where the run stands",
}


@dataclass(frozen=True, slots=True)
class _Act:
    """One verb. `work` makes the transaction function of runs/acts.py from the body."""

    verb: str
    work: Callable[[Any], Callable[..., Run]]
    summary: str
    order: type[Order] = MayNoteOrder


def _noted(act: Callable[..., Run]) -> Callable[[Any], Callable[..., Run]]:
    return lambda order: partial(act, words=order.note)


_ACTS = (
    _Act(
        "approve",
        lambda order: partial(
            acts.approve,
            digest=order.digest,
            typed=order.server,
            overrules=order.overrules,
            words=order.reason,
            via="api",
        ),
        "Agree to exactly what it asks. A second time changes nothing",
        orders.ApproveOrder,
    ),
    _Act("reject", _noted(acts.reject), "Say no: the step fails, and the playbook goes on"),
    _Act("abort", _noted(acts.abort), "It ends, before the next thing that can't be taken back"),
    _Act("pause", _noted(acts.pause), "It rests until somebody has it go on"),
    _Act("resume", _noted(acts.resume), "It goes on where it rested"),
    _Act("takeover", _noted(acts.take_over), "It rests, and you do by hand what is to be done"),
    _Act(
        "continue",
        lambda order: partial(acts.go_on, outcome=order.outcome, words=order.note),
        "Say what became of the step: the run goes on after it",
        orders.ContinueOrder,
    ),
)


class Runs:
    """The runs of this daemon's playbooks."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer, acting a responder."""
        one, viewer = f"{PATH}/{{id}}", Access.VIEWER
        return [
            Route(
                "GET", PATH, self.listed, viewer, "All runs, newest first",
                asks=orders.RunQuery, answers=RunsAnswer, gives={200: "a part of the list"},
            ),
            Route(
                "POST", PATH, self.begun, Access.RESPONDER, "Begin a playbook by hand",
                takes=orders.BeginOrder, answers=FullRunAnswer, gives=_ACTED,
            ),
            Route(
                "GET", one, self.read, viewer, "One run: its steps, what it asks, the gate",
                answers=FullRunAnswer, gives=_READ,
            ),
            Route(
                "GET", f"{one}/events", self.events, viewer, "What it did, oldest first",
                answers=EventsAnswer, gives=_READ,
            ),
            *(self._route(act) for act in _ACTS),
        ]  # fmt: skip

    async def listed(self, asked: Asked) -> web.Response:
        query = asked.look(orders.RunQuery)
        try:
            below = read_cursor(query.after) if query.after is not None else None
        except BadCursor as bad:
            raise Refused(400, "bad_request", str(bad), where="after") from None
        incident = None if query.incident is None else number(query.incident)
        look = self._world.store.read(views.runs, query, incident=incident, below_id=below)
        return said(await look)

    async def read(self, asked: Asked) -> web.Response:
        return await self._answer(number(asked.part("id")))

    async def events(self, asked: Asked) -> web.Response:
        id_ = number(asked.part("id"))
        found = await self._world.store.read(views.run_events, id_)
        return said(known(found, f"there is no run {id_}"))

    async def begun(self, asked: Asked) -> web.Response:
        order = asked.take(orders.BeginOrder)
        wanted = byhand.Wanted(
            playbook=order.playbook,
            server=order.server,
            incident=None if order.incident is None else number(order.incident),
            typed=order.confirm,
            overrules=order.overrules,
            reason=order.reason,
            dry=order.dry,
            drill=order.drill,
        )
        return await self._written(byhand.begin, wanted, actor=person(asked.caller.name))

    def _route(self, act: _Act) -> Route:
        async def handle(asked: Asked) -> web.Response:
            id_, actor = number(asked.part("id")), person(asked.caller.name)
            work = partial(act.work(asked.take(act.order)), id_=id_, actor=actor)
            return await self._written(acts.acted, work)

        return Route(
            "POST", f"{PATH}/{{id}}/{act.verb}", handle, Access.RESPONDER, act.summary,
            takes=act.order, answers=FullRunAnswer, gives=_ACTED,
        )  # fmt: skip

    async def _written(self, work: Callable[..., Any], *what: Any, **more: Any) -> web.Response:
        world = self._world
        plan, now = world.live.plan, world.clock.now()
        try:
            run, saved = await world.store.write(work, *what, plan=plan, now=now, **more)
        except Unknown as unknown:
            raise Refused(404, "not_found", str(unknown)) from None
        except Refusal as refusal:
            raise Refused(409, "conflict", str(refusal)) from None
        world.follow(saved)
        world.hasten("runs")
        if run.ended_at == now:
            world.run_metrics.run_ended(run, run.outcome)
        return await self._answer(run.id)

    async def _answer(self, id_: int) -> web.Response:
        found = await self._world.store.read(views.run, id_)
        return said(known(found, f"there is no run {id_}"))
