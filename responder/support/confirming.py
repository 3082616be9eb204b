"""Has the probes look at what customers say is down, and pages when they can't see it well."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from responder.board import Saved
from responder.clock import Clock
from responder.desk.looking import Sighting
from responder.desk_values import Case
from responder.plan import Plan
from responder.store import Store, StoreUnavailable, Tx, cases
from responder.store import tickets as rows
from responder.support import outages

log = structlog.get_logger(__name__)

_AHEAD: Final = timedelta(days=1)  # every look that is wished for
_AT_ONCE: Final = 50
_MARGIN: Final = 1.0  # seconds before the deadline: the judgement takes time too


class Sees(Protocol):
    """Who looks."""

    async def see(self, server: str | None, hosts: Sequence[str]) -> Sighting: ...


class Confirming:
    """The duty `requests`: each outage that a customer told is looked at beside the others, and one
    whose time is over is judged without a look. A restart begins the looks anew, not their time.
    """

    def __init__(
        self,
        store: Store,
        witness: Sees,
        *,
        plan: Callable[[], Plan],
        clock: Clock,
        follow: Callable[[Saved], None],
    ) -> None:
        self._store, self._witness = store, witness
        self._plan, self._clock, self._follow = plan, clock, follow
        self._looking: dict[int, asyncio.Task[None]] = {}

    async def turn(self) -> None:
        """Begin the looks that are new; judge what had time enough."""
        now = self._clock.now()
        for case in await self._store.read(cases.to_confirm, now=now + _AHEAD, limit=_AT_ONCE):
            if case.look_at is not None and case.look_at <= now:
                await self._judge(case.ticket, Sighting())
            elif case.ticket not in self._looking:
                self._begin(case, now)

    async def settle(self) -> None:
        """Wait for the looks that are under way (stories, and the end)."""
        await asyncio.gather(*self._looking.values(), return_exceptions=True)

    async def end(self) -> None:
        """Look no more: the next life goes on where this one stops."""
        for task in self._looking.values():
            task.cancel()
        await self.settle()

    def _begin(self, case: Case, now: datetime) -> None:
        left = (case.look_at - now).total_seconds() - _MARGIN if case.look_at else 0.0
        task = asyncio.create_task(self._look(case, left), name=f"look for ticket {case.ticket}")
        self._looking[case.ticket] = task
        task.add_done_callback(lambda _: self._looking.pop(case.ticket, None))

    async def _look(self, case: Case, seconds: float) -> None:
        """A look that hangs is one that tells nothing."""
        server = await self._store.read(_server, case.ticket)
        hosts = [str(one) for one in case.facts.get("about", ())]
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                seen = await self._witness.see(server, hosts)
        except TimeoutError:
            log.warning("outage_not_looked_at", ticket=case.ticket, seconds=seconds)
            seen = Sighting()
        try:
            await self._judge(case.ticket, seen)
        except StoreUnavailable as error:  # the next turn judges without a look
            log.warning("outage_not_judged", ticket=case.ticket, reason=str(error))

    async def _judge(self, ticket: int, seen: Sighting) -> None:
        now = self._clock.now()
        judged = outages.judge
        self._follow(await self._store.write(judged, ticket, seen, plan=self._plan(), now=now))


def _server(tx: Tx, number: int) -> str | None:
    ticket = rows.by_id(tx, number)
    return ticket.server if ticket else None
