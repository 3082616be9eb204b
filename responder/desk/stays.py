"""Where a ticket has been and how long it was worked on there, out of its log (pure; R51)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from alerts.model import ActorKind
from playbooks.ports import ChangeKind
from responder.store.logs import Line

# What counts as work; to take a ticket is none yet.
_WORK: Final = frozenset(
    {ChangeKind.NOTE, ChangeKind.REPLY, "reviewed", "vendor", "vendor_closed", "clarification"}
)


@dataclass(frozen=True, slots=True)
class Stay:
    """One time at one desk. `touched` lasts from the first act of a person there to his last one,
    or to that of a colleague; `acts` counts the work that was written down.
    """

    queue: str
    since: datetime
    until: datetime | None
    held: timedelta
    touched: timedelta
    acts: int


def stays(lines: Sequence[Line], *, queue: str, opened_at: datetime, now: datetime) -> list[Stay]:
    """Every stay, the oldest first; `queue` is where it lies if its log never says so."""
    first = next((str(q) for line in lines[:1] if (q := line.data.get("queue"))), "")
    moves = [line for line in lines if line.kind == ChangeKind.QUEUE and line.data.get("queue")]
    begins = [(first or (queue if not moves else "level-1"), opened_at)]
    begins += [(str(line.data["queue"]), line.at) for line in moves]
    ends = [*(begun for _, begun in begins[1:]), None]
    places = [0, *(line.seq for line in moves), 1 << 31]
    return [
        _stay(lines, name, (since, until), (places[one], places[one + 1]), now=now)
        for one, ((name, since), until) in enumerate(zip(begins, ends, strict=True))
    ]


def _stay(
    lines: Sequence[Line],
    queue: str,
    times: tuple[datetime, datetime | None],
    places: tuple[int, int],
    *,
    now: datetime,
) -> Stay:
    since, until = times
    here = [line for line in lines if places[0] < line.seq < places[1]]
    persons = [line for line in here if line.actor.kind is ActorKind.PERSON]
    acts = [line.at for line in persons if line.kind != ChangeKind.OPENED]
    if until is not None and acts:
        acts.append(until)
    touched = max(acts) - min(acts) if acts else timedelta()
    work = sum(line.kind in _WORK for line in persons)
    return Stay(queue, since, until, (until or now) - since, touched, work)
