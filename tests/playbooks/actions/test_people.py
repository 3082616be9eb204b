"""Notes, pages, customers, and questions that wait."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from playbooks.actions.model import Action, Failed, Ok, Wait
from playbooks.actions.people import Approve, CustomersTell, Escalate, Page, Pause, TicketNote
from playbooks.gate import Approval
from tests.playbooks.actions.crew import NOON, HandCrew, case, due, lived

TELLING = [TicketNote(text="x"), Page(text="x"), Escalate(text="x"), CustomersTell(text="x")]
every_telling = pytest.mark.parametrize("action", TELLING, ids=lambda one: str(one.uses))


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (TicketNote(text="seen"), ("note", {"text": "seen"})),
        (Page(text="come", to="ana"), ("page", {"text": "come", "to": "ana"})),
        (Escalate(text="help"), ("escalate", {"text": "help", "to": ""})),
        (CustomersTell(text="We are on it"), ("customers", {"text": "We are on it"})),
    ],
    ids=["note", "page", "escalate", "customers"],
)
async def test_the_daemon_is_asked(
    crew: HandCrew, action: Action, told: tuple[str, dict[str, str]]
) -> None:
    assert await action.do(case(), crew) == Ok(f"{told[0]}: done")
    assert crew.told == [told]


@every_telling
async def test_a_dry_run_tells_nobody(crew: HandCrew, action: Action) -> None:
    outcome = await action.do(case(dry=True), crew)
    assert isinstance(outcome, Ok)
    assert outcome.text == f"it would {action.would(case())}"
    assert crew.told == []


@every_telling
async def test_what_could_not_be_told_has_failed(crew: HandCrew, action: Action) -> None:
    crew.deaf = "nobody is on call"
    assert await action.do(case(), crew) == Failed("nobody is on call")


async def test_customers_never_hear_of_a_drill(crew: HandCrew) -> None:
    outcome = await CustomersTell(text="It is down").do(case(drill=True), crew)
    assert isinstance(outcome, Ok)
    assert outcome.text.startswith("a drill: it would tell the customers of blue")
    assert crew.told == []


async def test_hostile_words_reach_people_as_plain_words(crew: HandCrew) -> None:
    await TicketNote(text="one\n\x1b[2Jtwo\u202e {{ target.name }}").do(case(), crew)
    assert crew.told == [("note", {"text": "one\n[2Jtwo {{ target.name }}"})]


def test_empty_words_are_refused() -> None:
    for text in ("", "  ", "\n"):
        with pytest.raises(ValidationError):
            TicketNote(text=text)


async def test_the_outputs_of_earlier_steps_fit_into_a_note(crew: HandCrew) -> None:
    outputs = "\n".join(f"line {number} of a long output" for number in range(2000))
    await TicketNote(text=outputs).do(case(), crew)
    [(_, facts)] = crew.told
    assert facts["text"].startswith("line 0 of a long output\nline 1 of")
    assert 19_000 < len(facts["text"]) < 20_050
    assert facts["text"].endswith("(cut here)")


def yes(person: str) -> Approval:
    return Approval(person, "digest", NOON)


async def test_people_are_asked_once_and_waited_for(crew: HandCrew) -> None:
    action = Approve(text="Reboot it?")
    first = await action.do(due(action, crew), crew)
    assert first == Wait(NOON + timedelta(minutes=10), "0 of 1 have approved")
    asked = {"text": "Reboot it?", "needed": 1, "until": NOON + timedelta(minutes=10)}
    assert crew.told == [("approve", asked)]
    again = await action.do(due(action, crew, memory=crew.memory), crew)
    assert isinstance(again, Wait)
    assert len(crew.told) == 1


async def test_a_yes_lets_it_go_on(crew: HandCrew) -> None:
    crew.given = [yes("ana")]
    assert await Approve().do(case(memory={"asked": "x"}), crew) == Ok("approved by ana")


async def test_nobody_approves_it_twice(crew: HandCrew) -> None:
    crew.given = [yes("ana"), yes("ana")]
    action = Approve(people=2)
    assert isinstance(await action.do(due(action, crew), crew), Wait)
    crew.given.append(yes("ben"))
    assert await action.do(due(action, crew), crew) == Ok("approved by ana, ben")


async def test_from_two_on_whoever_asked_does_not_count(crew: HandCrew) -> None:
    crew.given = [yes("ana"), yes("ben")]
    mine = case(requested_by="ana")
    assert isinstance(await Approve(people=2).do(mine, crew), Wait)
    assert await Approve(people=1).do(mine, crew) == Ok("approved by ana, ben")


async def test_no_answer_is_no(crew: HandCrew) -> None:
    action = Approve(expires=timedelta(minutes=10))
    outcome = await lived(action, crew, due(action, crew))
    assert outcome == Failed("one person had to approve, 0 did until it expired")
    assert crew.clock == NOON + timedelta(minutes=10)


async def test_a_question_in_a_short_step_ends_in_time(crew: HandCrew) -> None:
    outcome = await lived(Approve(), crew, case(deadline=NOON + timedelta(minutes=3)))
    assert isinstance(outcome, Failed)


async def test_a_wait_is_as_long_as_it_says(crew: HandCrew) -> None:
    action = Pause.model_validate({"for": "5m"})
    assert await lived(action, crew, due(action, crew)) == Ok("waited for 5 min")
    assert crew.clock == NOON + timedelta(minutes=5)
    assert isinstance(await action.do(case(dry=True), crew), Ok)


async def test_a_wait_longer_than_its_step_is_a_failure(crew: HandCrew) -> None:
    action = Pause.model_validate({"for": "1h"})
    assert await action.do(case(), crew) == Failed("the time of this step is shorter than its wait")
