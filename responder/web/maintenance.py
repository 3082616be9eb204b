"""Planned work over the API: listed, begun and ended by people."""

from collections.abc import Iterator
from datetime import datetime

import structlog
from aiohttp import web

from alerts.inventory import Inventory
from alerts.quiet import Maintenance
from responder import watch
from responder.board import Saved
from responder.plan import Plan
from responder.problems import did_you_mean
from responder.store import Tx, quiet
from responder.web.answers import WorkAnswer, WorksAnswer
from responder.web.orders import WorkOrder
from responder.web.route import Access, Asked, Refused, Route, number, said
from responder.world import World

log = structlog.get_logger(__name__)

PATH = "/api/v1/maintenance"


class Works:
    """The planned work of this daemon, that of its configuration included."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer, planning a responder."""
        one = f"{PATH}/{{id}}"
        return [
            Route(
                "GET", PATH, self.listed, Access.VIEWER, "Planned work that is not over",
                answers=WorksAnswer, gives={200: "all of it"},
            ),
            Route(
                "POST", PATH, self.added, Access.RESPONDER, "Plan work: its trouble pages nobody",
                takes=WorkOrder, answers=WorkAnswer, gives={200: "planned", 400: "does not fit"},
            ),
            Route(
                "DELETE", one, self.ended, Access.RESPONDER, "End planned work now",
                answers=WorksAnswer, gives={200: "what is left", 404: "unknown", 409: "not ours"},
            ),
        ]  # fmt: skip

    async def listed(self, _: Asked) -> web.Response:
        now = self._world.clock.now()
        stored = await self._world.store.read(quiet.works, now=now)
        planned = [one for one in self._world.live.plan.works if one.ends_at > now]
        answers = tuple(_answer(one, now) for one in (*planned, *stored))
        return said(WorksAnswer(maintenance=answers).model_dump_json())

    async def added(self, asked: Asked) -> web.Response:
        """In force at its time; what it mutes is judged in the same transaction."""
        now, plan = self._world.clock.now(), self._world.live.plan
        work = _planned(asked.take(WorkOrder), plan.inventory, by=asked.caller.name, now=now)
        id_, saved = await self._world.store.write(_add, work, plan=plan, now=now)
        self._world.follow(saved)
        log.info("maintenance_planned", id=id_, scope=work.scope, by=work.created_by)
        stored = await self._world.store.read(quiet.works, now=now)
        (answer,) = (_answer(one, now) for one in stored if one.id == id_)
        return said(answer.model_dump_json())

    async def ended(self, asked: Asked) -> web.Response:
        """Over now; trouble that outlives it is told of at once."""
        told, now = asked.part("id"), self._world.clock.now()
        if told.startswith("-"):
            raise Refused(409, "conflict", "it stands in the configuration file: end it there")
        plan = self._world.live.plan
        saved = await self._world.store.write(_end, number(told), plan=plan, now=now)
        if saved is None:
            raise Refused(404, "not_found", f"there is no planned work {told}, or it is over")
        self._world.follow(saved)
        log.info("maintenance_ended", id=told, by=asked.caller.name)
        return await self.listed(asked)


def _planned(order: WorkOrder, inventory: Inventory, *, by: str, now: datetime) -> Maintenance:
    """The work that is asked for. Raises Refused (400)."""
    known = {"all", *_scopes(inventory)}
    if order.scope not in known:
        hint = did_you_mean(order.scope, known) or ": write server:NAME, dc:NAME, brand:NAME or all"
        raise Refused(400, "bad_request", f'nothing is called "{order.scope}"{hint}', where="scope")
    begins = order.starts_at or now
    try:
        ends = order.end(begins)
    except ValueError as bad:
        raise Refused(400, "bad_request", str(bad), where="until") from None
    if ends <= max(begins, now):
        raise Refused(
            400, "bad_request", "it must end after it begins, and not before now", where="until"
        )
    return Maintenance(0, order.scope, begins, ends, order.reason, by)


def _scopes(inventory: Inventory) -> Iterator[str]:
    yield from (f"dc:{name}" for name in inventory.datacentres)
    yield from (f"reseller:{name}" for name in inventory.resellers)
    for name in inventory.servers:
        yield from (f"server:{name}", *inventory.scopes(name))


def _add(tx: Tx, work: Maintenance, *, plan: Plan, now: datetime) -> tuple[int, Saved]:
    id_ = quiet.add_work(
        tx,
        scope=work.scope,
        starts_at=work.starts_at,
        ends_at=work.ends_at,
        reason=work.reason,
        by=work.created_by,
    )
    return id_, watch.mute_anew(tx, plan=plan, now=now)


def _end(tx: Tx, id_: int, *, plan: Plan, now: datetime) -> Saved | None:
    if not quiet.end_work(tx, id_, now=now):
        return None
    return watch.mute_anew(tx, plan=plan, now=now)


def _answer(one: Maintenance, now: datetime) -> WorkAnswer:
    return WorkAnswer(
        id=str(one.id),
        scope=one.scope,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        reason=one.reason,
        by=one.created_by,
        active=one.active(now),
    )
