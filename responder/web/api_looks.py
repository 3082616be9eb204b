"""Looks over the API: how every target stands, and how it stood."""

import bisect
from collections.abc import Sequence
from datetime import datetime, timedelta

from aiohttp import web

from alerts.observed import NEVER, Standing
from probes.model import Look
from responder.store import Tx, probes
from responder.store.probes import Change, Hour
from responder.web.look_answers import (
    ChangeAnswer,
    HistoryAnswer,
    HourAnswer,
    IssueAnswer,
    LookAnswer,
    LookQuery,
    LooksAnswer,
    LooksQuery,
)
from responder.web.route import Access, Asked, Refused, Route, said
from responder.world import World

PATH = "/api/v1/looks"
HOURS = timedelta(hours=48)


class Looks:
    """Everything that this daemon and its fellow members look at."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer."""
        viewer = Access.VIEWER
        return [
            Route(
                "GET", PATH, self.listed, viewer, "All looks, by name",
                asks=LooksQuery, answers=LooksAnswer, gives={200: "a part of the list"},
            ),
            Route(
                "GET", f"{PATH}/history", self.history, viewer, "How a target stood",
                asks=LookQuery, answers=HistoryAnswer,
                gives={200: "its changes and hours", 400: "which look?", 404: "no such look"},
            ),
        ]  # fmt: skip

    async def listed(self, asked: Asked) -> web.Response:
        query = asked.look(LooksQuery)
        eyes = self._world.eyes
        found = sorted(eyes.looks(), key=lambda one: one.key)
        if query.after is not None:
            found = found[bisect.bisect_right(found, query.after, key=lambda one: one.key) :]
        if query.server is not None:
            found = [one for one in found if query.server in (one.host, _label(one, "server"))]
        standings = await self._standings(found)
        if query.state:
            found = [one for one in found if standings[one.key].state in query.state]
        shown = found[: query.limit]
        answer = LooksAnswer(
            looks=tuple(self._answer(one, standings[one.key]) for one in shown),
            next=shown[-1].key if len(found) > len(shown) else None,
            blind=eyes.blind,
            silent=eyes.blindness.silent,
        )
        return said(answer.model_dump_json())

    async def history(self, asked: Asked) -> web.Response:
        key, now = asked.look(LookQuery).key, self._world.clock.now()
        changes, hours = await self._world.store.read(_history, key=key, now=now)
        if not changes and not hours and not self._world.eyes.knows(key):
            raise Refused(404, "not_found", f'there is no look "{key}"')
        answer = HistoryAnswer(
            key=key, changes=tuple(_spans(changes, now)), hours=tuple(map(_hour, hours))
        )
        return said(answer.model_dump_json())

    async def _standings(self, found: Sequence[Look]) -> dict[str, Standing]:
        """Ours from memory, those of other members from the store."""
        beliefs = self._world.eyes.beliefs
        others = [one.key for one in found if one.key not in beliefs.looks]
        known = await self._world.eyes.telling.known(others) if others else {}
        return {
            one.key: beliefs.standing(one.key)
            if one.key in beliefs.looks
            else known.get(one.key, NEVER)
            for one in found
        }

    def _answer(self, look: Look, standing: Standing) -> LookAnswer:
        verdict, at = self._world.eyes.beliefs.latest(look.key)
        return LookAnswer(
            key=look.key,
            module=look.module,
            kind=look.probe.kind,
            target=look.target.address,
            server=_label(look, "server"),
            reseller=_label(look, "reseller"),
            brand=_label(look, "brand"),
            state=standing.state,
            since=standing.since,
            failing_since=standing.failing_since,
            attempts=standing.attempts,
            phase=standing.phase,
            reason=standing.reason or standing.doubt,
            verdict=verdict,
            looked_at=at,
            issues=tuple(
                IssueAnswer(
                    code=held.issue.code,
                    severity=held.issue.severity,
                    about=held.issue.about,
                    text=held.issue.text,
                    since=held.since,
                    sure=held.sure,
                )
                for held in standing.issues
            ),
            interval=look.patience.interval,
            labels=look.target.labels,
        )


def _label(look: Look, name: str) -> str | None:
    return look.target.labels.get(name) or None


def _history(tx: Tx, *, key: str, now: datetime) -> tuple[list[Change], list[Hour]]:
    return probes.changes(tx, key), probes.hours(tx, key, since=now - HOURS)


def _spans(changes: Sequence[Change], now: datetime) -> list[ChangeAnswer]:
    """The newest first, each with how long it lasted."""
    ends = [now, *(one.at for one in changes)]
    return [
        ChangeAnswer(
            at=one.at,
            state=one.state,
            phase=one.phase,
            reason=one.reason,
            seconds=max(0.0, (end - one.at).total_seconds()),
        )
        for one, end in zip(changes, ends, strict=False)
    ]


def _hour(one: Hour) -> HourAnswer:
    return HourAnswer(
        hour=one.hour,
        looks=one.looks,
        failed=one.failed,
        unknown=one.unknown,
        average=one.seconds / one.looks if one.looks else 0.0,
        longest=one.longest,
    )
