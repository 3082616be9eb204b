"""The clocks of a promise: they begin, rest, go on, warn and end (R23, R46, R47)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model import Priority
from playbooks.ports import TicketState
from responder.desk.section import BrandDesk, Desk, Hours, Promise
from responder.desk.sla import Course, Mark, Passed, Terms, reckoned, terms
from responder.desk_values import SlaClock, Target
from tests.responder.desk.tickets import OPENED, ticket

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WAITING, OPEN, SOLVED = TicketState.WAITING_CUSTOMER, TicketState.OPEN, TicketState.SOLVED
TICKET = ticket(priority=Priority.MEDIUM)
TEN = Terms(10 * HOUR)


def clock(target: Target = Target.RESOLUTION, warned: int = 0) -> SlaClock:
    return SlaClock(TICKET.id, target, 0, warned=warned)


def after(hours: float) -> datetime:
    return OPENED + hours * HOUR


def test_r23_a_clock_runs_from_the_beginning_and_knows_its_next_warning() -> None:
    told = reckoned(clock(), Course(TICKET), TEN, now=after(2))
    assert (told.clock.spent, told.clock.budget) == (7200, 36_000)
    assert (told.clock.next_at, told.clock.since, told.news) == (after(5), after(2), ())


@pytest.mark.parametrize(("hours", "percent"), [(5, 50), (8, 80), (10, 100)])
def test_r23_it_warns_at_the_moment_and_once(hours: int, percent: int) -> None:
    just = reckoned(clock(), Course(TICKET), TEN, now=after(hours) - MINUTE)
    assert percent not in [one.percent for one in just.news]
    told = reckoned(just.clock, Course(TICKET), TEN, now=after(hours))
    assert [(one.percent, one.at) for one in told.news] == [(percent, after(hours))]
    again = reckoned(told.clock, Course(TICKET), TEN, now=after(hours) + HOUR * 0)
    assert (again.news, again.clock) == ((), told.clock)


def test_r23_what_passed_while_we_were_away_is_told_with_its_own_time() -> None:
    told = reckoned(clock(), Course(TICKET), TEN, now=after(30))
    assert [(one.percent, one.at) for one in told.news] == [
        (50, after(5)),
        (80, after(8)),
        (100, after(10)),
    ]
    assert told.clock.next_at is None


def test_r23_it_rests_while_the_customer_has_the_ball_and_goes_on_after() -> None:
    marks = [Mark(after(2), WAITING), Mark(after(20), OPEN)]
    resting = reckoned(clock(), Course(TICKET, marks[:1]), TEN, now=after(12))
    assert (resting.clock.spent, resting.clock.next_at) == (7200, None)
    told = reckoned(resting.clock, Course(TICKET, marks), TEN, now=after(21))
    assert (told.clock.spent, told.clock.next_at) == (3 * 3600, after(23))


def test_r59_a_vendor_stops_it_where_the_desk_says_so() -> None:
    marks = [Mark(after(2), TicketState.WAITING_VENDOR)]
    course = Course(TICKET, marks)
    runs = terms(Desk(), None, TICKET, Target.RESOLUTION)
    rests = terms(Desk(vendor_stops=True), None, TICKET, Target.RESOLUTION)
    assert reckoned(clock(), course, runs, now=after(6)).clock.spent == 6 * 3600
    assert reckoned(clock(), course, rests, now=after(6)).clock.spent == 2 * 3600


def test_r23_a_kept_promise_ends_its_clock_and_a_broken_one_is_known_even_late() -> None:
    kept = replace(TICKET, solved_at=after(3), state=SOLVED)
    told = reckoned(clock(), Course(kept, [Mark(after(3), SOLVED)]), TEN, now=after(40))
    assert (told.clock.ended_at, told.clock.spent, told.news) == (after(3), 3 * 3600, ())
    late = replace(TICKET, solved_at=after(11), state=SOLVED)
    told = reckoned(clock(warned=80), Course(late, [Mark(after(11), SOLVED)]), TEN, now=after(40))
    assert [(one.percent, one.at) for one in told.news] == [(100, after(10))]


def test_r23_a_reopened_ticket_goes_on_where_it_stood() -> None:
    marks = [Mark(after(3), SOLVED), Mark(after(50), OPEN)]
    told = reckoned(clock(), Course(TICKET, marks), TEN, now=after(51))
    assert (told.clock.spent, told.clock.ended_at) == (4 * 3600, None)


def test_r23_each_promise_is_kept_by_its_own_event() -> None:
    answered = replace(TICKET, reacted_at=after(0.5))
    course = Course(answered, (), helped_at=after(1))
    ends = {
        target: reckoned(clock(target), course, TEN, now=after(2)).clock.ended_at
        for target in (Target.REACTION, Target.USEFUL, Target.RESOLUTION)
    }
    assert ends == {
        Target.REACTION: after(0.5),
        Target.USEFUL: after(1),
        Target.RESOLUTION: None,
    }


def test_r23_the_brands_promise_and_calendar_count_more_than_the_desks() -> None:
    hours = Hours(zone="Europe/Sofia")
    own = Promise(react=HOUR, useful=2 * HOUR, solve=3 * HOUR)
    brand = BrandDesk(targets={Priority.MEDIUM: own}, hours=hours)
    assert terms(Desk(), brand, TICKET, Target.USEFUL) == Terms(2 * HOUR, hours)
    high = replace(TICKET, priority=Priority.HIGH)
    assert terms(Desk(), brand, high, Target.USEFUL) == Terms(2 * HOUR, None)
    assert terms(Desk(), None, high, Target.REACTION) == Terms(15 * MINUTE, None)


@pytest.mark.parametrize(("target", "hours"), [(Target.LEVEL_2, 24), (Target.LEVEL_3, 48)])
def test_r46_r47_a_level_has_its_budget_of_age_less_the_pauses(target: Target, hours: int) -> None:
    marks = [Mark(OPENED, queue="level-1"), Mark(after(1), WAITING), Mark(after(6), OPEN)]
    holds = terms(Desk(), BrandDesk(hours=Hours()), TICKET, target)
    told = reckoned(clock(target), Course(TICKET, marks), holds, now=after(hours + 5))
    assert [(one.percent, one.at) for one in told.news][-1] == (100, after(hours + 5))


def test_r46_the_budget_ends_when_it_came_there_and_rests_at_other_desks() -> None:
    holds = terms(Desk(), None, TICKET, Target.LEVEL_2)
    moved = Course(replace(TICKET, queue="level-2"), [Mark(after(9), queue="level-2")])
    told = reckoned(clock(Target.LEVEL_2), moved, holds, now=after(30))
    assert (told.clock.ended_at, told.news) == (after(9), ())
    aside = Course(replace(TICKET, queue="abuse"), [Mark(after(9), queue="abuse")])
    told = reckoned(clock(Target.LEVEL_2), aside, holds, now=after(30))
    assert (told.clock.next_at, told.news) == (None, ())


def test_r28_a_level_that_is_not_offered_has_no_budget() -> None:
    brand = BrandDesk(levels=("level-1", "level-3"))
    assert terms(Desk(), brand, TICKET, Target.LEVEL_2) is None
    assert terms(Desk(), brand, TICKET, Target.LEVEL_3) == Terms(24 * HOUR)  # it comes next
    told = reckoned(clock(Target.LEVEL_2), Course(TICKET), None, now=after(99))
    assert (told.clock.next_at, told.news) == (None, ())


def test_r86_a_complaint_has_an_hour_since_it_came_to_the_supervisor() -> None:
    marks = [Mark(OPENED, queue="level-1"), Mark(after(7), queue="supervisor")]
    course = Course(replace(TICKET, queue="supervisor"), marks)
    holds = terms(Desk(), None, TICKET, Target.SUPERVISOR)
    told = reckoned(clock(Target.SUPERVISOR), course, holds, now=after(8))
    assert [(one.percent, one.at) for one in told.news][-1] == (100, after(8))


def test_r86_the_supervisors_hour_ends_when_the_complaint_leaves_his_desk_the_last_time() -> None:
    queues = [(0, "level-1"), (3, "supervisor"), (4, "level-1"), (7, "supervisor")]
    marks = [Mark(after(hours), queue=queue) for hours, queue in [*queues, (7.25, "level-2")]]
    course = Course(replace(TICKET, queue="level-2"), marks)
    told = reckoned(clock(Target.SUPERVISOR), course, Terms(HOUR), now=after(30))
    assert (told.clock.ended_at, told.news) == (after(7.25), ())
    never = Course(TICKET, marks[:1])
    assert reckoned(clock(Target.SUPERVISOR), never, Terms(HOUR), now=after(30)).news == ()


@pytest.mark.parametrize("target", list(Target))
def test_a_ticket_that_is_merged_away_warns_of_nothing(target: Target) -> None:
    gone = Course(replace(TICKET, gone="merged"), [Mark(OPENED, queue="level-1")])
    told = reckoned(clock(target), gone, TEN, now=after(30))
    assert (told.clock.ended_at, told.clock.next_at, told.news) == (OPENED, None, ())


def test_r23_a_clock_that_rests_does_not_say_that_it_runs() -> None:
    runs = reckoned(clock(), Course(TICKET), TEN, now=after(2)).clock
    assert (runs.since, runs.next_at) == (after(2), after(5))
    rests = reckoned(clock(), Course(TICKET, [Mark(after(1), WAITING)]), TEN, now=after(2)).clock
    assert (rests.since, rests.next_at) == (None, None)
    aside = Course(replace(TICKET, queue="abuse"))
    assert reckoned(clock(Target.LEVEL_2), aside, TEN, now=after(2)).clock.since is None


@pytest.mark.parametrize("target", list(Target))
def test_r23_what_is_solved_keeps_every_promise_at_that_moment(target: Target) -> None:
    solved = Course(replace(TICKET, solved_at=after(3)))
    assert reckoned(clock(target), solved, TEN, now=after(30)).clock.ended_at == after(3)


def test_r23_pauses_before_a_promise_was_kept_count_and_later_ones_do_not() -> None:
    marks = [Mark(after(1), WAITING), Mark(after(2), OPEN), Mark(after(5), WAITING)]
    answered = Course(replace(TICKET, reacted_at=after(3), useful_at=after(4)), marks, after(4.5))
    spent = {
        target: reckoned(clock(target), answered, TEN, now=after(9)).clock.spent
        for target in (Target.REACTION, Target.USEFUL, Target.RESOLUTION)
    }
    assert spent == {Target.REACTION: 7200, Target.USEFUL: 10800, Target.RESOLUTION: 14400}


def test_r46_the_first_time_that_it_came_so_high_ends_the_budget() -> None:
    marks = [Mark(after(20), queue="level-3"), Mark(after(9), queue="level-2")]
    moved = Course(replace(TICKET, queue="level-3"), marks)
    assert reckoned(clock(Target.LEVEL_2), moved, TEN, now=after(30)).clock.ended_at == after(9)


def test_r86_what_happens_at_his_desk_gives_the_supervisor_no_new_hour() -> None:
    marks = [Mark(after(7), queue="supervisor"), Mark(after(7.5), OPEN), Mark(after(7.6))]
    course = Course(replace(TICKET, queue="supervisor"), marks)
    told = reckoned(clock(Target.SUPERVISOR), course, Terms(HOUR), now=after(9))
    assert [(one.percent, one.at) for one in told.news][-1] == (100, after(8))


@pytest.mark.parametrize("target", [Target.RESOLUTION, Target.LEVEL_2])
def test_r23_a_move_to_another_desk_ends_no_pause_and_begins_no_time_anew(target: Target) -> None:
    moves = [Mark(after(2), queue="supervisor"), Mark(after(3), queue="level-1")]
    resting = Course(TICKET, [Mark(after(1), WAITING), *moves])
    assert reckoned(clock(target), resting, TEN, now=after(9)).clock.spent == 3600
    assert reckoned(clock(target), Course(TICKET, moves), TEN, now=after(9)).clock.spent == 32400


def test_r86_a_change_of_state_at_his_desk_does_not_end_the_supervisors_hour() -> None:
    marks = [Mark(after(7), queue="supervisor"), Mark(after(7.1), OPEN)]
    moved = Course(TICKET, [*marks, Mark(after(7.25), queue="level-1")])
    told = reckoned(clock(Target.SUPERVISOR), moved, Terms(HOUR), now=after(9))
    assert told.clock.ended_at == after(7.25)


def test_r46_r47_a_budget_that_the_file_leaves_out_is_a_day_and_two() -> None:
    one = Desk.model_validate({"budgets": {"level-3": "30h"}})
    other = Desk.model_validate({"budgets": {"level-2": "10h"}})
    assert terms(one, None, TICKET, Target.LEVEL_2) == Terms(24 * HOUR)
    assert terms(other, None, TICKET, Target.LEVEL_3) == Terms(48 * HOUR)
    skips = BrandDesk(levels=("level-1", "level-3"))
    assert terms(one, skips, TICKET, Target.LEVEL_3) == Terms(24 * HOUR)


TURNS = st.lists(
    st.tuples(st.integers(0, 3000), st.sampled_from([WAITING, OPEN, SOLVED])), max_size=8
)


def minutes_run(marks: Sequence[Mark], until: int) -> list[int]:
    """The oracle: which minutes count, asked one by one."""
    ordered = sorted(marks, key=lambda one: one.at)
    run = []
    for minute in range(until):
        state = OPEN
        for mark in ordered:
            if mark.at <= OPENED + minute * MINUTE and mark.state:
                state = mark.state
        run += [minute] if state is OPEN else []
    return run


@settings(max_examples=80, deadline=None)
@given(
    turns=TURNS,
    looks=st.lists(st.integers(1, 3000), min_size=1, max_size=6),
    budget=st.integers(1, 2000),
)
def test_r23_no_order_of_pauses_and_looks_loses_time_or_warns_twice(
    turns: list[tuple[int, TicketState]], looks: list[int], budget: int
) -> None:
    marks = [Mark(OPENED + minute * MINUTE, state) for minute, state in turns]
    told, news = clock(), list[Passed]()
    for look in sorted(looks):
        known = [mark for mark in marks if mark.at <= OPENED + look * MINUTE]
        found = reckoned(
            told, Course(TICKET, known), Terms(budget * MINUTE), now=OPENED + look * MINUTE
        )
        news += found.news
        told = found.clock
    run = minutes_run(marks, max(looks))
    assert told.spent == 60 * len(run)
    assert [one.percent for one in news] == [
        percent for percent in (50, 80, 100) if len(run) * 100 >= budget * percent
    ]
    assert told.next_at is None or told.next_at > OPENED + max(looks) * MINUTE
