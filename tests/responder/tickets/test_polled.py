"""A cursor of time stamps: whatever comes late, or under one stamp, is told once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from alerts.model import person
from playbooks.ports import Change, ChangeKind, TicketRef
from responder.tickets.polled import MOST_PAGES, Found, Polled, seen_of, stamp, updated

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
OVERLAP = timedelta(seconds=30)
GRAIN = timedelta(milliseconds=1)


def change(number: int, second: int) -> Change:
    at = NOON + timedelta(seconds=second)
    return Change(str(number), TicketRef("x", "1"), at, ChangeKind.NOTE, person("ana"))


def after(polled: Polled, *changes: Change, seen: datetime | None, whole: bool = True) -> Polled:
    return polled.after(changes, seen=seen, whole=whole, overlap=OVERLAP)


def test_a_cursor_survives_its_writing() -> None:
    polled = Polled(NOON, NOON - OVERLAP, {"7": NOON, "3": NOON - timedelta(milliseconds=5)})
    assert Polled.read(str(polled)) == polled
    assert str(Polled.read(str(polled))) == str(polled)


@pytest.mark.parametrize("odd", ["", "12", '{"since": "yesterday"}', '{"since": "2026-03-10"}'])
def test_a_cursor_that_is_none_is_an_error(odd: str) -> None:
    with pytest.raises(ValueError, match=r"validation error"):
        Polled.read(odd)


def test_what_is_older_than_the_overlap_is_not_told_and_forgotten() -> None:
    polled = Polled.begin(NOON, overlap=OVERLAP)
    old, young = change(1, -31), change(2, -30)
    assert polled.fresh([old, young]) == [young]
    second = timedelta(seconds=1)
    assert after(polled, young, seen=NOON + second) == Polled.begin(NOON + second, overlap=OVERLAP)


def test_the_cursor_never_goes_back() -> None:
    polled = Polled.begin(NOON, overlap=OVERLAP)
    assert after(polled, seen=NOON - OVERLAP) == polled
    assert after(polled, seen=None) == polled


def test_while_a_backlog_is_read_old_times_are_still_told() -> None:
    polled = Polled.begin(NOON, overlap=OVERLAP)
    half = after(polled, change(1, 10), seen=NOON + timedelta(hours=1), whole=False)
    assert half.fresh([change(1, 10), change(2, 20)]) == [change(2, 20)]
    rest = after(half, change(2, 20), seen=NOON + timedelta(hours=2))
    assert rest == Polled.begin(NOON + timedelta(hours=2), overlap=OVERLAP)


@dataclass(frozen=True)
class Row:
    id: int
    updated_at: datetime


class World:
    """Tickets to which things happen while they are read: `happens` is when, to whom, and how many
    polls later the search shows it. Pages have five rows.
    """

    def __init__(self, happens: Sequence[tuple[int, int, int]]) -> None:
        self.clock = NOON
        self.happens = [
            (replace(change(number, second), ticket=TicketRef("x", str(ticket))), lag)
            for number, (second, ticket, lag) in enumerate(happens)
        ]

    def history(self, ticket: int) -> Sequence[Change]:
        """All that has happened to a ticket by now, in the database."""
        past = (one for one, _ in self.happens if one.at <= self.clock)
        return [one for one in past if one.ticket.id == str(ticket)]

    async def search(self, since: datetime, page: int) -> Sequence[Row]:
        """What the index shows by now; while it answers, the clock goes on."""
        lags = [(one, one.at + timedelta(seconds=10 * lag)) for one, lag in self.happens]
        shown = [(int(one.ticket.id), one.at) for one, at in lags if at <= self.clock]
        newest = {ticket: max(at for known, at in shown if known == ticket) for ticket, _ in shown}
        rows = [Row(ticket, at) for ticket, at in newest.items() if at >= since]
        self.clock += timedelta(milliseconds=300)
        return sorted(rows, key=_age)[(page - 1) * 5 : page * 5]


async def poll(world: World, cursor: str, *, most: int) -> tuple[list[Change], str]:
    """As the adapters do it."""
    polled = Polled.read(cursor)
    found = await updated(world.search, polled, overlap=OVERLAP, full=5, grain=GRAIN, most=most)
    told = [one for row in found.rows for one in world.history(row.id)]
    fresh = polled.fresh(told)
    return fresh, str(after(polled, *fresh, seen=found.seen, whole=found.whole))


@given(
    some.lists(
        some.tuples(some.integers(0, 120), some.integers(1, 12), some.integers(0, 2)), max_size=50
    ),
    some.lists(some.sampled_from(["stored", "dead", "asleep"]), min_size=12, max_size=12),
    some.sampled_from([1, 2, 10]),
)
async def test_each_change_is_told_once_however_late_it_shows_and_however_often_the_poller_dies(
    happens: Sequence[tuple[int, int, int]], turns: Sequence[str], most: int
) -> None:
    """Polls are 10 s apart; some die before their cursor is stored, some do not happen."""
    world, told = World(happens), list[str]()
    cursor = str(Polled.begin(NOON, overlap=OVERLAP))
    for turn, fate in enumerate([*turns, *["stored"] * 40]):
        world.clock = max(world.clock, NOON + timedelta(seconds=10 * turn))
        if fate == "asleep":
            continue
        fresh, moved = await poll(world, cursor, most=most)
        if fate == "stored":
            cursor, told = moved, [*told, *(one.id for one in fresh)]
    assert len(told) == len(set(told))
    assert set(told) == {one.id for one, _ in world.happens}


@given(some.lists(some.integers(0, 6), max_size=30))
async def test_pages_lose_no_row_that_is_changed_while_they_are_read(stamps: list[int]) -> None:
    """Between two pages the oldest row is changed, and so moves to the end."""
    rows = {n: Row(n, NOON + timedelta(seconds=second)) for n, second in enumerate(stamps)}
    busy = iter(range(3))

    async def search(since: datetime, page: int) -> Sequence[Row]:
        found = sorted((one for one in rows.values() if one.updated_at >= since), key=_age)
        if found and next(busy, None) is not None:
            rows[found[0].id] = Row(found[0].id, NOON + timedelta(seconds=60))
        return found[(page - 1) * 5 : page * 5]

    polled = Polled.begin(NOON, overlap=OVERLAP)
    grain = timedelta(seconds=1)
    found = await updated(search, polled, overlap=OVERLAP, full=5, grain=grain, most=1000)
    seen = found.rows
    assert {row.id for row in seen} == set(rows)
    assert [row.updated_at for row in seen] == sorted(row.updated_at for row in seen)


async def test_a_long_backlog_is_left_for_later_but_never_stands_still() -> None:
    """Three thousand rows within the overlap are more than a poll reads elsewhere."""
    start = NOON - OVERLAP
    rows = [Row(n, start + timedelta(milliseconds=11 * n)) for n in range(3000)]
    asked = 0

    async def search(since: datetime, page: int) -> Sequence[Row]:
        nonlocal asked
        asked += 1
        found = [one for one in rows if one.updated_at >= since]
        return found[(page - 1) * 50 : page * 50]

    polled = Polled.begin(NOON, overlap=OVERLAP)
    found = await updated(search, polled, overlap=OVERLAP, full=50, grain=GRAIN)
    assert asked > MOST_PAGES
    assert not found.whole
    assert NOON < (found.seen or NOON) < NOON + timedelta(seconds=1)
    asked = 0
    late = Polled.begin(start - timedelta(days=1), overlap=OVERLAP)
    assert not (await updated(search, late, overlap=OVERLAP, full=50, grain=GRAIN)).whole
    assert asked == MOST_PAGES


def test_several_searches_have_come_as_far_as_the_slowest() -> None:
    early, late = [Row(1, NOON)], [Row(2, NOON + OVERLAP)]
    assert seen_of([Found(early, whole=True), Found(late, whole=True)]) == (NOON + OVERLAP, True)
    assert seen_of([Found(early, whole=False), Found(late, whole=True)]) == (NOON, False)
    assert seen_of([Found(early, whole=False), Found(late, whole=False)]) == (NOON, False)
    assert seen_of([Found(list[Row](), whole=True)]) == (None, True)


def _age(row: Row) -> tuple[datetime, int]:
    return row.updated_at, row.id


def test_a_stamp_is_utc() -> None:
    at = datetime.fromisoformat("2026-03-10T14:00:00.1234+02:00")
    assert stamp(at) == "2026-03-10T12:00:00.123Z"
    assert stamp(at, to="seconds") == "2026-03-10T12:00:00Z"
