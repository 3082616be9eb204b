"""Do people's acts on a run do what they say, once, and are they refused where they do not fit?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from responder.acts import Refusal, Unknown
from responder.run_values import Intent, RunState, Wish
from responder.runs import acts
from responder.store import gated, logs
from responder.store import runs as rows
from tests.responder.room import opened
from tests.responder.runs.asking import DIGEST, Runs, playing

OVER = (RunState.DONE, RunState.FAILED, RunState.ABORTED)
EVERY: tuple[tuple[Any, dict[str, Any]], ...] = (
    (acts.approve, {"digest": DIGEST, "typed": "web1"}),
    (acts.reject, {}),
    (acts.abort, {}),
    (acts.pause, {}),
    (acts.take_over, {}),
    (acts.resume, {}),
    (acts.go_on, {"outcome": "done"}),
)


@pytest.fixture
def runs() -> Iterator[Runs]:
    """A company with one playbook."""
    with opened(playing()) as room:
        yield Runs(room)


# Agreeing


def test_a_yes_is_kept_with_the_person_and_wakes_the_run(runs: Runs) -> None:
    runs.asks()
    run = runs.approves(words="I see it dark", via="api")
    (one,) = runs.agreed()
    assert (one.person, one.step, one.digest, one.reason) == (
        "mira", "cycle", DIGEST, "I see it dark",
    )  # fmt: skip
    assert runs.journal()[-1] == ("approved", "mira", "I see it dark")
    # Who decides is on it: nobody else is woken.
    assert runs.room.log()[-2:] == ["playbook_steered", "acknowledged"]
    assert (run.state, run.wake_at) == (RunState.WAITING, runs.room.now)
    assert run.waits_for == "its turn, as mira has agreed"


def test_a_second_yes_of_one_person_changes_nothing(runs: Runs) -> None:
    runs.asks()
    first = runs.approves()
    runs.room.now += timedelta(seconds=1)
    assert runs.approves() == first
    assert len(runs.agreed()) == 1


def test_two_persons_agree_each_for_himself(runs: Runs) -> None:
    runs.asks()
    runs.approves()
    runs.room.now += timedelta(seconds=1)
    runs.approves(who="bob")
    assert [one.person for one in runs.agreed()] == ["mira", "bob"]


def test_a_yes_that_comes_while_the_run_looks_again_is_kept(runs: Runs) -> None:
    runs.asks()
    runs.stands(RunState.RUNNING, runs.now())
    runs.approves()
    assert len(runs.agreed()) == 1


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"typed": "web2"}, 'type the name "web1"'),
        ({"typed": ""}, 'type the name "web1"'),
        ({"digest": "e" * 64}, "it asks something else by now"),
        ({"overrules": ("storm",)}, "say why you overrule it"),
        ({"overrules": ("storm",), "words": "  "}, "say why you overrule it"),
        ({"overrules": ("identity",), "words": "sure"}, 'nobody overrules "identity"'),
        ({"overrules": ("kill_switch",), "words": "sure"}, 'nobody overrules "kill_switch"'),
        ({"overrules": ("protected",), "words": "sure"}, 'nobody overrules "protected"'),
        ({"overrules": ("nonsense",), "words": "sure"}, 'nobody overrules "nonsense"'),
    ],
)
def test_a_yes_that_is_not_meant_so_is_refused(runs: Runs, told: dict[str, Any], why: str) -> None:
    runs.asks()
    with pytest.raises(Refusal, match=why):
        runs.approves(**told)
    assert runs.agreed() == []


def test_a_yes_comes_too_late_when_the_question_is_over(runs: Runs) -> None:
    runs.asks()
    runs.room.now += timedelta(minutes=10)
    with pytest.raises(Refusal, match="too late: it asked until 03:20:00 UTC"):
        runs.approves()


def test_who_agreed_once_agrees_again_when_it_is_asked_anew(runs: Runs) -> None:
    runs.asks()
    runs.approves()
    runs.room.now += timedelta(minutes=11)
    runs.asks(runs.now())
    runs.approves()
    assert [one.at for one in runs.agreed()] == [runs.room.now]


def test_who_agreed_may_take_more_on_himself(runs: Runs) -> None:
    runs.asks()
    runs.approves(overrules=("blind",), words="I am here")
    runs.approves(overrules=("storm",), words="all one rack")
    (one,) = runs.agreed()
    assert (one.overrules, one.reason) == (("blind", "storm"), "all one rack")
    runs.approves(overrules=("blind",), words="again")
    assert runs.kinds().count("approved") == 2


def test_nobody_agrees_to_what_asks_nothing(runs: Runs) -> None:
    runs.stands(RunState.WAITING)
    with pytest.raises(Refusal, match="it asks nothing: it waits"):
        runs.approves()


def test_what_has_begun_is_not_agreed_to_any_more(runs: Runs) -> None:
    run = runs.asks()

    runs.stands(RunState.RUNNING, run, intent=Intent("off", runs.room.now, "cycle"))
    for act, told in ((acts.approve, {"digest": DIGEST, "typed": "web1"}), (acts.reject, {})):
        with pytest.raises(Refusal, match="it asks nothing: it is at work"):
            runs.acts(act, **told)


def test_a_no_is_told_to_the_run_at_once(runs: Runs) -> None:
    asked = runs.asks()
    run = runs.acts(acts.reject, words="it is the network")
    assert run.asked["rejected_by"] == "mira"
    assert run.asked["rejected_why"] == "it is the network"
    assert (run.state, run.wake_at, run.fence) == (
        RunState.WAITING, runs.room.now, asked.fence + 1,
    )  # fmt: skip
    assert runs.acts(acts.reject).seq == run.seq
    with pytest.raises(Refusal, match="mira has said no to it"):
        runs.approves(who="bob")


def test_a_no_without_words_is_one_all_the_same(runs: Runs) -> None:
    runs.asks()
    assert runs.acts(acts.reject).asked["rejected_why"] == "no reason told"


# Stopping


def test_what_is_at_work_is_told_and_not_torn_away(runs: Runs) -> None:
    runs.stands(RunState.RUNNING, owner="m1", wake_at=runs.room.now)
    run = runs.acts(acts.abort, words="wrong machine")
    assert (run.state, run.wish, run.owner) == (RunState.RUNNING, Wish.ABORT, "m1")
    assert runs.journal()[-1] == ("abort_asked", "mira", "wrong machine")
    assert runs.acts(acts.abort).seq == run.seq
    with pytest.raises(Refusal, match="about to be aborted"):
        runs.acts(acts.pause)


@pytest.mark.parametrize("state", [RunState.DUE, RunState.WAITING, RunState.PAUSED])
def test_what_rests_is_aborted_at_once(runs: Runs, state: RunState) -> None:
    runs.stands(state)
    run = runs.acts(acts.abort, words="not needed")
    assert (run.state, run.outcome, run.ended_at, run.wake_at) == (
        RunState.ABORTED, "aborted", runs.room.now, None,
    )  # fmt: skip
    assert runs.kinds()[-2:] == ["aborted", "ended"]
    assert runs.acts(acts.abort).seq == run.seq
    assert "playbook_ended" in runs.room.log()


def test_an_abort_frees_the_device_and_says_that_nobody_knows(runs: Runs) -> None:
    run = runs.unknown()
    assert len(runs.open_acts()) == 1
    runs.acts(acts.abort)
    assert runs.open_acts() == []
    (act,) = runs.room.look(gated.of_run, run.id)
    assert act.outcome == "unknown"
    other = runs.begins(server="web2", typed="web2")
    assert runs.room.look(gated.lock, "bmc 1", run=other.id, now=runs.room.now)


def test_an_abort_that_leaves_the_machine_off_calls_people(runs: Runs) -> None:
    runs.room.fires("web1")
    runs.stands(RunState.WAITING, memory={"action": {"left": "off"}})
    runs.room.acts_on_page()
    runs.acts(acts.abort)
    assert runs.room.log()[-1] == "playbook_needs"


def test_a_machine_that_a_person_leaves_off_is_told_too(runs: Runs) -> None:
    runs.stands(RunState.PAUSED, memory={"action": {"left": "off"}})
    runs.acts(acts.go_on, outcome="failed", words="it does not come up")
    assert "playbook_needs" in runs.room.log()


def test_a_machine_that_a_person_has_switched_on_calls_nobody(runs: Runs) -> None:
    runs.stands(RunState.PAUSED, step="tell", memory={"action": {"left": "off"}})
    runs.acts(acts.go_on, outcome="done", words="it is up")
    assert "playbook_needs" not in runs.room.log()


# Resting and going on


def test_a_pause_rests_until_somebody_resumes_it(runs: Runs) -> None:
    runs.asks()
    run = runs.acts(acts.pause, words="wait for me")
    assert (run.state, run.wake_at) == (RunState.PAUSED, None)
    assert runs.acts(acts.pause).seq == run.seq
    run = runs.acts(acts.resume)
    assert (run.state, run.wake_at) == (RunState.WAITING, runs.room.now)
    assert runs.kinds()[-2:] == ["paused", "resumed"]


def test_what_never_began_waits_for_its_turn_again(runs: Runs) -> None:
    runs.begins()
    runs.acts(acts.pause)
    assert runs.acts(acts.resume).state is RunState.DUE


def test_a_pause_of_what_works_is_a_wish_that_can_be_taken_back(runs: Runs) -> None:
    runs.stands(RunState.RUNNING)
    assert runs.acts(acts.pause).wish is Wish.PAUSE
    run = runs.acts(acts.resume)
    assert (run.state, run.wish) == (RunState.RUNNING, Wish.NONE)


def test_a_person_takes_a_run_over(runs: Runs) -> None:
    runs.stands(RunState.WAITING)
    run = runs.acts(acts.take_over, who="bob", words="I go there")
    assert run.state is RunState.PAUSED
    assert runs.journal()[-1] == ("taken_over", "bob", "I go there")
    runs.acts(acts.take_over)
    assert runs.journal()[-1] == ("taken_over", "mira", "")


def test_what_nobody_knows_is_taken_over_but_not_paused(runs: Runs) -> None:
    runs.unknown()
    with pytest.raises(Refusal, match="take it over, or say what became of it"):
        runs.acts(acts.pause)
    run = runs.acts(acts.take_over)
    assert run.state is RunState.PAUSED
    assert run.intent is not None


def test_a_person_says_what_became_of_the_step_and_the_run_goes_on(runs: Runs) -> None:
    run = runs.unknown()
    run = runs.acts(acts.go_on, outcome="done", words="I pressed the button")
    assert run.results["cycle"] == {
        "outcome": "ok", "text": "I pressed the button", "by": "mira",
    }  # fmt: skip
    assert (run.state, run.step, run.intent, run.step_at, run.memory) == (
        RunState.WAITING, "back", None, None, {},
    )  # fmt: skip
    assert run.wake_at == runs.room.now
    (act,) = runs.room.look(gated.of_run, run.id)
    assert act.outcome == "done"
    assert runs.journal()[-1] == ("continued", "mira", "I pressed the button")


def test_after_a_failure_it_goes_where_the_playbook_says(runs: Runs) -> None:
    runs.unknown()
    run = runs.acts(acts.go_on, outcome="failed")
    assert run.step == "tell"
    assert run.results["cycle"]["outcome"] == "failed"
    assert run.results["cycle"]["text"] == "mira says that it is failed"


@pytest.mark.parametrize(
    ("outcome", "state"), [("done", RunState.DONE), ("failed", RunState.FAILED)]
)
def test_after_the_last_step_it_is_over(runs: Runs, outcome: str, state: RunState) -> None:
    runs.stands(RunState.PAUSED, step="tell")
    run = runs.acts(acts.go_on, outcome=outcome)
    assert (run.state, run.outcome, run.ended_at) == (state, str(state), runs.room.now)
    assert runs.kinds()[-2:] == ["continued", "ended"]


@pytest.mark.parametrize("state", [RunState.DUE, RunState.WAITING, RunState.RUNNING])
def test_only_what_rests_is_gone_on_with(runs: Runs, state: RunState) -> None:
    runs.stands(state)
    with pytest.raises(Refusal, match="pause it first, or take it over"):
        runs.acts(acts.go_on, outcome="done")
    with pytest.raises(Refusal, match="it is not paused"):
        runs.acts(acts.resume)


@pytest.mark.parametrize("state", OVER)
def test_what_is_over_is_left_alone(runs: Runs, state: RunState) -> None:
    run = runs.stands(state, ended_at=runs.room.now, wake_at=None)
    for act, told in EVERY:
        if act is acts.abort and state is RunState.ABORTED:
            continue
        with pytest.raises(Refusal):
            runs.acts(act, **told)
    assert runs.now().seq == run.seq


def test_every_act_names_a_run_that_is_none(runs: Runs) -> None:
    for act, told in EVERY:
        with pytest.raises(Unknown, match="there is no run 7"):
            runs.acts(act, id_=7, **told)


def test_the_journal_proves_itself_after_all_of_it(runs: Runs) -> None:
    runs.asks()
    runs.approves()
    runs.acts(acts.take_over, words="mine")
    runs.acts(acts.go_on, outcome="failed", words="no light")
    heads = runs.room.look(rows.heads)
    assert [length for _, length, _ in heads] == [len(runs.kinds())]
    assert runs.room.look(lambda tx: list(logs.broken(tx, "run", heads))) == []
