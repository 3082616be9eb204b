"""Who is on call, on one page: now on top, then the coming fortnight as a chart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from responder.rota.chart import A_DAY, Bar, Day, days
from responder.rota_values import Shift, Span
from responder.store import rotas
from responder.web.oncall_answers import RotaAnswer
from responder.web.oncall_views import chosen, oncall_answer, touched
from responder.web.pages import Pages
from responder.web.route import Access, Asked, Route
from responder.world import World

AHEAD = timedelta(days=13)  # and today
COLUMNS = 96  # of a day: quarters of an hour
_TINTS = 6
_QUARTER = A_DAY // COLUMNS


@dataclass(frozen=True, slots=True)
class Cell:
    """So many columns of a row: nothing, somebody's shift, or a gap. `tint` is 0 to 5."""

    columns: int
    bar: Bar | None = None
    tint: int = 0

    @property
    def name(self) -> str:
        """With a mark where a change has put somebody there."""
        if self.bar is None:
            return ""
        if self.bar.is_gap:
            return "GAP"
        changed = self.bar.instead_of is not None or not self.bar.layer
        return f"{self.bar.person}{'*' if changed else ''}"

    @property
    def times(self) -> str:
        """`07:00 to 19:00`, by the clock on the wall."""
        return f"{_clock(self.bar.begins)} to {_clock(self.bar.ends)}" if self.bar else ""


@dataclass(frozen=True, slots=True)
class Row:
    """One day: the rows that lie below each other in it."""

    day: date
    today: bool
    hours: float
    lanes: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One rota as the page shows it."""

    told: RotaAnswer
    rows: tuple[Row, ...]

    def clock(self, at: datetime) -> str:
        """A time as the clocks of this rota show it."""
        return f"{at.astimezone(ZoneInfo(self.told.zone)):%a %d %b %H:%M}"


class OncallPage:
    """For a telephone in a pocket and a screen on a wall; it only shows."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def routes(self) -> list[Route]:
        """Whoever may see the board may see this."""
        summary = "Who is on call, for a person"
        return [Route("GET", "/oncall", self.show, Access.LOOPBACK, summary)]

    async def show(self, _: Asked) -> web.Response:
        """All rotas, in the order of the file."""
        world, now = self._world, self._world.clock.now()
        known = chosen(world.live.config.rotas, rota=None, team=None)
        changes = await world.store.read(rotas.within, touched(now, AHEAD))
        told = oncall_answer(known.values(), now, changes, ahead=AHEAD)
        charts = [Chart(one, tuple(_rows(one, now))) for one in told.rotas]
        gaps = sum(len(one.gaps) for one in told.rotas)
        return self._pages.page(
            "oncall.html", root="", charts=charts, headline=_headline(len(charts), gaps), now=now
        )


def _headline(charts: int, gaps: int) -> str:
    if not charts:
        return "No rotas"
    if not gaps:
        return "On call"
    return f"On call: {gaps} gap{'' if gaps == 1 else 's'} in the coming fortnight"


def _rows(rota: RotaAnswer, now: datetime) -> Iterator[Row]:
    zone = ZoneInfo(rota.zone)
    shifts = [
        Shift(rota.rota, one.layer, one.person, Span(one.starts_at, one.ends_at), one.instead_of)
        for one in rota.shifts
    ]
    gaps = [Span(one.starts_at, one.ends_at) for one in rota.gaps]
    people = sorted({one.person for one in shifts})
    today = now.astimezone(zone).date()
    for day in days(shifts, gaps, within=Span(rota.starts_at, rota.ends_at), zone=zone):
        yield Row(day.date, day.date == today, day.hours, _lanes(day, people))


def _lanes(day: Day, people: Sequence[str]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(_cells(lane, people)) for lane in day.lanes) or ((Cell(COLUMNS),),)


def _cells(lane: Iterable[Bar], people: Sequence[str]) -> Iterator[Cell]:
    column = 0
    for bar in lane:
        begins = max(round(bar.begins / _QUARTER), column)
        ends = min(max(round(bar.ends / _QUARTER), begins + 1), COLUMNS)
        if ends <= begins:
            continue  # less than a quarter before midnight, and no column is left
        if begins > column:
            yield Cell(begins - column)
        tint = 0 if bar.is_gap else people.index(bar.person) % _TINTS
        yield Cell(ends - begins, bar, tint)
        column = ends
    if column < COLUMNS:
        yield Cell(COLUMNS - column)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
