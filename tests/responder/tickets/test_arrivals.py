"""Is each new ticket told once, though lists show it late, page by page, or not at all?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from playbooks.brought import Brought
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import TicketRef, TicketState
from responder.tickets.arrivals import LOOKS_BACK, arrived, read_each

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    number: int
    created_at: datetime = NOW


@dataclass
class Listing:
    """A ticket system's list of tickets, the newest first. `hidden`: not to be seen yet."""

    rows: list[Row] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    full: int = 5
    calls: int = 0

    async def page(self, since: datetime, number: int) -> Sequence[Row]:
        self.calls += 1
        shown = [one for one in self.rows if one.created_at >= since]
        shown = [one for one in shown if one.number not in self.hidden]
        shown.sort(key=lambda one: -one.number)
        return shown[(number - 1) * self.full : number * self.full]

    async def now(self) -> datetime:
        return NOW

    async def news(self, cursor: str) -> tuple[list[int], str]:
        found = await arrived(self.page, cursor, now=self.now, full=self.full)
        return [one.number for one in found.rows], found.cursor


async def test_the_first_look_takes_nothing_old_and_the_next_what_came_since() -> None:
    listing = Listing([Row(number) for number in range(1, 30)])
    found, cursor = await listing.news("")
    assert found == []
    listing.rows += [Row(30), Row(31)]
    found, cursor = await listing.news(cursor)
    assert found == [30, 31]
    assert await listing.news(cursor) == ([], cursor)


async def test_more_than_a_page_is_read_to_its_end_and_a_quiet_poll_is_one_call() -> None:
    listing = Listing([Row(1)])
    _, cursor = await listing.news("")
    listing.rows += [Row(number) for number in range(2, 25)]
    found, cursor = await listing.news(cursor)
    assert found == list(range(2, 25))
    listing.calls = 0
    await listing.news(cursor)
    assert listing.calls == 1


async def test_a_ticket_that_shows_after_a_later_one_is_told_too() -> None:
    listing = Listing([Row(1)])
    _, cursor = await listing.news("")
    listing.rows += [Row(2), Row(3), Row(4)]
    listing.hidden = {2, 3}
    found, cursor = await listing.news(cursor)
    assert found == [4]
    listing.hidden = set()
    assert (await listing.news(cursor))[0] == [2, 3]


async def test_an_hour_is_looked_back_by_their_clock() -> None:
    listing = Listing()
    _, cursor = await listing.news("")
    slow = Row(7, NOW - LOOKS_BACK + timedelta(seconds=1))
    listing.rows += [slow, Row(8, NOW + timedelta(hours=3))]
    found, cursor = await listing.news(cursor)
    assert found == [7, 8]
    listing.rows.append(replace(slow, number=9))
    assert (await listing.news(cursor))[0] == []  # three hours late: nobody looks so far back


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_shows_late_and_whoever_dies_each_is_told_once(seed: int) -> None:
    dice, listing, told = Random(seed), Listing(full=7), list[int]()
    _, cursor = await listing.news("")
    for number in range(1, 200):
        listing.rows.append(Row(number))
        listing.hidden = {one for one in range(number - 8, number) if dice.random() < 0.3}
        if dice.random() < 0.4:
            found, after = await listing.news(cursor)
            if dice.random() < 0.7:  # else it dies before it has stored
                told, cursor = told + found, after
    listing.hidden = set()
    told += (await listing.news(cursor))[0]
    assert sorted(told) == list(range(1, 200))


async def test_one_that_can_not_be_read_holds_up_no_other() -> None:
    async def read(row: Row) -> Brought | None:
        if row.number == 1:
            raise GoneError("deleted")
        if row.number == 2:
            raise OutsideError("403", transient=False)
        if row.number == 3:
            return None
        ref = TicketRef("x", str(row.number))
        return Brought(ref.id, ref, NOW, "s", "t", "a@b.example", "level-1", TicketState.NEW)

    found = await read_each([Row(number) for number in range(1, 6)], read)
    assert [one.ticket.id for one in found] == ["4", "5"]


async def test_a_system_that_is_away_is_asked_for_all_of_them_again() -> None:
    async def read(_: Row) -> Brought | None:
        raise OutsideError("refused", transient=True)

    with pytest.raises(OutsideError):
        await read_each([Row(1)], read)
