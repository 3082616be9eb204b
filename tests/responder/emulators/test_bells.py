"""Do the small providers behave as their documents say, also where it hurts?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from responder.emulators.chat import ChatEmulator
from responder.emulators.goalert import GoAlertEmulator
from responder.emulators.misbehaving import Misbehaving, Mode
from responder.emulators.ntfy import NtfyEmulator


@asynccontextmanager
async def running(emulator: Misbehaving) -> AsyncIterator[aiohttp.ClientSession]:
    await emulator.start()
    async with aiohttp.ClientSession(emulator.url) as session:
        yield session
    await emulator.stop()


BEARER = {"Authorization": "Bearer key"}
VIEW = {"action": "view", "label": "x", "url": "http://x"}
INCOMING = "/api/v2/generic/incoming"


async def test_goalert_says_nothing_unless_json_is_asked_for_word_for_word() -> None:
    async with running(GoAlertEmulator("key")) as session:
        told = {"summary": "web1", "dedup": "a"}
        for accept in ("*/*", "application/json, text/plain"):
            headers = {**BEARER, "Accept": accept}
            assert (await session.post(INCOMING, json=told, headers=headers)).status == 204
        exact = {**BEARER, "Accept": "application/json"}
        answer = await (await session.post(INCOMING, json=told, headers=exact)).json()
        assert answer == {"AlertID": 1, "ServiceID": "e3b0", "IsNew": False}


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [({}, "", 401), ({"Authorization": "Bearer no"}, "", 401), (BEARER, "", 204), ({}, "key", 204)],
)
async def test_goalert_takes_its_key_as_bearer_or_in_the_query(
    headers: dict[str, str], query: str, status: int
) -> None:
    async with running(GoAlertEmulator("key")) as session:
        url = f"{INCOMING}?token={query}" if query else INCOMING
        answer = await session.post(url, json={"summary": "x"}, headers=headers)
        assert answer.status == status


async def test_goalert_matches_names_in_any_case_and_refuses_what_is_no_json() -> None:
    emulator = GoAlertEmulator("key")
    async with running(emulator) as session:
        shout = {"SUMMARY": "x", "Dedup": "a", "ACTION": "close"}
        assert (await session.post(INCOMING, json=shout, headers=BEARER)).status == 204
        assert emulator.taken[0]["dedup"] == "a"
        assert emulator.alerts == []
        for body in ("[", "[]"):
            refused = await session.post(INCOMING, data=body, headers=BEARER)
            assert refused.status == 400


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"topic": "ana"}, 200),
        ({"topic": "ana", "priority": 6}, 400),
        ({"topic": "a b"}, 400),
        ({"topic": "locked"}, 403),
        ({"topic": "ana", "message": "x" * 4097}, 400),
        ({"topic": "ana", "actions": [{**VIEW, "url": "ftp://x"}]}, 400),
        ({"topic": "ana", "actions": [{**VIEW, "action": "press"}]}, 400),
        ({"topic": "ana", "actions": [VIEW] * 3}, 200),
        ({"topic": "ana", "actions": [VIEW] * 4}, 400),
        ([], 400),
    ],
)  # fmt: skip
async def test_ntfy_refuses_what_it_would_not_show(told: Any, status: int) -> None:
    emulator = NtfyEmulator(tokens={"locked": "tk"})
    async with running(emulator) as session:
        answer = await session.post("/", json=told)
        assert answer.status == status
        assert len(emulator.taken) == (status == 200)


async def test_a_chat_knows_its_own_hooks_alone() -> None:
    emulator = ChatEmulator("t" * 32)
    async with running(emulator) as session:
        assert (await session.post("/hooks/wrong", json={"text": "x"})).status == 404
        assert (await session.post(f"/hooks/{'t' * 32}", json={"text": ""})).status == 400
        assert (await session.post(f"/hooks/{'t' * 32}", json={"text": "x"})).status == 200
        assert emulator.taken == [{"text": "x"}]


@pytest.mark.parametrize("mode", [Mode.THROTTLED, Mode.BROKEN, Mode.UNAVAILABLE, Mode.BAD_REQUEST])
async def test_each_can_be_as_bad_as_wished_and_takes_nothing_then(mode: Mode) -> None:
    for emulator in (GoAlertEmulator("key"), NtfyEmulator(), ChatEmulator("t")):
        emulator.mode = mode
        async with running(emulator) as session:
            answer = await session.post(INCOMING, json={"summary": "x"}, headers=BEARER)
            assert answer.status == int(mode)
