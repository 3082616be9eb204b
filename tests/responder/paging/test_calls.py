"""Is a question still wanted when it goes out, and does the page hold what a person must know?"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from playbooks.ports import PageEvent
from responder.paging.calls import calling_run, summons_unwanted, words_of
from responder.run_values import LIVE, Run, RunState
from tests.responder.room import opened
from tests.responder.runs.asking import DIGEST, Runs, playing

ASK, NEED = PageEvent.APPROVAL, PageEvent.NEEDED
QUESTION = {"run": 1, "digest": DIGEST}


@pytest.fixture
def runs() -> Iterator[Runs]:
    """A company with one playbook."""
    with opened(playing()) as room:
        yield Runs(room)


@pytest.fixture
def run(runs: Runs) -> Run:
    """It waits for a person's yes."""
    return runs.asks()


def test_a_page_knows_the_run_that_calls(runs: Runs, run: Run) -> None:
    assert runs.room.look(calling_run, {"run": run.id}) == run
    assert runs.room.look(calling_run, {"run": 99}) is None
    assert runs.room.look(calling_run, {"person": "ana"}) is None


def test_a_question_goes_out_while_it_is_asked(run: Run) -> None:
    assert summons_unwanted(run, ASK, QUESTION) is None


@pytest.mark.parametrize("state", [one for one in RunState if one not in LIVE])
def test_a_question_of_a_run_that_is_over_is_dropped(run: Run, state: RunState) -> None:
    dropped = summons_unwanted(replace(run, state=state), ASK, QUESTION)
    assert dropped is not None
    assert dropped.reason == f"run 1 is {state}"


def test_a_question_that_is_asked_no_more_is_dropped(run: Run) -> None:
    for asked in ({}, {**run.asked, "digest": "e" * 64}):
        dropped = summons_unwanted(replace(run, asked=asked), ASK, QUESTION)
        assert dropped is not None
        assert dropped.reason == "run 1 asks this no more"


def test_a_call_for_help_is_never_dropped(run: Run) -> None:
    for state in RunState:
        assert summons_unwanted(replace(run, state=state, asked={}), NEED, QUESTION) is None
    assert summons_unwanted(None, ASK, QUESTION) is None


def test_a_question_says_until_when_and_what_the_gate_has_against_it(run: Run) -> None:
    checks = (
        {"name": "kill_switch", "ruling": "pass", "reason": "it is off"},
        {"name": "blind", "ruling": "deny", "reason": "nothing answers", "overruled_by": "mira"},
        {"name": "approval", "ruling": "wait", "reason": "0 of 1 approved"},
    )
    assert words_of(replace(run, checks=checks), ASK, {"run_step": "cycle"}) == (
        "Playbook: host-down, run 1, step cycle",
        f"Decide until: {run.asked['until'][11:16]} UTC, by typing web1",
        "Gate, blind: deny, nothing answers (overruled by mira)",
        "Gate, approval: wait, 0 of 1 approved",
    )


def test_a_call_for_help_asks_nothing(run: Run) -> None:
    (line,) = words_of(run, NEED, {})
    assert line == "Playbook: host-down, run 1, step cycle"


def test_a_call_sheet_goes_along_within_bounds(run: Run) -> None:
    sheet = "\n".join(["Ring: +49 1", "", "  ", *(f"line {number}" for number in range(500))])
    lines = words_of(None, NEED, {"text": sheet})
    assert lines[:2] == ("Ring: +49 1", "line 0")
    assert 20 < len(lines) <= 100
    assert words_of(run, NEED, {"text": "Ring: +49 1"})[0] == "Ring: +49 1"
    assert words_of(None, NEED, {}) == ()
