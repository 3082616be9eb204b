"""How far we have read in WHMCS: our tickets as they stood at the last poll, as a cursor."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from responder.tickets.whmcs_rows import ListedRow, TicketRow

_YOUNG: Final = 16  # so many words may become visible out of their order
_KEPT: Final = 200  # closed tickets that stay under watch


@dataclass(frozen=True, slots=True)
class Words:
    """Which replies (or notes) of a ticket are known: all up to `floor`, and those in `above`."""

    floor: int = 0
    above: tuple[int, ...] = ()

    def __contains__(self, number: int) -> bool:
        return number <= self.floor or number in self.above

    def with_(self, numbers: Iterable[int]) -> "Words":
        """These too; one that appears late between the last sixteen is still a new one."""
        known = sorted({*self.above, *(number for number in numbers if number > self.floor)})
        sunk, young = known[:-_YOUNG], known[-_YOUNG:]
        return Words(max([self.floor, *sunk]), tuple(young))


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket at the last poll. `turns`: how often we found it changed without being told."""

    status: str
    department: str
    urgency: str
    owner: str
    lastreply: str = ""
    turns: int = 0
    replies: Words = field(default_factory=Words)
    notes: Words = field(default_factory=Words)
    votes: tuple[str, ...] = ()

    def same(self, row: ListedRow) -> bool:
        """Does the list show it as it was?"""
        shown = (row.status, row.deptid, row.priority, row.owner, row.lastreply)
        return shown == (self.status, self.department, self.urgency, self.owner, self.lastreply)

    def after(self, row: TicketRow, *, turned: bool, votes: Collection[str] = ()) -> "Seen":
        """The same ticket now."""
        return replace(
            self,
            status=row.status,
            department=row.deptid,
            urgency=row.priority,
            owner=row.owner,
            lastreply=row.lastreply,
            turns=self.turns + turned,
            replies=self.replies.with_(one.id for one in row.replies),
            notes=self.notes.with_(one.id for one in row.notes),
            votes=tuple(votes),
        )


@dataclass(frozen=True, slots=True)
class Cursor:
    """`born`: tickets up to this number were there before we began to look."""

    born: int
    tickets: Mapping[str, Seen]

    def kept(self, over: Collection[str]) -> "Cursor":
        """Of the closed tickets (`over`: their statuses) the last answered alone; who reopens an
        old one brings it back.
        """
        closed = [number for number, seen in self.tickets.items() if seen.status in over]
        closed.sort(key=lambda number: (self.tickets[number].lastreply, int(number)))
        dropped = set(closed[:-_KEPT])
        left = {number: seen for number, seen in self.tickets.items() if number not in dropped}
        return replace(self, tickets=left)


def written(cursor: Cursor) -> str:
    """As text, the same for the same."""
    rows = {
        number: [
            seen.status,
            seen.department,
            seen.urgency,
            seen.owner,
            seen.lastreply,
            seen.turns,
            [seen.replies.floor, *seen.replies.above],
            [seen.notes.floor, *seen.notes.above],
            list(seen.votes),
        ]
        for number, seen in cursor.tickets.items()
    }
    told = {"born": cursor.born, "tickets": rows}
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def read(text: str) -> Cursor:
    """A cursor that we wrote."""
    told = json.loads(text)
    return Cursor(told["born"], {number: _seen(*row) for number, row in told["tickets"].items()})


def _seen(
    status: str,
    department: str,
    urgency: str,
    owner: str,
    lastreply: str,
    turns: int,
    replies: list[int],
    notes: list[int],
    votes: list[str],
) -> Seen:
    known = Words(replies[0], tuple(replies[1:])), Words(notes[0], tuple(notes[1:]))
    return Seen(status, department, urgency, owner, lastreply, turns, *known, tuple(votes))
