"""Can a telephone subscribe to shifts, and only who has the address?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from icalendar import Calendar, Event

from responder.calendars import feed
from responder.calendars.reading import absences
from responder.clock import HandClock
from responder.rota_values import UNCHANGED
from tests.responder.rota.roster import at, layer, rota, span
from tests.responder.web.duty import START, on_duty
from tests.stories.stage import RESPONDER, Stage

RR = "rapid-response"


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Stage, HandClock]]:
    async with on_duty(tmp_path) as one:
        yield one


@pytest.fixture
def duty(both: tuple[Stage, HandClock]) -> Stage:
    return both[0]


async def address(stage: Stage, whose: str) -> str:
    status, told = await stage.ask("GET", f"/api/v1/oncall/calendars/{whose}", token=RESPONDER)
    assert status == 200, told
    path: str = told["url"]
    return path[path.index("/calendar/") :]


async def fetch(stage: Stage, path: str, **headers: str) -> tuple[int, str, str]:
    """Status, text, and what tells it from an older one."""
    async with aiohttp.ClientSession() as session:
        answer = await session.get(stage.url + path, headers=headers)
        return answer.status, await answer.text(), answer.headers.get("ETag", "")


async def events(stage: Stage, whose: str) -> list[Event]:
    status, text, _ = await fetch(stage, await address(stage, whose))
    assert status == 200
    return [one for one in Calendar.from_ical(text).walk("VEVENT") if isinstance(one, Event)]


def first(found: list[Event], after: datetime = START) -> Any:
    return min((one for one in found if one.end > after), key=lambda one: one.start)


async def test_a_person_has_shifts_in_utc_with_names_that_stay(
    both: tuple[Stage, HandClock],
) -> None:
    stage, clock = both
    mine = await events(stage, "clara")
    now = first(mine)
    assert str(now["SUMMARY"]) == f"On call: {RR} (nights)"
    assert (now.start, now.end) == (
        datetime(2026, 11, 21, 17, tzinfo=UTC),
        datetime(2026, 11, 22, 5, tzinfo=UTC),
    )
    assert len({str(one["UID"]) for one in mine}) == len(mine)
    assert max(one.end for one in mine) >= START + timedelta(days=178)
    clock.move(days=2)
    again = {str(one["UID"]): one.start for one in await events(stage, "clara")}
    assert again[str(now["UID"])] == now.start


async def test_a_rota_has_everybody_and_a_change_is_in_it_at_once(duty: Stage) -> None:
    body = {"rota": RR, "person": "dora", "for": "1h", "instead_of": "clara"}
    await duty.ask("POST", "/api/v1/oncall/overrides", token=RESPONDER, body=body)
    found = [one for one in await events(duty, f"rota:{RR}") if one.start == START]
    assert [str(one["SUMMARY"]) for one in found] == ["dora (nights)"]
    assert str(found[0]["DESCRIPTION"]) == "instead of clara"
    names = {str(one["SUMMARY"]) for one in await events(duty, f"rota:{RR}")}
    assert names == {
        "ana (days)", "boris (days)", "boris (nights)", "clara (nights)", "dora (nights)",
        "clara (peak)",
    }  # fmt: skip


async def test_a_team_has_the_shifts_of_all_its_rotas_under_their_names(duty: Stage) -> None:
    rota_s = {str(one["SUMMARY"]) for one in await events(duty, f"rota:{RR}")}
    team_s = {str(one["SUMMARY"]) for one in await events(duty, f"team:{RR}")}
    assert team_s == {f"{RR}: {one}" for one in rota_s}


def test_a_gap_to_come_is_an_event_and_one_that_is_over_is_none() -> None:
    nights = rota(layer("ana", "19:00-07:00 mon tue wed thu fri sat"), layer("ana", "07:00-19:00"))
    within = feed.window(at("2026-01-07 12:00"))
    entries = feed.of_rota(nights, within, UNCHANGED, names={})
    told = [one for one in entries if "GAP" in one.title]
    assert told[0].span == span("2026-01-11 19:00", "2026-01-12 07:00")
    assert len(told) == 26


async def test_who_has_it_already_gets_no_copy_until_something_changes(duty: Stage) -> None:
    path = await address(duty, "ana")
    status, _, tag = await fetch(duty, path)
    assert (status, len(tag)) == (200, 26)
    assert (await fetch(duty, path, **{"If-None-Match": tag}))[:2] == (304, "")
    body = {"rota": RR, "person": "ana", "for": "1h"}
    await duty.ask("POST", "/api/v1/oncall/overrides", token=RESPONDER, body=body)
    assert (await fetch(duty, path, **{"If-None-Match": tag}))[0] == 200


async def test_an_altered_address_opens_nothing(duty: Stage) -> None:
    path = await address(duty, "ana")
    other = await address(duty, "boris")
    mixed = path.split(".")[0] + "." + other.split(".")[1] + ".ics"
    for wrong in (mixed, path.replace(".ics", "x.ics"), "/calendar/x.ics", "/calendar/x.y.ics"):
        assert (await fetch(duty, wrong))[0] == 404
    ack = duty.daemon.world.links.calendar("person:nobody")
    assert (await fetch(duty, ack[ack.index("/calendar/") :]))[0] == 404
    for whose in ("nobody", "rota:x", "person:", "team:x"):
        status, _ = await duty.ask("GET", f"/api/v1/oncall/calendars/{whose}", token=RESPONDER)
        assert status == 404


async def test_being_on_call_is_no_absence(duty: Stage) -> None:
    """Somebody subscribes to his shifts in the calendar that his absences are read from."""
    _, text, _ = await fetch(duty, await address(duty, "ana"))
    within = (START - timedelta(days=30), START + timedelta(days=300))
    assert list(absences(text, within, zone=ZoneInfo("UTC"))) == []
