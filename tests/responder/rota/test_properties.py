"""Do rotas that nobody has thought of keep their word, above all in the odd nights?"""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from responder.rota_values import Absence, Changes, Override, Span
from tests.responder.rota.roster import (
    DAYS,
    MINUTE,
    MONDAY,
    ZONES,
    Fingers,
    at,
    comes_twice,
    expected,
    layer,
    rota,
    walls,
)

HOUR = timedelta(hours=1)
PEOPLE = ("ana", "boris", "clara", "dora", "eva")
# A moment before each change of clocks of a year; Kolkata has none.
NIGHTS = {
    "Europe/Sofia": ("2026-03-28 12:00", "2026-10-24 12:00"),
    "America/New_York": ("2026-03-07 12:00", "2026-10-31 12:00"),
    "Australia/Lord_Howe": ("2026-04-04 12:00", "2026-10-03 12:00"),
    "Asia/Kolkata": ("2026-03-28 12:00", "2026-10-24 12:00"),
    "America/Santiago": ("2026-04-04 12:00", "2026-09-05 12:00"),
}
places = st.sampled_from([(zone, night) for zone in ZONES for night in NIGHTS[zone]])
crews = st.lists(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2), min_size=1, max_size=5)
# The hours in which clocks change are drawn as often as all others together.
minutes = st.one_of(st.integers(0, 287), st.integers(0, 60)).map(lambda five: five * 5)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def shifts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The day cut in pieces, some of which are nobody's, some not on all days."""
    cuts = sorted(draw(st.sets(minutes, min_size=1, max_size=4)))
    pairs = list(zip(cuts, [*cuts[1:], cuts[0]], strict=True))
    kept = draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))
    days = draw(st.one_of(st.just(DAYS), st.lists(st.sampled_from(DAYS), min_size=1, unique=True)))
    return [{"from": clock(begin), "to": clock(end), "days": days} for begin, end in kept]


@st.composite
def layers(draw: st.DrawFn, *, adds: bool | None = None) -> dict[str, Any]:
    return {
        "people": draw(crews),
        "begins": str(MONDAY - timedelta(days=draw(st.integers(0, 30)))),
        "shifts": draw(shifts()),
        "rotate": draw(st.sampled_from(["shift", "day", "week"])),
        "every": draw(st.integers(1, 3)),
        "adds": draw(st.booleans()) if adds is None else adds,
    }


def counted(told: list[dict[str, Any]]) -> list[Fingers]:
    return [Fingers(one, date(2026, 11, 5)) for one in told]


@given(places, layers(adds=False))
def test_one_layer_is_right_in_each_minute_around_a_change_of_clocks(
    place: tuple[str, str], told: dict[str, Any]
) -> None:
    zone, noon = place
    here, fingers = rota(told, zone=zone), counted([told])
    within = Span(at(noon, zone), at(noon, zone) + 18 * HOUR)
    for now, wall, latest in walls(within, zone, step=5 * MINUTE):
        wanted, found = expected(fingers, wall, latest), here.on_call(now)
        if wanted or not comes_twice(wall, zone):  # a shift that ends in that hour ends late
            assert found == wanted, wall


@given(places, st.lists(layers(), min_size=2, max_size=3))
def test_layers_stand_above_each_other_in_each_minute(
    place: tuple[str, str], told: list[dict[str, Any]]
) -> None:
    zone, noon = place
    here, fingers = rota(*told, zone=zone), counted(told)
    within = Span(at(noon, zone), at(noon, zone) + 18 * HOUR)
    for now, wall, latest in walls(within, zone, step=5 * MINUTE):
        wanted, found = expected(fingers, wall, latest), here.on_call(now)
        assert len(set(found)) == len(found)
        if comes_twice(wall, zone):
            assert found or not wanted, wall
        else:
            assert found == wanted, wall


spans = st.tuples(st.integers(0, 18 * 12), st.integers(1, 18 * 12))


@st.composite
def changed(draw: st.DrawFn, start: datetime) -> Changes:
    """A few stand-ins, swaps among them, and absences, in the day after `start`."""

    def span() -> Span:
        begins, lasts = draw(spans)
        return Span(start + begins * 5 * MINUTE, start + (begins + lasts) * 5 * MINUTE)

    people, nobody = st.sampled_from(PEOPLE), st.none()
    overrides = [
        Override(number, "emergency", draw(people), span(), draw(people | nobody), swap)
        for number, swap in enumerate(draw(st.lists(st.sampled_from(["", "s"]), max_size=4)), 1)
    ]
    away = [Absence(draw(people), span()) for _ in range(draw(st.integers(0, 2)))]
    return Changes(tuple(overrides), tuple(away))


@given(st.data(), places, st.lists(layers(), min_size=1, max_size=3), st.booleans())
def test_shifts_gaps_and_on_call_never_contradict_each_other(
    data: st.DataObject, place: tuple[str, str], told: list[dict[str, Any]], always: bool
) -> None:
    zone, noon = place
    here = rota(*told, zone=zone, promise="always" if always else "layers")
    within = Span(at(noon, zone), at(noon, zone) + 18 * HOUR)
    changes = data.draw(changed(within.starts))
    rows, gaps = here.shifts(within, changes), here.gaps(within, changes)
    for number in range(18 * 12):
        now = within.starts + number * 5 * MINUTE
        told_now = here.on_call(now, changes)
        assert sorted(told_now) == sorted(one.person for one in rows if one.span.holds(now))
        assert len(set(told_now)) == len(told_now)
        gap = not told_now and (always or bool(here.on_call(now)))
        assert any(one.holds(now) for one in gaps) is gap
        away = {one.person for one in changes.absences if one.span.holds(now)}
        assert not away.intersection(told_now)


THIRDS = ("06:00-14:00", "14:00-22:00", "22:00-06:00")
HALVES = ("07:00-19:00", "19:00-07:00")


@given(
    st.sampled_from(ZONES),
    st.sampled_from([THIRDS, HALVES, HALVES[:1]]),
    st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
    st.sampled_from(["shift", "day", "week"]),
    st.integers(1, 3),
    st.integers(2, 5),
)
def test_nobody_is_ever_more_than_one_turn_behind(
    zone: str, hours: tuple[str, ...], days: list[str], rotate: str, every: int, many: int
) -> None:
    told = layer(" ".join(PEOPLE[:many]), *(f"{one} {' '.join(days)}" for one in hours))
    here = rota({**told, "rotate": rotate, "every": every}, zone=zone)
    start = at(f"{MONDAY} 00:00", zone)
    turns, shifts, before = Counter[str](), Counter[str](), ""
    for shift in here.shifts(Span(start, start + timedelta(days=120))):
        turns[shift.person] += shift.person != before
        shifts[shift.person] += 1
        before = shift.person
        assert max(turns.values()) - min(turns[one] for one in PEOPLE[:many]) <= 1
    in_a_turn = {"shift": 1, "day": len(hours), "week": len(hours) * len(days)}[rotate] * every
    assert max(shifts.values()) - min(shifts.values()) <= in_a_turn
