"""The emulated pager: it says no as PagerDuty does, and misbehaves when told to."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from playbooks.client import Answer, call, open_session
from playbooks.outside import OutsideError
from responder.emulators.pager import Mode, PagerEmulator

EVENT: dict[str, Any] = {
    "routing_key": "k" * 32,
    "event_action": "trigger",
    "dedup_key": "INC-7",
    "payload": {"summary": "web1 is down", "source": "web1", "severity": "critical"},
}


@pytest.fixture
async def pager() -> AsyncIterator[PagerEmulator]:
    emulator = PagerEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


async def send(
    session: aiohttp.ClientSession, pager: PagerEmulator, told: Any, *, within: float = 5.0
) -> Answer:
    return await call(session, "POST", pager.events_url, what="pager", json=told, within=within)


async def test_a_good_event_is_taken(session: aiohttp.ClientSession, pager: PagerEmulator) -> None:
    answer = await send(session, pager, EVENT)
    assert answer.status == 202
    assert answer.json()["dedup_key"] == "INC-7"
    assert [taken.json for taken in await pager.wait_for(1)] == [EVENT]


@pytest.mark.parametrize(
    "told",
    [
        [],
        {},
        EVENT | {"routing_key": "short"},
        EVENT | {"event_action": "shout"},
        EVENT | {"dedup_key": "x" * 256},
        EVENT | {"payload": {}},
        EVENT | {"payload": EVENT["payload"] | {"summary": "x" * 1025}},
        EVENT | {"payload": EVENT["payload"] | {"source": ""}},
        EVENT | {"payload": EVENT["payload"] | {"severity": "high"}},
    ],
)
async def test_a_bad_event_is_refused_with_the_reason(
    session: aiohttp.ClientSession, pager: PagerEmulator, told: Any
) -> None:
    answer = await send(session, pager, told)
    assert answer.status == 400
    assert answer.json()["errors"]
    assert pager.taken == []


async def test_what_was_never_triggered_is_dropped_with_a_yes(
    session: aiohttp.ClientSession, pager: PagerEmulator
) -> None:
    answer = await send(session, pager, EVENT | {"event_action": "resolve"})
    assert answer.status == 202
    assert pager.alarms == {}


@pytest.mark.parametrize(("mode", "taken"), [(Mode.HANG, 0), (Mode.HANG_AFTER_ACCEPT, 1)])
async def test_it_hangs_until_the_caller_or_the_pager_gives_up(
    session: aiohttp.ClientSession, pager: PagerEmulator, mode: Mode, taken: int
) -> None:
    pager.mode = mode
    with pytest.raises(OutsideError, match="no complete answer"):
        await send(session, pager, EVENT, within=0.3)
    assert len(pager.taken) == taken
    waiting = asyncio.create_task(send(session, pager, EVENT))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await pager.stop()
    assert (await waiting).status == 503


@pytest.mark.parametrize("mode", [Mode.THROTTLED, Mode.BROKEN, Mode.UNAVAILABLE])
async def test_it_refuses_as_told(
    session: aiohttp.ClientSession, pager: PagerEmulator, mode: Mode
) -> None:
    pager.mode = mode
    assert (await send(session, pager, EVENT)).status == int(mode)
    assert pager.taken == []


async def test_it_says_what_it_waited_for(pager: PagerEmulator) -> None:
    with pytest.raises(TimeoutError):
        await pager.wait_for(1, within=0.05)
