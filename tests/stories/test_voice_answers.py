"""Everybody was called, and somebody answers: whatever way it is, nothing more goes out."""

import asyncio
import getpass
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from secrets import token_hex

import aiohttp
import pytest

from responder.emulators.misbehaving import Mode
from tests.real.rt import RequestTracker
from tests.real.smtp import Mailbox, Trouble
from tests.responder.paging.test_pagerduty_hooks import hook, sign
from tests.stories.voices import VoiceNight, voice_night
from tests.stories.wires import HOOK_SECRET

HABITS = {"sms bob": ["delivered"], "sms dora": ["undelivered"]}
TICKETS = """
tickets: {{system: rt, url: "{url}", token_file: secrets/rt, settle_seconds: 0, quiet_seconds: 2}}
"""
CALLED = ["call carl", "ntfy ana", "sms bob", "sms dora", "trigger eve"]


async def by_link(night: VoiceNight) -> str:
    """A preview looks first, and a scanner; then bob presses the button."""
    found = re.search(r"http\S+/a/\S+", night.out.texts("bob")[-1].words)
    assert found
    assert await night.follows(found[0]) == 200
    assert await night.follows(found[0], method="HEAD") == 200
    assert await night.taken_by() == ""
    assert await night.follows(found[0], method="POST") == 303
    return "bob"


async def by_key(night: VoiceNight) -> str:
    call = night.out.calls("carl")[-1]
    assert "web1 does not answer" in await night.out.telephone.pick_up(call)
    assert "It is yours" in await night.out.telephone.press(call, "4")
    return "carl"


async def by_sms(night: VoiceNight) -> str:
    door = f"{night.stage.url}/callbacks/twilio/sms"
    number = night.out.number("bob")
    status, told = await night.out.telephone.text(door, sender=number, body="Ack")
    assert (status, "Acknowledged: CRITICAL: web1" in told) == (200, True)
    return "bob"


async def by_cli(night: VoiceNight) -> str:
    """Over the Unix socket: the operating system says who it is."""
    words = ("incident", "ack", "1", "-c", str(night.path))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "responder", *words)
    assert await process.wait() == 0
    return getpass.getuser()


async def by_button(night: VoiceNight) -> str:
    assert await night.out.ntfy.press("Acknowledge") == 200
    return "ana"


async def by_pagerduty(night: VoiceNight) -> str:
    [alarm] = night.out.pager.alarms
    at = night.clock.now().isoformat().encode()
    body = hook(incident_key=alarm[1]).replace(b"2026-11-22T03:12:00Z", at)
    url = f"{night.stage.url}/callbacks/pagerduty"
    headers = {"X-PagerDuty-Signature": sign(body, HOOK_SECRET)}
    async with aiohttp.ClientSession() as session:
        assert (await session.post(url, data=body, headers=headers)).status == 204
    return "eve"


@pytest.mark.parametrize(
    "answers",
    [by_link, by_key, by_sms, by_cli, by_button, by_pagerduty],
    ids=lambda one: one.__name__,
)
async def test_an_answer_stops_everything_at_once(
    tmp_path: Path, mailbox: Mailbox, answers: Callable[[VoiceNight], Awaitable[str]]
) -> None:
    async with voice_night(tmp_path, mailbox, habits=HABITS) as friday:
        await everybody_is_called(friday, "web1")
        who = await answers(friday)
        assert await friday.taken_by() == who
        await nothing_more_but_the_recovery(friday, "web1")


async def test_an_alarm_that_was_on_the_wire_is_answered_there_too(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    """PagerDuty has it and never said so; meanwhile bob takes the incident."""
    async with voice_night(tmp_path, mailbox, habits=HABITS) as friday:
        friday.out.pager.mode = Mode.RESET_AFTER_ACCEPT
        await friday.hears("web1")
        await friday.passes(minutes=11, every=30)
        assert set(friday.out.pager.alarms.values()) == {"triggered"}
        await by_sms(friday)
        await friday.works()
        friday.out.pager.mode = Mode.ACCEPT
        await friday.passes(minutes=2)
        assert set(friday.out.pager.alarms.values()) == {"acknowledged"}
        assert len(friday.out.pager.rings) == 1


@pytest.mark.xdist_group("rt")
async def test_the_owner_of_the_ticket_has_it_within_one_poll(
    tmp_path: Path, mailbox: Mailbox, request_tracker: RequestTracker
) -> None:
    host = f"web-{token_hex(4)}"
    secret = tmp_path / "secrets" / "rt"
    secret.parent.mkdir()
    secret.write_text(request_tracker.token)
    secret.chmod(0o600)
    more = TICKETS.format(url=request_tracker.url)
    async with voice_night(tmp_path, mailbox, habits=HABITS, more=more) as friday:
        await everybody_is_called(friday, host)
        [ticket] = (await friday.incident())["tickets"]
        await request_tracker.as_agent("dana").take(int(ticket["ref"]))
        assert await friday.taken_by() == ""
        assert friday.stage.daemon.world.duties["sync"].every <= 10
        await friday.stage.daemon.world.duties["sync"].turn()
        assert await friday.taken_by() == "bob"  # that is dana's name here
        await nothing_more_but_the_recovery(friday, host)


async def everybody_is_called(night: VoiceNight, host: str) -> None:
    """03:21:10: bob's SMS has come, carl's telephone rings, dora's mail waits for a mail server."""
    night.mailbox.trouble = Trouble.REFUSE_451
    await night.hears(host)
    await night.passes(minutes=11, every=30)
    await night.passes(seconds=10)
    assert [one[9:] for one in night.went_out() if one.startswith("03:21")] == CALLED
    waiting = [one for one in (await night.incident())["pages"] if one["state"] == "queued"]
    assert [(one["person"], one["method"]) for one in waiting] == [("dora", "email")]


async def nothing_more_but_the_recovery(night: VoiceNight, host: str) -> None:
    """Not what waited, not the next way of who did not pick up, and not the next rounds."""
    night.mailbox.trouble = Trouble.NONE
    night.habits = {**HABITS, "call carl": ["no-answer"]}
    await night.works()
    assert [one[9:] for one in night.went_out()] == ["acknowledge eve"]
    await night.passes(minutes=1)
    await night.passes(minutes=49, every=60)
    assert night.went_out() == []
    assert set(night.out.pager.alarms.values()) == {"acknowledged"}
    await night.recover(host)
    await night.passes(minutes=2)
    assert [one[9:] for one in night.went_out()] == ["ntfy ana", "resolve eve", "sms bob"]
    assert night.mailbox.messages == []
