"""Off, seen off, on, seen on, seen answering: one journalled sequence that survives any crash.

A crash leaves the verb that was about to be told as an open intent. The next member reads the
machine: off after an open `off` or `on` means that only `on` is missing, which may be told twice;
anything else is `unknown`, and a person decides (DESIGN 15.3).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from playbooks.actions.model import Case, Crew, Failed, Ok, Outcome, Unsure, Wait
from playbooks.power.model import PowerState, Verb
from playbooks.power.switch import Switch, unsure
from probes.model import Finding, Verdict

if TYPE_CHECKING:
    from playbooks.actions.power import PowerCycle

LOOK_EVERY = timedelta(seconds=5)


class Left(StrEnum):
    """How a step leaves the machine, when that matters to who comes next."""

    OFF = "off"  # by us: never without a page


class Phase(StrEnum):
    """How far a cycle is."""

    BEGUN = ""
    OFF = "off"  # it is off, as we have seen
    ON = "on"  # it is on again, as we have seen
    RESET = "reset"  # one verb did both; a probe is the judge


def resumed(verb: str, phase: Phase, state: PowerState | None) -> Phase | None:
    """Where to go on when `verb` stood open at a crash; None when nobody can know (pure). `state`
    is what the device says now, None when it can't.
    """
    if state is PowerState.OFF and verb in (Verb.OFF, Verb.SOFT, Verb.ON):
        return Phase.OFF
    if state is PowerState.ON and verb == Verb.ON and phase is Phase.OFF:
        return Phase.ON
    return None


def answers(findings: Mapping[str, Finding]) -> bool:
    """Does the machine answer? What can't tell says nothing."""
    return any(one.verdict is Verdict.UP for one in findings.values())


class Cycle:
    """One power cycle of one run."""

    def __init__(self, settings: "PowerCycle", case: Case, crew: Crew, switch: Switch) -> None:
        self._settings = settings
        self._case = case
        self._crew = crew
        self._switch = switch
        self._memory: dict[str, Any] = dict(case.memory)

    async def run(self) -> Outcome:
        """Go on from wherever it stands."""
        verbs = self._switch.power.capabilities()
        if verbs.reads_state and {Verb.OFF, Verb.ON} <= verbs.verbs:
            return await self._in_steps()
        if Verb.RESET in verbs.verbs:
            return await self._at_once(Verb.RESET)
        if Verb.SOFT in verbs.verbs:
            return await self._at_once(Verb.SOFT)
        return Failed(f"{self._switch.power.driver} offers nothing that restarts a machine")

    @property
    def _phase(self) -> Phase:
        return Phase(self._memory.get("phase", ""))

    async def _in_steps(self) -> Outcome:
        if self._case.open_intent and (lost := await self._resume()):
            return lost
        if self._told_before and (ended := await self._heeded()):
            return ended
        if self._phase is Phase.BEGUN and (failed := await self._off()):
            return failed
        if self._phase is Phase.OFF and (failed := await self._on()):
            return failed
        return await self._seen_up("off and on again")

    async def _resume(self) -> Unsure | None:
        """After a crash: what does the machine say?"""
        verb = self._case.open_intent
        state = await self._switch.state()
        if state is PowerState.CHANGING:
            state = await self._switch.until(PowerState.OFF if verb != Verb.ON else PowerState.ON)
        phase = resumed(verb, self._phase, state)
        if phase is None:
            told = f'a crash came while "{verb}" was told, and the machine is {state}'
            return Unsure(f"{told}: nobody knows whether it was heard")
        await self._crew.result(verb, "read back", state=state)
        await self._reach(phase)
        return None

    @property
    def _told_before(self) -> bool:
        """Has a crash come after the device took a verb, and before we saw what it did?"""
        told = self._case.told and not self._case.open_intent
        return self._phase is Phase.BEGUN and bool(told)

    async def _heeded(self) -> Failed | Unsure | None:
        """A slow device may still be at it: what was taken is not told again."""
        verb = self._case.told
        if verb == Verb.SOFT:
            return None
        state = await self._switch.until(PowerState.OFF if verb == Verb.OFF else PowerState.ON)
        if state is PowerState.OFF:
            await self._reach(Phase.OFF)
            return None
        if verb == Verb.ON:
            return Failed("it could not be switched off; a crash came after that")
        return Unsure(f'"{verb}" was told before a crash, and the machine is still {state}')

    async def _off(self) -> Failed | Unsure | None:
        if await self._switch.state() is PowerState.OFF:
            await self._crew.say(f"{self._case.server} is off already: only `on` is missing")
            await self._reach(Phase.OFF)
            return None
        if self._settings.graceful_first and await self._softly():
            await self._reach(Phase.OFF)
            return None
        trouble = await self._switch.tell(Verb.OFF, PowerState.OFF, tries=1)
        if trouble:
            # A slow device may still follow: what it hears last must be `on`.
            await self._switch.order(Verb.ON)
            told = f"it could not be switched off: {trouble}"
            return Unsure(told) if unsure(trouble) else Failed(told)
        await self._reach(Phase.OFF)
        return None

    async def _softly(self) -> bool:
        """Did the system stop by itself?"""
        if Verb.SOFT not in self._switch.power.capabilities().verbs:
            return False
        if await self._switch.order(Verb.SOFT):
            return False
        seconds = self._settings.graceful_first.total_seconds()
        return await self._switch.until(PowerState.OFF, within=seconds) is PowerState.OFF

    async def _on(self) -> Failed | None:
        await self._crew.pause(self._settings.off_for.total_seconds())
        if trouble := await self._switch.tell(Verb.ON, PowerState.ON):
            return Failed(f"IT IS OFF and could not be switched on: {trouble}")
        await self._reach(Phase.ON)
        return None

    async def _at_once(self, verb: Verb) -> Outcome:
        """For devices whose state can't be read: one verb, and a probe is the judge."""
        if self._case.open_intent:
            if answers(await self._crew.look(())):
                await self._crew.result(self._case.open_intent, "seen up")
                return Ok(f"{self._case.server} answers: a crash came while it was restarted")
            return Unsure(f'a crash came while "{self._case.open_intent}" was told')
        if self._told_before:
            await self._reach(Phase.RESET)
        if self._phase is Phase.BEGUN:
            if trouble := await self._switch.order(verb):
                told = f"it was not restarted: {trouble}"
                return Unsure(trouble) if unsure(trouble) else Failed(told)
            await self._reach(Phase.RESET)
        return await self._seen_up(f"{verb} was told")

    async def _seen_up(self, done: str) -> Outcome:
        """Wait until a look sees it up; costs nothing between two looks."""
        if answers(await self._crew.look(())):
            return Ok(f"{self._case.server} answers again: {done}", {"state": "on"})
        now = self._crew.now()
        since = datetime.fromisoformat(self._memory["at"])
        if now - since >= self._settings.answers_within:
            seconds = self._settings.answers_within.total_seconds()
            return Failed(f"{done}, but it does not answer after {seconds:g} s", {"state": "on"})
        return Wait(now + LOOK_EVERY, f"{self._case.server} to answer")

    async def _reach(self, phase: Phase) -> None:
        left = Left.OFF if phase is Phase.OFF else ""
        self._memory |= {"phase": phase, "at": self._crew.now().isoformat(), "left": left}
        await self._crew.keep(self._memory)
