"""The two nights in which the clocks of Sofia change: whoever is on call by the wall is called."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.real.smtp import Mailbox
from tests.stories.stage import RESPONDER
from tests.stories.voices import VoiceNight, voice_night

# Nora's shift ends and emil's begins at half past three, in the hour that comes twice, or never.
COMPANY = """\
people:
  nora: {methods: [{kind: ntfy, url: "NTFY", topic: nora}]}
  emil: {methods: [{kind: ntfy, url: "NTFY", topic: emil}]}
rotas:
  nights:
    zone: Europe/Sofia
    layers:
      - people: [emil, nora]
        begins: 2026-01-01
        rotate: shift
        shifts: [{from: "19:00", to: "03:30"}, {from: "03:30", to: "19:00"}]
escalations:
  critical: {steps: [{notify: ["rota:nights"], wait: WAIT}]}
alerts: {storm: "off"}
"""
SOFIA = ZoneInfo("Europe/Sofia")
# 03:00 comes twice on 25 October 2026, and not at all on 28 March 2027.
AUTUMN = {
    "2026-10-24 23:59": "02:59 EEST",
    "2026-10-25 00:29": "03:29 EEST",
    "2026-10-25 00:30": "03:30 EEST",
    "2026-10-25 01:29": "03:29 EET",
    "2026-10-25 01:30": "03:30 EET",
    "2026-10-25 02:01": "04:01 EET",
}
SPRING = {
    "2027-03-28 00:59": "02:59 EET",
    "2027-03-28 01:00": "04:00 EEST",
    "2027-03-28 01:01": "04:01 EEST",
}
NIGHTS = {
    "clocks go back": (AUTUMN, ["nora", "nora", "emil", "emil", "emil", "emil"]),
    "clocks go forward": (SPRING, ["nora", "emil", "emil"]),
}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("name", NIGHTS)
async def test_who_is_on_call_by_the_wall_is_called(
    tmp_path: Path, mailbox: Mailbox, name: str, *, swapped: bool
) -> None:
    """Half past three: the shifts change hands once, when it comes first; after a swap as well."""
    moments, people = NIGHTS[name]
    other = {"nora": "emil", "emil": "nora"}
    start, company = moment(min(moments)), COMPANY.replace("WAIT", "12h")
    async with voice_night(tmp_path, mailbox, company=company, start=start) as night:
        if swapped:
            await swap(night, nora=min(moments), emil=max(moments))
        walls = list(moments.values())
        called = [other[one] if swapped else one for one in people]
        assert await calls(night, list(moments)) == list(zip(walls, called, strict=True))


async def test_a_later_round_calls_whoever_has_come_by_then(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    """A round every 30 minutes of real time, through the hour that comes twice."""
    company = COMPANY.replace("WAIT", "30m")
    start = moment("2026-10-24 23:45")
    async with voice_night(tmp_path, mailbox, company=company, start=start) as night:
        await night.hears("web1")
        await night.passes(minutes=90, every=60)
        assert [str(one) for one in night.out.sent] == [
            "23:45:00 ntfy nora",
            "00:15:00 ntfy nora",
            "00:45:00 ntfy emil",  # a quarter to four comes first
            "01:15:00 ntfy emil",  # a quarter past three again, and nora sleeps
        ]


async def swap(night: VoiceNight, **shifts: str) -> None:
    """These two change their shifts, each named by a moment of it."""
    turns = [{"person": one, "at": moment(at).isoformat()} for one, at in shifts.items()]
    body = {"rota": "nights", "one": turns[0], "other": turns[1], "reason": "a birthday"}
    status, answer = await night.stage.ask(
        "POST", "/api/v1/oncall/swaps", token=RESPONDER, body=body
    )
    assert status == 200, answer


async def calls(night: VoiceNight, moments: Sequence[str]) -> list[tuple[str, str]]:
    """At each of these moments (UTC) something breaks: the time on the walls, and who is called."""
    told = []
    for number, text in enumerate(moments):
        night.clock.move(seconds=(moment(text) - night.clock.now()).total_seconds())
        await night.hears(f"web{number}")
        wall = night.clock.now().astimezone(SOFIA)
        told += [(f"{wall:%H:%M %Z}", one.split()[2]) for one in night.went_out()]
    return told


def moment(text: str) -> datetime:
    """In UTC."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
