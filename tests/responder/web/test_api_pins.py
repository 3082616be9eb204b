"""R11, R12: does a PIN open its own account alone, and is who guesses stopped?"""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from responder.clock import HandClock
from responder.desk.pin_desk import PinDesk
from responder.pins import Cost, Verdict
from responder.store import Tx
from responder.store.desk_tables import pin as pin_table
from responder.store.desk_tables import pin_try
from responder.web.api_pins import PATH
from responder.web.route import Access
from responder.web.routes import all_routes
from tests.stories.stage import AGENT, VIEWER, Stage

BAD = "00000000"


async def rotated(stage: Stage, account: str = "c-17") -> str:
    status, told = await stage.ask("POST", f"{PATH}/{account}/rotate", token=AGENT, body={})
    assert status == 200, told
    return str(told["pin"])


async def tried(
    stage: Stage, pin: str, *, account: str = "c-17", source: str = "192.0.2.7"
) -> tuple[int, Any]:
    body = {"account": account, "pin": pin, "source": source}
    return await stage.ask("POST", f"{PATH}/verify", token=AGENT, body=body)


async def opened(stage: Stage, account: str = "c-17") -> str:
    _, told = await tried(stage, await rotated(stage, account), account=account)
    return str(told["token"])


async def test_the_right_pin_gives_a_token_for_a_quarter_of_an_hour(
    stage: Stage, clock: HandClock
) -> None:
    pin = await rotated(stage)
    status, told = await tried(stage, pin)
    assert status == 200
    assert re.fullmatch(r"\d{8}", pin)
    assert told["expires_at"] == "2026-11-22T03:25:00.000Z"
    grant = stage.daemon.world.links.read_pin(told["token"], now=clock.now())
    assert grant.account == "c-17"


async def test_wrong_unknown_old_and_revoked_are_one_answer(stage: Stage, clock: HandClock) -> None:
    pin = await rotated(stage)
    answers = [await tried(stage, BAD), await tried(stage, pin, account="nobody")]
    clock.move(days=1)
    answers.append(await tried(stage, pin))
    await rotated(stage)
    answers.append(await tried(stage, pin))
    await stage.ask("DELETE", f"{PATH}/c-17", token=AGENT)
    answers.append(await tried(stage, pin))
    assert {status for status, _ in answers} == {403}
    assert len({str(told) for _, told in answers}) == 1


async def test_an_unknown_account_costs_the_same_work_and_locks_the_same(
    stage: Stage, clock: HandClock
) -> None:
    """Compared by the digests that are made, which is where the time goes (R11)."""
    world, verdicts = stage.daemon.world, list[Verdict]()
    desk = PinDesk(world.store, pepper=b"p", counted=verdicts.append, cost=Cost(n=2))
    await desk.issue(
        "known", brand=None, digits=8, valid=timedelta(days=1), by="ana", now=clock.now()
    )
    work = {}
    for account in ("known", "unknown"):
        before = desk.digests
        for _ in range(7):
            source = f"{account}-phone"
            await desk.verify(account, BAD, source=source, by="chat", now=clock.now())
        work[account] = desk.digests - before
    assert work == {"known": 7, "unknown": 7}
    assert verdicts[:7] == verdicts[7:] == [Verdict.WRONG] * 5 + [Verdict.LOCKED] * 2


async def test_tries_at_once_are_tries_one_after_the_other(stage: Stage, clock: HandClock) -> None:
    """Each counts before its digest is made (R11)."""
    world, verdicts = stage.daemon.world, list[Verdict]()
    desk = PinDesk(world.store, pepper=b"p", counted=verdicts.append, cost=Cost(n=2))
    tries = (
        desk.verify("c-17", BAD, source=f"s-{at}", by="chat", now=clock.now()) for at in range(30)
    )
    assert await asyncio.gather(*tries) == [None] * 30
    assert (verdicts.count(Verdict.WRONG), desk.digests) == (5, 30)


async def test_the_sixth_try_is_locked_though_it_is_right_and_opens_later(
    stage: Stage, clock: HandClock
) -> None:
    pin = await rotated(stage)
    for _ in range(5):
        assert (await tried(stage, BAD))[0] == 403
    assert await tried(stage, pin) == await tried(stage, BAD)
    assert (await tried(stage, pin, source="another"))[0] == 403
    clock.move(minutes=15)
    assert (await tried(stage, pin))[0] == 200


