"""Tickets that customers open in the ticket system become ours: each once, over restarts."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from alerts.model import Actor, ActorKind
from playbooks.brought import Brought, ListsRequests, key_of
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import TicketRef, TicketSystem
from responder.adopting import Adopting
from responder.clock import Clock
from responder.desk import taking
from responder.deskwork import Hand, Refused
from responder.foreign_progress import Progress, Waiting, name_of
from responder.plan import Plan
from responder.requests import Request, take, understood
from responder.store import Store, StoreUnavailable, Tx, cursors, quarantine, records
from responder.store import tickets as rows
from responder.supervise import broken_by
from responder.sync import Absorbed
from responder.values import Counted, Figure, uncounted

log = structlog.get_logger(__name__)

TRIED_FOR: Final = timedelta(hours=72)
_CUSTOMER: Final = Actor(ActorKind.CUSTOMER, "customer")  # his name stands in his case alone
_TRIES: Final = 3  # of a ticket that breaks us, before a person must look at it
_AT_ONCE: Final = 20  # tickets in one transaction: alerts must not wait for them
_SECONDS: Final = 8.0  # so long keys are put on them before the next look
_SOON: Final = timedelta(seconds=30)  # after a failure
_AGAIN: Final = timedelta(minutes=5)  # after a refusal


class Foreign:
    """Asks one ticket system for new tickets of others, and puts our key on each.

    First the record and then the key: a ticket whose key stands there is one that `changes` tells
    of. Until it has one it stands in `Progress`, over restarts.
    """

    def __init__(
        self,
        store: Store,
        system: TicketSystem,
        *,
        plan: Callable[[], Plan],
        people: Callable[[], Mapping[str, str]],
        clock: Clock,
        counted: Counted = uncounted,
        due: Callable[[], None] = lambda: None,
    ) -> None:
        """`people`: names in that system -> ours. `due` is told when there are effects to do."""
        self._store = store
        self.system = system
        self._plan = plan
        self._clock = clock
        self._counted = counted
        self._due = due
        self._adopting = Adopting(store, plan=plan, people=people, clock=clock, told=self._tell)
        self._later: dict[str, datetime] = {}  # refused: not before then
        self._broke: dict[str, int] = {}  # how often each of these tickets has broken us

    async def turn(self) -> None:
        """One poll, then our key on what waits for it. What is away is asked at the next turn."""
        system = self.system
        if not isinstance(system, ListsRequests):
            return
        text = await self._store.read(cursors.read, name_of(system.name))
        try:
            if self._plan().desk.take_foreign:
                text = await self._poll(system, text)
            elif Progress.read(text).place:  # who switches it on again begins then
                text = await self._store.write(_forget, system.name, now=self._clock.now())
            await self._adopt_all(system, Progress.read(text).adopting)
        except OutsideError as error:
            log.warning("ticket_requests_missed", system=self.system.name, error=str(error))

    async def _poll(self, system: ListsRequests, text: str) -> str:
        before = Progress.read(text)
        found, place = await system.requests(before.place)
        if not found and place == before.place:
            return text
        left = 0
        for start in range(0, len(found), _AT_ONCE):
            portion = found[start : start + _AT_ONCE]
            absorbing = self._absorb(portion, since=before.place)
            if await broken_by(absorbing, but=StoreUnavailable) is not None:
                left += sum([not await self._alone(one, since=before.place) for one in portion])
        if not left:
            await self._absorb([], since=before.place, place=place)
        return await self._store.read(cursors.read, name_of(self.system.name))

    async def _alone(self, one: Brought, *, since: str) -> bool:
        """One by itself. False when it breaks us and is to be tried again; after some tries it is
        kept for a person to look at: it must not stop all others.
        """
        broken = await broken_by(self._absorb([one], since=since), but=StoreUnavailable)
        ref = one.ticket.id
        tries = self._broke.pop(ref, 0) + 1
        if broken is None:
            return True
        log.error("ticket_broke", ticket=ref, tries=tries, exc_info=broken)
        if tries < _TRIES:
            self._broke[ref] = tries
            return False
        await self._put_aside(one)
        return True

    async def _put_aside(self, one: Brought) -> None:
        sender, why = f"tickets/{self.system.name}", "the responder could not take this ticket"
        told = f"Ticket: {one.ticket.id}\nFrom: {one.sender}\nSubject: {one.subject}\n\n{one.text}"
        body, now = told.encode("utf-8", "replace"), self._clock.now()
        await self._store.write(quarantine.keep_body, sender, body, reason=why, now=now)

    async def _absorb(
        self, portion: Sequence[Brought], *, since: str, place: str | None = None
    ) -> None:
        """Their words are read beside the loop and before the transaction."""
        plan, now = self._plan(), self._clock.now()
        read = await asyncio.to_thread(_read, portion, plan, now=now)
        absorbed = await self._store.write(
            absorb, read, system=self.system.name, since=since, place=place, plan=plan, now=now
        )
        self._tell(absorbed)

    async def _adopt_all(self, system: TicketSystem, adopting: Sequence[Waiting]) -> None:
        """As many as there is time for: new tickets are more urgent than our key on them."""
        now, until = self._clock.now(), time.monotonic() + _SECONDS
        for one in adopting:
            if time.monotonic() > until:
                break
            if self._later.get(one.ref, now) <= now:
                await self._adopt(system, one)

    async def _adopt(self, system: TicketSystem, one: Waiting) -> None:
        try:
            done = await self._adopting.adopt(system, one)
        except GoneError:
            await self._end(one, lost=True)
        except OutsideError as error:
            if error.transient:
                self._later[one.ref] = self._clock.now() + _SOON  # the others go first
                raise
            await self._refused(one, error)
        else:
            if done:
                await self._end(one)

    async def _refused(self, one: Waiting, error: OutsideError) -> None:
        """Tried again, for three days: somebody may give us the right."""
        now = self._clock.now()
        record = await self._adopting.record(TicketRef(self.system.name, one.ref))
        log.warning("ticket_not_adopted", ticket=one.ref, error=str(error))
        self._later[one.ref] = now + _AGAIN
        if record is None or now - record.opened_at > TRIED_FOR:
            await self._end(one)

    async def _end(self, one: Waiting, *, lost: bool = False) -> None:
        self._later.pop(one.ref, None)
        system, now = self.system.name, self._clock.now()
        await self._store.write(_ended, one, system=system, lost=lost, now=now)

    def _tell(self, absorbed: Absorbed) -> None:
        self._counted(absorbed.figures)
        if absorbed.effects:
            self._due()


def absorb(
    tx: Tx,
    found: Sequence[tuple[Brought, Request]],
    *,
    system: str,
    since: str,
    place: str | None,
    plan: Plan,
    now: datetime,
) -> Absorbed:
    """Make these tickets ours, together with the cursor, which stays at its place without a new
    one; nothing where another instance was first (`since` is the place that we asked from). What
    waits for our key may be more by now: requests that were filed meanwhile.
    """
    records.one_at_a_time(tx)
    progress = Progress.read(cursors.read(tx, name_of(system)))
    if progress.place != since:
        return Absorbed()
    figures, effects, waiting = list[Figure](), 0, list[Waiting]()
    for one, request in found:
        if rows.by_ref(tx, system, one.ticket.id):
            continue
        try:
            acted = take(tx, request, by=Hand(_CUSTOMER, plan, now))
        except Refused as refused:
            log.warning("ticket_request_refused", ticket=one.ticket.id, error=str(refused))
            continue
        figures += acted.figures
        effects += acted.effects
        waiting.append(Waiting(ref=one.ticket.id, lay=one.queue))
    place = progress.place if place is None else place
    _write(tx, system, Progress(place=place, adopting=(*progress.adopting, *waiting)), now=now)
    return Absorbed(tuple(figures), effects)


def _read(
    portion: Sequence[Brought], plan: Plan, *, now: datetime
) -> list[tuple[Brought, Request]]:
    return [(one, understood(_request(one, now), plan)) for one in portion]


def _request(one: Brought, now: datetime) -> Request:
    """Its queue and priority are what its words make of it: there, customers choose them."""
    return Request(
        subject=one.subject.strip() or "(no subject)",
        text=one.text.strip() or one.subject.strip() or "(no text)",
        channel="email" if one.ticket.system == "email" else "ticket",
        key=key_of(one),
        system=one.ticket.system,
        ref=one.ticket.id,
        opened_at=min(one.at, now),
        sender=one.sender,
        sender_name=one.sender_name,
        to=one.to,
        message_id=one.message_id,
    )


def await_key(tx: Tx, system: str, one: Waiting, *, now: datetime) -> None:
    """A ticket of ours in that system, which shall get all that one from there gets."""
    records.one_at_a_time(tx)
    progress = Progress.read(cursors.read(tx, name_of(system)))
    _write(tx, system, Progress(place=progress.place, adopting=(*progress.adopting, one)), now=now)


def _ended(tx: Tx, one: Waiting, *, system: str, lost: bool, now: datetime) -> None:
    """It waits no more: it has our key, was deleted, or was tried for long enough."""
    records.one_at_a_time(tx)
    for record in rows.by_ref(tx, system, one.ref) if lost else ():
        taking.lose(tx, record, why="deleted")
    progress = Progress.read(cursors.read(tx, name_of(system)))
    left = tuple(other for other in progress.adopting if other.ref != one.ref)
    _write(tx, system, Progress(place=progress.place, adopting=left), now=now)


def _forget(tx: Tx, system: str, *, now: datetime) -> str:
    records.one_at_a_time(tx)
    progress = Progress.read(cursors.read(tx, name_of(system)))
    return _write(tx, system, Progress(adopting=progress.adopting), now=now)


def _write(tx: Tx, system: str, progress: Progress, *, now: datetime) -> str:
    cursors.move(tx, name_of(system), str(progress), now=now)
    return str(progress)
