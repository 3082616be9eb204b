"""Forty calls at once, and none too many after them; a night's rest from all but the worst."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from responder.paging.throttle import LIMITS
from tests.real.smtp import Mailbox
from tests.stories.night import FRIDAY
from tests.stories.voices import VoiceNight, voice_night

FORTY = [f"host-{number:02}" for number in range(40)]
COMPANY = """\
people:
  ana: {methods: [{kind: voice, to: "+359888000009"}]}
escalations:
  critical: {steps: [{notify: [ana], wait: 15m}]}
alerts: {storm: "off"}
"""
PHONES = {"+359888000009": "ana"}
SLEEPER = """\
people:
  zoe:
    zone: ZONE
    quiet_hours: {from: "22:00", to: "07:00"}
    methods: [{kind: ntfy, url: "NTFY", topic: zoe}]
escalations:
  all: {priorities: [critical, high], steps: [{notify: [zoe], wait: 1h}]}
"""


async def test_first_pages_come_at_once_and_follow_ups_within_the_limits(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    """Three hours after forty first calls the telephone may ring for the follow-ups."""
    habits = {"call ana": ["completed"]}
    async with voice_night(
        tmp_path, mailbox, company=COMPANY, phones=PHONES, habits=habits
    ) as friday:
        await friday.hears(*FORTY)
        assert friday.went_out() == ["03:10:00 call ana"] * 40
        await friday.passes(minutes=20, every=300)
        for number in (1, 17, 40):
            assert await waits_until(friday, number) == "2026-11-20T06:10:00"
        await friday.passes(minutes=159, every=530)
        assert friday.went_out() == []
        await friday.passes(minutes=18, every=60)
        assert within_limits([one.at for one in friday.out.sent])
        assert friday.went_out()[:5] == [
            f"06:{minute}:00 call ana" for minute in (10, 11, 12, 25, 26)
        ]


async def test_a_call_that_nobody_takes_has_rung_all_the_same(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    """Who sleeps through forty calls is not called forty times again."""
    habits = {"call ana": ["no-answer"]}
    async with voice_night(
        tmp_path, mailbox, company=COMPANY, phones=PHONES, habits=habits
    ) as friday:
        await friday.hears(*FORTY)
        assert len(friday.went_out()) == 40
        await friday.passes(minutes=16, every=30)
        assert friday.went_out() == []
        assert await waits_until(friday, 1) == "2026-11-20T06:10:30"  # when it was known


@pytest.mark.parametrize(("zone", "wakes"), [("UTC", 7), ("Europe/Sofia", 5)])
async def test_what_is_not_critical_waits_for_the_morning(
    tmp_path: Path, mailbox: Mailbox, zone: str, wakes: int
) -> None:
    """R22."""
    company = SLEEPER.replace("ZONE", zone)
    async with voice_night(tmp_path, mailbox, company=company) as friday:
        morning = datetime(2026, 11, 20, wakes, tzinfo=UTC)
        await friday.hears("disk1", severity="error")
        await friday.passes(minutes=(morning - FRIDAY) / timedelta(minutes=1) - 1, every=60)
        assert friday.went_out() == []
        await friday.passes(minutes=1)
        assert friday.went_out() == [f"0{wakes}:00:00 ntfy zoe"]


async def test_what_is_critical_does_not_wait(tmp_path: Path, mailbox: Mailbox) -> None:
    company = SLEEPER.replace("ZONE", "UTC")
    async with voice_night(tmp_path, mailbox, company=company) as friday:
        await friday.hears("web1")
        assert friday.went_out() == ["03:10:00 ntfy zoe"]


async def test_an_end_does_not_wait_for_a_page_that_is_held_back(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    """One SMS a minute: the follow-up about web1 waits for the page about db1, and is over then."""
    company = COMPANY.replace("kind: voice", "kind: sms").replace("15m", "5m")
    async with voice_night(tmp_path, mailbox, company=company, phones=PHONES) as friday:
        await friday.hears("web1")
        await friday.passes(minutes=4, seconds=50, every=10)
        await friday.hears("db1", name="DiskFull")
        await friday.passes(seconds=10)
        assert await waits_until(friday, 1) == "2026-11-20T03:15:50"
        await friday.recover("web1")
        recovery = (await friday.incident())["pages"][-1]
        assert (recovery["event"], recovery["state"]) == ("recovered", "queued")
        assert recovery["delayed_until"][:19] == "2026-11-20T03:15:50"
        await friday.passes(minutes=1)
        assert friday.went_out() == [
            "03:10:00 sms ana",
            "03:14:50 sms ana",
            "03:15:55 sms ana",  # one beat after the follow-up was dropped
        ]
        assert "RECOVERED" in friday.out.texts("ana")[-1].words


async def waits_until(night: VoiceNight, number: int) -> str:
    """Until when the newest page of this incident is held back."""
    page = (await night.incident(number))["pages"][-1]
    assert (page["event"], page["state"]) == ("repeated", "queued")
    return str(page["delayed_until"])[:19]


def within_limits(calls: list[datetime]) -> bool:
    """Is there no window of the throttle that holds more calls than it may?"""
    return all(
        later - earlier >= window
        for count, window in LIMITS["voice"]
        for earlier, later in zip(calls, calls[count:], strict=False)
    )
