"""Looks over the API: how every target stands, and how it stood."""

import bisect
from datetime import timedelta

from aiohttp import web

from alerts.observed import Standing
from probes.model import Look
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
from responder.web.standings import at_server, history, label, lasted, standings
from responder.world import World

PATH = "/api/v1/looks"


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
            found = at_server(found, query.server)
        known = await standings(eyes, found)
        if query.state:
            found = [one for one in found if known[one.key].state in query.state]
        shown = found[: query.limit]
        answer = LooksAnswer(
            looks=tuple(self._answer(one, known[one.key]) for one in shown),
            next=shown[-1].key if len(found) > len(shown) else None,
            blind=eyes.blind,
            silent=eyes.blindness.silent,
        )
        return said(answer.model_dump_json())

    async def history(self, asked: Asked) -> web.Response:
        key, now = asked.look(LookQuery).key, self._world.clock.now()
        changes, hours = await self._world.store.read(history, key=key, now=now)
        if not changes and not hours and not self._world.eyes.knows(key):
            raise Refused(404, "not_found", f'there is no look "{key}"')
        answer = HistoryAnswer(
            key=key,
            changes=tuple(_change(one, span) for one, span in lasted(changes, now)),
            hours=tuple(map(_hour, hours)),
        )
        return said(answer.model_dump_json())

    def _answer(self, look: Look, standing: Standing) -> LookAnswer:
        verdict, at = self._world.eyes.beliefs.latest(look.key)
        return LookAnswer(
            key=look.key,
            module=look.module,
            kind=look.probe.kind,
            target=look.target.address,
            server=label(look, "server"),
            reseller=label(look, "reseller"),
            brand=label(look, "brand"),
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


def _change(one: Change, span: timedelta) -> ChangeAnswer:
    return ChangeAnswer(
        at=one.at,
        state=one.state,
        phase=one.phase,
        reason=one.reason,
        seconds=span.total_seconds(),
    )


def _hour(one: Hour) -> HourAnswer:
    return HourAnswer(
        hour=one.hour,
        looks=one.looks,
        failed=one.failed,
        unknown=one.unknown,
        average=one.seconds / one.looks if one.looks else 0.0,
        longest=one.longest,
    )
