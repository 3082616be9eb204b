"""What does each change make of our record of a ticket, and of the figures?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import DAEMON, Actor, ActorKind
from playbooks.ports import Change, ChangeKind, TicketState
from responder.desk.levels import LEVELS, QUEUES
from responder.desk.life import (
    JUDGED_AFTER,
    KEPT_FOR,
    Reply,
    Turn,
    happened,
    judged,
    reacted,
    requester_wait,
    useful,
)
from tests.responder.desk.tickets import (
    ANA,
    BOB,
    DANA,
    JOHN,
    OPENED,
    ROBOT,
    change,
    lived,
    minutes,
    ticket,
    told,
)

ACTS: dict[str, dict[str, Any]] = {
    "owner": {"owner": "ana"},
    "note": {},
    "reply": {},
    "queue": {"queue": "level-2"},
    "state": {"state": "open"},
}


@pytest.mark.parametrize("kind", ACTS)
def test_the_first_act_of_a_person_is_the_reaction(kind: str) -> None:
    """R93."""
    after, figures = lived(ticket(), change(kind, at=5, **ACTS[kind]), change("note", at=9))
    assert after.reacted_at == minutes(5)
    assert told(figures)["reaction"] == 5
    assert [one.by for one in figures if one.figure == "reaction"] == ["person"]


@pytest.mark.parametrize("actor", [DAEMON, ROBOT, JOHN])
@pytest.mark.parametrize("kind", ACTS)
def test_robots_and_customers_never_react(kind: str, actor: Actor) -> None:
    """R93."""
    after, figures = lived(ticket(), change(kind, actor, at=5, **ACTS[kind]))
    assert after.reacted_at is None
    assert "reaction" not in told(figures)


@pytest.mark.parametrize("kind", ["opened", "customer", "priority", "vote", "merged"])
def test_what_is_no_act_on_the_trouble_is_no_reaction(kind: str) -> None:
    after, _ = lived(ticket(), change(kind, priority="low"))
    assert after.reacted_at is None


def test_the_clock_starts_when_the_trouble_was_detected() -> None:
    begun = ticket(detected_at=OPENED - timedelta(minutes=3))
    _, figures = lived(begun, change("owner", at=2, owner="ana"))
    assert told(figures) == {"reaction": 5}


def test_an_acknowledged_page_is_a_reaction_to_the_ticket() -> None:
    step = reacted(ticket(), minutes(2), ANA)
    assert told(step.figures) == {"reaction": 2}
    assert reacted(step.ticket, minutes(4), BOB) == replace(step, figures=())
    assert reacted(ticket(), minutes(2), DAEMON).figures == ()


def test_the_first_public_words_of_a_person_are_the_first_reply() -> None:
    after, figures = lived(
        ticket(),
        change("reply", DAEMON, at=1),
        change("note", at=2),
        change("reply", ROBOT, at=3),
        change("reply", BOB, at=4),
        change("reply", at=6),
    )
    assert after.replied_at == minutes(4)
    assert told(figures) == {"reaction": 2, "first_reply": 4}


def test_owner_queue_priority_and_state_are_followed() -> None:
    after, _ = lived(
        ticket(),
        change("owner", owner="bob"),
        change("queue", queue="level-2"),
        change("priority", priority="critical"),
        change("state", state="waiting-customer"),
    )
    assert (after.owner, after.queue, after.priority, after.state) == (
        "bob",
        "level-2",
        "critical",
        TicketState.WAITING_CUSTOMER,
    )
    assert happened(after, change("owner", owner=None)).ticket.owner is None


@pytest.mark.parametrize(
    ("path", "counts_for"),
    [
        ("level-1", "level-1"),
        ("level-1 level-2", "level-2"),
        ("level-1 level-2 level-1", "level-2"),
        ("level-1 level-3 level-2 level-1", "level-3"),
        ("rapid-response", "rapid-response"),
        ("rapid-response level-1", "rapid-response"),
        ("rapid-response level-2", "level-2"),
        ("level-1 rapid-response", "rapid-response"),
        ("level-2 rapid-response level-1", "level-2"),
        ("sales-billing", "sales-billing"),
        ("level-1 sales-billing", "sales-billing"),
        ("sales-billing level-1", "level-1"),
        ("level-2 abuse level-1", "level-2"),
        ("General level-1", "level-1"),
    ],
)
def test_solved_by_is_the_highest_level_that_owned_it(path: str, counts_for: str) -> None:
    """R39."""
    first, *rest = path.split()
    moves = [change("queue", queue=queue) for queue in rest]
    after, figures = lived(ticket(first), *moves, change("state", at=60, state="solved"))
    assert after.solved_by == counts_for
    assert [one.level for one in figures if one.figure == "solved"] == [counts_for]


def test_what_the_daemon_solves_without_an_owner_is_automation() -> None:
    after, figures = lived(ticket(), change("state", DAEMON, at=9, state="solved"))
    assert (after.solved_at, after.solved_by) == (minutes(9), "automation")
    assert {(one.figure, one.level, one.by) for one in figures} == {
        ("solved", "automation", "automation"),
        ("reaction/automation", "level-1", "automation"),
    }


def test_what_somebody_owns_is_never_automation() -> None:
    taken = change("owner", owner="ana")
    after, figures = lived(ticket(), taken, change("state", DAEMON, at=9, state="solved"))
    assert after.solved_by == "level-1"
    assert {one.by for one in figures} == {"person"}


@pytest.mark.parametrize(
    ("actor", "counted"), [(JOHN, True), (ROBOT, True), (ANA, False), (DAEMON, False)]
)
def test_a_reopening_is_counted_when_the_customer_caused_it(actor: Actor, counted: bool) -> None:
    solved = change("state", at=9, state="solved")
    after, figures = lived(ticket(), solved, change("state", actor, at=20, state="open"))
    assert (after.solved_at, after.solved_by) == (None, "")
    assert ("reopened" in told(figures)) is counted


def test_to_close_what_is_solved_keeps_its_solving() -> None:
    solved, _ = lived(ticket(), change("state", at=9, state="solved"))
    after, figures = lived(solved, change("state", at=99, state="closed"))
    assert (after.solved_at, after.solved_by, figures) == (minutes(9), "level-1", [])


def test_what_is_rejected_was_never_solved() -> None:
    after, figures = lived(ticket(), change("state", at=9, state="closed"))
    assert (after.solved_at, after.solved_by) == (None, "")
    assert "solved" not in told(figures)


def test_only_moves_to_a_higher_level_are_escalations() -> None:
    path = ["level-2", "level-1", "level-3", "sales-billing", "level-2", "rapid-response"]
    _, figures = lived(ticket(), *(change("queue", queue=queue) for queue in path))
    climbs = [one.figure for one in figures if one.figure.startswith("escalated")]
    assert climbs == ["escalated/level-1/level-2", "escalated/level-1/level-3"]


def test_a_vote_is_measured_with_its_brand() -> None:
    """R95."""
    _, figures = lived(
        ticket(brand="acme"),
        change("vote", JOHN, score="5"),
        change("vote", JOHN, score="6"),
        change("vote", JOHN, score="good"),
    )
    assert list(told(figures)) == ["csat/5/acme"]


@pytest.mark.parametrize("left_out", [{"drill": True}, {"gone": "merged"}, {"gone": "deleted"}])
def test_drills_merged_and_deleted_tickets_count_nowhere(left_out: dict[str, Any]) -> None:
    after, figures = lived(
        ticket(**left_out),
        change("reply", at=5, text="Rebooted."),
        change("queue", queue="level-2"),
        change("state", at=9, state="solved"),
        change("state", JOHN, at=10, state="open"),
        change("vote", JOHN, score="1"),
        change("state", at=12, state="solved"),
    )
    late = judged(after, [Reply(minutes(5), "Rebooted.")], [], now=minutes(9999))
    assert [*figures, *late.figures, *reacted(after, OPENED, ANA).figures] == []


@pytest.mark.parametrize(
    ("one", "answers"),
    [
        (change("owner", owner="ana"), True),
        (change("note"), True),
        (change("reply"), True),
        (change("owner", owner=None), False),
        (change("queue", queue="level-2"), False),
        (change("state", state="open"), False),
        (change("owner", DAEMON, owner="ana"), False),
        (change("note", DAEMON), False),
        (change("reply", JOHN), False),
        (change("customer", JOHN), False),
    ],
)
def test_whoever_takes_it_or_writes_has_answered(one: Change, answers: bool) -> None:
    assert happened(ticket(), one).acknowledges is answers


# Useful response


def test_the_first_reply_that_helps_is_the_useful_one() -> None:
    """R94."""
    replies = [
        Reply(minutes(3), "Hello John, we are looking into it."),
        Reply(minutes(30), "It is the disk: I have freed 10 GB."),
        Reply(minutes(40), "You are welcome."),
    ]
    step = useful(ticket(), replies, now=minutes(60))
    assert step.ticket.useful_at == minutes(30)
    assert told(step.figures) == {"useful_response": 30}
    assert useful(step.ticket, replies, now=minutes(99)).figures == ()


def test_a_mark_counts_before_the_words() -> None:
    unhelpful = Reply(minutes(3), "The disk is full.", useful="no")
    marked = Reply(minutes(5), "We are on it.", useful="yes")
    step = useful(ticket(), [unhelpful, marked], now=minutes(60))
    assert step.ticket.useful_at == minutes(5)


def test_a_reply_is_judged_fifteen_minutes_after_it_was_sent() -> None:
    reply = Reply(minutes(3), "The disk is full.")
    assert useful(ticket(), [reply], now=minutes(17.9)).ticket.useful_at is None
    assert useful(ticket(), [reply], now=minutes(18)).ticket.useful_at == minutes(3)


def test_a_reply_asks_to_be_judged_when_it_is_old_enough() -> None:
    after, _ = lived(ticket(), change("reply", at=3), change("reply", at=9))
    assert after.judge_at == minutes(3) + JUDGED_AFTER
    replies = [Reply(minutes(3), "On it."), Reply(minutes(9), "The disk is full.")]
    first = judged(after, replies, [], now=minutes(18))
    assert (first.figures, first.ticket.judge_at) == ((), minutes(24))
    second = judged(first.ticket, replies, [], now=minutes(24))
    assert told(second.figures) == {"useful_response": 9}
    assert second.ticket.judge_at is None


# Resolution


def test_a_resolution_counts_when_it_has_held_for_a_day() -> None:
    solved, _ = lived(ticket(), change("state", at=9, state="solved"))
    assert solved.judge_at == minutes(9) + KEPT_FOR
    early = judged(solved, [], [], now=minutes(9) + KEPT_FOR - timedelta(seconds=1))
    assert (early.figures, early.ticket.judge_at) == ((), minutes(9) + KEPT_FOR)
    late = judged(solved, [], [], now=minutes(9) + KEPT_FOR)
    assert told(late.figures) == {"resolution": 9}
    assert late.ticket.judge_at is None


def test_a_reopened_ticket_has_no_resolution_yet() -> None:
    again, _ = lived(
        ticket(), change("state", at=9, state="solved"), change("state", JOHN, at=60, state="open")
    )
    assert judged(again, [], [], now=minutes(9) + 2 * KEPT_FOR).figures == ()
    solved, _ = lived(again, change("state", at=100, state="solved"))
    late = judged(solved, [], [], now=minutes(100) + KEPT_FOR)
    assert told(late.figures) == {"resolution": 100}


def test_a_resolution_by_automation_stands_apart() -> None:
    solved, _ = lived(ticket(), change("state", DAEMON, at=9, state="solved"))
    (figure,) = judged(solved, [], [], now=minutes(9) + KEPT_FOR).figures
    assert (figure.level, figure.by) == ("automation", "automation")


def test_the_requester_waits_while_the_ball_is_with_us() -> None:
    solved = ticket(channel="email", solved_at=minutes(100), solved_by="level-1")
    turns = [
        Turn(minutes(10), TicketState.OPEN),
        Turn(minutes(20), TicketState.WAITING_CUSTOMER),
        Turn(minutes(50), TicketState.WAITING_VENDOR),
        Turn(minutes(60), TicketState.SOLVED),
        Turn(minutes(90), TicketState.OPEN),
        Turn(minutes(100), TicketState.SOLVED),
    ]
    assert requester_wait(solved, turns) == timedelta(minutes=20 + 10 + 10)
    late = judged(solved, [], turns, now=minutes(100) + KEPT_FOR)
    assert told(late.figures) == {"resolution": 100, "requester_wait": 40}


def test_nobody_waits_for_what_monitoring_has_opened() -> None:
    solved = ticket(solved_at=minutes(100), solved_by="level-1")
    late = judged(solved, [], [], now=minutes(100) + KEPT_FOR)
    assert told(late.figures) == {"resolution": 100}


# Any history at all

actors = st.sampled_from([ANA, BOB, DANA, JOHN, DAEMON, ROBOT])
data = st.one_of(
    st.fixed_dictionaries({"owner": st.sampled_from([None, "ana", "bob"])}),
    st.fixed_dictionaries({"queue": st.sampled_from(QUEUES)}),
    st.fixed_dictionaries({"state": st.sampled_from([*TicketState])}),
    st.fixed_dictionaries({"score": st.sampled_from(["1", "5", "x"])}),
    st.just({}),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Anything that may happen to one ticket, in order."""
    steps = draw(st.lists(st.tuples(st.sampled_from(ChangeKind), actors, data), max_size=20))
    return [change(kind, actor, at=at, **told) for at, (kind, actor, told) in enumerate(steps)]


