"""Does a webhook of a ticket system only ever make us look sooner?"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from responder.clock import HandClock
from responder.emulators.freescout import FreeScoutEmulator
from tests.contracts.house_zammad import ZammadHouse, emulated_zammad
from tests.contracts.ticket_houses import draft
from tests.require import free_port
from tests.stories.stage import Stage, begin, write_config

ZAMMAD = """
tickets:
  system: zammad
  url: "{url}"
  token_file: secrets/zammad
  webhook_secret_file: secrets/hook
"""
FREESCOUT = """
tickets:
  system: freescout
  url: http://127.0.0.1:1
  api_key_file: secrets/key
  app_key_file: secrets/app
  user: responder@desk.example
  customer: monitoring@desk.example
  mailbox: Support
"""


def secret(folder: Path, name: str, words: str) -> None:
    path = folder / "secrets" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(words)
    path.chmod(0o600)


@pytest.fixture
async def house() -> AsyncIterator[ZammadHouse]:
    async with emulated_zammad() as house:
        yield house


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock, house: ZammadHouse) -> AsyncIterator[Stage]:
    """A daemon whose tickets are kept in Zammad; the first line of the secret is the new one."""
    secret(tmp_path, "zammad", house.emulator.token)
    secret(tmp_path, "hook", f"the-new-one\n{house.emulator.secret}\n")
    more = ZAMMAD.format(url=house.url)
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=more), clock=clock)
    yield stage
    await stage.daemon.end()


async def call(
    stage: Stage, body: bytes, headers: Mapping[str, str], *, system: str = "zammad"
) -> int:
    url = f"{stage.url}/callbacks/tickets/{system}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        return answer.status


async def looks(stage: Stage, *, within: float = 45.0) -> bool:
    """Is a turn of the poll asked for, soon?"""
    try:
        async with asyncio.timeout(within):
            await stage.daemon.world.duties["sync"].wake.wait()
    except TimeoutError:
        return False
    return True


async def test_a_signed_webhook_has_us_look_and_is_answered_before(
    stage: Stage, house: ZammadHouse
) -> None:
    ref = await house.system.open(draft())
    assert await call(stage, *house.emulator.hook(ref.id)) == 200
    assert not stage.daemon.world.duties["sync"].wake.is_set()
    assert await looks(stage)


async def test_r1_a_customers_ticket_is_ours_after_its_webhook_and_once_however_often_it_comes(
    stage: Stage, house: ZammadHouse
) -> None:
    foreign = stage.daemon.world.duties["foreign"]
    await foreign.turn()
    ref = await house.people.ask("My shop is down", "Nothing answers.", "level-1")
    for _ in range(3):
        assert await call(stage, *house.emulator.hook(ref.id)) == 200
        async with asyncio.timeout(45):
            await foreign.wake.wait()
        foreign.wake.clear()
        await foreign.turn()
    _, told = await stage.ask("GET", "/api/v1/tickets")
    (ticket,) = told["tickets"]
    assert (ticket["system"], ticket["ref"], ticket["channel"]) == ("zammad", ref.id, "ticket")


@pytest.mark.parametrize("header", ["", "sha1=", "sha1=0000", "sha256=x", "sha1=größe"])
async def test_a_webhook_that_is_not_signed_has_us_do_nothing(
    stage: Stage, house: ZammadHouse, header: str
) -> None:
    ref = await house.system.open(draft())
    body, headers = house.emulator.hook(ref.id)
    assert await call(stage, body, {**headers, "X-Hub-Signature": header}) == 403
    assert await call(stage, body + b" ", headers) == 403
    assert not await looks(stage, within=1.3)
    _, told = await stage.ask("GET", "/metrics")
    assert 'responder_callbacks_refused_total{reason="signature"} 2.0' in told


async def test_another_system_than_ours_is_not_found(stage: Stage, house: ZammadHouse) -> None:
    ref = await house.system.open(draft())
    body, headers = house.emulator.hook(ref.id)
    for system in ("freescout", "desk", "rt", "x" * 200):
        assert await call(stage, body, headers, system=system) == 404


async def test_a_storm_of_webhooks_doubled_and_out_of_order_is_one_look_and_each_change_once(
    stage: Stage, house: ZammadHouse
) -> None:
    _, cursor = await house.system.changes("")
    refs = [await house.system.open(draft()) for _ in range(3)]
    for number in range(4):
        await house.people.note("dana", refs[number % 3], f"note {number}")
    hooks = [house.emulator.hook(ref.id) for ref in refs] * 3
    random.Random(7).shuffle(hooks)
    assert {await call(stage, *hook) for hook in hooks} == {200}
    assert await looks(stage)
    changes, cursor = await house.system.changes(cursor)
    assert [one.text for one in changes if one.text] == [f"note {n}" for n in range(4)]
    stage.daemon.world.duties["sync"].wake.clear()
    assert not await looks(stage, within=1.3)
    assert await house.system.changes(cursor) == ([], cursor)


async def test_without_a_readable_secret_nothing_is_let_in(
    stage: Stage, house: ZammadHouse
) -> None:
    ref = await house.system.open(draft())
    (stage.folder / "secrets" / "hook").unlink()
    assert await call(stage, *house.emulator.hook(ref.id)) == 503


async def test_freescout_signs_with_a_key_made_of_its_own(tmp_path: Path, clock: HandClock) -> None:
    emulator = FreeScoutEmulator()
    secret(tmp_path, "key", "x")
    secret(tmp_path, "app", emulator.app_key)
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=FREESCOUT), clock=clock)
    body, headers = emulator.hook(7)
    assert await call(stage, body, headers, system="freescout") == 200
    forged = {"X-FreeScout-Signature": "x"}
    assert await call(stage, body, forged, system="freescout") == 403
    await stage.daemon.end()
