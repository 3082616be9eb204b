"""How far a system without numbered events was read: a time, and what was told just before it.

A search by "updated since" shows a change late (an index lags, a transaction is slow) and many
under one time stamp. So each poll looks a little further back than the last one came, and tells
what it has not told yet.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict
from typing_extensions import override

from playbooks.ports import Change

MOST_PAGES: Final = 10  # in one poll; what is left comes with the next


class Updated(Protocol):
    """A ticket as a search by time shows it."""

    @property
    def id(self) -> int: ...
    @property
    def updated_at(self) -> datetime: ...


Row = TypeVar("Row", bound=Updated)
Search = Callable[[datetime, int], Awaitable[Sequence[Row]]]


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    since: AwareDatetime
    floor: AwareDatetime
    told: Mapping[str, AwareDatetime] = {}


@dataclass(frozen=True, slots=True)
class Polled:
    """`since`: the newest that was seen, by the other system's clock. `floor`: whatever is older
    was told, or before our time. `told`: what was told since then, id -> when it happened.
    """

    since: datetime
    floor: datetime
    told: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def begin(cls, now: datetime, *, overlap: timedelta) -> "Polled":
        """Nothing was told yet."""
        return cls(now, now - overlap)

    @classmethod
    def read(cls, cursor: str) -> "Polled":
        """Raises ValueError for a cursor that is none of ours."""
        written = _Written.model_validate_json(cursor)
        return cls(written.since.astimezone(UTC), written.floor.astimezone(UTC), written.told)

    @override
    def __str__(self) -> str:
        told = dict(sorted(self.told.items()))
        return _Written(since=self.since, floor=self.floor, told=told).model_dump_json()

    def fresh(self, changes: Iterable[Change]) -> list[Change]:
        """What was not told yet."""
        return [one for one in changes if one.at >= self.floor and one.id not in self.told]

    def after(
        self, changes: Iterable[Change], *, seen: datetime | None, whole: bool, overlap: timedelta
    ) -> "Polled":
        """The cursor once these are told; `seen` is the newest time that the search has shown.
        While it has not shown the whole, a ticket that is still to come may tell of old times.
        """
        since = max(self.since, seen or self.since)
        floor = since - overlap if whole else self.floor
        known = {**self.told, **{one.id: one.at for one in changes}}
        return Polled(since, floor, {id_: at for id_, at in known.items() if at >= floor})


@dataclass(frozen=True, slots=True)
class Found(Generic[Row]):
    """Tickets by the time of their last change, oldest first; `whole` when none are left."""

    rows: Sequence[Row]
    whole: bool

    @property
    def seen(self) -> datetime | None:
        """The newest time among them."""
        return self.rows[-1].updated_at if self.rows else None


async def updated(
    search: Search[Row],
    polled: Polled,
    *,
    overlap: timedelta,
    full: int,
    grain: timedelta,
    most: int = MOST_PAGES,
) -> Found[Row]:
    """What was updated since the last poll, and shortly before. `search` gives a page of what was
    updated since a time, a full one has `full` rows; `grain` is the finest step of their clock.
    After `most` pages the rest is left for the next poll, once we have come beyond the last one.

    Each page begins where the last one ended: counted pages slip when a ticket is changed between
    them. They are counted only within one time stamp that fills a page, until a pass shows no
    stranger.
    """
    found, page, asked, stirred = dict[int, Row](), 1, 0, False
    since = polled.since - overlap
    while True:
        rows, asked = await search(since, page), asked + 1
        stirred = stirred or any(row.id not in found for row in rows)
        found |= {row.id: row for row in rows}
        last = rows[-1].updated_at - grain if len(rows) == full else None
        if last is not None and last <= since:
            page += 1
        elif page > 1 and stirred:
            page, stirred = 1, False
        elif last is None or (asked >= most and last > polled.since):
            break
        else:
            since, page, stirred = last, 1, False
    rows = sorted(found.values(), key=lambda row: (row.updated_at, row.id))
    return Found(rows, whole=last is None)


def seen_of(lists: Sequence[Found[Row]]) -> tuple[datetime | None, bool]:
    """How far several searches have come together, and whether none of them has left anything."""
    whole = all(found.whole for found in lists)
    ends = [found.seen for found in lists if found.seen and (whole or not found.whole)]
    return (max(ends, default=None) if whole else min(ends)), whole


def stamp(at: datetime, *, to: str = "milliseconds") -> str:
    """A time as such searches take it, in UTC."""
    return at.astimezone(UTC).isoformat(timespec=to).replace("+00:00", "Z")
