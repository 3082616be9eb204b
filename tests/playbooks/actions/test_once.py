"""What must not happen twice is written down before and after, and never guessed."""

import pytest

from playbooks.actions.commands import Repeat
from playbooks.actions.model import Failed, Halted, Ok, Outcome, Unsure
from playbooks.actions.once import once, within
from playbooks.outside import OutsideError
from tests.playbooks.actions.crew import NOON, HandCrew, case

DONE = Ok("done")
LOST = OutsideError("no answer", transient=True, ambiguous=True)
REFUSED = OutsideError("refused", transient=False)


class Deed:
    """What is done: a list of how it goes, one for each time."""

    def __init__(self, crew: HandCrew, *goes: Outcome | OutsideError) -> None:
        self._goes = list(goes)
        self._crew = crew

    async def __call__(self) -> Outcome:
        self._crew.journal.append(("done",))
        went = self._goes.pop(0)
        if isinstance(went, OutsideError):
            raise went
        return went


async def test_the_intent_comes_before_and_the_result_after(crew: HandCrew) -> None:
    assert await once(case(), crew, Deed(crew, DONE), verb="ssh.run") == DONE
    assert crew.journal == [("intent", "ssh.run"), ("done",), ("result", "ssh.run", "done")]


@pytest.mark.parametrize(
    ("went", "outcome", "word"),
    [
        (REFUSED, Failed("refused"), "failed"),
        (LOST, Unsure("no answer"), "unknown"),
        (Failed("it ended with 3"), Failed("it ended with 3"), "failed"),
    ],
    ids=["refused", "lost", "failed"],
)
async def test_every_end_is_written_down(
    crew: HandCrew, went: Outcome | OutsideError, outcome: Outcome, word: str
) -> None:
    assert await once(case(), crew, Deed(crew, went), verb="http.call") == outcome
    assert crew.journal[-1] == ("result", "http.call", word)


@pytest.mark.parametrize("known", ["open_intent", "told"])
async def test_after_a_crash_nobody_does_it_again(crew: HandCrew, known: str) -> None:
    """Neither before its outcome was known, nor after that and before the step was over."""
    crashed = case(**{known: "ssh.run"})
    outcome = await once(crashed, crew, Deed(crew), verb="ssh.run")
    assert outcome == Unsure("ssh.run was begun, and we ended before we knew what came of it")
    assert crew.journal == []


async def test_what_must_stop_is_not_done(crew: HandCrew) -> None:
    crew.halts = "the kill switch is thrown"
    with pytest.raises(Halted):
        await once(case(), crew, Deed(crew), verb="ssh.run")
    assert crew.journal == []


async def test_what_may_be_repeated_needs_no_intent(crew: HandCrew) -> None:
    again = case(open_intent="ssh.run")
    outcome = await once(again, crew, Deed(crew, LOST), verb="ssh.run", repeat=Repeat.SAFE)
    assert outcome == Failed("no answer")
    assert crew.journal == [("done",)]


def test_a_call_ends_before_its_step_does(crew: HandCrew) -> None:
    assert within(case(), crew, 60.0) == 60.0
    crew.clock = case().deadline.replace(second=0) - (case().deadline - NOON) / 180
    assert within(case(), crew, 60.0) == 9.0
    crew.clock = case().deadline
    assert within(case(), crew, 60.0) == 0.1
