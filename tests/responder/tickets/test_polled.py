"""A cursor of time stamps: whatever comes late, or under one stamp, is told once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from alerts.model import person
from playbooks.ports import Change, ChangeKind, TicketRef
from responder.tickets.polled import MOST_PAGES, Polled, stamp, updated

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
OVERLAP = timedelta(seconds=30)


def change(number: int, second: int) -> Change:
    at = NOON + timedelta(seconds=second)
    return Change(str(number), TicketRef("x", "1"), at, ChangeKind.NOTE, person("ana"))


def test_a_cursor_survives_its_writing() -> None:
    polled = Polled(NOON, {"7": NOON, "3": NOON - timedelta(milliseconds=5)})
    assert Polled.read(str(polled)) == polled
    assert str(Polled.read(str(polled))) == str(polled)


@pytest.mark.parametrize("odd", ["", "12", '{"since": "yesterday"}', '{"since": "2026-03-10"}'])
def test_a_cursor_that_is_none_is_an_error(odd: str) -> None:
    with pytest.raises(ValueError, match=r"validation error"):
        Polled.read(odd)


def test_what_is_older_than_the_overlap_is_not_told_and_forgotten() -> None:
    polled = Polled(NOON)
    old, young = change(1, -31), change(2, -30)
    assert polled.fresh([old, young], overlap=OVERLAP) == [young]
    after = polled.after([young], seen=NOON + timedelta(seconds=1), overlap=OVERLAP)
    assert after == Polled(NOON + timedelta(seconds=1))


def test_the_cursor_never_goes_back() -> None:
    polled = Polled(NOON)
    assert polled.after([], seen=NOON - OVERLAP, overlap=OVERLAP) == polled
    assert polled.after([], seen=None, overlap=OVERLAP) == polled


@given(
    some.lists(
        # When it happened, and how many polls later the search shows it, within the overlap.
        some.tuples(some.integers(0, 200), some.integers(0, 2)),
        max_size=40,
    ),
    some.lists(some.booleans(), min_size=60, max_size=60),
)
def test_each_change_is_told_once_however_late_it_shows_and_however_often_the_poller_dies(
    happened: Sequence[tuple[int, int]], stored: Sequence[bool]
) -> None:
    """Polls are 10 s apart; some die before their cursor is stored."""
    changes = [change(number, second) for number, (second, _) in enumerate(happened)]
    late = {one.id: lag for one, (_, lag) in zip(changes, happened, strict=True)}
    cursor, told = str(Polled(NOON)), list[str]()
    for turn in range(30):
        now = NOON + timedelta(seconds=10 * turn)
        shown = [one for one in changes if one.at + timedelta(seconds=10 * late[one.id]) <= now]
        polled = Polled.read(cursor)
        fresh = polled.fresh(shown, overlap=OVERLAP)
        if not stored[turn] and turn < 22:
            continue
        newest = max((one.at for one in shown), default=None)
        cursor = str(polled.after(fresh, seen=newest, overlap=OVERLAP))
        told += [one.id for one in fresh]
    lost = {one.id for one in changes} - set(told)
    assert len(told) == len(set(told))
    assert not lost


@dataclass(frozen=True)
class Row:
    id: int
    updated_at: datetime


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

    grain = timedelta(seconds=1)
    seen = await updated(search, NOON, beyond=NOON, full=5, grain=grain)
    assert {row.id for row in seen} == set(rows)
    assert [row.updated_at for row in seen] == sorted(row.updated_at for row in seen)


async def test_a_long_backlog_is_read_on_but_never_stands_still() -> None:
    """A thousand rows within the overlap are more than one poll reads elsewhere."""
    rows = [Row(n, NOON + timedelta(milliseconds=n)) for n in range(3000)]
    asked = 0

    async def search(since: datetime, page: int) -> Sequence[Row]:
        nonlocal asked
        asked += 1
        found = [one for one in rows if one.updated_at >= since]
        return found[(page - 1) * 50 : page * 50]

    grain, beyond = timedelta(milliseconds=1), NOON + timedelta(seconds=1)
    seen = await updated(search, NOON, beyond=beyond, full=50, grain=grain)
    assert beyond < seen[-1].updated_at < NOON + timedelta(seconds=1.2)
    asked = 0
    await updated(search, NOON, beyond=NOON, full=50, grain=grain)
    assert asked == MOST_PAGES


def _age(row: Row) -> tuple[datetime, int]:
    return row.updated_at, row.id


def test_a_stamp_is_utc() -> None:
    at = datetime.fromisoformat("2026-03-10T14:00:00.1234+02:00")
    assert stamp(at) == "2026-03-10T12:00:00.123Z"
    assert stamp(at, to="seconds") == "2026-03-10T12:00:00Z"
