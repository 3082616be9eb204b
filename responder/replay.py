"""Lives past messages through once more, on a store of its own and with nothing sent outside."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.alertmanager import Reading
from responder import watch
from responder.intake import Arrival, take
from responder.plan import Plan
from responder.store import Store, Tx, logs, pages
from responder.store import incidents as rows
from responder.store.logs import Line
from responder.store.pages import Delivery
from responder.values import Incident, IncidentState

MOST = 100_000  # incidents

_LIVING = tuple(state for state in IncidentState if state is not IncidentState.CLOSED)


@dataclass(frozen=True, slots=True)
class Lived:
    """One incident as it would have been: its log, and the pages that were decided."""

    incident: Incident
    lines: tuple[Line, ...]
    pages: tuple[Delivery, ...]


class Replay:
    """A company in which nobody answers a page, from one message to the next."""

    def __init__(self, store: Store, plan: Plan, *, start: datetime) -> None:
        self._store = store
        self._plan = plan
        self._expiries: set[datetime] = set()
        self.now = start

    async def tell(self, reading: Reading, *, source: str, at: datetime | None) -> None:
        """Let time pass until then, and take this message in; time never goes back."""
        await self.go_on(at or self.now)
        self._expiries |= set(reading.expires.values())
        arrivals = [Arrival(source, reading)]
        await self._store.write(take, arrivals=arrivals, plan=self._plan, now=self.now)
        await self._turn()

    async def go_on(self, until: datetime) -> None:
        """What time alone brings until then: rounds of pages, ends of watches, of planned work."""
        if until <= self.now:
            return
        while (due := await self._next()) is not None and due <= until:
            self.now = due
            await self._turn()
        self.now = until

    async def lived(self) -> list[Lived]:
        """Every incident, the oldest first."""
        return await self._store.read(_lived)

    async def _turn(self) -> None:
        await self._store.write(watch.tick, plan=self._plan, now=self.now)
        await self._store.write(watch.page_due, plan=self._plan, now=self.now)

    async def _next(self) -> datetime | None:
        known = await self._store.read(rows.listed, states=_LIVING, limit=MOST)
        moments = {one for incident in known for one in _moments(incident, self._plan, self.now)}
        moments |= {one for work in self._plan.works for one in (work.starts_at, work.ends_at)}
        return min((one for one in moments | self._expiries if one > self.now), default=None)


def _moments(incident: Incident, plan: Plan, now: datetime) -> Iterator[datetime]:
    """When time alone may change this incident."""
    if incident.page_at is not None:
        yield incident.page_at
    if incident.recovered_at is not None:
        yield incident.recovered_at + plan.alerts.watch
    if incident.resolved_at is not None:
        yield incident.resolved_at + plan.alerts.reopen
    if incident.unstable and incident.active:
        yield now + timedelta(minutes=1)


def _lived(tx: Tx) -> list[Lived]:
    known = rows.listed(tx, limit=MOST)[::-1]
    paged = pages.of_incidents(tx, [one.id for one in known])
    return [
        Lived(one, tuple(logs.read(tx, "incident", one.id)), tuple(paged[one.id])) for one in known
    ]
