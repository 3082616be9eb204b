"""One look on a page: what it asks, how its target stands, and how it stood."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from probes.durations import show_duration
from probes.model import Look, Patience
from responder.store import Tx
from responder.store.probes import Hour
from responder.values import Incident
from responder.web.look_answers import LookQuery
from responder.web.pages import Pages, ago, clock
from responder.web.route import Access, Asked, Refused, Route
from responder.web.standings import (
    HOURS,
    Stood,
    blindness,
    history,
    known_look,
    label,
    lasted,
    standings,
    troubles,
)
from responder.world import World

TALL = 40.0  # of a bar, in the units of the picture
WIDE = 10.0  # of an hour
LEAST = 3.0  # what is not nothing must be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour in the picture: from the bottom what was up, from the top what failed, between them
    what could not tell.
    """

    x: float
    up: float
    unknown: float
    failed: float


class LookPage:
    """What a person wants to know of one target."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def routes(self) -> list[Route]:
        """Whoever may see the board may see this."""
        summary = "How one target stands and stood, for a person"
        gives = {200: "the page", 400: "no name was given", 404: "no such look"}
        path, access = "/looks/history", Access.LOOPBACK
        return [Route("GET", path, self.show, access, summary, asks=LookQuery, gives=gives)]

    async def show(self, asked: Asked) -> web.Response:
        try:
            key = asked.look(LookQuery).key
        except Refused:
            return self._refused(400, "Which look?", "Choose one from the list of looks.")
        world, now = self._world, self._world.clock.now()
        look = known_look(world.eyes, key)
        changes, hours = await world.store.read(history, key=key, now=now)
        if look is None and not changes and not hours:
            return self._refused(404, "There is no such look", f"Nothing is called {key}.")
        return self._pages.page(
            "look.html",
            root="../",
            key=key,
            stood=await self._stood(look),
            facts=[*_facts(look)] if look else [],
            last=self._last(look),
            server=label(look, "server") if look else None,
            blind=blindness(world.eyes),
            incidents=await world.store.read(_troubles, look=look, server=self._server(look)),
            changes=[*lasted(changes, now)],
            hours=[one for one in reversed(hours) if one.looks],
            bars=[*bars(hours, now)],
            sums=_sums(hours),
            now=now,
        )

    async def _stood(self, look: Look | None) -> Stood | None:
        if look is None:
            return None
        known = await standings(self._world.eyes, [look])
        return Stood(look, known[look.key])

    def _server(self, look: Look | None) -> str | None:
        """Its machine, if that is one of ours."""
        known = self._world.live.plan.inventory.servers
        return look.host if look is not None and look.host in known else None

    def _last(self, look: Look | None) -> str:
        """What came of the last look."""
        beliefs = self._world.eyes.beliefs
        if look is None:
            return "nobody looks at it any more"
        if look.key not in beliefs.looks:
            return "another member looks at it"
        verdict, at = beliefs.latest(look.key)
        now = self._world.clock.now()
        return (
            f"{verdict}, {clock(at)} ({ago(at, now)} ago)"
            if at
            else "none since this process began"
        )

    def _refused(self, status: int, title: str, words: str) -> web.Response:
        return self._pages.page("refused.html", status=status, root="../", title=title, words=words)


def _troubles(tx: Tx, *, look: Look | None, server: str | None) -> list[Incident]:
    return troubles(tx, look, server=server) if look is not None else []


def _facts(look: Look) -> Iterator[tuple[str, str]]:
    """What it is, in words."""
    kind = look.probe.kind
    yield "Asks", kind if look.module == kind else f"{look.module} ({kind})"
    yield "Target", look.target.address
    for name in ("reseller", "domain", "brand"):
        if told := label(look, name):
            yield name.capitalize(), told
    yield "Looked at", _patience(look.patience)


def _patience(told: Patience) -> str:
    every, again = (show_duration(timedelta(seconds=one)) for one in (told.interval, told.retry))
    if told.attempts == 1:
        return f"every {every}; one failure is trouble"
    return f"every {every}; {told.attempts} failures {again} apart are trouble"


def bars(hours: Sequence[Hour], now: datetime) -> Iterator[Bar]:
    """The picture of the last hours, the oldest first; what was not looked at is a gap (pure)."""
    first = now.replace(minute=0, second=0, microsecond=0) - HOURS + timedelta(hours=1)
    for one in hours:
        place = round((one.hour - first) / timedelta(hours=1))
        if one.looks and place >= 0:
            failed, unknown = _tall(one.failed, one.looks), _tall(one.unknown, one.looks)
            unknown = min(unknown, TALL - failed)
            yield Bar(place * WIDE, TALL - failed - unknown, unknown, failed)


def _tall(some: int, whole: int) -> float:
    return round(max(LEAST, TALL * some / whole), 1) if some else 0.0


def _sums(hours: Sequence[Hour]) -> Mapping[str, int]:
    return {
        "looks": sum(one.looks for one in hours),
        "failed": sum(one.failed for one in hours),
        "unknown": sum(one.unknown for one in hours),
    }
