"""Works on one claimed run: step after step, until it waits, ends, or needs a person."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError

from playbooks import conditions, lookups, walk
from playbooks.actions.kinds import ACTIONS
from playbooks.actions.model import Action, Case, Failed, Halted, Ok, Outcome, Unsure, Wait
from playbooks.outside import OutsideError
from playbooks.playbook import Playbook, Step
from playbooks.power.model import Verb
from probes import reasons
from responder.problems import Loading
from responder.run_values import Run, RunState, Wish
from responder.runs import marks
from responder.runs.crew import RunCrew
from responder.runs.gatekeeping import Gatekeeper
from responder.runs.journal import Journal, Leaving, shown
from responder.runs.kit import Kit
from responder.values import NOT_WELL, Incident

log = structlog.get_logger(__name__)

GRACE_SECONDS = 60.0
"""How long after its own deadline an action is cut off."""


class Worker:
    """One claim of one run. `book` is the frozen copy that it goes by."""

    def __init__(self, kit: Kit, run: Run, book: Playbook) -> None:
        self._kit = kit
        self._book = book
        self._journal = Journal(kit, run)
        self._crew = RunCrew(kit, self._journal)
        self._incident: Incident
        self._acted = False

    async def go(self) -> None:
        """Until nothing can be done now. Raises LostRun and StoreUnavailable, and then whoever
        claims the run next goes on where the journal ends.
        """
        while True:
            if self.run.wish is not Wish.NONE:
                await self._halt(str(self.run.wish))
                return
            step = walk.at(self._book, self.run.step)
            try:
                outcome = await self._step(step)
            except Leaving:
                await self._journal.rest(state=RunState.WAITING, wake_at=self._kit.clock.now())
                return
            except Halted as halt:
                if (failed := self._stopped(str(halt))) is None:
                    await self._halt(str(halt))
                    return
                outcome = failed
            if not await self._take(step, outcome):
                return

    @property
    def run(self) -> Run:
        """As it was written down last."""
        return self._journal.run

    async def _step(self, step: Step) -> Outcome:
        if self.run.step_at is None:
            await self._mark(marks.step_begun, step=step.id, uses=step.uses)
        async with self._kit.looking:
            self._incident, self._acted = await self._kit.store.read(marks.standing, self.run)
        ids = [one.id for one in self._book.steps]
        known = lookups.scope(self._case(timedelta(0)), past(self.run), ids=ids)
        try:
            if step.if_ and not conditions.holds(step.if_, known):
                return Ok(SKIPPED)
            return await self._act(step, self._action(step, known), known)
        except OutsideError as error:
            return self._failed(str(error))
        except (lookups.Unresolved, lookups.Unfit) as error:
            return Failed(str(error))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            return Failed(f"its settings do not fit what was looked up: {first['msg']}")

    async def _act(self, step: Step, action: Action, known: Mapping[str, str]) -> Outcome:
        lasts = step.timeout or action.lasts(self._crew)
        case = self._case(lasts, scope=known)
        touched = bool(case.memory) or bool(case.told)
        if (ended := self._ends_at_once(action, touched=touched)) is not None:
            return ended
        if self._is_gated(action):
            keeper = Gatekeeper(self._kit, self._journal, self._crew, self._book.safety)
            if case.dry:
                return await self._practised(action, case, keeper)
            if not touched:
                if unfit := await action.unfit(case, self._crew):
                    return Failed(unfit)
                if (held := await keeper.let(action, case)) is not None:
                    return held
                if not self.run.memory.get("let"):
                    now = self._kit.clock.now()
                    await self._journal.write(memory={**self.run.memory, "let": True}, step_at=now)
                case = self._case(lasts, scope=known)
        return await self._do(action, case)

    async def _practised(self, action: Action, case: Case, keeper: Gatekeeper) -> Ok | Failed:
        """Instead of what can't be taken back: what it would be, and what the gate says to it."""
        if unfit := await action.unfit(case, self._crew):
            return Failed(unfit)
        says = await keeper.would_say(action)
        if words := await action.sends(case, self._crew):
            await self._crew.say(f"it would write: {words}")
        return Ok(f"nothing was done: it would {action.would(case)}; the gate: {says}")

    def _ends_at_once(self, action: Action, *, touched: bool) -> Outcome | None:
        """What has changed since the step was worked on last, if that ends it."""
        run = self.run
        if by := run.asked.get("rejected_by"):
            return Failed(f"rejected by {by}: {run.asked.get('rejected_why') or 'no reason'}")
        if touched and self._crew.rewired():
            return Unsure(f"the `power:` of {run.target} has changed since it was told something")
        if not touched and self._asks(action) and self._is_over():
            return Ok(f"{run_about(run)} is well again: nothing needs to be done", end=True)
        return None

    async def _do(self, action: Action, case: Case) -> Outcome:
        """The action itself, cut off when it does not keep its own time."""
        left = (case.deadline - self._kit.clock.now()).total_seconds()
        try:
            async with asyncio.timeout(max(left, 0.0) + GRACE_SECONDS):
                outcome = await action.do(case, self._crew)
        except TimeoutError:
            return self._failed(f"it took longer than {(case.deadline - case.began_at)}")
        except OutsideError as error:
            return self._failed(str(error))
        except reasons.Failed as error:
            return self._failed(error.reason)
        return self._in_time(outcome, case)

    def _failed(self, reason: str) -> Failed | Unsure:
        """With something open that can't be taken back, nobody knows what became of it: no matter
        what the trouble itself says, which may be that of a later question.
        """
        if (intent := self.run.intent) is not None:
            return Unsure(f'{reason}; "{intent.verb}" may have been heard')
        if self.run.memory.get("verb") == Verb.OFF and marks.is_left_off(self.run):
            return Unsure(f'{reason}; "off" was heard, and nobody has seen what it did')
        return Failed(reason)

    def _in_time(self, outcome: Outcome, case: Case) -> Outcome:
        """Nothing waits for ever: the step's time ends it, and what may still be heard is no mere
        failure. (`on` is: the machine is off, people are called, and the rescue goes on.)
        """
        if isinstance(outcome, Wait):
            if self._kit.clock.now() >= case.deadline:
                return Failed(f"it has waited in vain for {outcome.reason}")
            return replace(outcome, until=min(outcome.until, case.deadline))
        intent = self.run.intent
        if isinstance(outcome, Failed) and intent is not None and intent.verb != Verb.ON:
            return Unsure(f'{outcome.reason}; "{intent.verb}" may have been heard')
        return outcome

    async def _take(self, step: Step, outcome: Outcome) -> bool:
        """Write down what came of it; False when nothing more can be done now."""
        match outcome:
            case Wait(until, reason):
                await self._rest(step, until, reason)
                return False
            case Unsure(reason):
                await self._unknown(step, reason)
                return False
            case Ok(text, values, end):
                result = "skipped" if text == SKIPPED else "ok"
                return await self._over(step, result, "" if result == "skipped" else text, values,
                                        end=end)  # fmt: skip
            case Failed(reason, values):
                return await self._over(step, "failed", reason, values)

    async def _over(
        self, step: Step, outcome: str, text: str, values: Mapping[str, str], *, end: bool = False
    ) -> bool:
        following = None if end else walk.after(self._book, step.id, failed=outcome == "failed")
        answers = end or (step.uses == "probe.wait_up" and outcome == "ok")  # so it is on
        over = marks.Over(
            step=step.id,
            outcome=outcome,
            text=shown(text),
            values={name: shown(one) for name, one in values.items()},
            following=following,
            left_off=marks.is_left_off(self.run) and not answers,
            healed=end,
        )
        await self._mark(marks.step_over, over=over)
        if following is None:
            self._kit.metrics.run_ended(self.run, self.run.outcome)
            log.info("run_ended", run=self.run.id, playbook=self.run.playbook,
                     outcome=self.run.outcome, server=self.run.target)  # fmt: skip
        return following is not None

    async def _rest(self, step: Step, until: datetime, reason: str) -> None:
        await self._mark(marks.resting, step=step.id, until=until, why=shown(reason))

    async def _unknown(self, step: Step, reason: str) -> None:
        await self._mark(marks.unknown, step=step.id, reason=shown(reason))
        self._kit.metrics.run_ended(self.run, "unknown")
        log.warning("run_unknown", run=self.run.id, step=step.id, reason=reason)

    async def _halt(self, why: str) -> None:
        """A person wants it to stop."""
        await self._mark(marks.halted, why=why, left_off=marks.is_left_off(self.run))
        if self.run.outcome:
            self._kit.metrics.run_ended(self.run, self.run.outcome)

    def _stopped(self, why: str) -> Failed | None:
        """The kill switch fails the step; a person's wish stops the run."""
        if why in (Wish.ABORT, Wish.PAUSE):
            return None
        return Failed(why)

    async def _mark(self, work: Any, **facts: Any) -> None:
        now = self._kit.clock.now()
        run, saved = await self._kit.store.write(
            work, self.run, plan=self._kit.live.plan, now=now, **facts
        )
        self._journal.run = run
        self._kit.follow(saved)

    def _action(self, step: Step, known: Mapping[str, str]) -> Action:
        kind = ACTIONS[step.uses]
        raw = {name: value for name, value in step.with_.items() if name in kind.raw}
        rest = {name: value for name, value in step.with_.items() if name not in kind.raw}
        folder = self._kit.live.path.absolute().parent
        told = {**raw, **lookups.filled(rest, known)}
        return kind.model_validate(told, context=Loading(folder))

    def _asks(self, action: Action) -> bool:
        """Is it something that nobody wants once the trouble is over by itself?"""
        return self._is_gated(action) or action.uses == "approve"

    def _is_over(self) -> bool:
        """Has the incident ended since, without this run having acted on a machine? What a person
        has begun is his to end.
        """
        by_itself = not (self.run.requested_by or self.run.dry or self.run.drill)
        return by_itself and not self._acted and self._incident.state not in NOT_WELL

    def _is_gated(self, action: Action) -> bool:
        return action.gated(self._crew)

    def _case(self, lasts: timedelta, **more: Any) -> Case:
        began = self.run.step_at or self._kit.clock.now()
        title = self._incident.title
        return self._crew.case(began_at=began, deadline=began + lasts, title=title, **more)


def run_about(run: Run) -> str:
    """What a run is about, in a word."""
    return run.target or "it"


SKIPPED = "\0skipped"
"""What a step says whose `if` does not hold."""


def past(run: Run) -> dict[str, dict[str, str]]:
    """What the steps before this one came to, for lookups."""
    return {
        id_: {"outcome": one["outcome"], "text": one["text"], **one.get("values", {})}
        for id_, one in run.results.items()
    }
