"""The life of an order, event by event, with a clock in the hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.datacentre import orders
from playbooks.datacentre.by_call import Outcome
from playbooks.datacentre.message import compose_stop
from playbooks.datacentre.order import Order, OrderState, Step, Want
from playbooks.datacentre.replies import Answer, Heard
from playbooks.datacentre.site import Site
from playbooks.outside import OutsideError
from playbooks.ports import Receipt
from tests.playbooks.datacentre.scene import CALL, MAIL, NIGHT, a_site, an_order

S = OrderState
PORTAL = {"kind": "portal", "url": "https://portal.example/t", "body": {"t": "{{ body }}"}}
BUSY = OutsideError("451 later", transient=True)
NO = OutsideError("550 no", transient=False)
LOST = OutsideError("no answer to the mail", transient=True, ambiguous=True)
TAKEN = Receipt("DC-1", "kept")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return a_site(tmp_path, channels=[MAIL, CALL])


def later(**span: float) -> datetime:
    return NIGHT + timedelta(**span)


def sending(site: Site, **told: Any) -> Order:
    return orders.begun(an_order(site, **told), site, now=NIGHT).order


def sent(site: Site) -> Order:
    return orders.taken(sending(site), TAKEN, site, now=NIGHT).order


def reply(answer: Answer, id_: str = "<1@dc>") -> Heard:
    return Heard(id_, answer, "words")


def test_what_is_sent_is_written_down_before(site: Site) -> None:
    step = orders.begun(an_order(site), site, now=NIGHT)
    assert (step.order.state, step.wants) == (S.SENDING, (Want.SEND,))


def test_an_order_is_begun_once(site: Site) -> None:
    for state in S:
        if state is not S.COMPOSED:
            order = an_order(site, state=state)
            assert orders.begun(order, site, now=NIGHT) == Step(order)


def test_a_taken_order_waits_for_an_answer(site: Site) -> None:
    order = sent(site)
    assert (order.state, order.ticket, order.sent_at) == (S.SENT, "DC-1", NIGHT)
    assert (order.ack_by, order.done_by) == (later(minutes=15), later(minutes=60))


def test_a_busy_channel_is_tried_three_times_and_then_a_person_rings(site: Site) -> None:
    order, now = an_order(site), NIGHT
    for tries in (1, 2):
        order = orders.not_taken(sending(site, tries=tries - 1), BUSY, site, now=now).order
        assert (order.state, order.tries) == (S.COMPOSED, tries)
        assert order.due_at == now + orders.RETRY
    step = orders.not_taken(sending(site, tries=2), BUSY, site, now=now)
    assert (step.order.state, step.wants) == (S.CALLING, (Want.CALL,))
    assert "451 later" in step.order.why


def test_a_channel_that_asks_for_patience_gets_some(site: Site) -> None:
    patient = OutsideError("503", transient=True, retry_after=90)
    order = orders.not_taken(sending(site), patient, site, now=NIGHT).order
    assert order.due_at == later(seconds=90)


def test_a_sure_no_goes_to_the_next_channel(tmp_path: Path) -> None:
    site = a_site(tmp_path, channels=[MAIL, PORTAL, CALL])
    order = orders.not_taken(sending(site), NO, site, now=NIGHT).order
    assert (order.state, order.channel, order.due_at) == (S.COMPOSED, 1, NIGHT)
    again = orders.begun(order, site, now=NIGHT)
    assert again.order.why == "being sent by portal"
    step = orders.not_taken(again.order, NO, site, now=NIGHT)
    assert (step.order.state, step.wants) == (S.CALLING, (Want.CALL,))


def test_an_unsure_one_is_never_sent_again_over_any_channel(tmp_path: Path) -> None:
    site = a_site(tmp_path, channels=[MAIL, PORTAL, CALL])
    step = orders.not_taken(sending(site), LOST, site, now=NIGHT)
    assert (step.order.state, step.wants) == (S.UNKNOWN, (Want.CALL,))
    assert orders.begun(step.order, site, now=NIGHT).wants == ()
    assert orders.ticked(step.order, site, now=later(days=1)).wants == ()


def test_whoever_was_sending_and_is_gone_leaves_it_to_a_person(site: Site) -> None:
    order = sending(site)
    assert orders.ticked(order, site, now=later(minutes=4)) == Step(order)
    step = orders.ticked(order, site, now=later(minutes=5))
    assert (step.order.state, step.wants) == (S.UNKNOWN, (Want.CALL,))


def test_a_site_that_is_only_rung_gives_the_sheet_at_once(tmp_path: Path) -> None:
    site = a_site(tmp_path, channels=[CALL])
    step = orders.begun(an_order(site), site, now=NIGHT)
    assert (step.order.state, step.wants) == (S.CALLING, (Want.CALL,))


def test_no_answer_in_time_calls_a_person_once_and_then_the_supervisor_once(site: Site) -> None:
    order = sent(site)
    assert orders.ticked(order, site, now=later(minutes=14)) == Step(order)
    step = orders.ticked(order, site, now=later(minutes=15))
    assert (step.order.state, step.wants) == (S.SENT, (Want.CALL,))
    assert orders.ticked(step.order, site, now=later(minutes=59)).wants == ()
    last = orders.ticked(step.order, site, now=later(minutes=60))
    assert last.wants == (Want.SUPERVISOR,)
    assert orders.ticked(last.order, site, now=later(days=1)).wants == ()


def test_an_acknowledged_order_that_is_not_done_in_time_goes_to_the_supervisor(
    site: Site,
) -> None:
    order = orders.heard(sent(site), reply(Answer.ACKNOWLEDGED), site, now=later(minutes=5)).order
    assert (order.state, order.acked_at) == (S.ACKNOWLEDGED, later(minutes=5))
    assert orders.ticked(order, site, now=later(minutes=59)).wants == ()
    assert orders.ticked(order, site, now=later(minutes=60)).wants == (Want.SUPERVISOR,)


@pytest.mark.parametrize("state", [S.SENT, S.CALLING, S.UNKNOWN, S.ACKNOWLEDGED])
def test_done_ends_it_from_wherever_they_have_it(state: OrderState, site: Site) -> None:
    order = replace(sent(site), state=state)
    step = orders.heard(order, reply(Answer.DONE), site, now=later(minutes=20))
    assert (step.order.state, step.order.done_at) == (S.DONE, later(minutes=20))
    assert (step.order.due_at, step.wants) == (None, ())


def test_a_receipt_is_no_answer(site: Site) -> None:
    order = replace(sent(site), ticket="")
    told = Heard("<1@dc>", Answer.RECEIPT, "we got it", "DC-99")
    step = orders.heard(order, told, site, now=later(minutes=1))
    assert (step.order.state, step.order.ticket) == (S.SENT, "DC-99")
    assert step.order.due_at == order.due_at


@pytest.mark.parametrize("answer", [Answer.QUESTION, Answer.UNCLEAR])
def test_what_is_not_clear_goes_to_a_person_and_moves_nothing(answer: Answer, site: Site) -> None:
    step = orders.heard(sent(site), reply(answer), site, now=later(minutes=1))
    assert (step.order.state, step.wants) == (S.SENT, (Want.READ,))


def test_a_refusal_ends_it_and_goes_to_a_person(site: Site) -> None:
    step = orders.heard(sent(site), reply(Answer.REFUSED), site, now=later(minutes=1))
    assert (step.order.state, step.wants) == (S.REFUSED, (Want.READ,))


def test_a_bounce_is_rung_and_never_sent_again(tmp_path: Path) -> None:
    site = a_site(tmp_path, channels=[MAIL, PORTAL, CALL])
    step = orders.heard(sent(site), reply(Answer.BOUNCED), site, now=later(minutes=1))
    assert (step.order.state, step.wants) == (S.CALLING, (Want.CALL,))


def test_the_same_reply_counts_once(site: Site) -> None:
    once = orders.heard(sent(site), reply(Answer.QUESTION), site, now=NIGHT).order
    assert orders.heard(once, reply(Answer.QUESTION), site, now=NIGHT) == Step(once)


def test_recovery_before_the_acknowledgement_says_stop(site: Site) -> None:
    order = sent(site)
    stop = compose_stop(order.letter, site, now=later(minutes=3))
    step = orders.healed(order, stop, site, now=later(minutes=3))
    assert (step.order.state, step.order.stop) == (S.STOPPING, stop)
    said = orders.ticked(step.order, site, now=later(minutes=3))
    assert said.wants == (Want.STOP,)
    over = orders.stop_taken(said.order, Receipt("<stop>"), now=later(minutes=3)).order
    assert (over.state, over.stopped_at) == (S.STOPPED, later(minutes=3))
    assert orders.ticked(over, site, now=later(days=1)) == Step(over)


@pytest.mark.parametrize("state", [S.SENT, S.ACKNOWLEDGED, S.UNKNOWN])
def test_whoever_has_it_or_may_have_it_hears_stop(state: OrderState, site: Site) -> None:
    order = replace(sent(site), state=state)
    stop = compose_stop(order.letter, site, now=NIGHT)
    assert orders.healed(order, stop, site, now=NIGHT).order.state is S.STOPPING


@pytest.mark.parametrize("state", [S.DONE, S.REFUSED, S.STOPPED, S.STOPPING, S.SENDING])
def test_there_is_nothing_to_stop(state: OrderState, site: Site) -> None:
    order = replace(sent(site), state=state)
    stop = compose_stop(order.letter, site, now=NIGHT)
    assert orders.healed(order, stop, site, now=NIGHT) == Step(order)


def test_what_was_never_sent_is_taken_back_without_a_word(site: Site) -> None:
    order = an_order(site)
    stop = compose_stop(order.letter, site, now=NIGHT)
    step = orders.healed(order, stop, site, now=NIGHT)
    assert (step.order.state, step.wants, step.order.stop) == (S.STOPPED, (), None)


def test_what_a_person_has_ordered_a_person_stops(tmp_path: Path) -> None:
    site = a_site(tmp_path, channels=[CALL])
    order = orders.begun(an_order(site), site, now=NIGHT).order
    stop = compose_stop(order.letter, site, now=NIGHT)
    step = orders.healed(order, stop, site, now=NIGHT)
    assert step.wants == (Want.CALL_STOP,)
    over = orders.told(step.order, Outcome.STOPPED, "Kim, 03:30", site, now=NIGHT).order
    assert over.state is S.STOPPED


def test_stop_is_said_again_until_it_is_heard_and_then_by_a_person(site: Site) -> None:
    order = sent(site)
    order = orders.healed(order, compose_stop(order.letter, site, now=NIGHT), site, now=NIGHT).order
    for _ in range(4):
        step = orders.stop_not_taken(order, LOST, now=NIGHT)
        assert (step.order.state, step.wants) == (S.STOPPING, ())
        order = step.order
    assert orders.stop_not_taken(order, LOST, now=NIGHT).wants == (Want.CALL_STOP,)
    assert orders.stop_not_taken(order, NO, now=NIGHT).wants == (Want.CALL_STOP,)


def test_done_after_stop_is_for_a_person_to_read(site: Site) -> None:
    order = replace(sent(site), state=S.STOPPED)
    step = orders.heard(order, reply(Answer.DONE), site, now=later(minutes=9))
    assert (step.order.state, step.order.done_at) == (S.STOPPED, later(minutes=9))
    assert step.wants == (Want.READ,)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.ORDERED, S.ACKNOWLEDGED),
        (Outcome.DONE, S.DONE),
        (Outcome.REFUSED, S.REFUSED),
        (Outcome.STOPPED, S.STOPPED),
    ],
)
def test_a_call_moves_it_as_its_caller_says(
    outcome: Outcome, state: OrderState, site: Site
) -> None:
    order = replace(sent(site), state=S.UNKNOWN)
    step = orders.told(order, outcome, "mira spoke to Kim at 03:31", site, now=later(minutes=21))
    assert step.order.state is state
    assert "mira spoke to Kim" in step.said


def test_nobody_answers_the_telephone(site: Site) -> None:
    order = replace(sent(site), state=S.CALLING)
    step = orders.told(order, Outcome.NOT_REACHED, "rang twice", site, now=NIGHT)
    assert (step.order.state, step.wants) == (S.CALLING, (Want.SUPERVISOR,))
    again = orders.told(step.order, Outcome.NOT_REACHED, "rang again", site, now=NIGHT)
    assert again.wants == ()


Event = Callable[[Order, Site, datetime], Step]
EVENTS: list[Event] = [
    lambda order, site, now: orders.begun(order, site, now=now),
    lambda order, site, now: orders.taken(order, TAKEN, site, now=now),
    lambda order, site, now: orders.not_taken(order, BUSY, site, now=now),
    lambda order, site, now: orders.not_taken(order, NO, site, now=now),
    lambda order, site, now: orders.not_taken(order, LOST, site, now=now),
    lambda order, site, now: orders.lost(order, "gone", now=now),
    lambda order, site, now: orders.ticked(order, site, now=now),
    lambda order, site, now: orders.healed(
        order, compose_stop(order.letter, site, now=now), site, now=now
    ),
    lambda order, site, now: orders.stop_taken(order, TAKEN, now=now),
    lambda order, site, now: orders.stop_not_taken(order, BUSY, now=now),
    *(
        lambda order, site, now, one=one: orders.heard(order, reply(one, f"<{now}>"), site, now=now)
        for one in Answer
    ),
    *(
        lambda order, site, now, one=one: orders.told(order, one, "x", site, now=now)
        for one in Outcome
    ),
]


@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 3600)), max_size=40))
def test_whatever_happens_nothing_is_sent_after_it_may_have_arrived(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[Event, int]]
) -> None:
    site = a_site(tmp_path_factory.mktemp("site"), channels=[MAIL, PORTAL, CALL])
    order, now, may_have_it, over = an_order(site), NIGHT, False, False
    for event, seconds in events:
        now += timedelta(seconds=seconds)
        before, step = order, event(order, site, now)
        order = step.order
        assert not (Want.SEND in step.wants and may_have_it)
        may_have_it |= order.state in (S.SENT, S.UNKNOWN, S.CALLING, S.ACKNOWLEDGED, S.STOPPING)
        assert not (over and order.open), (before.state, order.state)
        over |= not order.open
        assert (order.state is S.DONE) <= (order.done_at is not None)
