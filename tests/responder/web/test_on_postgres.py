"""Does everything that is shown and done over the web work on PostgreSQL as well?"""

from pathlib import Path
from typing import Any

from responder.clock import HandClock
from tests.require import free_port
from tests.responder.web.reading import read
from tests.responder.web.test_alertmanager_api import silence
from tests.responder.web.test_link_page import path
from tests.stories.stage import AGENT, TOKEN, Stage, begin, firing, write_config


async def done(stage: Stage, method: str, where: str, body: Any = None, *, token: str = "") -> Any:
    status, told = await stage.ask(method, where, token=token or "stage-admin", body=body)
    assert status in (200, 303), (where, told)
    return told


async def live(stage: Stage, clock: HandClock) -> None:
    """One night, through every door."""
    for disk in ("sda", "sdb", "sdc"):
        await stage.send(firing(disk=disk))
    await stage.send(firing("a\x00b", name="NUL"))
    alerts = [{"labels": {"alertname": "Other", "host": "elsewhere"}}]
    await done(stage, "POST", "/api/v2/alerts", alerts, token=TOKEN)
    told = await done(stage, "GET", "/api/v1/incidents?state=active&limit=2&server=web1")
    assert [one["alerts_total"] for one in told["incidents"]] == [3]
    first = await done(stage, "GET", "/api/v1/incidents?limit=2")
    rest = await done(stage, "GET", f"/api/v1/incidents?limit=2&after={first['next']}")
    assert (len(first["incidents"]), len(rest["incidents"]), rest["next"]) == (2, 1, None)
    assert (await stage.ask("GET", "/api/v1/incidents/999999999999999"))[0] == 404
    assert await done(stage, "GET", "/api/v1/incidents?server=%00") == {
        "incidents": [],
        "next": None,
    }
    await done(stage, "POST", "/api/v1/incidents/1/note", {"note": "a\x00b"}, token=AGENT)
    set_ = await done(stage, "POST", "/api/v2/silences", silence(host="elsewhere"), token=AGENT)
    held = await done(stage, "GET", "/api/v2/alerts?active=false")
    assert [one["status"]["silencedBy"] for one in held] == [[set_["silenceID"]]]
    await done(stage, "DELETE", f"/api/v2/silence/{set_['silenceID']}")
    await done(stage, "POST", "/api/v1/maintenance", {"scope": "server:web1", "for": "1h"})
    assert (await done(stage, "GET", "/api/v1/incidents/1"))["muted_by"] == ["maintenance:1"]
    assert await done(stage, "DELETE", "/api/v1/maintenance/1") == {"maintenance": []}
    await done(stage, "POST", path(stage))
    assert "You have it since" in read(await done(stage, "GET", path(stage))).text
    assert "ana has it" in read(await done(stage, "GET", "/")).text
    assert (await done(stage, "POST", "/api/v1/outbox/retry")) == {"retried": 0}
    assert (await done(stage, "GET", "/api/v1/outbox"))["dead"] == []
    events = (await done(stage, "GET", "/api/v1/incidents/1/events"))["events"]
    assert [one["id"] for one in events] == [f"1-{place + 1}" for place in range(len(events))]
    assert clock.now().tzinfo is not None


async def test_a_night_on_postgresql(tmp_path: Path, postgres_url: str, clock: HandClock) -> None:
    stage = await begin(write_config(tmp_path, smtp=free_port(), store=postgres_url), clock=clock)
    try:
        await live(stage, clock)
    finally:
        await stage.daemon.end()


async def test_the_same_night_on_sqlite(stage: Stage, clock: HandClock) -> None:
    await live(stage, clock)
