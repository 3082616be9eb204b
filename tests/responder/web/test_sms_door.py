"""Does an SMS from a person's own telephone take what he was paged for, and nothing else?"""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from responder.clock import HandClock
from responder.store import StoreUnavailable
from responder.web.reply_guard import MOST, ReplyGuard
from tests.responder.web.calling import ANA, BOB, PEOPLE, Line, line
from tests.responder.web.conftest import START
from tests.stories.stage import firing

HELP = "Reply 4 to acknowledge the newest incident that you were paged for, or: ack all"
NOTHING = "Nothing is open that you were paged for."


@pytest.fixture
async def phone(tmp_path: Path, clock: HandClock) -> AsyncIterator[Line]:
    async with line(tmp_path, clock) as built:
        yield built


async def two(phone: Line) -> None:
    """Two incidents that ana was paged for."""
    await phone.rings()
    await phone.works(seconds=1)
    await phone.rings(name="DiskFull", server="web9")


async def states(phone: Line) -> list[tuple[str, str | None]]:
    told = [await phone.incident(number) for number in (1, 2)]
    return [(one["state"], one["acknowledged_by"]) for one in told]


@pytest.mark.parametrize("word", ["4", "ack", "ACK", " Ok. ", "ok!"])
async def test_the_newest_is_taken_and_the_answer_says_which(phone: Line, word: str) -> None:
    await two(phone)
    assert await phone.writes(ANA, word) == "Acknowledged: CRITICAL: web9 does not answer"
    assert await states(phone) == [("open", None), ("acknowledged", "ana")]
    assert (await phone.texts(2))[-1] == "acknowledged by ana (sms)"
    assert await phone.writes(ANA, word) == "Acknowledged: CRITICAL: web1 does not answer"
    assert await phone.writes(ANA, word) == NOTHING


async def test_all_of_them_are_taken_at_once(phone: Line) -> None:
    await two(phone)
    await phone.works(seconds=1)
    await phone.rings(name="Third", server="web3")
    assert await phone.writes(ANA, "Ack all") == (
        "Acknowledged: CRITICAL: web3 does not answer; CRITICAL: web9 does not answer; and 1 more"
    )
    assert await states(phone) == [("acknowledged", "ana")] * 2


async def test_the_same_message_does_its_work_once(phone: Line) -> None:
    """Brought again by Twilio, or by whoever overheard it, it must not take the next one."""
    await two(phone)
    assert await phone.writes(ANA, "4", sid="SM1") != ""
    for _ in range(3):
        assert await phone.writes(ANA, "4", sid="SM1") == ""
    assert await states(phone) == [("open", None), ("acknowledged", "ana")]


async def test_who_was_not_paged_takes_nothing(phone: Line) -> None:
    await two(phone)
    assert await phone.writes(BOB, "4") == NOTHING
    assert await states(phone) == [("open", None)] * 2


async def test_whoever_is_paged_later_may_take_it_too(phone: Line) -> None:
    await phone.rings()
    await phone.works(minutes=5)
    assert [one.to for one in phone.company.of("Messages")] == [BOB]
    assert await phone.writes(BOB, "4") == "Acknowledged: CRITICAL: web1 does not answer"
    assert (await phone.incident())["acknowledged_by"] == "bob"


async def test_what_is_over_or_taken_is_not_taken(phone: Line) -> None:
    await two(phone)
    await phone.stage.send(firing(status="resolved"))
    await phone.stage.ask("POST", "/api/v1/incidents/2/ack")
    assert await phone.writes(ANA, "ack all") == NOTHING


async def test_a_stranger_gets_no_answer_and_is_counted(phone: Line) -> None:
    await two(phone)
    for body in ("4", "ack all", "hello"):
        assert await phone.writes("+359888999999", body) == ""
    assert await phone.refused("number") == 3
    assert await states(phone) == [("open", None)] * 2


async def test_other_words_do_nothing_and_are_answered_five_times_an_hour(phone: Line) -> None:
    await two(phone)
    told = [await phone.writes(ANA, "I am driving") for _ in range(MOST + 3)]
    assert told == [HELP] * MOST + [""] * 3
    assert await phone.writes(BOB, "?") == HELP
    assert await states(phone) == [("open", None)] * 2
    assert (await phone.writes(ANA, "4")).startswith("Acknowledged")
    phone.clock.move(hours=1)
    assert await phone.writes(ANA, "I am driving") == HELP


async def test_of_two_who_share_a_telephone_the_one_who_was_paged_has_it(
    tmp_path: Path, clock: HandClock
) -> None:
    async with line(tmp_path, clock, people=PEOPLE.replace(BOB, ANA)) as phone:
        await phone.rings()
        await phone.writes(ANA, "4")
        assert (await phone.incident())["acknowledged_by"] == "ana"


async def test_an_sms_that_twilio_did_not_sign_is_refused(phone: Line) -> None:
    await two(phone)
    form = {"From": ANA, "Body": "4", "MessageSid": "SM7"}
    door = f"{phone.stage.url}/callbacks/twilio/sms"
    assert (await phone.company.callback(door, form, signed="forged"))[0] == 403
    assert await phone.refused("signature") == 1
    assert await states(phone) == [("open", None)] * 2


async def test_while_nothing_can_be_stored_the_answer_says_so(
    tmp_path: Path, clock: HandClock
) -> None:
    # At its end the daemon cannot even say that it leaves.
    with contextlib.suppress(StoreUnavailable):
        async with line(tmp_path, clock) as phone:
            await phone.rings()
            await phone.stage.daemon.world.store.close()
            assert (await phone.writes(ANA, "4")).startswith("It could not be stored.")


def test_the_guard_counts_each_number_on_its_own() -> None:
    guard = ReplyGuard()
    assert [guard.allows("a", now=START) for _ in range(7)] == [True] * 5 + [False] * 2
    assert guard.allows("b", now=START)
    assert not guard.allows("a", now=START + timedelta(minutes=59))
    assert guard.allows("a", now=START + timedelta(minutes=60))
