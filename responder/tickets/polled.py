"""How far a system without numbered events was read: a time, and what was told just before it.

A search by "updated since" shows a change late (an index lags, a transaction is slow) and many
under one time stamp. So each poll looks a little further back than the last one came, and tells
what it has not told yet.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeVar

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
    told: Mapping[str, AwareDatetime] = {}


@dataclass(frozen=True, slots=True)
class Polled:
    """`since`: the newest that was seen, by the other system's clock. `told`: what was told of the
    time just before, id -> when it happened.
    """

    since: datetime
    told: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str) -> "Polled":
        """Raises ValueError for a cursor that is none of ours."""
        written = _Written.model_validate_json(cursor)
        return cls(written.since.astimezone(UTC), written.told)

    @override
    def __str__(self) -> str:
        told = dict(sorted(self.told.items()))
        return _Written(since=self.since, told=told).model_dump_json()

    def from_when(self, overlap: timedelta) -> datetime:
        """What was updated from then on must be looked at."""
        return self.since - overlap

    def fresh(self, changes: Iterable[Change], *, overlap: timedelta) -> list[Change]:
        """What was not told yet. Older than the overlap is old: it was told, or before our time."""
        oldest = self.from_when(overlap)
        return [one for one in changes if one.at >= oldest and one.id not in self.told]

    def after(
        self, changes: Iterable[Change], *, seen: datetime | None, overlap: timedelta
    ) -> "Polled":
        """The cursor once these are told; `seen` is the newest time that the search has shown."""
        since = max(self.since, seen or self.since)
        known = {**self.told, **{one.id: one.at for one in changes}}
        return Polled(since, {id_: at for id_, at in known.items() if at >= since - overlap})


async def updated(
    search: Search[Row], since: datetime, *, beyond: datetime, full: int, grain: timedelta
) -> Sequence[Row]:
    """Tickets by the time of their last change, oldest first. `search` gives a page of what was
    updated since a time, a full one has `full` rows; `grain` is the finest step of their clock.
    After MOST_PAGES the rest is left for the next poll, once we have come `beyond` the last one.

    Each page begins where the last one ended: counted pages slip when a ticket is changed between
    them. They are counted only within one time stamp that fills a page, until a pass shows no
    stranger.
    """
    found, page, asked, stirred = dict[int, Row](), 1, 0, False
    while True:
        rows, asked = await search(since, page), asked + 1
        stirred = stirred or any(row.id not in found for row in rows)
        found |= {row.id: row for row in rows}
        last = rows[-1].updated_at - grain if len(rows) == full else None
        if last is not None and last <= since:
            page += 1
        elif page > 1 and stirred:
            page, stirred = 1, False
        elif last is None or (asked >= MOST_PAGES and last > beyond):
            break
        else:
            since, page, stirred = last, 1, False
    return sorted(found.values(), key=lambda row: (row.updated_at, row.id))


def stamp(at: datetime, *, to: str = "milliseconds") -> str:
    """A time as such searches take it, in UTC."""
    return at.astimezone(UTC).isoformat(timespec=to).replace("+00:00", "Z")
