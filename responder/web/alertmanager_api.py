"""Alertmanager's API v2, as Prometheus, amtool, Grafana and karma speak it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from aiohttp import web

from alerts.alertmanager import Unreadable
from alerts.api_silences import read_silence, show_silence
from alerts.api_v2 import ApiRefusal, Query, read_posted, read_query, show_receivers, show_status
from alerts.silences import Silence, expire, settle
from responder import watch
from responder.board import Saved
from responder.plan import Plan
from responder.store import Tx, quiet, records
from responder.web import alertmanager_views as views
from responder.web.doors import Doors
from responder.web.orders import MUTE_AT_MOST
from responder.web.route import ALERT_LIMIT, Access, Asked, Handler, Route, said
from responder.world import World

log = structlog.get_logger(__name__)

PATH = "/api/v2"
# amtool rounds "now" up, and clocks differ: a silence that begins so soon has begun.
SKEW = timedelta(seconds=5)
_TAKEN = {200: "stored", 400: "unreadable, in quarantine", 503: "come again"}
_SET = {200: "in force", 400: "refused", 404: "no such silence", 422: "incomplete"}
_FILTERED = {200: "as it is now", 400: "a filter that is none", 422: "a switch that is none"}
_FOUND = {200: "as it is now", 404: "no such silence"}


class AlertmanagerApi:
    """What an Alertmanager would answer in our place."""

    def __init__(self, world: World, doors: Doors) -> None:
        self._world = world
        self._doors = doors
        self._started_at = world.clock.now()

    def routes(self) -> list[Route]:
        """A sender may post alerts and read; to silence needs an agent."""
        reader, agent = Access.SENDER_OR_VIEWER, Access.AGENT
        lines: list[tuple[str, str, Handler, Access, str, dict[int, str]]] = [
            ("GET", "/alerts", self.alerts, reader, "Alerts that fire", _FILTERED),
            ("GET", "/alerts/groups", self.groups, reader, "The same, by incident", _FILTERED),
            ("GET", "/status", self.status, reader, "Who we say we are", {200: "always"}),
            ("GET", "/receivers", self.receivers, reader, "There is one, us", {200: "always"}),
            ("GET", "/silences", self.silences, reader, "Silences, ended ones too", _FILTERED),
            ("POST", "/silences", self.set_silence, agent, "Silence for 24 h at most", _SET),
            ("GET", "/silence/{id}", self.silence, reader, "One silence", _FOUND),
            ("DELETE", "/silence/{id}", self.end_silence, agent, "End a silence", _FOUND),
        ]
        door = Route(
            "POST", f"{PATH}/alerts", self.take, Access.SENDER, "Alerts as Prometheus posts them",
            gives=_TAKEN, limit=ALERT_LIMIT,
        )  # fmt: skip
        return [
            door,
            *(
                Route(method, PATH + path, _in_their_words(handler), access, summary, gives=gives)
                for method, path, handler, access, summary, gives in lines
            ),
        ]

    async def take(self, asked: Asked) -> web.Response:
        """Durable and decided when the 200 is read."""
        name, sender = self._doors.sender(asked)
        settings, now = self._world.live.plan.alerts, self._world.clock.now()
        try:
            reading = read_posted(
                asked.body,
                ignore=self._world.ignored_labels,
                now=now,
                resolve_after=settings.resolve_after,
            )
        except Unreadable as error:
            raise await self._doors.quarantined(name, asked.body, str(error)) from None
        if reading.refused and not reading.alerts:
            why = "; ".join(dict.fromkeys(one.reason for one in reading.refused))
            raise await self._doors.quarantined(name, asked.body, why)
        await self._doors.take(name, sender, reading)
        return web.Response()

    async def alerts(self, asked: Asked) -> web.Response:
        return await self._listed(views.alerts, asked)

    async def groups(self, asked: Asked) -> web.Response:
        return await self._listed(views.groups, asked)

    async def status(self, _: Asked) -> web.Response:
        told = show_status(started_at=self._started_at, version=self._world.version)
        return web.json_response(told)

    async def receivers(self, _: Asked) -> web.Response:
        return web.json_response(show_receivers())

    async def silences(self, asked: Asked) -> web.Response:
        wanted = read_query(asked.request.query.items()).filters
        now = self._world.clock.now()
        return said(await self._world.store.read(views.silences, wanted, now=now))

    async def silence(self, asked: Asked) -> web.Response:
        now = self._world.clock.now()
        found = await self._world.store.read(views.silence, asked.part("id"), now=now)
        if found is None:
            raise _unknown()
        return web.json_response(show_silence(found, now=now))

    async def set_silence(self, asked: Asked) -> web.Response:
        """In force at once: what it mutes is judged in the same transaction."""
        now = self._world.clock.now()
        told = read_silence(asked.body, now=now)
        if now < told.starts_at <= now + SKEW:
            told = replace(told, starts_at=now)
        if told.ends_at - max(told.starts_at, now) > MUTE_AT_MOST:
            raise ApiRefusal(400, "a silence lasts 24 h at most; plan longer work as maintenance")
        id_, saved = await self._world.store.write(
            _set, told, new_id=str(uuid4()), plan=self._world.live.plan, now=now
        )
        self._world.follow(saved)
        log.info("silence_set", silence=id_, by=asked.caller.name, ends_at=told.ends_at.isoformat())
        return web.json_response({"silenceID": id_})

    async def end_silence(self, asked: Asked) -> web.Response:
        """Over now; what it muted and still burns is told of at once."""
        id_, now = asked.part("id"), self._world.clock.now()
        saved = await self._world.store.write(_end, id_, plan=self._world.live.plan, now=now)
        self._world.follow(saved)
        log.info("silence_ended", silence=id_, by=asked.caller.name)
        return web.Response()

    async def _listed(self, view: Callable[..., str], asked: Asked) -> web.Response:
        query: Query = read_query(asked.request.query.items())
        plan, now = self._world.live.plan, self._world.clock.now()
        return said(await self._world.store.read(view, query, plan=plan, now=now))


def _set(tx: Tx, told: Silence, *, new_id: str, plan: Plan, now: datetime) -> tuple[str, Saved]:
    records.one_at_a_time(tx)
    previous = views.silence(tx, told.id, now=now) if told.id else None
    if told.id and previous is None:
        raise _unknown()
    kept = settle(told, previous, new_id=new_id, now=now)
    for one in kept:
        quiet.put_silence(tx, one)
    return kept[0].id, watch.mute_anew(tx, plan=plan, now=now)


def _end(tx: Tx, id_: str, *, plan: Plan, now: datetime) -> Saved:
    records.one_at_a_time(tx)
    found = views.silence(tx, id_, now=now)
    if found is None:
        raise _unknown()
    quiet.put_silence(tx, expire(found, now))
    return watch.mute_anew(tx, plan=plan, now=now)


def _unknown() -> ApiRefusal:
    return ApiRefusal(404, "silence not found")


def _in_their_words(handler: Handler) -> Handler:
    """What is refused is refused as Alertmanager does it, because its clients show that."""

    async def answer(asked: Asked) -> web.StreamResponse:
        try:
            return await handler(asked)
        except ApiRefusal as refusal:
            return web.json_response(refusal.answer, status=refusal.status)

    return answer
