"""A provider is down: the next method within a minute, and nothing twice once it is back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from responder.emulators.misbehaving import Mode
from tests.real.smtp import Mailbox, Trouble
from tests.soak.sender import until
from tests.stories.stage import firing
from tests.stories.voices import VoiceNight, voice_night
from tests.stories.wires import Wires

UNPAGED = "responder_unpaged_critical_incidents"
WAYS = {
    "mail": "{kind: email, to: ana@example.net}",
    "sms": '{kind: sms, to: "+359888000009"}',
    "call": '{kind: voice, to: "+359888000009"}',
    "ntfy": '{kind: ntfy, url: "NTFY", topic: ana}',
}
COMPANY = """\
people:
  ana: {methods: [FIRST, SECOND]}
escalations:
  critical: {steps: [{notify: [ana], wait: 5m}]}
"""
PHONES = {"+359888000009": "ana"}


async def mail_is_cut(out: Wires) -> None:
    await out.mailbox.stop()


async def mail_refuses(out: Wires) -> None:
    out.mailbox.trouble = Trouble.REFUSE_451


async def telephone_fails(out: Wires) -> None:
    out.telephone.mode = Mode.BROKEN


async def ntfy_resets(out: Wires) -> None:
    out.ntfy.mode = Mode.RESET


async def mended(out: Wires) -> None:
    out.mailbox.trouble = Trouble.NONE
    out.telephone.mode = out.ntfy.mode = Mode.ACCEPT
    await out.mailbox.stop()
    await out.mailbox.start()


@pytest.fixture
async def night(
    request: pytest.FixtureRequest, tmp_path: Path, mailbox: Mailbox
) -> AsyncIterator[VoiceNight]:
    """Ana has two ways to be reached, as the test names them."""
    first, second = request.param
    company = COMPANY.replace("FIRST", WAYS[first]).replace("SECOND", WAYS[second])
    habits = {"sms ana": ["delivered"], "call ana": ["completed"]}
    async with voice_night(
        tmp_path, mailbox, company=company, phones=PHONES, habits=habits
    ) as friday:
        yield friday


DOWN = [
    pytest.param(("mail", "sms"), mail_is_cut, id="nobody listens for mail"),
    pytest.param(("mail", "ntfy"), mail_refuses, id="mail is refused"),
    pytest.param(("sms", "mail"), telephone_fails, id="SMS are answered 500"),
    pytest.param(("call", "ntfy"), telephone_fails, id="calls are answered 500"),
    pytest.param(("ntfy", "sms"), ntfy_resets, id="pushes are cut off"),
]


@pytest.mark.parametrize(("night", "breaks"), DOWN, indirect=["night"])
async def test_the_next_method_within_a_minute_and_nothing_twice(
    night: VoiceNight, breaks: Callable[[Wires], Awaitable[None]], request: pytest.FixtureRequest
) -> None:
    first, second = request.node.callspec.params["night"]
    await breaks(night.out)
    await night.hears("web1")
    await night.passes(minutes=1)
    assert ways(night) == [second]
    await mended(night.out)
    await night.passes(minutes=1, seconds=30, every=10)
    assert ways(night) == [first]
    await breaks(night.out)  # again, when the follow-up is due
    await night.passes(minutes=2, seconds=30, every=10)
    assert ways(night) == []
    await night.passes(minutes=1)
    assert ways(night) == [second]
    await mended(night.out)
    await night.passes(minutes=3, every=10)
    assert ways(night) == [first]
    assert [(one["event"], one["state"]) for one in (await night.incident())["pages"]] == [
        *[("opened", "delivered")] * 2,
        *[("repeated", "delivered")] * 2,
    ]
    assert set(keys(night.out).values()) == {1}


@pytest.mark.parametrize("night", [("mail", "sms")], indirect=True)
async def test_a_mail_server_that_hangs_each_time(night: VoiceNight) -> None:
    """Whoever waits for an answer must not come too late to the other way."""
    night.out.mailbox.trouble = Trouble.HANG
    assert await night.stage.send(firing("web1", at=night.clock.now())) == 200
    while night.clock.now().minute == 10:
        await a_turn_with_a_hung_server(night, seconds=20)
        night.clock.move(seconds=1)
    assert ways(night) == ["sms"]
    await mended(night.out)
    await night.passes(minutes=2, every=10)
    assert ways(night) == ["mail"]
    assert set(keys(night.out).values()) == {1}


@pytest.mark.parametrize("night", [("ntfy", "sms")], indirect=True)
async def test_while_nothing_works_the_auditor_says_so(night: VoiceNight) -> None:
    night.out.telephone.mode, night.out.ntfy.mode = Mode.BROKEN, Mode.RESET
    await night.hears("web1")
    assert await night.metric(UNPAGED) == 0  # it is on its way
    await night.passes(minutes=2)
    assert (ways(night), await night.metric(UNPAGED)) == ([], 1)
    night.out.telephone.mode = Mode.ACCEPT
    await night.passes(minutes=1)
    assert (ways(night), await night.metric(UNPAGED)) == (["sms"], 0)
    night.out.ntfy.mode = Mode.ACCEPT
    await night.passes(minutes=1)
    assert (ways(night), await night.metric(UNPAGED)) == (["ntfy"], 0)
    assert set(keys(night.out).values()) == {1}


def ways(night: VoiceNight) -> list[str]:
    """By which ways something went out since somebody last asked."""
    return [one.split()[1] for one in night.went_out()]


def keys(out: Wires) -> Counter[str]:
    """How often each page came: mails and pushes by our key, SMS and calls by Twilio's request."""
    return Counter(
        [
            *(str(one["Message-ID"]) for one in out.mailbox.messages),
            *(str(one["sequence_id"]) for one in out.ntfy.taken),
            *(str(sorted(one.form.items())) for one in out.telephone.taken),
        ]
    )


async def a_turn_with_a_hung_server(night: VoiceNight, *, seconds: float) -> None:
    """What tries a mail in it hears nothing for so long, and then the connection is lost."""
    tried, world = night.mailbox.attempts, night.stage.daemon.world
    await world.duties["outbox"].turn()
    await until(lambda: not under_way() or night.mailbox.attempts > tried)
    if under_way():
        night.clock.move(seconds=seconds)
        await night.mailbox.stop()
        await night.mailbox.start()
    await world.runner.settle()
    night.out.look(night.clock.now())


def under_way() -> bool:
    """Is an effect being done?"""
    return any(one.get_name().startswith("effect ") for one in asyncio.all_tasks())
