"""Does the runner do each effect once, retry with patience, and let nobody wait for another?"""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from playbooks.outside import OutsideError
from responder import outbox as runners
from responder.outbox import Done, Dropped, Later, Outcome
from responder.store import Store, outbox
from responder.values import Job
from tests.patient import eventually
from tests.responder.estate import NIGHT
from tests.responder.workshop import (
    FIGURE,
    LOST,
    NEVER,
    PAGE,
    REFUSED,
    TICKET,
    Handler,
    Workshop,
    answering,
    raising,
    yes,
)


async def test_what_is_due_is_done_once_and_marked(store: Store) -> None:
    handler = Handler()
    house = Workshop(store, [handler])
    await house.decides("a", "b")
    await house.works(turns=3)
    assert sorted(job.key for job in handler.done) == ["a", "b"]
    assert dict(handler.marked) == {"a": Done({"of": "a"}), "b": Done({"of": "b"})}
    assert sorted(house.ended) == [("a", "done"), ("b", "done")]
    assert house.counted == [FIGURE] * 2


async def test_what_is_not_wanted_any_more_is_dropped(file_store: Store) -> None:
    handler = Handler(answer=answering(Dropped("acknowledged")))
    house = Workshop(file_store, [handler])
    await house.decides("a")
    await house.works(turns=2)
    assert (await house.state_of("a"), house.ended) == ("dropped", [("a", "dropped")])


async def test_what_must_wait_is_asked_again_later(file_store: Store) -> None:
    handler = Handler(answer=answering(Later(15, "muted")))
    house = Workshop(file_store, [handler])
    await house.decides("a")
    await house.works(turns=3)
    await house.works(14)
    assert len(handler.done) == 1
    await house.works(1)
    assert (len(handler.done), handler.done[1].ambiguous, handler.troubles) == (2, 0, [])


async def test_a_refusal_is_tried_again_with_growing_pauses(file_store: Store) -> None:
    """F40."""
    handler = Handler(answer=raising(REFUSED, times=4))
    house = Workshop(file_store, [handler])
    await house.decides("a")
    tries: list[int] = []
    for second in range(60):
        await house.works(1)
        tries += [second] * (len(handler.done) - len(tries))
    gaps = [after - before for before, after in pairwise(tries)]
    assert len(tries) == 5
    assert all(one <= other for one, other in pairwise(gaps))
    assert await house.state_of("a") == "done"


async def test_the_pause_that_was_asked_for_is_kept(file_store: Store) -> None:
    """F41."""
    handler = Handler(answer=raising(OutsideError("429", transient=True, retry_after=40), times=1))
    house = Workshop(file_store, [handler])
    await house.decides("a")
    await house.works()
    await house.works(39)
    assert len(handler.done) == 1
    await house.works(1)
    assert len(handler.done) == 2


async def test_a_lost_answer_rests_for_the_quiet_time_and_is_then_searched(
    file_store: Store,
) -> None:
    handler = Handler(answer=raising(LOST, times=1), quiet_seconds=90)
    house = Workshop(file_store, [handler])
    await house.decides("a")
    await house.works()
    await house.works(89)
    assert len(handler.done) == 1
    await house.works(1)
    assert [job.ambiguous for job in handler.done] == [0, 1]


async def test_a_refusal_for_good_is_a_dead_letter_at_once(file_store: Store) -> None:
    """F50."""
    handler = Handler(answer=raising(NEVER))
    house = Workshop(file_store, [handler])
    await house.decides("a")
    await house.works(turns=2)
    assert (await house.state_of("a"), house.ended) == ("dead", [("a", "dead")])
    assert handler.troubles == [("a", "401", True)]


async def test_after_the_deadline_nothing_is_forgotten_but_left_to_a_person(
    file_store: Store,
) -> None:
    handler = Handler(answer=raising(REFUSED), deadline=timedelta(minutes=5))
    house = Workshop(file_store, [handler])
    await house.decides("a")
    await house.works()
    await house.works(299)
    assert await house.state_of("a") == "due"
    await house.works(61)
    assert await house.state_of("a") == "dead"
    await file_store.write(outbox.revive, ids=None, now=house.clock.now())
    handler.answer = yes
    await house.works()
    assert await house.state_of("a") == "done"


async def test_a_fault_of_our_own_is_a_dead_letter_in_the_end_and_stops_nobody(
    file_store: Store,
) -> None:
    """F53."""
    poison = raising(KeyError("ours"))

    async def answer(job: Job) -> Outcome:
        return await (poison(job) if job.key == "poison" else yes(job))

    handler = Handler(answer=answer, deadline=timedelta(minutes=5))
    house = Workshop(file_store, [handler])
    await house.decides("poison", "good")
    await house.works()
    assert house.ended == [("good", "done")]
    await house.works(400)
    assert house.ended == [("good", "done"), ("poison", "dead")]
    assert handler.troubles[-1] == ("poison", "a fault in the responder itself: KeyError", True)


