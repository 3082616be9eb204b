"""Round after round: machines hang, their instances are struck, a person mends what is left."""

import asyncio
import inspect
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Engine, and_, func, select

from responder.store.run_tables import run, run_event
from responder.store.tables import incident, outbox
from tests.real.smtp import Mailbox
from tests.soak.boundaries import Plan, StruckMailbox, Watcher, mark_of
from tests.soak.hands_audit import Audit, Case
from tests.soak.hands_company import Instance
from tests.soak.hands_hall import Machine

ROUND_SECONDS = 300.0  # where members take their time to begin anew, as on a busy machine
DRAIN_SECONDS = 180.0  # after many tries a refused page waits for a minute
FROZEN_SECONDS = 60.0  # longer than a member's lease and than a run's
OVER = ("done", "failed", "aborted", "unknown")
ACTIVE = ("open", "acknowledged", "mitigated")


@dataclass
class Rounds:
    """`instances` share the store behind `engine`; `freezing`: they are stopped, not killed."""

    machines: Mapping[str, Machine]
    instances: Sequence[Instance]
    engine: Engine
    mailbox: Mailbox
    dice: random.Random
    freezing: bool = False
    judge: type[Audit] = Audit
    found: Counter[str] = field(default_factory=Counter)
    audit: Audit = field(init=False)
    plan: Plan = field(init=False)
    missed: Counter[str] = field(default_factory=Counter)
    gather: float = 3.0  # seconds in which runs are caught before their member is frozen
    _frozen: Instance | None = None
    _caught: dict[str, Instance] = field(default_factory=dict)
    _keeping: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.plan = Plan(self._strike)
        self.audit = self.judge(self.engine, self.mailbox)
        self._watcher = Watcher(self.engine, self.plan)
        if isinstance(self.mailbox, StruckMailbox):
            self.mailbox.plan = self.plan
        for machine in self.machines.values():
            machine.bmc.plan = self.plan
            machine.bmc.hold = self._hold

    async def begin(self) -> None:
        """Every instance is well, and so is every machine."""
        for one in self.instances:
            one.process.start()
            if not await self._until(one.answers, 60):
                raise RuntimeError(one.process.died() or "it does not begin")
        self._keeping = [asyncio.create_task(self._keep(one)) for one in self.instances]
        self._watcher.start()

    async def end(self) -> None:
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        self._watcher.stop()
        for one in self.instances:
            await asyncio.to_thread(one.process.end, within=45.0)

    async def turn(self, meant: Mapping[str, Sequence[str]]) -> list[Case]:
        """These machines hang, whoever helps them is struck as it is meant, and all is mended."""
        self._watcher.above = self._last_run()
        self.plan.begin(meant)
        cases = [self._case(self.machines[name]) for name in meant]
        for case in cases:
            case.machine.chassis.settles = self.dice.choice((0.0, 0.0, 0.3, 1.0))
            await case.machine.hang()
            await asyncio.sleep(self.dice.uniform(0.0, 0.5))
        if not await self._until(lambda: self._all_over(cases), ROUND_SECONDS):
            self.audit.complain(f"after {ROUND_SECONDS:g} s: {self._standing()}")
        for marks in self.plan.left().values():
            self.missed.update(marks)
        self.plan.begin({})
        await self._until(lambda: self._frozen is None, FROZEN_SECONDS)
        await self._until(lambda: not any(case.machine.bmc.at_work for case in cases), 30)
        await asyncio.gather(*(case.machine.chassis.settled() for case in cases))
        await self._until(self._quiet, DRAIN_SECONDS)
        for case in cases:
            self.audit.judge(case)
        await self._mend(cases)
        return cases

    def _case(self, machine: Machine) -> Case:
        return Case(
            machine,
            above=self._watcher.above,
            orders=len(machine.chassis.orders),
            changes=len(machine.bmc.changes),
            mails=len(self.mailbox.messages),
        )

    def _strike(self, machine: str, owner: str) -> bool:
        """Kill or freeze who has the run now; not while one of them is away already."""
        owner = owner or self._owner(machine) or self.dice.choice(self.instances).name
        one = next(each for each in self.instances if each.name == owner)
        if one.away or self._frozen:
            return False
        if not self.freezing:
            one.kill()
            return True
        self._caught[machine] = one
        if len(self._caught) == 1:
            self._loop.call_soon_threadsafe(self._loop.call_later, self.gather, self._freeze)
        return True

    def _freeze(self) -> None:
        """Whoever has most of the runs that were caught meanwhile."""
        [(one, _)] = Counter(each.name for each in self._caught.values()).most_common(1)
        self._frozen = next(each for each in self.instances if each.name == one)
        self.found.update(self._marks(self._frozen))
        self._frozen.freeze()

    async def _hold(self, machine: str, through: bool) -> None:
        """Until it is frozen who asks, or `through` all of that."""
        while self.freezing and (one := self._caught.get(machine)):
            if self._frozen and not (through and self._frozen is one):
                return
            await asyncio.sleep(0.02)

    async def _keep(self, one: Instance) -> None:
        """Begin it anew as often as it dies, and thaw it when another has taken over."""
        while True:
            if (words := one.process.died()) is not None:
                if not one.away:
                    one.exits.append(words[-300:])
                await asyncio.to_thread(one.process.end)
                self.found.update(self._marks(one))
                one.process.start()
                one.away = False
            if self._frozen is one:
                await self._until(lambda: not self._owned_by(one), FROZEN_SECONDS)
                await asyncio.sleep(self.dice.uniform(0.0, 8.0))
                self._caught.clear()
                one.thaw()
                await asyncio.sleep(3)
                self._frozen = None
            await asyncio.sleep(0.01)

    def _marks(self, one: Instance) -> list[str]:
        """What the last line is of each run that it has in hand."""
        last = and_(run_event.c.run == run.c.id, run_event.c.seq == run.c.seq)
        wanted = select(run_event.c.kind, run_event.c.data).join(run, last)
        mine = wanted.where(run.c.owner == one.name, run.c.state == "running")
        return [mark_of(row.kind, row.data) for row in self._rows(mine)]

    async def _mend(self, cases: Sequence[Case]) -> None:
        """A person switches on what is off, ends what waits for him, and sees that all is well."""
        for case in cases:
            await case.machine.mend()
        for id_ in self._waiting():
            await self._until(partial(self.dice.choice(self.instances).abort, id_), 20)
        if not await self._until(self._well, DRAIN_SECONDS):
            self.audit.complain(f"not well after it was mended: {self._standing()}")

    async def _until(self, true: Callable[[], Any], seconds: float) -> bool:
        """Did it come true in this time?"""
        end = time.monotonic() + seconds
        while not (await told if inspect.isawaitable(told := true()) else told):
            if time.monotonic() > end:
                return False
            if self._watcher.failure:
                raise self._watcher.failure
            await asyncio.sleep(0.1)
        return True

    def _rows(self, query: Any) -> Sequence[Any]:
        with self.engine.connect() as tx:
            return tx.execute(query).all()

    def _last_run(self) -> int:
        return int(self._rows(select(func.coalesce(func.max(run.c.id), 0)))[0][0])

    def _all_over(self, cases: Sequence[Case]) -> bool:
        rows = self._rows(select(run.c.target, run.c.state).where(run.c.id > self._watcher.above))
        over = {row.target for row in rows if row.state in OVER}
        return over.issuperset(case.machine.name for case in cases)

    def _owner(self, machine: str) -> str:
        wanted = select(run.c.owner).where(run.c.target == machine, run.c.state == "running")
        return next((row.owner for row in self._rows(wanted)), "")

    def _owned_by(self, one: Instance) -> bool:
        wanted = select(run.c.id).where(run.c.state == "running", run.c.owner == one.name)
        return bool(self._rows(wanted))

    def _waiting(self) -> list[int]:
        return [row.id for row in self._rows(select(run.c.id).where(run.c.state == "unknown"))]

    def _quiet(self) -> bool:
        """Has everything gone out that is due?"""
        due = select(outbox.c.key).where(outbox.c.state.in_(("due", "claimed")))
        return not self._rows(due)

    def _well(self) -> bool:
        live = self._rows(select(run.c.id).where(run.c.ended_at.is_(None)))
        sick = self._rows(select(incident.c.id).where(incident.c.state.in_(ACTIVE)))
        return not live and not sick and self._quiet()

    def _standing(self) -> str:
        rows = self._rows(
            select(run.c.target, run.c.state, run.c.step, run.c.owner, run.c.waits_for)
            .where(run.c.id > self._watcher.above)
        )  # fmt: skip
        sick = self._rows(
            select(incident.c.ref, incident.c.title, incident.c.state)
            .where(incident.c.state.in_(ACTIVE))
        )  # fmt: skip
        dead = [one.name for one in self.machines.values() if not one.chassis.power]
        runs, incidents = [tuple(row) for row in rows], [tuple(row) for row in sick]
        return f"off {dead}, runs {runs}, incidents {incidents}"
