"""Is a run worked on by one member at a time, and written only by the one that holds it?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from alerts.model import DAEMON
from responder.run_values import Act, Intent, Run, RunState, Wish
from responder.store import claims, gated, logs, runs
from responder.store.run_tables import run_event
from responder.values import Entry
from tests.store.samples import MINUTE, NOW, stored

BEGUN = Entry("begun", DAEMON)


@pytest.fixture(autouse=True)
def _incidents(tx: Connection) -> None:
    stored(tx, 1, 2)
    runs.keep_copy(tx, "hash", "{}", now=NOW)


def a_run(tx: Connection, number: int = 1, **more: Any) -> Run:
    facts: dict[str, Any] = {
        "id": number,
        "key": f"x-1/1/book{number}",
        "playbook": "host-down",
        "version": 1,
        "hash": "hash",
        "incident": 1,
        "incident_ref": "x-1",
        "target": "web1",
        "state": RunState.DUE,
        "mode": "ask",
        "step": "look",
        "began_at": NOW,
        "changed_at": NOW,
        "wake_at": NOW,
    }
    return runs.add(tx, Run(**{**facts, **more}), [BEGUN])


def claim(tx: Connection, *, owner: str = "one", at: float = 0, limit: int = 10) -> list[Run]:
    return claims.claim(tx, owner=owner, now=NOW + timedelta(seconds=at), limit=limit)


def stored_run(tx: Connection, number: int = 1) -> Run:
    (one,) = runs.by_ids(tx, [number])
    return one


def test_a_run_reads_back_as_it_was_written(tx: Connection) -> None:
    one = a_run(
        tx,
        labels={"alertname": "HostDown"},
        overrules=("storm",),
        memory={"action": {"phase": "off"}},
        intent=Intent("off", NOW, "cycle"),
        asked={"digest": "d"},
        checks=({"name": "storm"},),
    )
    assert stored_run(tx) == one


def test_one_claim_at_a_time(tx: Connection) -> None:
    a_run(tx)
    (mine,) = claim(tx)
    assert mine.state is RunState.RUNNING
    assert mine.fence == 1
    assert claim(tx, owner="two", at=1) == []


def test_a_lost_member_is_followed_when_its_lease_ends(tx: Connection) -> None:
    a_run(tx)
    claim(tx)
    (theirs,) = claim(tx, owner="two", at=runs.LEASE.total_seconds() + 1)
    assert (theirs.owner, theirs.fence) == ("two", 2)


def test_who_was_replaced_writes_nothing(tx: Connection) -> None:
    a_run(tx)
    (mine,) = claim(tx)
    claim(tx, owner="two", at=runs.LEASE.total_seconds() + 1)
    later = NOW + runs.LEASE + timedelta(seconds=2)
    with pytest.raises(runs.LostRun):
        runs.save(tx, mine, [Entry("intent", DAEMON)], now=later)
    assert [line.kind for line in logs.read(tx, "run", 1)] == ["begun"]


def test_a_claim_that_has_ended_is_not_renewed(tx: Connection) -> None:
    a_run(tx)
    (mine,) = claim(tx)
    with pytest.raises(runs.LostRun):
        runs.save(tx, mine, [], now=NOW + runs.LEASE + timedelta(seconds=1))


def test_each_line_renews_the_claim(tx: Connection) -> None:
    a_run(tx)
    (mine,) = claim(tx)
    half = NOW + runs.LEASE / 2
    mine = runs.save(tx, mine, [], now=half)
    assert mine.wake_at == half + runs.LEASE
    assert claim(tx, owner="two", at=runs.LEASE.total_seconds() + 1) == []


def test_a_run_that_waits_wakes_at_its_time(tx: Connection) -> None:
    a_run(tx)
    (mine,) = claim(tx)
    rested = runs.save(
        tx,
        replace(mine, state=RunState.WAITING, wake_at=NOW + MINUTE),
        [],
        now=NOW,
        hold=False,
    )
    assert rested.owner == ""
    assert claim(tx, at=59) == []
    assert [one.id for one in claim(tx, at=60)] == [1]


def test_one_run_at_a_time_sits_on_a_server(tx: Connection) -> None:
    a_run(tx, 1)
    a_run(tx, 2, incident=2)
    a_run(tx, 3, target="web2")
    assert sorted(one.id for one in claim(tx)) == [1, 3]
    assert claim(tx, at=1) == []
    assert stored_run(tx, 2).waits_for == claims.BEFORE
    (first,) = [one for one in runs.live_on(tx, "web1") if one.id == 1]
    ended = replace(first, state=RunState.DONE, ended_at=NOW, wake_at=None)
    runs.save(tx, ended, [], now=NOW, hold=False)
    assert [one.id for one in claim(tx, at=4)] == [2]


def test_a_drill_needs_no_seat_and_takes_none(tx: Connection) -> None:
    a_run(tx, 1, drill=True)
    a_run(tx, 2, incident=2)
    assert [one.id for one in claim(tx)] == [1, 2]


def test_a_wish_is_seen_with_the_next_line(tx: Connection) -> None:
    a_run(tx)
    (mine,) = claim(tx)
    runs.wish(tx, mine, Wish.ABORT, [Entry("abort_asked", DAEMON)], now=NOW)
    after = runs.save(tx, mine, [Entry("said", DAEMON)], now=NOW)
    assert after.wish is Wish.ABORT
    kinds = [line.kind for line in logs.read(tx, "run", 1)]
    assert kinds == ["begun", "abort_asked", "said"]
    assert list(logs.broken(tx, "run", runs.heads(tx))) == []


def test_what_a_person_changes_puts_the_holder_out(tx: Connection) -> None:
    a_run(tx)
    (mine,) = claim(tx)
    runs.change(tx, replace(mine, state=RunState.PAUSED, wake_at=None), [], now=NOW)
    with pytest.raises(runs.LostRun):
        runs.save(tx, mine, [], now=NOW)


def test_the_runs_of_a_member_that_is_gone_go_on_at_once(tx: Connection) -> None:
    a_run(tx)
    claim(tx, owner="one")
    assert claims.release(tx, owners=["one"], now=NOW) == 1
    assert [one.owner for one in claim(tx, owner="two")] == ["two"]


def test_a_changed_line_of_a_journal_is_found(tx: Connection) -> None:
    a_run(tx)
    tx.execute(run_event.update().values(kind="ended"))
    assert list(logs.broken(tx, "run", runs.heads(tx))) == ["run 1: line 1 was changed"]


def an_act(run: int = 1, **more: Any) -> Act:
    facts: dict[str, Any] = {
        "run": run,
        "step": "cycle",
        "target": "web1",
        "action": "power.cycle",
        "at": NOW,
        "by_person": False,
        "device": "bmc",
    }
    return Act(**{**facts, **more})


def test_one_run_at_a_time_has_a_device(tx: Connection) -> None:
    a_run(tx, 1)
    a_run(tx, 2, incident=2)
    assert gated.begin_act(tx, an_act(1), now=NOW)
    assert not gated.begin_act(tx, an_act(2), now=NOW)
    gated.end_act(tx, 1, "cycle", "done", now=NOW)
    assert gated.begin_act(tx, an_act(2), now=NOW)


def test_a_step_counts_once_however_often_it_is_taken_up(tx: Connection) -> None:
    a_run(tx)
    assert gated.begin_act(tx, an_act(), now=NOW)
    assert gated.begin_act(tx, an_act(), now=NOW + MINUTE)
    assert [one.at for one in gated.since(tx, NOW - MINUTE)] == [NOW]
    assert len(gated.under_way(tx)) == 1


def test_drills_count_nowhere(tx: Connection) -> None:
    a_run(tx)
    gated.begin_act(tx, an_act(drill=True), now=NOW)
    assert gated.since(tx, NOW - MINUTE) == []


def test_an_account_rests_until_its_pause_is_over(tx: Connection) -> None:
    gated.pause(tx, "robot", until=NOW + MINUTE, reason="401")
    assert gated.paused(tx, "robot", now=NOW).startswith("401 (until ")
    assert gated.paused(tx, "robot", now=NOW + MINUTE) == ""
    assert gated.paused(tx, "other", now=NOW) == ""
