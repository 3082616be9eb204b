"""Where a second factor is asked for: does a link alone agree to anything?"""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from responder.clock import HandClock
from responder.emulators.redfish import RedfishEmulator
from responder.run_values import RunState
from responder.store import StoreUnavailable, cursors
from responder.store.opening import open_store
from responder.totp import code_at, seed_of, step_of
from responder.web.second_factor import taken
from tests.responder.runs.asking import DIGEST
from tests.responder.runs.company import asking, begun, machines, put, settle
from tests.responder.web.conftest import START
from tests.responder.web.deciding import YES, get, journal, path, press
from tests.stories.stage import RESPONDER, Stage, begin, firing

SEED = base64.b32encode(b"a seed of twenty bytes").decode()
ME = {**YES, "code": ""}


@pytest.fixture
async def bmc() -> AsyncIterator[RedfishEmulator]:
    """The machines of the company."""
    one = machines()
    await one.start()
    yield one
    await one.stop()


def settled(folder: Path, bmc: RedfishEmulator) -> Path:
    """ana has a second factor, petar has none, and it is asked for."""
    file = settle(folder, bmc)
    seed = folder / "secrets" / "totp-ana"
    seed.write_text(SEED + "\n")
    seed.chmod(0o600)
    mail = "methods: [{{kind: email, to: {}@example.net}}]"
    ana, petar = mail.format("ana"), mail.format("p")
    text = file.read_text()
    text = text.replace(f"ana: {{{ana}", f"ana: {{totp_file: secrets/totp-ana, {ana}")
    text = text.replace("people:\n", f"people:\n  petar: {{{petar}}}\n")
    file.write_text(text.replace("playbooks: {", "playbooks: {second_factor: true, "))
    return file


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock, bmc: RedfishEmulator) -> AsyncIterator[Stage]:
    """A run on web1 asks whether to switch it off."""
    one = await begin(settled(tmp_path, bmc), clock=clock)
    await one.send(firing())
    await begun(one)
    await asking(one)
    yield one
    with contextlib.suppress(StoreUnavailable):
        await one.daemon.end()


def shown(clock: HandClock, *, steps: int = 0) -> str:
    """What ana's telephone shows."""
    return code_at(seed_of(SEED), step_of(clock.now()) + steps)


def wrong(clock: HandClock) -> str:
    near = {shown(clock, steps=one) for one in range(-1, 30)}
    return next(code for code in ("000000", "111111", "222222") if code not in near)


async def test_the_page_asks_for_the_code(stage: Stage) -> None:
    _, page = await get(stage, path(stage))
    assert set(page.values("input", "id")) == {"name", "code", "reason"}
    assert set(page.values("label", "for")) == {"name", "code", "reason"}
    assert "one-time-code" in page.values("input", "autocomplete")


async def test_the_name_and_the_code_are_a_yes(stage: Stage, clock: HandClock) -> None:
    link = path(stage)
    assert (await press(stage, link, {**YES, "code": shown(clock)}))[0] == 303
    assert await journal(stage) == [("approved", "ana")]
    # Pressed again it changes nothing, and is no replay.
    assert (await press(stage, link, {**YES, "code": shown(clock)}))[0] == 303
    assert await journal(stage) == [("approved", "ana")]


@pytest.mark.parametrize("form", [YES, ME, {**YES, "code": "12345"}, {**YES, "code": "123 45x"}])
async def test_without_a_code_there_is_no_yes(stage: Stage, form: dict[str, str]) -> None:
    status, page = await press(stage, path(stage), form)
    assert (status, "type the six digits that your app shows" in page.text) == (400, True)
    assert page.values("p", "id") == ["refusal"]
    assert await journal(stage) == []


async def test_a_wrong_code_is_no_yes(stage: Stage, clock: HandClock) -> None:
    status, page = await press(stage, path(stage), {**YES, "code": wrong(clock)})
    assert (status, "this code is wrong" in page.text) == (400, True)
    assert (await press(stage, path(stage), {**YES, "code": shown(clock, steps=-2)}))[0] == 400
    assert await journal(stage) == []


async def test_a_right_code_with_another_name_is_no_yes_and_not_used_up(
    stage: Stage, clock: HandClock
) -> None:
    status, _ = await press(stage, path(stage), {**YES, "name": "web2", "code": shown(clock)})
    assert (status, await journal(stage)) == (400, [])
    assert (await press(stage, path(stage), {**YES, "code": shown(clock)}))[0] == 303


async def test_a_telephone_may_be_half_a_minute_late(stage: Stage, clock: HandClock) -> None:
    assert (await press(stage, path(stage), {**YES, "code": shown(clock, steps=-1)}))[0] == 303


async def test_a_code_answers_one_question(stage: Stage, clock: HandClock) -> None:
    code = shown(clock)
    assert (await press(stage, path(stage), {**YES, "code": code}))[0] == 303
    _, run = await stage.ask("GET", "/api/v1/runs/1")
    asked = {
        "digest": "e" * 64, "since": run["asked"]["since"], "until": run["asked"]["until"],
        "action": "power.on", "would": "switch web1 on",
    }  # fmt: skip
    await put(stage, RunState.WAITING, asked=asked)
    link = path(stage, digest="e" * 64)
    status, page = await press(stage, link, {**YES, "code": code})
    assert (status, "this code was used already" in page.text) == (400, True)
    clock.move(seconds=30)
    assert (await press(stage, link, {**YES, "code": shown(clock)}))[0] == 303