async def test_one_source_is_locked_after_twenty_whatever_accounts_it_tries(
    stage: Stage, clock: HandClock
) -> None:
    world, verdicts = stage.daemon.world, list[Verdict]()
    desk = PinDesk(world.store, pepper=b"p", counted=verdicts.append, cost=Cost(n=2))
    for at in range(22):
        await desk.verify(f"c-{at}", BAD, source="one", by="chat", now=clock.now())
    assert verdicts == [Verdict.WRONG] * 20 + [Verdict.LOCKED] * 2


async def test_who_goes_through_the_accounts_closes_the_way_and_people_are_told(
    stage: Stage, clock: HandClock
) -> None:
    world, verdicts = stage.daemon.world, list[Verdict]()
    desk = PinDesk(world.store, pepper=b"p", counted=verdicts.append, cost=Cost(n=2))
    for at in range(203):
        await desk.verify(f"c-{at}", BAD, source=f"s-{at % 50}", by="chat", now=clock.now())
    assert verdicts == [Verdict.WRONG] * 200 + [Verdict.CLOSED] * 3
    await world.vitals.turn()
    _, told = await stage.ask("GET", "/api/v2/alerts")
    assert [one["labels"]["alertname"] for one in told] == ["SupportPinsClosed"]
    clock.move(minutes=11)
    await world.vitals.turn()
    _, told = await stage.ask("GET", "/api/v2/alerts")
    assert [one for one in told if one["status"]["state"] == "active"] == []


def _everything(tx: Tx) -> str:
    rows = [*tx.execute(select(pin_table)), *tx.execute(select(pin_try))]
    dump = tx.execute(text("SELECT data FROM ticket_event")).scalars()
    return "".join(map(str, [*rows, *dump]))


async def test_no_pin_stands_in_a_log_the_store_or_the_metrics(stage: Stage) -> None:
    with capture_logs() as lines:
        pin = await rotated(stage)
        await tried(stage, pin)
        await tried(stage, BAD + "1", account=pin)  # typed into the wrong field
    told = str(lines)
    assert {line["event"] for line in lines} >= {"pin_issued", "pin_tried"}
    assert pin not in told
    assert BAD not in told
    assert pin not in await stage.daemon.world.store.read(_everything)
    _, metrics = await stage.ask("GET", "/metrics")
    assert 'responder_pin_tries_total{outcome="good"} 1.0' in metrics
    assert 'responder_pin_tries_total{outcome="wrong"} 1.0' in metrics


async def test_a_pin_is_listed_without_itself_and_taken_back(stage: Stage) -> None:
    pin = await rotated(stage)
    _, listed = await stage.ask("GET", PATH, token=AGENT)
    assert [one["account"] for one in listed["pins"]] == ["c-17"]
    assert pin not in str(listed)
    assert (await stage.ask("DELETE", f"{PATH}/c-17", token=AGENT))[0] == 200
    assert (await stage.ask("DELETE", f"{PATH}/c-17", token=AGENT))[0] == 404
    assert (await stage.ask("POST", f"{PATH}/c-17/rotate", token=VIEWER))[0] == 403


async def test_a_pin_token_opens_no_route_of_the_staff_and_no_machine(stage: Stage) -> None:
    """Every route there is, playbooks and power among them, answers 403 (R12, S48)."""
    token = await opened(stage)
    wrong = []
    for route in all_routes(stage.daemon.world, stage.daemon.reload):
        if route.access in (Access.OPEN, Access.CUSTOMER):
            continue
        there = re.sub(r"{\w+}", "1", route.path)
        status, _ = await stage.ask(route.method, there, token=token)
        if status != 403:
            wrong.append((route.method, route.path, status))
    assert wrong == []


@pytest.mark.parametrize("change", ["forged", "old", "of a link"])
async def test_a_pin_token_is_not_forged_nor_used_when_it_is_old(
    stage: Stage, clock: HandClock, change: str
) -> None:
    token = await opened(stage)
    if change == "forged":
        body, _, signature = token.partition(".")
        token = f"{body[:-2]}AA.{signature}"
    elif change == "old":
        clock.move(minutes=15)
    else:
        token = stage.daemon.world.links.calendar("person:ana").rsplit("/", 1)[1][:-4]
    assert (await stage.ask("GET", PATH, token=token))[0] == 401
