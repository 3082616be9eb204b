"""Which tickets are new in a ticket system whose numbers grow, each told once.

A ticket whose transaction was slow shows after one with a higher number: the latest numbers are
remembered one by one, all before them are known.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict

from playbooks.brought import Brought
from playbooks.outside import GoneError, OutsideError

log = structlog.get_logger(__name__)

LOOKS_BACK: Final = timedelta(hours=1)  # behind the newest one, where a list is asked by time
_YOUNG: Final = 64  # so many may become visible out of their order
_MOST_PAGES: Final = 100


class Numbered(Protocol):
    """A ticket as a list shows it."""

    @property
    def number(self) -> int: ...
    @property
    def created_at(self) -> datetime: ...


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A row of another system's own shape, by its number and time."""

    number: int
    created_at: datetime
    row: T


Row = TypeVar("Row", bound=Numbered)
Page = Callable[[datetime, int], Awaitable[Sequence[Row]]]


class Cursor(BaseModel):
    """`since`: when the newest one was opened, by the other system's clock. All numbers up to
    `floor` are known, and those in `above`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: AwareDatetime
    floor: int = 0
    above: tuple[int, ...] = ()

    def knows(self, number: int) -> bool:
        return number <= self.floor or number in self.above

    def after(self, rows: Sequence[Numbered]) -> "Cursor":
        """The cursor once these are told too."""
        known = sorted({*self.above, *(one.number for one in rows)})
        sunk, young = known[:-_YOUNG], known[-_YOUNG:]
        since = max([self.since, *(one.created_at for one in rows)])
        floor = max([self.floor, *sunk])
        return Cursor(since=since.astimezone(UTC), floor=floor, above=tuple(young))


@dataclass(frozen=True, slots=True)
class Arrived(Generic[Row]):
    """New tickets, the oldest first, and the cursor behind them."""

    rows: Sequence[Row]
    cursor: str


async def arrived(
    page: Page[Row], cursor: str, *, now: Callable[[], Awaitable[datetime]], full: int
) -> Arrived[Row]:
    """What was opened since the cursor; "" begins now, with nothing.

    `page(since, number)` gives a page of what was opened since then, the newest first; a full one
    has `full` rows. `now` is the other system's clock. Raises OutsideError.
    """
    if not cursor:
        return await _begun(page, await now())
    before = Cursor.model_validate_json(cursor)
    fresh = dict[int, Row]()
    for number in range(1, _MOST_PAGES + 1):
        rows = await page(before.since - LOOKS_BACK, number)
        strangers = {one.number: one for one in rows if not before.knows(one.number)}
        fresh |= strangers
        if len(rows) < full or not strangers:
            break
    found = [fresh[number] for number in sorted(fresh)]
    return Arrived(found, before.after(found).model_dump_json())


async def _begun(page: Page[Row], now: datetime) -> Arrived[Row]:
    """All that is there is old."""
    rows = await page(now - LOOKS_BACK, 1)
    floor = max((one.number for one in rows), default=0)
    return Arrived((), Cursor(since=now.astimezone(UTC), floor=floor).model_dump_json())


async def read_each(
    rows: Sequence[Row], read: Callable[[Row], Awaitable[Brought | None]]
) -> list[Brought]:
    """These as requests, less those that are none. One that the system shows to nobody holds up no
    other. Raises OutsideError.
    """
    found = list[Brought]()
    for row in rows:
        try:
            brought = await read(row)
        except GoneError:
            continue
        except OutsideError as error:
            if error.transient:
                raise
            log.warning("ticket_request_unreadable", ticket=row.number, error=str(error))
            continue
        if brought is not None:
            found.append(brought)
    return found
