"""Takes runs up when their time comes, many at once, and goes on with those of lost members."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from alerts.model import Priority
from playbooks.frozen import thawed
from playbooks.playbook import Playbook
from playbooks.ports import Page, PageEvent
from responder.paging.summons import of_critical
from responder.run_values import Run
from responder.runs import marks
from responder.runs.journal import shown
from responder.runs.kit import Kit
from responder.runs.worker import Worker
from responder.store import StoreUnavailable, claims, runs

log = structlog.get_logger(__name__)

LEAVE_SECONDS = 12.0
"""How long a sub-step may take to end when the daemon stops."""
SOON = timedelta(seconds=5)
"""When a run is taken up again that the store was not there for."""
HANDS = 256
"""Runs that one member works on at once; those that wait need no hand."""


class RunRunner:
    """The duty `runs` of one member."""

    def __init__(self, kit: Kit, *, member: str, hands: int = HANDS) -> None:
        self._kit = kit
        self._member = member
        self._hands = hands
        self._tasks: dict[asyncio.Task[None], Run] = {}
        self._broken: list[tuple[Run, BaseException]] = []

    async def turn(self) -> None:
        """Claim what is due, and begin on it."""
        await self._bury()
        free = self._hands - len(self._tasks)
        if free <= 0:
            return
        taken = await self._kit.store.write(
            claims.claim, owner=self._member, now=self._kit.clock.now(), limit=free
        )
        if not taken:
            return
        texts = await self._kit.store.read(runs.copies, {run.hash for run in taken})
        for run in taken:
            self._begin(run, texts)

    async def settle(self) -> None:
        """Wait until everything begun rests (stories and shutdown)."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._bury()

    async def stop(self) -> None:
        """Leave off between two sub-steps: whoever comes next goes on from there."""
        self._kit.leaving.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LEAVE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(StoreUnavailable):
            await self.release_own()  # so that others need not wait until our claims end

    async def release_own(self) -> int:
        """At start: what an earlier life of this member worked on is taken up again at once."""
        return await self.release_of([self._member])

    async def release_of(self, owners: Sequence[str]) -> int:
        """What members that are gone worked on."""
        now = self._kit.clock.now()
        return await self._kit.store.write(claims.release, owners=list(owners), now=now)

    def _begin(self, run: Run, texts: Mapping[str, str]) -> None:
        task = asyncio.create_task(self._work(run, texts.get(run.hash, "")), name=f"run {run.id}")
        self._tasks[task] = run
        task.add_done_callback(self._done)

    async def _work(self, run: Run, text: str) -> None:
        worker = Worker(self._kit, run, _book(run, text))
        try:
            await worker.go()
        except runs.LostRun as lost:
            log.warning("run_lost", run=run.id, reason=str(lost))
        except StoreUnavailable as error:
            log.warning("run_interrupted", run=run.id, reason=str(error))
            await self._cry_out(worker.run, str(error))
            await self._give_back(run)

    async def _cry_out(self, run: Run, why: str) -> None:
        """A machine that is off by our hand, and a store that is away: the outbox, which lives in
        it, can call nobody. As soon as the store is back the run goes on with `on`.
        """
        if not marks.is_left_off(run):
            return
        now = self._kit.clock.now()
        people = of_critical(self._kit.live.plan.escalations.at(now))  # the store is away
        title = f"{run.target} MAY BE OFF: {run.playbook} was interrupted"
        text = (
            f"{title}\n\nRun {run.id} has switched {run.target} off and can't write down the next"
            f" step: {why}.\nIt goes on with `on` as soon as the store is back. Until then nobody"
            f" but you can switch it on.\n"
        )
        page = Page(
            key=f"{run.incident_ref}/left-off/{run.id}",
            thread=run.incident_ref,
            event=PageEvent.NEEDED,
            person="",
            step=0,
            incident=str(run.incident),
            priority=Priority.CRITICAL,
            title=title,
            text=text,
            server=run.target,
            at=now,
        )
        await self._kit.outcry.cry(page, people)

    async def _give_back(self, run: Run) -> None:
        """It need not wait until our claim ends; where that can't be written either it does."""
        soon = self._kit.clock.now() + SOON
        with contextlib.suppress(StoreUnavailable):
            await self._kit.store.write(claims.give_back, run, at=soon)

    def _done(self, task: asyncio.Task[None]) -> None:
        run = self._tasks.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken.append((run, error))

    async def _bury(self) -> None:
        """A run at which the program itself has failed is never tried again by itself. One that
        can't even be buried is in nobody's way: the others go on at the next turn.
        """
        while self._broken:
            run, error = self._broken.pop(0)
            log.error("run_broken", run=run.id, exc_info=error)
            reason = shown(f"a fault of the program ({type(error).__name__}: {error})")
            try:
                saved = await self._kit.store.write(
                    marks.broken, run, reason=reason, plan=self._kit.live.plan,
                    now=self._kit.clock.now(),
                )  # fmt: skip
            except StoreUnavailable:
                self._broken.append((run, error))
                raise
            if saved is not None:
                self._kit.follow(saved)
                self._kit.metrics.run_ended(run, "unknown")


def _book(run: Run, text: str) -> Playbook:
    """Raises ValueError for a copy that this version does not know: the run is a person's then."""
    if not text:
        raise ValueError(f"the copy of {run.playbook} is not in the store")
    return thawed(text)
