"""What must not happen twice: written down before, done, and its outcome written down."""

from collections.abc import Awaitable, Callable
from typing import Any

from playbooks.actions.commands import Repeat
from playbooks.actions.model import Case, Crew, Failed, Ok, Outcome, Unsure, Wait
from playbooks.outside import OutsideError

Act = Callable[[], Awaitable[Outcome]]
_SPARE = 1.0  # seconds between the end of our own call and the end of the step
# `unknown` leaves the intent open, until a person says what became of it.
_WORDS = {Ok: "done", Failed: "failed", Unsure: "unknown", Wait: "waiting"}


async def once(
    case: Case, crew: Crew, act: Act, *, verb: str, repeat: Repeat = Repeat.NEVER, **facts: Any
) -> Outcome:
    """Do it between its intent and its result; what may be repeated needs neither.

    One that this step began before means that we died since: it is not done again.
    """
    if repeat is Repeat.SAFE:
        return await _tried(act, repeat)
    if begun := case.open_intent or case.told:
        words = f"{begun} was begun, and we ended before we knew what came of it"
        return Unsure(words)
    await crew.intend(verb, **facts)
    outcome = await _tried(act, repeat)
    await crew.result(verb, _WORDS[type(outcome)], reason=told(outcome))
    return outcome


async def _tried(act: Act, repeat: Repeat) -> Outcome:
    try:
        return await act()
    except OutsideError as error:
        if error.ambiguous and repeat is Repeat.NEVER:
            return Unsure(str(error))
        return Failed(str(error))


def told(outcome: Outcome) -> str:
    """Its words."""
    return outcome.text if isinstance(outcome, Ok) else outcome.reason


def within(case: Case, crew: Crew, most: float) -> float:
    """Seconds that a call may take: `most`, and less than what is left of the step."""
    left = (case.deadline - crew.now()).total_seconds() - _SPARE
    return max(min(most, left), 0.1)
