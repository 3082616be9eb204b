"""Do SMS and calls leave as Twilio wants them, and are its answers understood?"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import TypeAdapter, ValidationError

from playbooks.client import open_session
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Fate, Follows, News
from responder.emulators.misbehaving import Mode
from responder.emulators.telephone import ACCOUNT, TelephoneEmulator
from responder.paging.kinds import AnyMethod
from responder.paging.twilio import Account, Sms, SmsMethod, TwilioPaging, Voice, VoiceMethod
from responder.secrets import Secret
from responder.yamlfile import read
from tests.responder.paging.pages import PAGE

METHODS: TypeAdapter[Any] = TypeAdapter(AnyMethod)
ANA = "+359888123456"
SMS, VOICE = SmsMethod(kind="sms", to=ANA), VoiceMethod(kind="voice", to=ANA)
HERE = replace(PAGE, answer="")  # nobody out there can reach us


@pytest.fixture
async def company() -> AsyncIterator[TelephoneEmulator]:
    company = TelephoneEmulator()
    await company.start()
    yield company
    await company.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
def settings(company: TelephoneEmulator) -> TwilioPaging:
    return TwilioPaging.model_validate(
        {
            "account_sid": ACCOUNT,
            "token_file": Secret.of(company.token),
            "from": "+15005550006",
            "url": company.url,
            "ring_seconds": 25,
        }
    )


@pytest.fixture
def sms(settings: TwilioPaging, session: aiohttp.ClientSession) -> Sms:
    return Sms(settings, session)


@pytest.fixture
def voice(settings: TwilioPaging, session: aiohttp.ClientSession) -> Voice:
    return Voice(settings, session)


async def test_an_sms_says_the_short_words_and_does_not_wait_for_long(
    company: TelephoneEmulator, sms: Sms
) -> None:
    receipt = await sms.page(replace(PAGE, short="CRITICAL web1 is down\nhttps://x/a/1"), SMS)
    (told,) = company.of("Messages")
    assert told.form == {
        "From": "+15005550006",
        "To": ANA,
        "Body": "CRITICAL web1 is down\nhttps://x/a/1",
        "ValidityPeriod": "300",
        "StatusCallback": f"{PAGE.answer}/twilio/state",
    }
    assert (receipt.reference, receipt.follow) == (told.sid, True)


async def test_an_sms_without_short_words_has_title_and_link(
    company: TelephoneEmulator, sms: Sms
) -> None:
    await sms.page(replace(PAGE, short=""), SMS)
    assert company.taken[0].form["Body"] == f"{PAGE.title} {PAGE.link}"
    await sms.page(replace(PAGE, short="", title="", link=""), SMS)
    assert company.taken[1].form["Body"] == "A page without words"


async def test_a_call_asks_our_door_what_to_say(company: TelephoneEmulator, voice: Voice) -> None:
    receipt = await voice.page(PAGE, VOICE)
    (told,) = company.of("Calls")
    assert told.form == {
        "From": "+15005550006",
        "To": ANA,
        "Timeout": "25",
        "Url": f"{PAGE.answer}/twilio/call",
        "FallbackUrl": f"{PAGE.answer}/twilio/call",
        "StatusCallback": f"{PAGE.answer}/twilio/state",
    }
    assert (receipt.reference, receipt.follow) == (told.sid, True)


async def test_where_nobody_can_reach_us_the_words_go_along_and_no_news_is_asked_for(
    company: TelephoneEmulator, sms: Sms, voice: Voice
) -> None:
    await sms.page(HERE, SMS)
    await voice.page(replace(HERE, title='CRITICAL: "web1" <down> & out'), VOICE)
    message, call = company.taken
    assert "StatusCallback" not in message.form
    assert {"Url", "StatusCallback"} & set(call.form) == set()
    told = await company.pick_up(call)
    assert "&quot;web1&quot; &lt;down&gt; &amp; out" in told
    assert call.words.count("This is Rapid Responder.") == 2
    with pytest.raises(LookupError):
        await company.press(call, "4")


@pytest.mark.parametrize(
    ("ours", "theirs", "known"),
    [
        ("https://responder.example.net/callbacks/t", "https://api.twilio.com", True),
        ("http://127.0.0.1:9095/callbacks/t", "https://api.twilio.com", False),
        ("http://localhost:9095/callbacks/t", "https://api.twilio.com", False),
        ("http://[::1]:9095/callbacks/t", "https://api.twilio.com", False),
        ("http://127.0.0.1:9095/callbacks/t", "http://127.0.0.1:1", True),
        ("", "http://127.0.0.1:1", False),
    ],
)
async def test_an_address_of_this_machine_is_told_to_nobody_elsewhere(
    settings: TwilioPaging, session: aiohttp.ClientSession, ours: str, theirs: str, known: bool
) -> None:
    account = Account(settings.model_copy(update={"url": theirs}), session)
    assert account.door(replace(PAGE, answer=ours)) == (f"{ours}/twilio" if known else "")


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        ("queued", Fate.UNDER_WAY),
        ("initiated", Fate.UNDER_WAY),
        ("ringing", Fate.UNDER_WAY),
        ("in-progress", Fate.UNDER_WAY),
        ("completed", Fate.REACHED),
        ("busy", Fate.MISSED),
        ("failed", Fate.MISSED),
        ("no-answer", Fate.MISSED),
        ("canceled", Fate.MISSED),
        ("a-word-of-tomorrow", Fate.UNDER_WAY),
    ],
)
async def test_the_state_of_a_call_is_read_back(
    company: TelephoneEmulator, voice: Voice, status: str, fate: Fate
) -> None:
    receipt = await voice.page(HERE, VOICE)
    await company.becomes(company.taken[0], status)
    assert await voice.follow(receipt.reference) == News(fate, status)


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        ("accepted", Fate.UNDER_WAY),
        ("sending", Fate.UNDER_WAY),
        ("sent", Fate.UNDER_WAY),  # the telephone company has it; the telephone may be off
        ("delivered", Fate.REACHED),
        ("failed", Fate.MISSED),
        ("undelivered", Fate.MISSED),
    ],
)
async def test_the_state_of_an_sms_is_read_back(
    company: TelephoneEmulator, sms: Sms, status: str, fate: Fate
) -> None:
    receipt = await sms.page(HERE, SMS)
    await company.becomes(company.taken[0], status)
    assert await sms.follow(receipt.reference) == News(fate, status)


async def test_why_an_sms_did_not_arrive_is_told(company: TelephoneEmulator, sms: Sms) -> None:
    receipt = await sms.page(HERE, SMS)
    await company.becomes(company.taken[0], "undelivered", error_code=30003)
    assert (await sms.follow(receipt.reference)).detail == "undelivered 30003 Unknown error"


async def test_a_created_call_that_brings_an_error_is_a_failure_for_good(
    company: TelephoneEmulator, voice: Voice
) -> None:
    company.fails_at_once = True
    with pytest.raises(OutsideError, match="could not send it: 30008") as caught:
        await voice.page(PAGE, VOICE)
    assert (caught.value.transient, caught.value.ambiguous) == (False, False)


@pytest.mark.parametrize(
    ("mode", "transient", "ambiguous"),
    [
        (Mode.BAD_REQUEST, False, False),
        (Mode.THROTTLED, True, False),
        (Mode.UNAVAILABLE, True, False),
        (Mode.BROKEN, True, True),
        (Mode.RESET, True, True),
        (Mode.RESET_AFTER_ACCEPT, True, True),
    ],
)
async def test_each_refusal_says_whether_it_may_have_rung(
    company: TelephoneEmulator, voice: Voice, mode: Mode, transient: bool, ambiguous: bool
) -> None:
    company.mode = mode
    with pytest.raises(OutsideError) as caught:
        await voice.page(PAGE, VOICE)
    assert (caught.value.transient, caught.value.ambiguous) == (transient, ambiguous)


async def test_a_wrong_token_is_told_with_twilios_own_number(
    company: TelephoneEmulator, voice: Voice
) -> None:
    company.token = "another"
    with pytest.raises(OutsideError, match="Twilio answered 401: 20003 Authenticate") as caught:
        await voice.page(PAGE, VOICE)
    assert not caught.value.transient


async def test_a_call_that_nobody_knows_can_not_be_followed(voice: Voice) -> None:
    with pytest.raises(GoneError, match="20404"):
        await voice.follow("CA/../..?x")


def test_both_can_be_followed(sms: Sms, voice: Voice) -> None:
    assert isinstance(sms, Follows)
    assert isinstance(voice, Follows)


@pytest.mark.parametrize("kind", ["sms", "voice"])
def test_a_number_without_quotes_is_told_so(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "method.yaml"
    file.write_text(f"{{kind: {kind}, to: +359888123456}}\n")
    with pytest.raises(ValidationError, match="quote it"):
        METHODS.validate_python(read(file)[0].plain)
    file.write_text(f'{{kind: {kind}, to: "+359888123456"}}\n')
    assert METHODS.validate_python(read(file)[0].plain).to == ANA


@pytest.mark.parametrize(
    "number",
    ["", "0888123456", "+0888123456", "+359 888 123456", f"+{'1' * 16}", "+359888\n", None],
)
def test_what_is_no_number_of_e164_is_refused(number: object) -> None:
    with pytest.raises(ValidationError, match=r"E\.164"):
        METHODS.validate_python({"kind": "sms", "to": number})


@pytest.mark.parametrize("sid", ["AC1", f"SK{'0' * 32}", f"AC{'0' * 31}/"])
def test_what_is_no_account_is_refused(settings: TwilioPaging, sid: str) -> None:
    with pytest.raises(ValidationError, match="account_sid"):
        TwilioPaging.model_validate({**settings.model_dump(by_alias=True), "account_sid": sid})
