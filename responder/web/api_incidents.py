"""Incidents over the API: listed, read, and acted upon by people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from alerts.model import person
from responder import acts
from responder.acts import Done
from responder.web import orders, views
from responder.web.answers import EventsAnswer, IncidentAnswer, IncidentsAnswer
from responder.web.route import Access, Asked, Refused, Route, known, number, said
from responder.world import World

PATH = "/api/v1/incidents"
_READ = {200: "as it is now", 404: "no such incident"}
_ACTED = {
    200: "done; the incident as it is now",
    400: "the body does not fit",
    404: "no such incident",
    409: "it does not fit where the incident stands",
}


@dataclass(frozen=True, slots=True)
class _Act:
    """One verb. `work` makes the transaction function of acts.py from the body and the time."""

    verb: str
    order: type[orders.Order]
    work: Callable[[Any, datetime], Callable[..., Done]]
    summary: str
    access: Access = Access.RESPONDER


_ACTS = (
    _Act(
        "ack",
        orders.MayNoteOrder,
        lambda order, _: partial(acts.acknowledge, words=order.note),
        "Take it: paging stops. A second time changes nothing",
    ),
    _Act(
        "resolve",
        orders.MayNoteOrder,
        lambda order, _: partial(acts.resolve, words=order.note),
        "It is over; while alerts still fire only with a note",
    ),
    _Act(
        "note",
        orders.NoteOrder,
        lambda order, _: partial(acts.note, words=order.note),
        "Write something down, for the log and the ticket",
        Access.AGENT,
    ),
    _Act(
        "snooze",
        orders.SnoozeOrder,
        lambda order, now: partial(acts.snooze, until=_soon(order, now), words=order.note),
        "Pages wait until then, 24 hours at most",
    ),
    _Act(
        "escalate",
        orders.MayNoteOrder,
        lambda order, _: partial(acts.escalate, words=order.note),
        "Critical from now on, and the next people are paged at once",
    ),
    _Act(
        "handover",
        orders.HandoverOrder,
        lambda order, _: partial(acts.hand_over, to=order.to, words=order.note),
        "Another person has it from now on",
    ),
    _Act(
        "merge",
        orders.MergeOrder,
        lambda order, _: partial(acts.merge, into=number(order.into)),
        "It is a part of another incident",
    ),
    _Act(
        "split",
        orders.Order,
        lambda _, __: acts.split,
        "It is a trouble of its own again",
    ),
)


class Incidents:
    """The incidents of this daemon."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer, acting a responder; an agent may write notes."""
        one = f"{PATH}/{{id}}"
        viewer = Access.VIEWER
        return [
            Route(
                "GET", PATH, self.listed, viewer, "All incidents, newest first",
                asks=orders.ListQuery, answers=IncidentsAnswer, gives={200: "a part of the list"},
            ),
            Route(
                "POST", PATH, self.opened, Access.RESPONDER, "Open one by hand",
                takes=orders.OpenOrder, answers=IncidentAnswer, gives=_ACTED,
            ),
            Route(
                "GET", one, self.read, viewer, "One incident with all its alerts",
                answers=IncidentAnswer, gives=_READ,
            ),
            Route(
                "GET", f"{one}/events", self.events, viewer, "What happened, oldest first",
                answers=EventsAnswer, gives=_READ,
            ),
            *(self._route(act) for act in _ACTS),
        ]  # fmt: skip

    async def listed(self, asked: Asked) -> web.Response:
        query = asked.look(orders.ListQuery)
        try:
            below = views.read_cursor(query.after) if query.after is not None else None
        except views.BadCursor as bad:
            raise Refused(400, "bad_request", str(bad), where="after") from None
        return said(await self._world.store.read(views.incidents, query, below_id=below))

    async def read(self, asked: Asked) -> web.Response:
        return await self._answer(number(asked.part("id")))

    async def events(self, asked: Asked) -> web.Response:
        id_ = number(asked.part("id"))
        found = await self._world.store.read(views.incident_events, id_)
        return said(known(found, f"there is no incident {id_}"))

    async def opened(self, asked: Asked) -> web.Response:
        order = asked.take(orders.OpenOrder)
        work = partial(
            acts.open_by_hand,
            title=order.title,
            priority=order.priority,
            server=order.server,
            words=order.text,
            drill=order.drill,
        )
        return await self._acted(work, asked, self._world.clock.now())

    def _route(self, act: _Act) -> Route:
        async def handle(asked: Asked) -> web.Response:
            now = self._world.clock.now()
            id_ = number(asked.part("id"))
            work = act.work(asked.take(act.order), now)
            return await self._acted(partial(work, id_=id_), asked, now)

        return Route(
            "POST", f"{PATH}/{{id}}/{act.verb}", handle, act.access, act.summary,
            takes=act.order, answers=IncidentAnswer, gives=_ACTED,
        )  # fmt: skip

    async def _acted(self, work: Callable[..., Done], asked: Asked, now: datetime) -> web.Response:
        world, actor = self._world, person(asked.caller.name)
        try:
            done = await world.store.write(work, actor=actor, plan=world.live.plan, now=now)
        except acts.Unknown as unknown:
            raise Refused(404, "not_found", str(unknown)) from None
        except acts.Refusal as refusal:
            raise Refused(409, "conflict", str(refusal)) from None
        world.follow(done.saved)
        return await self._answer(done.incident.id)

    async def _answer(self, id_: int) -> web.Response:
        found = await self._world.store.read(views.incident, id_)
        return said(known(found, f"there is no incident {id_}"))


def _soon(order: orders.Span, now: datetime) -> datetime:
    """The end of a snooze. Raises Refused (400)."""
    try:
        until = order.end(now)
    except ValueError as bad:
        raise Refused(400, "bad_request", str(bad), where="until") from None
    if until - now > orders.MUTE_AT_MOST:
        raise Refused(400, "bad_request", "a snooze lasts 24 h at most", where="until")
    return until
