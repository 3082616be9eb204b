"""Rotas for these tests, and who would be on call by counting every day on the fingers.

Written from the guide alone: it knows nothing of instants, only clocks on walls and calendars.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from responder.rota.model import Rota
from responder.rota.section import RotaPart
from responder.rota_values import Span

Row = tuple[datetime, datetime, tuple[str, ...]]

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MONDAY = date(2026, 1, 5)
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ZONES = (
    "Europe/Sofia",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Asia/Kolkata",  # none at all
    "America/Santiago",  # the south, and at midnight
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(text: str, zone: str = "Europe/Sofia", *, fold: int = 0) -> datetime:
    """This time on the walls of the zone."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return local.astimezone(UTC)


def span(starts: str, ends: str, zone: str = "Europe/Sofia") -> Span:
    return Span(at(starts, zone), at(ends, zone))


def layer(people: str, *shifts: str, **more: Any) -> dict[str, Any]:
    """`ana boris+clara`, `07:00-19:00 sat sun`: two crews, one shift on two days."""
    told: dict[str, Any] = {"people": [crew.split("+") for crew in people.split()]}
    if shifts:
        told["shifts"] = [_shift(*text.split()) for text in shifts]
    return {**told, "begins": f"{MONDAY}", **more}


def _shift(hours: str, *days: str) -> dict[str, Any]:
    begin, _, end = hours.partition("-")
    return {"from": begin, "to": end, "days": list(days) or DAYS}


def rota(*layers: dict[str, Any], zone: str = "Europe/Sofia", **more: Any) -> Rota:
    written = {"zone": zone, "layers": list(layers), **more}
    return RotaPart.model_validate(written).rota("emergency")


def walls(
    within: Span, zone: str, *, step: timedelta = MINUTE
) -> Iterator[tuple[datetime, datetime, datetime]]:
    """Each instant, what the wall shows, and the latest that it has shown so far.

    Clocks that go back show some times again: whoever has handed over at 03:30 does not get it
    back when it is 03:10 for the second time.
    """
    place = ZoneInfo(zone)
    now = within.starts
    latest = now.astimezone(place).replace(tzinfo=None, fold=0)
    while now < within.ends:
        wall = now.astimezone(place).replace(tzinfo=None, fold=0)
        latest = max(latest, wall)
        yield now, wall, latest
        now += step


class Fingers:
    """One layer, day by day from the first: nobody reckons, everybody is counted."""

    def __init__(self, told: dict[str, Any], until: date) -> None:
        self._told = told
        self._rows: dict[date, list[Row]] = {}
        self.adds = bool(told.get("adds"))
        rotate, every = told.get("rotate", "week"), told.get("every", 1)
        crews = [tuple(crew) for crew in told["people"]]
        day, age, turn = date.fromisoformat(told["begins"]), 0, 0
        while day <= until:
            self._rows[day] = []
            for begins, ends in self._of(day):
                self._rows[day].append((begins, ends, crews[turn // every % len(crews)]))
                turn += rotate == "shift"
            age += 1
            turn += rotate == "day" and bool(self._rows[day])
            turn += rotate == "week" and age % 7 == 0
            day += DAY

    def who(self, wall: datetime, latest: datetime) -> tuple[str, ...]:
        """By the latest time that the wall has shown; where that is nobody's, by this one."""
        return self._by(latest) or self._by(wall)

    def _by(self, wall: datetime) -> tuple[str, ...]:
        days = (wall.date() - DAY, wall.date())
        rows = [row for day in days for row in self._rows.get(day, ())]
        near = [crew for begins, ends, crew in rows if begins <= wall < ends]
        assert len(near) <= 1, "the layer overlaps itself"
        return near[0] if near else ()

    def _of(self, day: date) -> list[tuple[datetime, datetime]]:
        found = []
        for one in sorted(self._told["shifts"], key=lambda one: str(one["from"])):
            if DAYS[day.weekday()] in one["days"]:
                begins, ends = time.fromisoformat(one["from"]), time.fromisoformat(one["to"])
                last = day if ends > begins else day + DAY
                found.append((datetime.combine(day, begins), datetime.combine(last, ends)))
        return found


def expected(layers: Sequence[Fingers], wall: datetime, latest: datetime) -> tuple[str, ...]:
    """Everybody who would be on call, those of the topmost layer first."""
    standing: tuple[str, ...] = ()
    adding: list[str] = []
    for one in layers:
        crew = one.who(wall, latest)
        if one.adds:
            adding += crew
        else:
            standing = crew or standing
    return tuple(dict.fromkeys([*standing, *adding]))


def comes_twice(wall: datetime, zone: str) -> bool:
    """Will the wall show this time again, or has it done so before?"""
    here = wall.replace(tzinfo=ZoneInfo(zone))
    first, second = here.replace(fold=0).utcoffset(), here.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second
