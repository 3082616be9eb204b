"""Is it written down what becomes of a run, and is a machine that is off called for, once?"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from responder.run_values import Act, Intent, Run, RunState, Wish
from responder.runs import acts, marks, telling
from responder.runs.marks import Over, is_left_off
from responder.steps import Step
from responder.store import claims, gated
from responder.store import runs as rows
from responder.store.tables import outbox
from responder.values import IncidentState
from tests.responder.room import opened
from tests.responder.runs.asking import Runs, cycling, playing

OFF: dict[str, Any] = {"verb": "on", "action": {"left": "off"}}


@pytest.fixture
def runs() -> Iterator[Runs]:
    """A company with one playbook."""
    with opened(playing(cycling())) as room:
        yield Runs(room)


def held(runs: Runs, **changes: Any) -> Run:
    """A run that a member works on."""
    runs.begins()
    (run,) = runs.room.look(claims.claim, owner="m", now=runs.room.now, limit=1)
    return runs.room.look(  # type: ignore[no-any-return]
        rows.save, replace(run, step_at=runs.room.now, **changes), [], now=runs.room.now
    )


def over(runs: Runs, run: Run, **told: Any) -> Run:
    facts = {"step": run.step, "outcome": "ok", "text": "so", "left_off": is_left_off(run)}
    after, _ = runs.room.do(marks.step_over, run=run, over=Over(**{**facts, **told}))
    return after  # type: ignore[no-any-return]


def calls(runs: Runs) -> list[str]:
    """What people were called for, and whom."""
    found = runs.room.look(lambda tx: tx.execute(select(outbox.c.payload)).scalars().all())
    return [f"{one['person']}: {one['why']}" for one in found if one.get("event") == "needed"]


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        ({}, False),
        ({"verb": "on"}, False),
        ({"verb": "off"}, True),
        ({"verb": "off", "action": {}}, True),
        ({"verb": "off", "action": {"left": ""}}, False),
        ({"verb": "on", "action": {"left": "off"}}, True),
        ({"left": "off"}, True),
        ({"left": "told"}, True),
        ({"left": "off", "verb": "on"}, True),
        ({"left": "off", "action": {"left": ""}}, False),
        ({"left": "off", "action": {"since": "x"}}, True),
    ],
)
def test_a_step_goes_by_what_it_knows_else_by_those_before_it(
    runs: Runs, memory: dict[str, Any], expected: bool
) -> None:
    assert is_left_off(replace(runs.begins(), memory=memory)) is expected


def test_the_next_step_begins_afresh_but_knows_that_it_is_off(runs: Runs) -> None:
    run = held(runs, memory={**OFF, "told": {"note": "x"}, "let": True}, asked={"digest": "x"},
               intent=Intent("on", runs.room.now, "cycle"))  # fmt: skip
    after = over(runs, run, following="back")
    assert (after.memory, after.asked, after.intent, after.step_at) == (
        {"left": "off"}, {}, None, None,
    )  # fmt: skip
    assert calls(runs) == []


def test_who_fails_while_it_is_off_calls_people_once(runs: Runs) -> None:
    after = over(runs, held(runs, memory=OFF), outcome="failed", following="back")
    assert calls(runs) == ["ana: so; the machine was left OFF by this run"]
    after = over(runs, after, outcome="failed", following="tell")
    after = over(runs, after, following=None)
    assert (after.state, len(calls(runs))) == (RunState.FAILED, 1)


def test_a_run_that_leaves_it_off_has_failed_and_calls_people(runs: Runs) -> None:
    after = over(runs, held(runs, memory=OFF), following="tell")
    after = over(runs, after, outcome="skipped", following=None)
    assert after.outcome == "failed"
    assert len(calls(runs)) == 1


def test_one_that_answers_again_is_not_off(runs: Runs) -> None:
    after = over(runs, held(runs, memory=OFF), outcome="failed", following="back")
    after = over(runs, after, left_off=False, following="tell")
    assert after.memory == {}


def let_through(runs: Runs, **changes: Any) -> Run:
    """A run whose step the gate has let through: it holds a seat of its rack."""
    run = held(runs, **changes)
    act = Act(run.id, run.step, run.target, "power.cycle", runs.room.now, False)
    assert runs.room.look(gated.begin_act, act, now=runs.room.now)
    assert len(runs.open_acts()) == 1
    return run


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        (marks.unknown, {"step": "cycle", "reason": "no answer"}),
        (marks.broken, {"reason": "a fault"}),
        (marks.halted, {"why": "abort", "left_off": False}),
        (marks.step_over, {"over": Over("cycle", "ok", "so", following="tell")}),
        (marks.step_over, {"over": Over("cycle", "failed", "so")}),
        (marks.step_over, {"over": Over("before", "ok", "so")}),
    ],
)
def test_whatever_becomes_of_it_the_seat_of_its_rack_is_free(
    runs: Runs, mark: Any, told: dict[str, Any]
) -> None:
    """Else nobody could act there any more."""
    runs.room.do(mark, run=let_through(runs), **told)
    assert runs.open_acts() == []


def test_who_pauses_it_keeps_its_seat(runs: Runs) -> None:
    runs.room.do(marks.halted, run=let_through(runs), why=str(Wish.PAUSE), left_off=False)
    assert len(runs.open_acts()) == 1


@pytest.mark.parametrize("mark", ["unknown", "broken"])
def test_what_nobody_knows_says_that_it_may_be_off(runs: Runs, mark: str) -> None:
    run = let_through(runs, memory=OFF)
    if mark == "unknown":
        runs.room.do(marks.unknown, run=run, step="cycle", reason="no answer")
    else:
        assert runs.room.do(marks.broken, run=run, reason="a fault") is not None
    (why,) = calls(runs)
    assert "outcome unknown at cycle" in why
    assert "OFF" in why
    assert runs.now().state is RunState.UNKNOWN
    assert runs.open_acts() == []


def test_a_muted_or_closed_incident_calls_everybody_at_once(runs: Runs) -> None:
    """Nobody else would be asked later: paging does not go on there."""
    run = replace(held(runs, memory=OFF), requested_by="")

    def need(board: Any) -> Run:
        board.put(Step(replace(board.incident(1), muted_by=("silence 1",))))
        telling.need(board, run, why="off")
        return run

    runs.room.do(acts.acted, act=need)
    assert calls(runs) == ["ana: off", "bob: off"]


def test_who_is_called_after_the_recovery_leaves_the_incident_to_its_watch(runs: Runs) -> None:
    """Nothing fires that could end once more: open again, it would stay so for ever."""
    runs.room.fires()
    run = replace(held(runs, intent=Intent("off", runs.room.now, "cycle")), requested_by="")
    runs.room.ends()
    assert runs.incident().state is IncidentState.MITIGATED
    runs.room.do(marks.halted, run=run, why="abort", left_off=True)
    assert calls(runs) == [
        f"{person}: stopped at cycle: the machine was left OFF by this run"
        for person in ("ana", "bob")
    ]
    assert runs.incident().state is IncidentState.MITIGATED
    runs.room.passes(minutes=6)
    assert runs.incident().state is IncidentState.RESOLVED
    assert {one.person for one in runs.room.sent if one.event == "needed"} == {"ana", "bob"}


def test_who_is_called_before_the_recovery_keeps_it_open_until_then(runs: Runs) -> None:
    runs.room.fires()
    runs.room.acts_on_page()
    runs.room.do(marks.unknown, run=held(runs), step="cycle", reason="no answer")
    assert runs.incident().state is IncidentState.OPEN
    runs.room.ends()
    runs.room.passes(minutes=6)
    assert runs.incident().state is IncidentState.RESOLVED


@pytest.mark.parametrize(
    ("wish", "state"), [(Wish.ABORT, RunState.ABORTED), (Wish.PAUSE, RunState.PAUSED)]
)
def test_who_stops_it_with_a_word_open_has_people_called(
    runs: Runs, wish: Wish, state: RunState
) -> None:
    run = held(runs, intent=Intent("reset", runs.room.now, "cycle"))
    runs.room.do(marks.halted, run=run, why=str(wish), left_off=False)
    assert runs.now().state is state
    assert calls(runs) == ['ana: stopped at cycle: "reset" was told, and nobody saw what it did']


def test_who_stops_it_with_nothing_open_calls_nobody(runs: Runs) -> None:
    runs.room.do(marks.halted, run=held(runs), why="abort", left_off=False)
    assert runs.now().state is RunState.ABORTED
    assert calls(runs) == []


def test_aborting_a_waiting_run_with_a_word_open_calls_people(runs: Runs) -> None:
    runs.stands(RunState.WAITING, intent=Intent("off", runs.room.now, "cycle"))
    runs.acts(acts.abort)
    (why,) = calls(runs)
    assert '"off" was told' in why


def test_a_person_who_says_that_off_is_done_leaves_it_off(runs: Runs) -> None:
    """The run knows it from the step itself, and calls people if it ends so."""
    runs.stands(RunState.UNKNOWN, memory={"verb": "off"})
    run = runs.acts(acts.go_on, outcome="failed", words="the BMC is dead")
    assert run.memory == {"left": "told"}
    assert len(calls(runs)) == 1


def asks(runs: Runs, run: Run) -> list[str]:
    """Whom a question of this run has called, on a muted incident."""

    def ask(board: Any) -> Run:
        board.put(Step(replace(board.incident(1), muted_by=("silence 1",))))
        telling.ask(board, run, why="off?", digest="d" * 64, until=runs.room.now)
        return run

    runs.room.do(acts.acted, act=ask)
    found = runs.room.look(lambda tx: tx.execute(select(outbox.c.payload)).scalars().all())
    return [one["person"] for one in found if one.get("event") == "approval"]


def test_where_it_is_muted_a_person_s_own_run_still_asks_the_others(runs: Runs) -> None:
    assert asks(runs, held(runs)) == ["ana"]


def test_where_it_is_muted_no_run_asks_by_itself(runs: Runs) -> None:
    assert asks(runs, replace(held(runs), requested_by="")) == []
