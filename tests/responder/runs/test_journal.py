"""Does the journal stand before the deed, under the fence of its claim, and without secrets?"""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from alerts.model import DAEMON, person
from playbooks.actions.model import Halted
from probes import redaction
from responder.clock import HandClock
from responder.run_values import Intent, Run, RunState, Wish
from responder.runs import acts, byhand, journal
from responder.runs.journal import Journal, Leaving, shown
from responder.store import Store, Tx, claims, logs
from responder.store import runs as rows
from responder.values import Entry
from tests.responder.estate import NIGHT
from tests.responder.runs.asking import playing

PLAN = playing()


class Hall:
    """A store with one claimed run, and the journal of whoever holds it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = HandClock(NIGHT)
        self.leaves = False

    async def begin(self) -> Journal:
        wanted = byhand.Wanted("host-down", "web1", typed="web1")
        await self.store.write(byhand.begin, wanted, actor=person("mira"), plan=PLAN, now=NIGHT)
        return self.journal(await self.claims("m1"))

    async def claims(self, owner: str) -> Run:
        (run,) = await self.store.write(claims.claim, owner=owner, now=self.clock.now(), limit=1)
        return run

    def journal(self, run: Run) -> Journal:
        leaving = SimpleNamespace(is_set=lambda: self.leaves)
        kit: Any = SimpleNamespace(store=self.store, clock=self.clock, leaving=leaving)
        return Journal(kit, run)

    async def now(self) -> Run:
        (run,) = await self.store.read(rows.by_ids, [1])
        return run

    async def lines(self) -> list[str]:
        return [line.kind for line in await self.store.read(logs.read, "run", 1)]


@pytest.fixture
def hall(file_store: Store) -> Hall:
    return Hall(file_store)


def free(_: Tx) -> str:
    return ""


async def test_an_intent_stands_before_anything_is_done(hall: Hall) -> None:
    one = await hall.begin()
    await one.intend("off", free, {"device": "bmc 1"})
    run = await hall.now()
    assert run.intent == Intent("off", NIGHT, "cycle")
    assert run.memory["verb"] == "off"
    (line,) = (await hall.store.read(logs.read, "run", 1))[-1:]
    assert (line.kind, line.data) == ("intent", {"verb": "off", "device": "bmc 1"})


async def test_what_the_guard_forbids_is_not_even_intended(hall: Hall) -> None:
    one = await hall.begin()
    with pytest.raises(Halted, match="works in the cage"):
        await one.intend("off", lambda _: "works in the cage", {})
    assert (await hall.now()).intent is None
    assert "intent" not in await hall.lines()


@pytest.mark.parametrize("act", [acts.abort, acts.pause])
async def test_a_wish_that_came_meanwhile_stops_it_in_the_same_transaction(
    hall: Hall, act: Any
) -> None:
    one = await hall.begin()

    def wished(board: Any) -> Run:
        run: Run = act(board, id_=1, actor=person("mira"))
        return run

    await hall.store.write(acts.acted, wished, plan=PLAN, now=NIGHT)
    with pytest.raises(Halted):
        await one.intend("off", free, {})
    assert (await hall.now()).intent is None
    assert "intent" not in await hall.lines()


async def test_who_stood_still_behind_the_journal_does_not_begin(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The intent is taken back, so that nobody takes it for an open one."""
    one = await hall.begin()
    monkeypatch.setattr(journal, "BEGIN_SECONDS", -1.0)
    with pytest.raises(rows.LostRun, match="stood still"):
        await one.intend("off", free, {})
    run = await hall.now()
    assert run.intent is None
    assert "verb" not in run.memory
    assert (await hall.lines())[-2:] == ["intent", "held_back"]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1), timedelta(hours=1)])
async def test_whose_claim_has_ended_writes_nothing_more(hall: Hall, late: timedelta) -> None:
    """Even before anybody else has taken it."""
    one = await hall.begin()
    before = await hall.lines()
    hall.clock.move(seconds=(rows.LEASE + late).total_seconds())
    for work in (
        one.write(Entry("said", DAEMON, {}, "x")),
        one.intend("off", free, {}),
        one.told("note", {"text": "x"}, plan=PLAN),
    ):
        with pytest.raises(rows.LostRun):
            await work
    assert await hall.lines() == before


async def test_who_was_replaced_writes_nothing_more(hall: Hall) -> None:
    one = await hall.begin()
    hall.clock.move(seconds=rows.LEASE.total_seconds())
    other = hall.journal(await hall.claims("m2"))
    await other.write(Entry("said", DAEMON, {}, "mine"))
    with pytest.raises(rows.LostRun):
        await one.rest(state=RunState.WAITING, wake_at=NIGHT)
    assert (await hall.now()).owner == "m2"


async def test_each_line_renews_the_claim(hall: Hall) -> None:
    one = await hall.begin()
    for _ in range(5):
        hall.clock.move(seconds=30)
        await one.write()
    assert (await hall.now()).wake_at == hall.clock.now() + rows.LEASE
    assert (await hall.now()).owner == "m1"


async def test_a_claim_is_renewed_when_it_is_not_fresh(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await hall.begin()
    until = (await hall.now()).wake_at
    hall.clock.move(seconds=10)
    await one.keep_hold()
    assert (await hall.now()).wake_at == until
    monkeypatch.setattr(journal, "KEPT_SECONDS", -1.0)
    await one.keep_hold()
    assert (await hall.now()).wake_at == hall.clock.now() + rows.LEASE


async def test_at_rest_it_is_nobodys(hall: Hall) -> None:
    one = await hall.begin()
    fence = one.run.fence
    await one.rest(state=RunState.WAITING, wake_at=NIGHT)
    run = await hall.now()
    assert (run.owner, run.state) == ("", RunState.WAITING)
    assert run.fence > fence
    with pytest.raises(rows.LostRun):
        await hall.journal(replace(one.run, fence=fence)).write()


async def test_a_wish_is_heeded_between_two_sub_steps(hall: Hall) -> None:
    one = await hall.begin()
    one.heed()
    one.run = replace(one.run, wish=Wish.PAUSE)
    with pytest.raises(Halted, match="pause"):
        one.heed()


async def test_a_daemon_that_stops_leaves_the_run_where_it_is(hall: Hall) -> None:
    one = await hall.begin()
    hall.leaves = True
    with pytest.raises(Leaving):
        await one.keep_hold()


@pytest.mark.parametrize(
    "changes",
    [
        {"memory": {"action": {"left": "off"}}},
        {"memory": {"left": "off"}},
        {"memory": {"verb": "off"}},
        {"intent": Intent("soft", NIGHT, "cycle")},
    ],
)
async def test_but_never_a_machine_that_is_off_by_our_hand(
    hall: Hall, changes: dict[str, Any]
) -> None:
    one = await hall.begin()
    one.run = replace(one.run, **changes)
    hall.leaves = True
    one.heed()
    one.run = replace(one.run, wish=Wish.ABORT)
    with pytest.raises(Halted):
        one.heed()


def test_what_is_kept_holds_no_secret_and_is_bounded() -> None:
    redaction.remember("hunter2-hunter2")
    told = shown("login hunter2-hunter2 refused\x00" + "x" * 10_000)
    assert "hunter2" not in told
    assert "\x00" not in told
    assert len(told) <= 4096
    assert told.endswith("(cut)")
    assert shown("well") == "well"
