"""What time and others' acts make of major incidents: declared, led anew, overdue, over (R71)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from alerts.model import DAEMON
from responder.board import Board, Saved
from responder.clock import Clock
from responder.desk_values import Major
from responder.live import Live
from responder.majors.leads import Leads, asked, assigned
from responder.majors.life import by_storm, call, lead, over
from responder.plan import Plan
from responder.steps import Step
from responder.store import Store, Tx, logs
from responder.store import incidents as incident_rows
from responder.store import majors as rows
from responder.values import Entry, Incident
from responder.wholes import STORM

_HANDS: Final = ("acknowledged", "handed_over", "major_declared", "major_led")


@dataclass(frozen=True, slots=True)
class Turned:
    """What a turn has changed, and how many updates were overdue."""

    saved: Saved
    overdue: int


class Majors:
    """The duty. `follow` is told of what was decided, `overdue` how many updates were late."""

    def __init__(
        self,
        store: Store,
        live: Live,
        *,
        clock: Clock,
        follow: Callable[[Saved], None],
        overdue: Callable[[int], None],
    ) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._follow = follow
        self._overdue = overdue

    async def turn(self) -> None:
        """All of them."""
        plan, now = self._live.plan, self._clock.now()
        if not await self._store.read(is_due, now=now):
            return
        turned = await self._store.write(turn, plan=plan, now=now)
        self._follow(turned.saved)
        self._overdue(turned.overdue)


def is_due(tx: Tx, *, now: datetime) -> bool:
    """Is there anything to do? (Reads alone.)"""
    if rows.undeclared(tx, rule=STORM):
        return True
    return any(_ended(one) or _late(it, now) or _taken(tx, one) for one, it in _led(tx))


def turn(tx: Tx, *, plan: Plan, now: datetime) -> Turned:
    """Declare what a storm began, follow who has taken it, page for what customers have not heard,
    end what is over.
    """
    board, late = Board(tx, plan, now=now), 0
    for id_ in rows.undeclared(tx, rule=STORM):
        by_storm(board, board.incident(id_), rule=STORM)
    for incident, one in _led(tx):
        board.load_ids([incident.id])
        if _ended(incident):
            over(board, incident, one, actor=DAEMON)
            continue
        if taken := _taken(tx, incident):
            leads = _leads_after(board, incident, one, taken)
            one = lead(board, incident, one, leads, actor=DAEMON)
            rows.save(tx, one)
        if _late(one, now):
            rows.save(tx, _overdue(board, board.incident(incident.id), one))
            late += 1
    return Turned(board.save(), late)


def _leads_after(board: Board, incident: Incident, one: Major, taken: str) -> Leads:
    """Whoever has taken the incident leads; who writes to customers goes on, unless it is he."""
    writes = one.communication_lead if one.communication_lead != taken else None
    return assigned(incident, board.rings.escalations, lead=taken, communication=writes)


def _overdue(board: Board, incident: Incident, one: Major) -> Major:
    """One page a period, to more people from the second on."""
    leads = Leads(one.incident_lead, one.communication_lead)
    people = asked(
        leads, overdue=one.overdue, incident=incident, escalations=board.rings.escalations
    )
    due = one.next_update_at or board.now
    times = 1 + (board.now - due) // timedelta(seconds=one.every)
    told = {"since": due.isoformat(), "times": times, "people": people}
    incident = board.put(Step(incident, (Entry("major_overdue", DAEMON, told),)))
    facts = {
        "why": f"Customers were to hear by {due:%H:%M} UTC: {incident.title}",
        "text": f"responder incident major {incident.id} --draft\n"
        f'responder incident tell {incident.id} "..." --next-update 30m',
    }
    name = f"update-{due:%Y%m%dT%H%M%S}-{times}"
    call(board, incident, people, facts=facts, name=name)
    return replace(one, overdue=times)


def _led(tx: Tx) -> Iterator[tuple[Incident, Major]]:
    ids = rows.active(tx)
    found = rows.of_incidents(tx, ids)
    for one in incident_rows.by_ids(tx, ids):
        yield one, found[one.id]


def _ended(incident: Incident) -> bool:
    return not incident.active or incident.parent is not None


def _late(one: Major, now: datetime) -> bool:
    if one.next_update_at is None:
        return False
    return now >= one.next_update_at + one.overdue * timedelta(seconds=one.every)


def _taken(tx: Tx, incident: Incident) -> str | None:
    """Who has taken it since somebody was last named to lead it."""
    by = incident.acknowledged_by
    if by is None:
        return None
    last = [one for one in logs.read(tx, "incident", incident.id) if one.kind in _HANDS]
    if not last or last[-1].kind not in ("acknowledged", "handed_over"):
        return None
    named = [one.data.get("lead") for one in last if one.kind in ("major_declared", "major_led")]
    return by if not named or named[-1] != by else None
