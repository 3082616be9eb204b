"""The looks on one page, the worst first: what stands how, since when, and why."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BeforeValidator, Field

from alerts.observed import Standing, State
from probes.model import Look
from responder.web.orders import Name, Order, Single
from responder.web.pages import Pages
from responder.web.route import Access, Asked, Refused, Route
from responder.web.standings import (
    HARD,
    WORST_FIRST,
    Stood,
    at_server,
    blindness,
    failing,
    standings,
    urgency,
)
from responder.world import World

AT_ONCE = 200

Counts = Mapping[State, int]


def _filled(told: Any) -> Any:
    """A form sends what nobody has filled in, too."""
    if isinstance(told, list):
        return [one for one in told if one != ""]
    return None if told == "" else told


Filled = BeforeValidator(_filled)


class PageQuery(Order):
    """Which looks the page shows."""

    state: Annotated[tuple[State, ...], Filled] = Field((), description="Repeatable")
    server: Annotated[Name | None, Filled, Single] = Field(None, description="At this server alone")
    page: Annotated[int, Single] = Field(1, ge=1, le=100_000)


@dataclass(frozen=True, slots=True)
class _Tab:
    """A link to one part of the looks, and how many there are in it."""

    state: State | None
    count: int
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """What is shown of all looks, and how many of them stand how."""

    counts: Counts
    shown: list[Stood]
    page: int
    pages: int


class LooksPage:
    """For the woken person: what fails. For the operator of the day: everything else."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def routes(self) -> list[Route]:
        """Whoever may see the board may see this."""
        summary = "The looks, for a person"
        gives = {200: "a page of them", 400: "no such state or page"}
        show, access = self.show, Access.LOOPBACK
        return [Route("GET", "/looks", show, access, summary, asks=PageQuery, gives=gives)]

    async def show(self, asked: Asked) -> web.Response:
        try:
            query = asked.look(PageQuery)
        except Refused as refusal:
            words = f"{refusal.where}: {refusal.message}"
            title = "There is no such part of the looks"
            return self._pages.page("refused.html", status=400, root="", title=title, words=words)
        eyes, now = self._world.eyes, self._world.clock.now()
        looks = eyes.looks() if query.server is None else at_server(eyes.looks(), query.server)
        known = await standings(eyes, looks)
        # 0.2 s for 100,000 looks, in which others may have the loop.
        part = await asyncio.to_thread(_chosen, looks, known, query)
        counts, page, last = part.counts, part.page, part.pages
        return self._pages.page(
            "looks.html",
            root="",
            headline=headline(len(looks), sum(counts[one] for one in (*HARD, State.SUSPECT))),
            blind=blindness(eyes),
            nothing=not eyes.looks(),
            server=query.server,
            states=query.state,
            tabs=[*_tabs(query, counts)],
            shown=part.shown,
            page=page,
            pages=last,
            before=_href(query.state, query.server, page - 1) if page > 1 else "",
            after=_href(query.state, query.server, page + 1) if page < last else "",
            now=now,
        )


def headline(looks: int, failing: int) -> str:
    """`12 looks, 1 failing`."""
    return f"{looks} look{'' if looks == 1 else 's'}, {failing or 'none'} failing"


async def looks_line(world: World) -> str:
    """The same for the board; "" where nothing is looked at."""
    looks, bad = await failing(world.eyes, world.store)
    return headline(looks, bad) if looks else ""


def _chosen(looks: Sequence[Look], known: Mapping[str, Standing], query: PageQuery) -> _Part:
    """What this query shows; a page after the last one is the last: the list may have shrunk."""
    parts: dict[State, list[Look]] = {state: [] for state in WORST_FIRST}
    for look in looks:
        parts[known[look.key].state].append(look)
    counts = {state: len(parts[state]) for state in WORST_FIRST}
    wanted = [state for state in WORST_FIRST if state in query.state or not query.state]
    pages = max(1, -(-sum(counts[state] for state in wanted) // AT_ONCE))
    page = min(query.page, pages)
    shown = _slice([parts[state] for state in wanted], known, page=page)
    return _Part(counts, [Stood(one, known[one.key]) for one in shown], page, pages)


def _slice(
    parts: Iterable[list[Look]], known: Mapping[str, Standing], *, page: int
) -> Iterator[Look]:
    """The looks of this page. Only what it needs is sorted."""
    skip, left = (page - 1) * AT_ONCE, AT_ONCE
    for part in parts:
        if skip < len(part) and left:
            some = sorted(part, key=lambda one: urgency(one, known[one.key]))
            yield from some[skip : skip + left]
            left -= len(some[skip : skip + left])
        skip = max(0, skip - len(part))


def _tabs(query: PageQuery, counts: Counts) -> list[_Tab]:
    """All, then each state that some look is in."""
    everything = _Tab(None, sum(counts.values()), _href((), query.server), not query.state)
    return [
        everything,
        *(
            _Tab(state, counts[state], _href((state,), query.server), state in query.state)
            for state in WORST_FIRST
            if counts[state] or state in query.state
        ),
    ]


def _href(states: Sequence[State], server: str | None, page: int = 1) -> str:
    facts = [("state", str(one)) for one in states]
    facts += [("server", server)] if server else []
    facts += [("page", str(page))] if page > 1 else []
    return f"looks?{urlencode(facts)}" if facts else "looks"
