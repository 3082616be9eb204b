"""Does the daemon tell how it is, and what it could not do?"""

from datetime import UTC, datetime, timedelta
from typing import Any

from responder.clock import HandClock
from responder.store import Tx, outbox
from responder.values import Effect, EffectKind, OutboxState
from responder.web.answers import OutboxAnswer, QuarantineAnswer, StatusAnswer
from tests.stories.stage import RESPONDER, VIEWER, Stage, firing


async def read(stage: Stage, path: str) -> Any:
    status, told = await stage.ask("GET", f"/api/v1/{path}", token=VIEWER)
    assert status == 200
    return told


def kill(tx: Tx, *, now: datetime) -> None:
    """Everything in the outbox becomes a dead letter."""
    jobs = outbox.claim(
        tx, owner="test", kinds=list(EffectKind), now=now, lease=timedelta(minutes=1), limit=100
    )
    for job in jobs:
        outbox.finish(tx, job, state=OutboxState.DEAD, result={}, error="550 no such user", now=now)


async def test_it_tells_its_duties_its_store_and_its_senders(stage: Stage) -> None:
    told = await read(stage, "status")
    StatusAnswer.model_validate(told)
    assert (told["version"], told["config_good"], told["ready"]) == ("test", True, False)
    assert {"outbox", "page", "tick"} <= {duty["name"] for duty in told["duties"]}
    assert told["store"]["writer_alive"] is True
    assert told["config_loaded_at"] == "2026-11-22T03:10:00.000Z"
    assert told["senders"] == [
        {"name": "alertmanager", "kind": "alertmanager", "last_seen_at": None}
    ]
    await stage.send(firing())
    (sender,) = (await read(stage, "status"))["senders"]
    seen = datetime.fromisoformat(sender["last_seen_at"])
    assert abs((datetime.now(UTC) - seen).total_seconds()) < 60


async def test_a_configuration_that_was_refused_shows(stage: Stage) -> None:
    (stage.folder / "responder.yaml").write_text("daemon: [")
    assert (await stage.ask("POST", "/-/reload"))[0] == 500
    assert (await read(stage, "status"))["config_good"] is False


async def test_what_waits_and_what_is_dead_is_shown_and_tried_again(
    stage: Stage, clock: HandClock
) -> None:
    store = stage.daemon.world.store
    await stage.send(firing())
    told = await read(stage, "outbox")
    OutboxAnswer.model_validate(told)
    waiting = {(one["kind"], one["state"]): one["count"] for one in told["waiting"]}
    assert waiting["page", "due"] == 1
    assert told["dead"] == []
    await store.write(kill, now=clock.now())
    told = await read(stage, "outbox")
    OutboxAnswer.model_validate(told)
    letters = {one["kind"]: one for one in told["dead"]}
    assert letters["page"]["incident"] == "1"
    assert letters["page"]["error"] == "550 no such user"
    ids = [letters["page"]["id"]]
    path = "/api/v1/outbox/retry"
    assert await stage.ask("POST", path, token=RESPONDER, body={"ids": ids}) == (
        200,
        {"retried": 1},
    )
    left = len(told["dead"]) - 1
    assert (await stage.ask("POST", path, token=RESPONDER))[1] == {"retried": left}
    assert (await read(stage, "outbox"))["dead"] == []


async def test_a_letter_that_is_not_dead_is_not_tried_again(stage: Stage) -> None:
    await stage.send(firing())
    path = "/api/v1/outbox/retry"
    assert (await stage.ask("POST", path, body={"ids": ["1"]}))[1] == {"retried": 0}
    assert (await stage.ask("POST", path, body={"ids": ["x"]}))[0] == 404
    assert (await stage.ask("POST", path, body={"id": "1"}))[0] == 400


async def test_bodies_that_nobody_could_read_are_shown_once_with_their_count(
    stage: Stage,
) -> None:
    for body in (b"{nonsense", b"{nonsense", b"other"):
        assert await stage.send(body) == 400
    told = await read(stage, "quarantine")
    QuarantineAnswer.model_validate(told)
    assert told["total"] == 2
    assert sorted((one["sender"], one["times"]) for one in told["bodies"]) == [
        ("alertmanager", 1),
        ("alertmanager", 2),
    ]


async def test_an_effect_of_no_known_kind_is_shown_all_the_same(
    stage: Stage, clock: HandClock
) -> None:
    """A newer program may have left it in the store."""
    await stage.send(firing())
    effect = Effect("future/1", "rocket.launch", 1)  # type: ignore[arg-type]
    await stage.daemon.world.store.write(outbox.add, [effect], now=clock.now())
    assert "rocket.launch" in {one["kind"] for one in (await read(stage, "outbox"))["waiting"]}
