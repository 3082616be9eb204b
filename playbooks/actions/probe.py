"""Looks again before and after something is done: is it really down, and is it back?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import override

from playbooks.actions.looks import Opinions, kinds_of, opinions
from playbooks.actions.model import Action, Case, Crew, Failed, Ok, Outcome, Wait
from playbooks.playbook import Several
from probes.durations import Duration, show_duration

_SPARE = timedelta(minutes=1)  # for the looks themselves


def _some(span: timedelta) -> timedelta:
    if span < timedelta(seconds=1):
        raise ValueError("at least a second")
    return span


Every = Annotated[Duration, AfterValidator(_some)]


@dataclass(frozen=True, slots=True)
class _Streak:
    """Since when something has held, and when we last saw it."""

    since: datetime
    seen: datetime

    def kept(self) -> Mapping[str, str]:
        return {"since": self.since.isoformat(), "seen": self.seen.isoformat()}


def _streak(memory: Mapping[str, Any], now: datetime, every: timedelta) -> _Streak:
    """The one of before goes on, unless we did not look for so long that nobody knows."""
    if memory:
        since, seen = (datetime.fromisoformat(memory[name]) for name in ("since", "seen"))
        if now - seen <= every * 3 + _SPARE:
            return _Streak(since, now)
    return _Streak(now, now)


class ProbeConfirm(Action):
    """Is it down, as several kinds of look agree, for so long? Whoever could not tell has no voice.

    When it answers again the whole run ends well; a drill goes on, as its machine is never down.
    """

    uses: ClassVar[str] = "probe.confirm"
    gives: ClassVar[tuple[str, ...]] = ("trouble",)

    kinds: Several = Field((), description="ping, tcp:22, http ...; none: all that look at it")
    agree: int = Field(2, alias="from", ge=1, description="How many kinds must see it down")
    lasting: Duration = Field(timedelta(minutes=2), alias="for")
    every: Every = timedelta(seconds=20)

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        different = len(kinds_of(self.kinds))
        if self.kinds and different < self.agree:
            told = f"from: {self.agree}, but these are {different} different kinds"
            raise ValueError(f"{told} (two ports are one kind)")
        return self

    @override
    def lasts(self, crew: Crew) -> timedelta:
        return self.lasting * 2 + self.every * 3 + _SPARE

    @override
    def would(self, case: Case) -> str:
        looks = ", ".join(self.kinds) or "all kinds of look that it has"
        lasting = show_duration(self.lasting)
        return f"look at {case.server} with {looks}: {self.agree} kinds must fail for {lasting}"

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        seen = opinions(await crew.look(self.kinds))
        now = crew.now()
        if seen.answers and case.drill:
            return Ok(
                f"practice: {case.server} answers ({', '.join(seen.up)}), in earnest it ends here"
            )
        if seen.answers:
            return Ok(f"{case.server} answers again ({', '.join(seen.up)})", end=True)
        if len(seen.down) + len(seen.unknown) < self.agree:
            doubt = f"; {', '.join(seen.up)} answers" if seen.up else ""
            return Failed(f"{self._too_few(seen)}: {seen.words()}{doubt}")
        if len(seen.down) < self.agree:
            await crew.keep({})
            return self._later(case, now + self.every, seen, self._too_few(seen))
        return await self._while_down(case, crew, seen)

    async def _while_down(self, case: Case, crew: Crew, seen: Opinions) -> Outcome:
        now = crew.now()
        streak = _streak(case.memory, now, self.every)
        lasted = now - streak.since
        if lasted >= self.lasting:
            words = f"down for {show_duration(lasted)} as {len(seen.down)} kinds of look agree"
            return Ok(f"{words}: {seen.words()}", {"trouble": seen.words()})
        await crew.keep(streak.kept())
        until = min(now + self.every, streak.since + self.lasting)
        words = f"down for {show_duration(lasted)} of {show_duration(self.lasting)}"
        return self._later(case, until, seen, words)

    def _later(self, case: Case, until: datetime, seen: Opinions, words: str) -> Outcome:
        if until >= case.deadline:
            return Failed(f"the time of this step is over: {words}; {seen.words()}")
        return Wait(until, f"{words}; {seen.words()}")

    def _too_few(self, seen: Opinions) -> str:
        return f"{len(seen.down)} of the {self.agree} kinds of look that must agree see it down"


class ProbeWaitUp(Action):
    """Does it come back, and stay? It must answer `within`, and from then on for `healthy_for`."""

    uses: ClassVar[str] = "probe.wait_up"

    kinds: Several = Field((), description="ping, tcp:22, http ...; none: all that look at it")
    within: Duration = timedelta(minutes=10)
    healthy_for: Duration = timedelta(minutes=5)
    every: Every = timedelta(seconds=15)

    @override
    def lasts(self, crew: Crew) -> timedelta:
        return self.within + self.healthy_for + self.every * 3 + _SPARE

    @override
    def would(self, case: Case) -> str:
        within, healthy = show_duration(self.within), show_duration(self.healthy_for)
        return (
            f"wait until {case.server} answers, {within} at most, and then stays up for {healthy}"
        )

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        if case.dry:
            return Ok(f"it would {self.would(case)}")
        seen = opinions(await crew.look(self.kinds))
        now = crew.now()
        if not seen.answers:
            return await self._while_down(case, crew, seen)
        streak = _streak(case.memory, now, self.every)
        lasted = now - streak.since
        if lasted >= self.healthy_for:
            return Ok(f"{case.server} is up, for {show_duration(lasted)} without a break")
        await crew.keep(streak.kept())
        until = min(now + self.every, streak.since + self.healthy_for)
        words = f"up for {show_duration(lasted)} of {show_duration(self.healthy_for)}"
        return Wait(until, words) if until < case.deadline else Failed(f"only {words}")

    async def _while_down(self, case: Case, crew: Crew, seen: Opinions) -> Outcome:
        now = crew.now()
        until = now + self.every
        if now - case.began_at >= self.within or until >= case.deadline:
            return Failed(f"not up in {show_duration(now - case.began_at)}: {seen.words()}")
        if case.memory:
            await crew.keep({})
        return Wait(until, f"not up yet: {seen.words()}")
