"""Persons and a member at one run at the same time, on both engines: is nothing lost?"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from alerts.model import DAEMON, person
from playbooks.datacentre.order import Step
from responder.acts import Refusal
from responder.board import Saved
from responder.run_values import Run, RunState, Wish
from responder.runs import acts, byhand, marks, telling
from responder.runs.orders import moved
from responder.store import Store, claims, consents, gated, logs, orders
from responder.store import runs as rows
from responder.store.opening import open_store
from responder.values import Entry
from tests.playbooks.datacentre.scene import a_site, an_order
from tests.responder.estate import NIGHT
from tests.responder.runs.asking import DIGEST, SOON, playing

PLAN = playing()
ROUNDS = 20


async def begun(store: Store) -> Run:
    """A run of web1 that a person has begun."""
    wanted = byhand.Wanted("host-down", "web1", typed="web1")
    run, _ = await store.write(byhand.begin, wanted, actor=person("mira"), plan=PLAN, now=NIGHT)
    return run


async def does(store: Store, act: Callable[..., Run], who: str, **told: Any) -> Run:
    work = partial(act, id_=1, actor=person(who), **told)
    run, _ = await store.write(acts.acted, work, plan=PLAN, now=NIGHT)
    return run


async def proved(store: Store) -> list[str]:
    """What is wrong with the journals."""
    return await store.read(lambda tx: list(logs.broken(tx, "run", rows.heads(tx))))


async def now_of(store: Store) -> Run:
    (run,) = await store.read(rows.by_ids, [1])
    return run


async def test_many_agree_at_once_and_each_counts_once(store: Store) -> None:
    run = await begun(store)
    asked = {
        "digest": DIGEST,
        "since": NIGHT.isoformat(),
        "until": (NIGHT + SOON).isoformat(),
    }
    waiting = replace(run, state=RunState.WAITING, asked=asked, step_at=NIGHT)
    await store.write(rows.change, waiting, [], now=NIGHT)
    people = [f"person {number % 5}" for number in range(ROUNDS)]
    yes = partial(does, store, acts.approve, digest=DIGEST, typed="web1")
    await asyncio.gather(*(yes(one) for one in people))
    assert len(await store.read(consents.of_run, 1)) == 5
    kinds = [line.kind for line in await store.read(logs.read, "run", 1)]
    assert kinds.count("approved") == 5
    assert await proved(store) == []


async def test_a_wish_is_never_lost_to_a_member_that_writes(store_url: str) -> None:
    """The member is another process: its transactions are not in line with the person's."""
    here, there = open_store(store_url, ballast=0), None
    if store_url.startswith("postgresql"):
        there = open_store(store_url, ballast=0)
    member = there or here
    try:
        run = await begun(here)
        (held,) = await member.write(claims.claim, owner="m1", now=NIGHT, limit=1)
        writing = asyncio.create_task(_writes(member, held))
        await does(here, acts.pause, "mira")
        last = await writing
        assert (await now_of(here)).wish is Wish.PAUSE
        assert last.wish is Wish.PAUSE
        assert last.id == run.id
        assert await proved(here) == []
    finally:
        await here.close()
        if there is not None:
            await there.close()


async def _writes(member: Store, run: Run) -> Run:
    """Line after line, until it has seen the wish."""
    for number in range(1000):
        entry = Entry("said", DAEMON, {}, f"line {number}")
        run = await member.write(rows.save, run, [entry], now=NIGHT)
        if run.wish is not Wish.NONE:
            return run
    raise AssertionError("the wish was lost")


async def test_of_two_who_end_it_one_does(store: Store) -> None:
    await begun(store)
    ended = await asyncio.gather(
        *(does(store, acts.abort, f"person {number}") for number in range(ROUNDS))
    )
    assert {run.state for run in ended} == {RunState.ABORTED}
    kinds = [line.kind for line in await store.read(logs.read, "run", 1)]
    assert kinds == ["begun", "aborted", "ended"]
    assert await proved(store) == []


