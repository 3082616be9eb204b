"""Do people's calendars take them off call, and does a calendar that is away change nothing?"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from responder.calendars import absences
from responder.clock import HandClock
from responder.rota_values import Absence, Span
from responder.store import rotas
from tests.responder.calendars.test_reading import DAYS, calendar, event
from tests.responder.web.duty import START, company
from tests.stories.stage import RESPONDER, Stage, begin

NOW = event("DTSTART:20261122T000000Z", "DTEND:20261123T000000Z", "SUMMARY:At the sea")


class Office:
    """Somebody's calendar on the web."""

    def __init__(self) -> None:
        self.status, self.text, self.asked = 200, calendar(NOW), 0
        self.url = ""

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(status=self.status, text=self.text)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    one = Office()
    app = web.Application()
    app.router.add_get("/clara.ics", one.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/clara.ics"
    yield one
    await runner.cleanup()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
async def stage(tmp_path: Path, office: Office, clock: HandClock) -> AsyncIterator[Stage]:
    """Clara, who is on call, has a calendar; Boris has said in the file when he is away."""
    path = company(tmp_path)
    text = path.read_text()
    text = text.replace(
        "zone: Europe/Sofia}\n  dora",
        f'zone: Europe/Sofia, absences: {{url: "{office.url}"}}}}\n  dora',
    )
    text = text.replace(
        "to: boris@example.net}]",
        "to: boris@example.net}], away: [{from: 2026-12-01, to: 2026-12-02, why: exam}]",
    )
    path.write_text(text)
    stage = await begin(path, clock=clock)
    yield stage
    await stage.daemon.end()


async def turn(stage: Stage) -> list[Absence]:
    await stage.daemon.world.duties["calendars"].turn()
    span = Span(START, START.replace(year=2027))
    return list((await stage.daemon.world.store.read(rotas.within, span)).absences)


async def on_call(stage: Stage) -> list[str]:
    _, told = await stage.ask("GET", "/api/v1/oncall?rota=rapid-response")
    return [one["person"] for one in told["rotas"][0]["on_call"]]


async def metric(stage: Stage) -> float:
    _, text = await stage.ask("GET", "/metrics")
    (line,) = [one for one in text.splitlines() if one.startswith("responder_calendars_unread ")]
    return float(line.split()[1])


async def test_the_file_counts_at_once_and_a_calendar_from_the_second_turn(
    stage: Stage, office: Office
) -> None:
    (boris,) = await turn(stage)
    assert (boris.person, boris.why, office.asked) == ("boris", "exam", 0)
    assert boris.span.starts.isoformat() == "2026-12-01T00:00:00+00:00"
    assert boris.span.ends.isoformat() == "2026-12-03T00:00:00+00:00"
    assert await on_call(stage) == ["clara"]
    clara, _ = await turn(stage)
    assert (clara.person, clara.why) == ("clara", "At the sea")
    assert await on_call(stage) == []
    _, told = await stage.ask("GET", "/api/v1/oncall?rota=rapid-response")
    assert told["rotas"][0]["gap_until"] == "2026-11-22T05:00:00.000Z"
    assert told["rotas"][0]["away"][0]["covered"] is False


async def test_it_is_read_every_quarter_and_what_is_gone_from_it_holds_no_more(
    stage: Stage, office: Office, clock: HandClock
) -> None:
    for _ in range(3):
        await turn(stage)
    assert office.asked == 1
    office.text = calendar(event(*DAYS))
    clock.move(minutes=15)
    assert [one.why for one in await turn(stage)] == ["exam", "Skiing"]
    assert await on_call(stage) == ["clara"]


@pytest.mark.parametrize(
    ("status", "text"),
    [(500, ""), (404, ""), (302, ""), (200, "<html>"), (200, "x" * (1 << 20) + "x")],
    ids=["broken", "gone", "moved", "no-calendar", "too-long"],
)
async def test_what_can_not_be_read_leaves_what_it_said_before(
    stage: Stage, office: Office, clock: HandClock, status: int, text: str
) -> None:
    await turn(stage)
    before = await turn(stage)
    office.status, office.text = status, text
    clock.move(minutes=15)
    assert await turn(stage) == before
    assert await metric(stage) == 1
    office.status, office.text = 200, calendar(NOW)
    clock.move(minutes=15)
    assert await turn(stage) == before
    assert await metric(stage) == 0


async def test_an_endless_calendar_is_given_up_and_the_daemon_goes_on(
    stage: Stage, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "_WITHIN", 2.0)
    bomb = event("DTSTART:20200101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY")
    office.text = calendar(bomb)
    await turn(stage)
    assert [one.why for one in await turn(stage)] == ["exam"]
    assert await metric(stage) == 1


async def test_a_calendar_that_is_configured_no_more_is_forgotten(stage: Stage) -> None:
    await turn(stage)
    assert len(await turn(stage)) == 2
    path = stage.folder / "responder.yaml"
    text = path.read_text()
    i = text.index(", absences:")
    path.write_text(text[:i] + text[text.index("}", i) + 1 :])
    assert (await stage.ask("POST", "/-/reload"))[0] == 200
    assert [one.why for one in await turn(stage)] == ["exam"]


async def test_who_is_away_by_his_calendar_stands_in_for_nobody(stage: Stage) -> None:
    for _ in range(2):
        await turn(stage)
    body = {"rota": "rapid-response", "person": "clara", "for": "1h"}
    status, told = await stage.ask("POST", "/api/v1/oncall/overrides", token=RESPONDER, body=body)
    assert (status, "At the sea" in told["error"]["message"]) == (409, True)
