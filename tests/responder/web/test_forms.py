"""R5: does a brand's form take every honest request, once, and stay shut for floods and robots?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from responder.clock import HandClock
from responder.web.forms import Throttle
from tests.real.smtp import Mailbox
from tests.stories.brands import BRANDS
from tests.stories.stage import Stage, begin, write_config

NIGHT = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
FORM = {"subject": "Password", "text": "Where do I change it?", "email": "mara@gina.example"}


@pytest.fixture
async def stage(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Stage]:
    more = BRANDS + 'status: {proxies: ["127.0.0.0/8"]}\n'
    path = write_config(tmp_path, smtp=mailbox.port, more=more)
    begun = await begin(path, clock=HandClock(NIGHT))
    yield begun
    await begun.daemon.end()


async def send(
    stage: Stage, brand: str = "acme", *, source: str = "192.0.2.1", **how: Any
) -> tuple[int, Any]:
    """Fill it in; status and answer."""
    headers = {"X-Forwarded-For": source} if source else {}
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"{stage.url}/forms/{brand}", headers=headers, **how)
        return answer.status, await answer.json()


async def tickets(stage: Stage) -> list[dict[str, Any]]:
    _, told = await stage.ask("GET", "/api/v1/tickets")
    listed: list[dict[str, Any]] = told["tickets"]
    return listed


@pytest.mark.parametrize("kind", ["json", "data"])
async def test_r5_a_form_is_answered_with_number_and_expected_time(stage: Stage, kind: str) -> None:
    how: Any = {kind: {**FORM, "name": "Mara", "website": ""}}
    status, told = await send(stage, **how)
    assert (status, told) == (201, {"reference": "1", "expected_seconds": 8 * 3600})
    (ticket,) = await tickets(stage)
    assert (ticket["channel"], ticket["brand"], ticket["priority"]) == ("form", "acme", "medium")


async def test_a_robot_is_told_the_same_and_leaves_nothing(stage: Stage) -> None:
    status, told = await send(stage, json={**FORM, "website": "https://spam.example"})
    assert (status, sorted(told)) == (201, ["expected_seconds", "reference"])
    assert await tickets(stage) == []


async def test_a_flood_of_one_source_shuts_out_that_source_alone(stage: Stage) -> None:
    answers = [(await send(stage, json=FORM))[0] for _ in range(7)]
    assert answers == [201] * 5 + [429] * 2
    assert (await send(stage, json=FORM, source="192.0.2.2"))[0] == 201
    stage.daemon.world.clock.move(minutes=11)  # type: ignore[attr-defined]
    assert (await send(stage, json=FORM))[0] == 201


async def test_a_flood_of_many_sources_shuts_the_form_of_its_brand_alone(stage: Stage) -> None:
    robot = {**FORM, "website": "https://spam.example"}
    sent = [await send(stage, json=robot, source=f"198.51.100.{one}") for one in range(120)]
    assert {status for status, _ in sent} == {201}
    assert (await send(stage, json=FORM))[0] == 429
    assert (await send(stage, "blau", json=FORM))[0] == 201


def test_the_throttle_remembers_a_bounded_number_of_sources() -> None:
    throttle = Throttle()
    let = [throttle.lets("acme", f"{one}", now=NIGHT) for one in range(10_050)]
    assert sum(let) == 120
    assert len(throttle._sources) == 10_000
    assert not throttle.lets("acme", "new", now=NIGHT + timedelta(minutes=10))
    assert throttle.lets("acme", "new", now=NIGHT + timedelta(minutes=11))


async def test_only_what_our_own_proxy_wrote_last_is_believed(stage: Stage) -> None:
    """Whoever writes a list himself is counted by what the proxy has added to it."""
    for number in range(5):
        await send(stage, json=FORM, source=f"10.9.9.{number}, 192.0.2.7")
    assert (await send(stage, json=FORM, source="10.9.9.99, 192.0.2.7"))[0] == 429
    assert (await send(stage, json=FORM, source="192.0.2.7, 127.0.0.3"))[0] == 429


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b"\xff\xfe", b"1", b'{"subject": 1}', b"[" * 5000,
        b'{"subject": "a", "text": "b", "email": "no address"}',
        b'{"subject": "a", "text": "b", "email": "a@b.example", "more": 1}',
        b'{"subject": "a", "text": "", "email": "a@b.example"}',
    ],
)  # fmt: skip
async def test_what_is_no_form_is_refused_with_its_place(stage: Stage, body: bytes) -> None:
    status, told = await send(stage, data=body, source="")
    assert (status, told["error"]["code"]) == (400, "bad_request")
    assert await tickets(stage) == []


async def test_no_brand_names_another(stage: Stage) -> None:
    status, told = await send(stage, "nobody", json=FORM)
    assert status == 404
    assert "acme" not in str(told)


async def test_a_form_that_is_too_large_is_not_read(stage: Stage) -> None:
    assert (await send(stage, data=b"x" * 70_000))[0] == 413