async def test_to_overrule_more_takes_a_new_code(stage: Stage, clock: HandClock) -> None:
    code = shown(clock)
    assert (await press(stage, path(stage), {**YES, "code": code}))[0] == 303
    more = {**YES, "overrule": "blind", "reason": "I stand beside it"}
    assert (await press(stage, path(stage), more))[0] == 400
    assert (await press(stage, path(stage), {**more, "code": code}))[0] == 400
    clock.move(seconds=30)
    assert (await press(stage, path(stage), {**more, "code": shown(clock)}))[0] == 303


async def test_codes_are_not_guessed_not_even_over_a_restart(
    stage: Stage, clock: HandClock
) -> None:
    link = path(stage)
    for _ in range(5):
        assert (await press(stage, link, {**YES, "code": wrong(clock)}))[0] == 400
    status, page = await press(stage, link, {**YES, "code": shown(clock)})
    assert (status, "none is taken for 10 min" in page.text) == (429, True)
    await stage.daemon.end()
    again = await begin(stage.folder / "responder.yaml", clock=clock)
    stage.daemon, stage.url = again.daemon, again.url
    assert (await press(stage, link, {**YES, "code": shown(clock)}))[0] == 429
    assert await journal(stage) == []
    clock.move(minutes=9, seconds=59)
    assert (await press(stage, link, {**YES, "code": shown(clock)}))[0] == 429
    clock.move(seconds=1)
    assert (await press(stage, link, {**YES, "code": shown(clock)}))[0] != 429


async def test_many_guesses_at_once_are_no_more_guesses(stage: Stage, clock: HandClock) -> None:
    form = {**YES, "code": wrong(clock)}
    told = await asyncio.gather(*(press(stage, path(stage), form) for _ in range(12)))
    assert sorted(status for status, _ in told) == [400] * 5 + [429] * 7


async def test_a_used_code_stays_used_over_a_restart(stage: Stage, clock: HandClock) -> None:
    await press(stage, path(stage), {**YES, "code": shown(clock)})
    kept = await stage.daemon.world.store.read(cursors.read, "totp/ana")
    assert str(step_of(clock.now())) in kept
    assert shown(clock) not in kept
    assert SEED not in kept


async def test_what_is_asked_anew_takes_a_new_code(stage: Stage, clock: HandClock) -> None:
    assert (await press(stage, path(stage), {**YES, "code": shown(clock)}))[0] == 303
    clock.move(minutes=1)
    await asking(stage)
    assert (await press(stage, path(stage)))[0] == 400
    assert (await press(stage, path(stage), {**YES, "code": shown(clock)}))[0] == 303


async def test_one_code_is_not_taken_by_two_members_at_once(store_url: str) -> None:
    stores = [open_store(store_url, ballast=0)]
    if store_url.startswith("postgresql"):
        stores.append(open_store(store_url, ballast=0))
    seed = seed_of(SEED)
    check = partial(taken, seed=seed, now=START)
    try:
        for steps in range(1, 4):
            code = code_at(seed, step_of(START) - 2 + steps)
            both = (stores[0].write(check, "ana", code), stores[-1].write(check, "ana", code))
            told = await asyncio.gather(*both)
            assert sorted(one.refusal == "" for one in told) == [False, True]
    finally:
        for one in stores:
            await one.close()


async def test_a_no_needs_no_code(stage: Stage) -> None:
    assert (await press(stage, path(stage), {"answer": "no"}))[0] == 303
    assert await journal(stage) == [("rejected", "ana")]


async def test_who_has_no_second_factor_is_told_what_else_he_can_do(
    stage: Stage, clock: HandClock
) -> None:
    link = path(stage, person="petar")
    status, page = await press(stage, link, {**YES, "code": shown(clock)})
    assert status == 400
    assert "petar has no second factor here" in page.text
    assert "responder playbook approve" in page.text
    assert await journal(stage) == []
    assert (await press(stage, link, {"answer": "no"}))[0] == 303


@pytest.mark.parametrize("spoilt", [None, "", "not base32!", "GEZDGNBV"])
async def test_while_the_seed_cannot_be_read_nobody_agrees(
    stage: Stage, clock: HandClock, spoilt: str | None
) -> None:
    seed = stage.folder / "secrets" / "totp-ana"
    seed.unlink()
    if spoilt is not None:
        seed.write_text(spoilt)
    for code in ("", shown(clock), "000000"):
        status, page = await press(stage, path(stage), {**YES, "code": code})
        assert (status, "no code can be checked" in page.text) == (400, True)
    assert await journal(stage) == []


async def test_who_logs_in_otherwise_needs_no_code(stage: Stage) -> None:
    order = {"digest": DIGEST, "server": "web1"}
    status, _ = await stage.ask("POST", "/api/v1/runs/1/approve", token=RESPONDER, body=order)
    assert (status, await journal(stage)) == (200, [("approved", "mira")])
