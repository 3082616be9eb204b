"""Is an effect claimed by one worker at a time, and marked only by the one that has it?"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from responder.store import outbox
from responder.store.tables import outbox as table
from responder.values import Effect, EffectKind, Job, OutboxState
from tests.store.samples import MINUTE, NOW, stored

PAGE, TICKET = EffectKind.PAGE, EffectKind.TICKET_OPEN
LEASE = timedelta(seconds=120)


@pytest.fixture(autouse=True)
def _incident(tx: Connection) -> None:
    stored(tx)


def decide(
    tx: Connection, *keys: str, kind: EffectKind = PAGE, lane: str = "", at: float = 0
) -> None:
    effects = [Effect(key, kind, 1, {"of": key}, lane) for key in keys]
    outbox.add(tx, effects, now=NOW + timedelta(seconds=at))


def claim(
    tx: Connection, *, at: float = 0, owner: str = "one", limit: int = 10, **more: Any
) -> list[Job]:
    kinds = more.get("kinds", [PAGE, TICKET])
    now = NOW + timedelta(seconds=at)
    return outbox.claim(tx, owner=owner, kinds=kinds, now=now, lease=LEASE, limit=limit)


def finish(tx: Connection, job: Job, state: OutboxState = OutboxState.DONE) -> bool:
    return outbox.finish(tx, job, state=state, result={"ref": "7"}, error="", now=NOW)


def give_back(tx: Connection, job: Job, *, at: float = 0, ambiguous: bool = False) -> bool:
    due_at = NOW + timedelta(seconds=at)
    return outbox.give_back(tx, job, due_at=due_at, ambiguous=ambiguous, error="refused")


def keys(jobs: list[Job]) -> list[str]:
    return [job.key for job in jobs]


def test_what_is_due_is_claimed_with_all_that_it_needs(tx: Connection) -> None:
    decide(tx, "a")
    (job,) = claim(tx)
    assert (job.key, job.kind, job.incident, job.payload) == ("a", PAGE, 1, {"of": "a"})
    assert (job.attempts, job.ambiguous, job.fence, job.created_at) == (1, 0, 1, NOW)


def test_the_same_key_is_one_effect(tx: Connection) -> None:
    decide(tx, "a", "b", "a")
    decide(tx, "b")
    assert sorted(keys(claim(tx))) == ["a", "b"]


def test_a_done_effect_is_not_done_again_by_being_decided_again(tx: Connection) -> None:
    decide(tx, "a")
    (job,) = claim(tx)
    finish(tx, job)
    decide(tx, "a")
    assert claim(tx, at=3600) == []
    assert outbox.state_of(tx, "a") is OutboxState.DONE


def test_nobody_else_gets_what_is_claimed(tx: Connection) -> None:
    decide(tx, "a")
    assert keys(claim(tx)) == ["a"]
    assert claim(tx, owner="two", at=119) == []


def test_only_what_is_due_and_asked_for_is_claimed(tx: Connection) -> None:
    decide(tx, "later", at=60)
    decide(tx, "ticket", kind=TICKET)
    assert claim(tx, kinds=[PAGE]) == []
    assert keys(claim(tx, kinds=[PAGE], at=60)) == ["later"]
    assert keys(claim(tx, kinds=[TICKET])) == ["ticket"]


def test_what_has_waited_longest_is_claimed_first(tx: Connection) -> None:
    decide(tx, "second", at=2)
    decide(tx, "first", at=1)
    decide(tx, "third", at=3)
    assert [keys(claim(tx, at=9, limit=1)) for _ in range(3)] == [["first"], ["second"], ["third"]]


def test_a_claim_that_has_run_out_is_a_try_of_unknown_outcome(tx: Connection) -> None:
    decide(tx, "a")
    (first,) = claim(tx)
    (second,) = claim(tx, owner="two", at=120)
    assert (second.attempts, second.ambiguous, second.fence) == (2, 1, 2)
    assert (finish(tx, first), give_back(tx, first), finish(tx, second)) == (False, False, True)


def test_what_is_given_back_waits_and_says_whether_it_is_unsure(tx: Connection) -> None:
    decide(tx, "a")
    (job,) = claim(tx)
    assert give_back(tx, job, at=5)
    assert claim(tx, at=4.9) == []
    (job,) = claim(tx, at=5)
    assert (job.attempts, job.ambiguous) == (2, 0)
    assert give_back(tx, job, at=6, ambiguous=True)
    assert [one.ambiguous for one in claim(tx, at=6)] == [1]


def test_what_ended_cannot_end_again(tx: Connection) -> None:
    decide(tx, "a")
    (job,) = claim(tx)
    assert [finish(tx, job), finish(tx, job), give_back(tx, job)] == [True, False, False]


def test_the_rows_of_a_lane_go_one_after_the_other(tx: Connection) -> None:
    decide(tx, "open", "note", "solve", kind=TICKET, lane="ticket/1")
    decide(tx, "other", kind=TICKET, lane="ticket/2")
    (first, other) = claim(tx)
    assert keys([first, other]) == ["open", "other"]
    assert claim(tx, at=60) == []
    give_back(tx, first, at=60)
    assert keys(claim(tx, at=59)) == []
    (first,) = claim(tx, at=60)
    finish(tx, first)
    assert keys(claim(tx, at=60)) == ["note"]


@pytest.mark.parametrize("end", [OutboxState.DEAD, OutboxState.DROPPED])
def test_what_is_dead_or_dropped_holds_up_nothing(tx: Connection, end: OutboxState) -> None:
    decide(tx, "open", "note", kind=TICKET, lane="ticket/1")
    (first,) = claim(tx)
    finish(tx, first, end)
    assert keys(claim(tx)) == ["note"]


def test_rows_without_a_lane_wait_for_nobody(tx: Connection) -> None:
    decide(tx, "a", "b")
    assert len(claim(tx)) == 2


def test_the_claims_of_the_dead_are_taken_back_and_rest(tx: Connection) -> None:
    decide(tx, "page")
    decide(tx, "ticket", kind=TICKET)
    decide(tx, "alive")
    mine = claim(tx, owner="dead", limit=2)
    assert keys(claim(tx, owner="alive")) == ["alive"]
    rests = {PAGE: NOW, TICKET: NOW + 1.5 * MINUTE}
    assert outbox.release(tx, owners=["dead", "gone"], due_at=rests) == 2
    assert [finish(tx, job) for job in mine] == [False, False]
    assert [(job.key, job.ambiguous) for job in claim(tx)] == [("page", 1)]
    assert [(job.key, job.ambiguous) for job in claim(tx, at=90)] == [("ticket", 1)]


def test_some_of_ones_own_claims_may_be_left_alone(tx: Connection) -> None:
    decide(tx, "a", "b")
    first, _ = claim(tx)
    assert outbox.release(tx, owners=["one"], due_at={PAGE: NOW}, but=[first.id]) == 1
    assert finish(tx, first)


def test_dead_letters_are_listed_and_can_be_sent_once_more(tx: Connection) -> None:
    decide(tx, "a", "b")
    for job in claim(tx):
        finish(tx, job, OutboxState.DEAD)
    assert {row["key"] for row in outbox.dead(tx)} == {"a", "b"}
    (other,) = [row["id"] for row in outbox.dead(tx) if row["key"] == "b"]
    assert outbox.revive(tx, ids=[other], now=NOW + MINUTE) == 1
    (job,) = claim(tx, at=60)
    assert (job.key, job.attempts, job.created_at) == ("b", 1, NOW + MINUTE)
    assert outbox.revive(tx, ids=None, now=NOW + MINUTE) == 1
    assert outbox.dead(tx) == []


def test_the_depth_tells_what_waits_and_since_when(tx: Connection) -> None:
    decide(tx, "a", "b", at=5)
    decide(tx, "c", at=1)
    decide(tx, "ticket", kind=TICKET)
    finish(tx, claim(tx, at=9, limit=1, kinds=[TICKET])[0])
    claim(tx, at=9, limit=1, kinds=[PAGE])
    depths = outbox.depths(tx)
    assert depths[PAGE, "claimed"] == (1, NOW + timedelta(seconds=1))
    assert depths[PAGE, "due"] == (2, NOW + timedelta(seconds=5))
    assert sum(count for (kind, _), (count, _) in depths.items() if kind == TICKET) <= 1
    assert outbox.under_way(tx, PAGE)
    assert not outbox.under_way(tx, TICKET)


def test_what_came_back_and_why_it_failed_are_kept(tx: Connection) -> None:
    decide(tx, "a", "b")
    first, second = claim(tx)
    finish(tx, first)
    give_back(tx, second)
    kept = {row.key: (row.result, row.error) for row in tx.execute(select(table))}
    assert kept == {"a": ({"ref": "7"}, ""), "b": ({}, "refused")}
