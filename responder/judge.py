"""Time makes something of tickets: a reply turns out to have helped, a solving has held."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerts.model import ActorKind
from playbooks.ports import ChangeKind, TicketState
from responder.clock import Clock
from responder.desk.life import Reply, Turn, judged
from responder.kpi.figures import Name
from responder.store import Store, Tx, kpis, logs, records
from responder.store import tickets as rows
from responder.store.logs import Line
from responder.values import Counted, Figure, uncounted


class Judge:
    """Looks again at tickets when it is time."""

    def __init__(self, store: Store, *, clock: Clock, counted: Counted = uncounted) -> None:
        self._store = store
        self._clock = clock
        self._counted = counted

    async def turn(self) -> None:
        """Judge all that is due."""
        self._counted(await self._store.write(judge, now=self._clock.now()))


def judge(tx: Tx, *, now: datetime) -> tuple[Figure, ...]:
    """What has become known about tickets by now; the figures that are new."""
    due = rows.to_judge(tx, now=now)
    if not due:
        return ()
    records.one_at_a_time(tx)
    measured = list[Figure]()
    for ticket in rows.to_judge(tx, now=now):
        lines = logs.read(tx, "ticket", ticket.id)
        lived = judged(ticket, replies(lines), turns(lines), now=now)
        rows.change(tx, lived.ticket)
        measured += (*lived.figures, *repeated(tx, lived.figures, ticket.id))
    return kpis.count(tx, measured)


def repeated(tx: Tx, figures: Sequence[Figure], ticket: int) -> list[Figure]:
    """The resolution once more, when an earlier ticket was of the same kind (R42)."""
    ends = [one for one in figures if one.figure == Name.RESOLUTION]
    if not ends or not kpis.is_repeat(tx, ticket):
        return []
    return [replace(one, figure=Name.REPEAT) for one in ends]


def replies(lines: Sequence[Line]) -> list[Reply]:
    """What people wrote publicly, each with its last mark."""
    marks = {line.data["reply"]: line.data["useful"] for line in lines if line.kind == "useful"}
    return [
        Reply(line.at, line.words, marks.get(line.seq) or line.data.get("useful") or "")
        for line in lines
        if line.kind == ChangeKind.REPLY and line.actor.kind is ActorKind.PERSON
    ]


def turns(lines: Sequence[Line]) -> list[Turn]:
    """How the ticket came to stand where it stands."""
    return [
        Turn(line.at, TicketState(line.data["state"]))
        for line in lines
        if line.kind == ChangeKind.STATE
    ]