async def test_of_two_who_begin_one_does(store: Store) -> None:
    results = await asyncio.gather(*(begun(store) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(one, Run) for one in results) == 1
    refused = [one for one in results if isinstance(one, Refusal)]
    assert len(refused) == 4
    assert "is on web1 already" in str(refused[0])


async def test_a_no_takes_the_run_out_of_the_hands_of_its_member(store: Store) -> None:
    run = await begun(store)
    (held,) = await store.write(claims.claim, owner="m1", now=NIGHT, limit=1)
    asked = {"digest": DIGEST, "until": (NIGHT + timedelta(minutes=1)).isoformat()}
    held = await store.write(rows.save, replace(held, asked=asked), [], now=NIGHT)
    await does(store, acts.reject, "mira")
    try:
        await store.write(rows.save, held, [], now=NIGHT)
    except rows.LostRun:
        return
    raise AssertionError(f"run {run.id} was still the member's")


def asked_at(moment: datetime) -> dict[str, str]:
    return {"digest": DIGEST, "since": moment.isoformat(), "until": (moment + SOON).isoformat()}


async def rests(store: Store, held: Run, *, now: datetime) -> Run:
    """The member found nothing to do, and lets go."""
    rested, _ = await store.write(
        marks.resting, held, step=held.step, until=now + SOON, why="approval", plan=PLAN, now=now
    )
    return rested


async def test_a_yes_between_the_look_and_the_rest_is_heard_at_once(store: Store) -> None:
    """Though the clock of whoever took it in is behind."""
    await begun(store)
    (held,) = await store.write(claims.claim, owner="m1", now=NIGHT, limit=1)
    later = NIGHT + timedelta(seconds=10)
    asking = replace(held, asked=asked_at(NIGHT), step_at=NIGHT)
    held = await store.write(rows.save, asking, [], now=later)
    await does(store, acts.approve, "ana", digest=DIGEST, typed="web1")  # at NIGHT, by its clock
    assert (await rests(store, held, now=later)).wake_at == later
    (again,) = await store.write(claims.claim, owner="m2", now=later, limit=1)
    assert (await rests(store, again, now=later)).wake_at == later + SOON


@pytest.mark.parametrize("act", [acts.abort, acts.pause, acts.take_over])
async def test_a_wish_between_the_look_and_the_rest_is_seen_at_once(
    store: Store, act: Callable[..., Run]
) -> None:
    await begun(store)
    (held,) = await store.write(claims.claim, owner="m1", now=NIGHT, limit=1)
    await does(store, act, "mira")
    rested = await rests(store, held, now=NIGHT)
    assert (rested.wake_at, rested.state) == (NIGHT, RunState.WAITING)
    assert rested.wish is not Wish.NONE


@pytest.mark.parametrize("state", [RunState.WAITING, RunState.UNKNOWN])
async def test_a_wish_that_nobody_saw_does_not_keep_people_out(
    store: Store, state: RunState
) -> None:
    run = await begun(store)
    resting = replace(run, state=state, wish=Wish.ABORT, step_at=NIGHT)
    await store.write(rows.change, resting, [], now=NIGHT)
    await does(store, acts.abort, "mira")
    assert (await now_of(store)).state is RunState.ABORTED


async def test_two_who_are_refused_at_once_rest_one_account(store_url: str) -> None:
    """From two processes: neither breaks on the other's line."""
    members = [open_store(store_url, ballast=0) for _ in range(2 if "postgres" in store_url else 1)]
    try:
        await asyncio.gather(
            *(
                member.write(telling.pause, f"robot {number % 2}", 60.0, "refused", now=NIGHT)
                for number in range(ROUNDS)
                for member in members
            )
        )
        for account in ("robot 0", "robot 1"):
            told = await members[0].read(gated.paused, account, now=NIGHT)
            assert told.startswith("refused")
    finally:
        for member in members:
            await member.close()


async def test_what_another_holds_or_has_ended_is_not_buried(store: Store) -> None:
    await begun(store)
    (held,) = await store.write(claims.claim, owner="m1", now=NIGHT, limit=1)
    later = NIGHT + timedelta(minutes=2)
    (theirs,) = await store.write(claims.claim, owner="m2", now=later, limit=1)

    async def bury(run: Run) -> Saved | None:
        return await store.write(marks.broken, run, reason="a fault", plan=PLAN, now=later)

    assert await bury(held) is None
    assert (await now_of(store)).state is RunState.RUNNING
    assert await bury(theirs) is not None
    assert (await now_of(store)).state is RunState.UNKNOWN
    assert await bury(theirs) is None
    assert await proved(store) == []


async def test_one_server_is_one_runs_seat_whoever_claims(store_url: str) -> None:
    """Two members claim at once, again and again: never do two runs sit on one server."""
    members = [open_store(store_url, ballast=0) for _ in range(2 if "postgres" in store_url else 1)]
    try:
        run = await begun(members[0])
        for number in range(2, 8):
            again = replace(run, id=number, key=f"{run.key}/{number}", seq=0, head="")
            await members[0].write(rows.add, again, [])
        for number in range(6):
            now = NIGHT + timedelta(seconds=3 * number)
            claimed = await asyncio.gather(
                *(
                    one.write(claims.claim, owner=f"m{at}", now=now, limit=9)
                    for at, one in enumerate(members)
                )
            )
            assert sum(map(len, claimed)) == (1 if number == 0 else 0)
    finally:
        for member in members:
            await member.close()


async def test_orders_and_decisions_do_not_wait_for_each_other(
    store_url: str, tmp_path: Path
) -> None:
    """Two members move the orders of one incident at once: none is thrown out, or loses a line."""
    members = [open_store(store_url, ballast=0) for _ in range(2 if "postgres" in store_url else 1)]
    site = a_site(tmp_path)
    try:
        await begun(members[0])
        for number in range(6):
            order = replace(an_order(site), key=f"k{number}", incident=1, run=None)
            await members[0].write(orders.add, order)
        chased = [
            member.write(_chased, f"k{number}", site, said=f"{at}/{turn}")
            for turn in range(4)
            for number in range(6)
            for at, member in enumerate(members)
        ]
        told = await asyncio.gather(*chased)
        lines = await members[0].read(logs.read, "incident", 1)
        assert len([one for one in told if one]) == sum(line.kind == "note" for line in lines)
    finally:
        for member in members:
            await member.close()


def _chased(tx: Any, key: str, site: Any, *, said: str) -> Any:
    before = orders.by_key(tx, key)
    assert before is not None
    step = Step(replace(before, why=said), said)
    return moved(tx, before, step, site=site, plan=PLAN, now=NIGHT)


async def test_a_reply_between_the_look_and_the_rest_is_heard_at_once(store: Store) -> None:
    await begun(store)
    (held,) = await store.write(claims.claim, owner="m1", now=NIGHT, limit=1)
    held = await store.write(rows.save, replace(held, step_at=NIGHT), [], now=NIGHT)
    later = NIGHT + timedelta(seconds=1)
    assert await store.write(claims.wake, [1], now=later) == 0
    assert (await rests(store, held, now=later)).wake_at == later


async def test_words_that_no_database_takes_as_text_are_no_trouble(store: Store) -> None:
    """A link's form may hold anything."""
    run = await begun(store)
    asking = replace(run, state=RunState.WAITING, asked=asked_at(NIGHT), step_at=NIGHT)
    await store.write(rows.change, asking, [], now=NIGHT)
    odd = "I\x00see \ud800 it"
    await does(store, acts.approve, "ana", digest=DIGEST, typed="web1", words=odd, via="link")
    (one,) = await store.read(consents.of_run, 1)
    assert one.reason.startswith("I")
    assert "\x00" not in one.reason
    await does(store, acts.reject, "bob", words=odd)
    await does(store, acts.abort, "bob", words=odd)
    assert (await now_of(store)).state is RunState.ABORTED
    assert await proved(store) == []