async def test_a_call_that_hangs_is_ended_and_its_outcome_is_unknown(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "CALL_SECONDS", 0.05)

    async def hang(_: Job) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    handler = Handler(answer=hang, quiet_seconds=10)
    house = Workshop(file_store, [handler])
    await house.decides("a")
    await house.works()
    assert handler.troubles == [("a", "no answer in time", False)]
    handler.answer = yes
    await house.works(11)
    assert handler.done[-1].ambiguous == 1


async def test_a_ticket_system_that_hangs_delays_no_page(file_store: Store) -> None:
    """R17."""
    heard = asyncio.Event()

    async def hang(job: Job) -> Outcome:
        await heard.wait()
        return await yes(job)

    tickets, pager = Handler(kinds=[TICKET], answer=hang, hands=2), Handler()
    house = Workshop(file_store, [tickets, pager])
    await house.decides(*(f"t{number}" for number in range(9)), kind=TICKET)
    await house.runner.turn()
    await house.decides("page")
    await house.runner.turn()
    await eventually(lambda: pager.done and len(tickets.done) >= 2)
    assert [job.key for job in pager.done] == ["page"]
    assert len(tickets.done) == 2
    heard.set()
    await house.works(turns=9)
    assert len(tickets.done) == 9


async def test_the_effects_of_a_lane_are_done_in_order_over_failures(file_store: Store) -> None:
    handler = Handler(kinds=[TICKET], answer=raising(REFUSED, times=2))
    house = Workshop(file_store, [handler])
    await house.decides("open", "note", "solve", kind=TICKET, lane="ticket/1")
    await house.works(turns=3)
    for _ in range(10):
        await house.works(1, turns=3)
    assert [job.key for job in handler.done] == ["open", "open", "open", "note", "solve"]


async def test_what_an_earlier_life_had_in_hand_is_of_unknown_outcome(store: Store) -> None:
    house = Workshop(store, [Handler(quiet_seconds=30)])
    await house.decides("a")
    kinds, lease = [PAGE], timedelta(minutes=2)
    await store.write(outbox.claim, owner="one", kinds=kinds, now=NIGHT, lease=lease, limit=9)
    again = Workshop(store, [Handler(quiet_seconds=30)])
    assert await again.runner.release_own() == 1
    await again.works(29)
    assert again.handlers[0].done == []
    await again.works(1)
    assert [job.ambiguous for job in again.handlers[0].done] == [1]


async def test_what_the_lost_had_in_hand_is_taken_over(file_store: Store) -> None:
    lost = Workshop(file_store, [Handler()], member="lost")
    await lost.decides("a")
    lease = timedelta(minutes=2)
    await file_store.write(
        outbox.claim, owner="lost", kinds=[PAGE], now=NIGHT, lease=lease, limit=9
    )
    house = Workshop(file_store, [Handler()])
    await house.works()
    assert house.handlers[0].done == []
    assert await house.runner.release_of(["lost"]) == 1
    await house.works()
    assert house.ended == [("a", "done")]


async def test_a_worker_that_was_overtaken_marks_and_counts_nothing(file_store: Store) -> None:
    go = asyncio.Event()

    async def slow(job: Job) -> Outcome:
        await go.wait()
        return await yes(job)

    slow_house = Workshop(file_store, [Handler(answer=slow)], member="slow")
    await slow_house.decides("a")
    await slow_house.runner.turn()
    quick = Workshop(file_store, [Handler()], member="quick")
    await quick.works(121)
    go.set()
    await slow_house.runner.settle()
    assert (quick.ended, slow_house.ended) == ([("a", "done")], [])
    assert (quick.counted, slow_house.counted) == ([FIGURE], [])
    assert slow_house.handlers[0].marked == []


async def test_what_could_not_be_begun_in_time_is_given_back_untouched(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine was suspended between the claim and the call."""
    handler = Handler()
    house = Workshop(file_store, [handler])
    await house.decides("a")
    monkeypatch.setattr(runners, "BEGIN_SECONDS", -1.0)
    await house.works()
    assert handler.done == []
    monkeypatch.setattr(runners, "BEGIN_SECONDS", 10.0)
    await house.works(1)
    assert [job.ambiguous for job in handler.done] == [0]


async def test_the_runner_asks_for_another_turn_when_its_hands_were_full(file_store: Store) -> None:
    house = Workshop(file_store, [Handler(hands=1)])
    await house.decides("a", "b")
    await house.runner.turn()
    assert house.runner.wake.is_set()
    await house.runner.settle()


async def test_with_its_hands_full_it_asks_for_a_turn_only_when_one_is_free_again(
    file_store: Store,
) -> None:
    """Else it would turn in circles, as fast as it can, while a ticket system hangs."""
    answered = asyncio.Event()

    async def hangs(job: Job) -> Outcome:
        await answered.wait()
        return Done({})

    house = Workshop(file_store, [Handler(answer=hangs, hands=1)])
    await house.decides("a", "b")
    await house.runner.turn()
    house.runner.wake.clear()
    await house.runner.turn()
    assert not house.runner.wake.is_set()
    answered.set()
    await house.runner.settle()
    assert house.runner.wake.is_set()
