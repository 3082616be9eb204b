"""Does the words to our own people out of the outbox: one person, his first method that takes it.

Nothing here is worth a night: quiet hours hold it back, and no telephone rings for it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.model import Priority
from playbooks.outside import OutsideError
from playbooks.plain import one_line
from playbooks.ports import Page, PageEvent
from responder.clock import Clock
from responder.duty import on_duty
from responder.outbox import Done, Dropped, Later, Outcome
from responder.paging.delivery import Ways
from responder.plan import Plan
from responder.store import Store, Tx, outbox
from responder.values import EffectKind, Figure, Job

MOST: Final = 12  # words to one person in an hour; the tickets themselves tell the rest
_HOUR: Final = timedelta(hours=1)
_TITLE: Final = 140
_LOUD: Final = ("pagerduty", "goalert")  # these ring on until somebody answers: the last resort


class StaffTelling:
    """The outbox handler for `staff.tell`; payload: person, subject, text, perhaps ticket."""

    kinds = (EffectKind.STAFF_TELL,)
    hands = 4
    deadline = timedelta(hours=24)
    quiet_seconds = 0.0

    def __init__(
        self, store: Store, *, ways: Callable[[], Ways], plan: Callable[[], Plan], clock: Clock
    ) -> None:
        self._store, self._ways, self._plan, self._clock = store, ways, plan, clock

    async def perform(self, job: Job) -> Outcome:
        now, person = self._clock.now(), str(job.payload["person"])
        if await self._store.read(_heard, person, since=now - _HOUR) >= MOST:
            return Dropped(f"{person} was told of {MOST} tickets within an hour")
        until = await self._store.read(_quiet_until, person, plan=self._plan(), now=now)
        if until is not None and until > now:
            return Later((until - now).total_seconds(), f"quiet hours until {until:%H:%M} UTC")
        page, lost = page_of(job), list[OutsideError]()
        for method in self._methods(person):
            try:
                receipt = await self._ways().notifiers[method.kind].page(page, method)
            except OutsideError as error:
                lost.append(error)
            else:
                return Done({"method": method.kind, "detail": one_line(receipt.detail)})
        if not lost:
            return Dropped(f"{person} has no method that takes it")
        transient = any(error.transient for error in lost)
        raise OutsideError(str(lost[-1]), transient=transient, ambiguous=lost[-1].ambiguous)

    def record(
        self, _tx: Tx, _job: Job, _outcome: Done | Dropped, *, now: datetime
    ) -> Sequence[Figure]:
        return ()

    def trouble(self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: datetime) -> None:
        """A word that never arrives is a dead letter like any other; it pages nobody."""

    def _methods(self, person: str) -> Iterator[Any]:
        ways = self._ways()
        usable = [one for one in ways.methods.get(person, ()) if one.kind in ways.notifiers]
        yield from (one for one in usable if one.kind not in (*_LOUD, "voice"))
        yield from (one for one in usable if one.kind in _LOUD)


def page_of(job: Job) -> Page:
    """The words as a page: a thread of its own for each ticket."""
    told = job.payload
    ticket = told.get("ticket")
    title = one_line(str(told["subject"]), limit=_TITLE)
    return Page(
        key=job.key,
        thread=f"ticket/{ticket}" if ticket else job.key,
        event=PageEvent.DESK,
        person=str(told["person"]),
        step=1,
        incident="",
        priority=Priority.MEDIUM,
        title=title,
        text=str(told["text"]),
        at=job.created_at,
        short=title,
    )


def _heard(tx: Tx, person: str, *, since: datetime) -> int:
    """How much this person was told since then."""
    done = outbox.told_since(tx, since)
    return sum(told.get("person") == person for told in done)


def _quiet_until(tx: Tx, person: str, *, plan: Plan, now: datetime) -> datetime | None:
    return on_duty(tx, plan, now=now).quiet.get(person)
