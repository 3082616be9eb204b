"""Can every power action be stopped over the API, whatever is broken?"""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from responder.web.api_kill_switch import PATH, KillSwitchAnswer
from tests.stories.stage import ADMIN, AGENT, RESPONDER, VIEWER, Stage


async def shown(stage: Stage) -> Any:
    status, told = await stage.ask("GET", PATH, token=VIEWER)
    assert status == 200
    KillSwitchAnswer.model_validate(told)
    return told


async def metric(stage: Stage) -> str:
    _, page = await stage.ask("GET", "/metrics", token=VIEWER)
    (line,) = (one for one in page.splitlines() if one.startswith("responder_kill_switch "))
    return str(line.split()[1])


async def test_it_is_thrown_shown_counted_and_lifted(stage: Stage) -> None:
    assert (await shown(stage))["on"] is False
    assert await metric(stage) == "0.0"
    status, told = await stage.ask("POST", PATH, token=RESPONDER, body={"reason": "smoke"})
    assert (status, told["on"], told["trouble"]) == (200, True, "")
    assert (await shown(stage))["reason"] == "mira, 2026-11-22 03:10 UTC: smoke"
    assert await metric(stage) == "1.0"
    status, told = await stage.ask("DELETE", PATH, token=ADMIN)
    assert (status, told["on"], told["reason"]) == (200, False, "")
    assert await metric(stage) == "0.0"


async def test_who_may_act_may_stop_everything_and_an_admin_lets_it_go(stage: Stage) -> None:
    assert (await stage.ask("POST", PATH, token=AGENT))[0] == 403
    assert (await stage.ask("POST", PATH, token=RESPONDER))[0] == 200
    assert (await stage.ask("DELETE", PATH, token=RESPONDER))[0] == 403
    assert (await shown(stage))["on"] is True


async def test_it_works_while_the_store_takes_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("responder.killswitch.WITHIN", 0.05)
    with closing(sqlite3.connect(stage.folder / "responder.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        status, told = await stage.ask("POST", PATH, token=RESPONDER, body={"reason": "no disk"})
        assert (status, told["on"]) == (200, True)
        assert "the store can't be told" in told["trouble"]
        assert "no disk" in (await shown(stage))["reason"]
        status, told = await stage.ask("DELETE", PATH, token=ADMIN)
        assert (status, told["error"]["code"]) == (503, "unavailable")
        assert "still on" in told["error"]["message"]
        assert (await shown(stage))["on"] is True
        other.rollback()


async def test_what_does_not_fit_is_refused_and_throws_nothing(stage: Stage) -> None:
    assert (await stage.ask("POST", PATH, token=RESPONDER, body={"why": "smoke"}))[0] == 400
    assert (await shown(stage))["on"] is False
