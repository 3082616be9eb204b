"""Persons and a member at one run at the same time, on both engines: is nothing lost?"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from alerts.model import DAEMON, person
from responder.acts import Refusal
from responder.run_values import Run, RunState, Wish
from responder.runs import acts, byhand
from responder.store import Store, claims, consents, logs
from responder.store import runs as rows
from responder.store.opening import open_store
from responder.values import Entry
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