@given(histories())
def test_every_figure_is_sane_whatever_happens(history: list[Change]) -> None:
    after, figures = lived(ticket(), *history)
    persons = [one for one in history if one.actor.kind is ActorKind.PERSON]
    assert (after.reacted_at is not None) <= bool(persons)
    assert all(one.seconds >= 0 for one in figures)
    assert (after.solved_at is None) == (after.solved_by == "")
    if after.replied_at is not None:
        assert after.reacted_at is not None
        assert after.reacted_at <= after.replied_at
    names = [one.figure for one in figures]
    assert names.count("reaction") <= 1
    assert names.count("first_reply") <= 1
    assert all(one.by == "person" for one in figures if one.figure == "reaction")


@given(histories())
def test_a_level_never_falls(history: list[Change]) -> None:
    heights = {level: height for height, level in enumerate(LEVELS)}
    now = ticket("level-2")
    for one in history:
        before, now = now, happened(now, one).ticket
        assert heights.get(now.level, -1) >= heights.get(before.level, -1)


@given(histories(), st.integers(0, 5000))
def test_a_look_too_early_changes_nothing(history: list[Change], late: int) -> None:
    after, _ = lived(ticket(), *history)
    replies = [
        Reply(one.at, one.text)
        for one in history
        if one.kind is ChangeKind.REPLY and one.actor.kind is ActorKind.PERSON
    ]
    now = minutes(late)
    step = judged(after, replies, [], now=now)
    if after.judge_at is None or now < after.judge_at:
        assert step.figures == ()
    assert step.ticket.judge_at is None or step.ticket.judge_at > now
    assert judged(step.ticket, replies, [], now=now).ticket == step.ticket
