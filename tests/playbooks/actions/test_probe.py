"""Is it really down, and is it back? Only looks that could tell have a voice."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from playbooks.actions.model import Failed, Ok, Wait
from playbooks.actions.probe import ProbeConfirm, ProbeWaitUp
from probes.model import UP, Finding, Phase, down, unknown
from tests.playbooks.actions.crew import NOON, HandCrew, case, due, lived
from tests.require import free_port

DOWN = down(Phase.CONNECT, "no answer")
BLIND = unknown(Phase.AUTH, "the token is refused")
DEAD = {"ping": DOWN, "tcp:22": DOWN, "http": DOWN}
WELL = {"ping": UP, "tcp:22": UP, "http": UP}


def confirm(**keys: object) -> ProbeConfirm:
    return ProbeConfirm.model_validate({"from": 2, "for": "2m", "every": "20s", **keys})


def wait_up(**keys: object) -> ProbeWaitUp:
    return ProbeWaitUp.model_validate(
        {"within": "10m", "healthy_for": "5m", "every": "15s", **keys}
    )


async def test_what_stays_down_for_so_long_is_confirmed(crew: HandCrew) -> None:
    crew.findings = [DEAD]
    outcome = await lived(confirm(), crew, due(confirm(), crew))
    assert isinstance(outcome, Ok)
    assert not outcome.end
    assert outcome.text.startswith("down for 2 min as 3 kinds of look agree")
    assert tuple(outcome.values) == ProbeConfirm.gives
    assert crew.clock - NOON == timedelta(minutes=2)
    assert crew.looks == 7


async def test_a_drill_goes_on_although_its_machine_answers(crew: HandCrew) -> None:
    crew.findings = [WELL]
    outcome = await confirm().do(case(drill=True, dry=True), crew)
    assert isinstance(outcome, Ok)
    assert not outcome.end
    assert "practice: web1 answers (ping, tcp, http)" in outcome.text


async def test_what_answers_again_ends_the_run_well(crew: HandCrew) -> None:
    crew.findings = [DEAD, DEAD, WELL]
    outcome = await lived(confirm(), crew, due(confirm(), crew))
    assert outcome == Ok("web1 answers again (ping, tcp, http)", end=True)
    assert crew.clock - NOON == timedelta(seconds=40)


async def test_one_kind_alone_is_not_enough(crew: HandCrew) -> None:
    crew.findings = [{"ping": UP, "http": DOWN}]
    outcome = await confirm().do(case(), crew)
    assert outcome == Failed(
        "1 of the 2 kinds of look that must agree see it down: http: no answer; ping answers"
    )


async def test_two_ports_are_one_opinion(crew: HandCrew) -> None:
    crew.findings = [{"ping": UP, "tcp:22": DOWN, "tcp:443": DOWN}]
    assert isinstance(await confirm().do(case(), crew), Failed)


async def test_one_site_of_many_says_nothing_of_the_server(crew: HandCrew) -> None:
    crew.findings = [{"http:a.example.net": DOWN, "http:b.example.net": UP, "ping": DOWN}]
    outcome = await confirm().do(case(), crew)
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("1 of the 2")


@pytest.mark.parametrize(
    "findings",
    [{"ping": DOWN, "whm": BLIND}, {"ping": BLIND, "whm": BLIND}],
    ids=["one of two", "both"],
)
async def test_who_could_not_tell_never_counts_as_down(
    crew: HandCrew, findings: Mapping[str, Finding]
) -> None:
    crew.findings = [findings]
    outcome = await lived(confirm(), crew, due(confirm(), crew))
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("the time of this step is over")


async def test_the_time_begins_anew_when_a_kind_could_not_tell(crew: HandCrew) -> None:
    crew.findings = [DEAD, DEAD, {"ping": DOWN, "http": BLIND}, DEAD]
    outcome = await lived(confirm(), crew, due(confirm(), crew))
    assert isinstance(outcome, Ok)
    assert crew.clock - NOON == timedelta(seconds=60 + 120)


async def test_nobody_knows_what_was_while_we_did_not_look(crew: HandCrew) -> None:
    crew.findings = [DEAD]
    first = await confirm().do(case(), crew)
    assert isinstance(first, Wait)
    crew.clock += timedelta(hours=1)
    later = await confirm().do(case(memory=crew.memory, deadline=NOON + timedelta(hours=2)), crew)
    assert isinstance(later, Wait)
    assert later.reason.startswith("down for 0 s of 2 min")


async def test_a_step_that_is_shorter_than_its_looks_says_so(crew: HandCrew) -> None:
    crew.findings = [DEAD]
    short = case(deadline=NOON + timedelta(minutes=1))
    outcome = await lived(confirm(), crew, short)
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("the time of this step is over: down for 40 s of 2 min")


async def test_no_look_at_all_confirms_nothing(crew: HandCrew) -> None:
    crew.findings = [{}]
    assert await confirm().do(case(), crew) == Failed(
        "0 of the 2 kinds of look that must agree see it down: no look could tell"
    )


def test_more_kinds_than_there_are_cannot_agree() -> None:
    with pytest.raises(ValidationError, match="1 different kinds"):
        confirm(kinds=["tcp:22", "tcp:80"])
    with pytest.raises(ValidationError, match="at least a second"):
        confirm(every="0s")


async def test_real_looks_at_a_port_that_dies_and_comes_back(crew: HandCrew) -> None:
    port = free_port()
    looks = confirm(kinds=[f"tcp:{port}"], **{"from": 1})
    assert isinstance(await looks.do(case(), crew), Wait)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    async with server:
        outcome = await looks.do(case(memory=crew.memory), crew)
    assert outcome == Ok("web1 answers again (tcp)", end=True)


async def test_what_comes_back_must_stay(crew: HandCrew) -> None:
    crew.findings = [DEAD, DEAD, WELL]
    outcome = await lived(wait_up(), crew, due(wait_up(), crew))
    assert outcome == Ok("web1 is up, for 5 min without a break")
    assert crew.clock - NOON == timedelta(seconds=30, minutes=5)


async def test_a_break_begins_the_healthy_time_anew(crew: HandCrew) -> None:
    crew.findings = [WELL, WELL, DEAD, WELL]
    outcome = await lived(wait_up(), crew, due(wait_up(), crew))
    assert isinstance(outcome, Ok)
    assert crew.clock - NOON == timedelta(seconds=45, minutes=5)


async def test_what_does_not_come_back_is_told_with_what_fails(crew: HandCrew) -> None:
    crew.findings = [{"ping": UP, "http": DOWN}]
    outcome = await lived(wait_up(), crew, due(wait_up(), crew))
    assert outcome == Failed("not up in 10 min: http: no answer")


async def test_up_in_the_last_minute_still_has_its_healthy_time(crew: HandCrew) -> None:
    crew.findings = [*[DEAD] * 39, WELL]
    outcome = await lived(wait_up(), crew, due(wait_up(), crew))
    assert isinstance(outcome, Ok)
    assert crew.clock - NOON == timedelta(minutes=14, seconds=45)


async def test_a_break_after_the_time_is_a_failure(crew: HandCrew) -> None:
    crew.findings = [*[DEAD] * 39, WELL, WELL, DEAD]
    outcome = await lived(wait_up(), crew, due(wait_up(), crew))
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("not up in 10 min: ping: no answer")


async def test_looks_that_cannot_tell_prove_no_health(crew: HandCrew) -> None:
    crew.findings = [{"ping": BLIND}]
    outcome = await lived(wait_up(), crew, due(wait_up(), crew))
    assert outcome == Failed("not up in 10 min: no look could tell")


async def test_a_short_step_ends_with_words_of_its_own(crew: HandCrew) -> None:
    crew.findings = [WELL]
    outcome = await lived(wait_up(), crew, case(deadline=NOON + timedelta(minutes=2)))
    assert outcome == Failed("only up for 1 min of 5 min")


async def test_waiting_survives_a_restart(crew: HandCrew) -> None:
    """All that it knows stands in its memory, which the next member is given."""
    crew.findings = [WELL]
    first = await wait_up().do(case(), crew)
    assert isinstance(first, Wait)
    crew.clock += timedelta(minutes=1)
    again = await wait_up().do(replace(case(), memory=dict(crew.memory)), crew)
    assert isinstance(again, Wait)
    assert again.reason == "up for 1 min of 5 min"


async def test_a_dry_run_does_not_wait_for_what_was_not_done(crew: HandCrew) -> None:
    assert isinstance(await wait_up().do(case(dry=True), crew), Ok)
    assert crew.looks == 0
    assert "stays up for 5 min" in wait_up().would(case())
    assert "2 kinds must fail for 2 min" in confirm().would(case())
