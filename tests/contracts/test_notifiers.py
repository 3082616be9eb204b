"""What every way to reach a person must do, whoever the provider is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pytest

from playbooks.client import open_session
from playbooks.outside import OutsideError
from playbooks.ports import Notifier, PageEvent
from responder.emulators.chat import ChatEmulator
from responder.emulators.goalert import GoAlertEmulator
from responder.emulators.misbehaving import Misbehaving, Mode
from responder.emulators.ntfy import NtfyEmulator
from responder.emulators.pager import PagerEmulator
from responder.emulators.telephone import ACCOUNT, TelephoneEmulator
from responder.paging.apprise import AppriseMethod
from responder.paging.goalert import GoAlertMethod
from responder.paging.kinds import Paging, notifiers
from responder.paging.ntfy import NtfyMethod
from responder.paging.pagerduty import PagerDutyMethod
from responder.paging.smtp import EmailMethod
from responder.paging.twilio import SmsMethod, VoiceMethod
from responder.paging.webhook import WebhookMethod
from responder.secrets import Secret
from tests.real.smtp import Mailbox, Trouble
from tests.responder.paging.pages import HOSTILE_TEXTS, PAGE, hostile

CANARY = "canary0123456789canary0123456789"


class Weather(Enum):
    """How the provider behaves: whether a refusal is transient and ambiguous."""

    LATER = (True, False)
    NEVER = (False, False)
    LOST_ANSWER = (True, True)


@dataclass(frozen=True)
class Provider:
    """A kind beside its provider. `keys`: those of the pages that the provider took, in order.
    `vague`: our key does not reach it, and it can't tell a refused connection from a lost answer.
    """

    notifier: Notifier[Any]
    method: Any
    turn: Callable[[Weather | None], None]
    keys: Callable[[], list[str]]
    leave: Callable[[], Any]
    named: Callable[[str], str] = str  # the key of the page behind a reference
    vague: bool = False


@asynccontextmanager
async def _email() -> AsyncIterator[Provider]:
    mailbox = Mailbox()
    await mailbox.start()
    told = {"host": mailbox.host, "port": mailbox.port, "from": "responder@example.net"}
    troubles = {
        None: Trouble.NONE,
        Weather.LATER: Trouble.REFUSE_451,
        Weather.NEVER: Trouble.REFUSE_550,
        Weather.LOST_ANSWER: Trouble.DROP_AFTER_DATA,
    }

    def turn(weather: Weather | None) -> None:
        mailbox.trouble = troubles[weather]

    async with open_session() as session:
        yield Provider(
            notifiers(Paging.model_validate({"email": told}), session)["email"],
            EmailMethod(kind="email", to="ana@example.net"),
            turn,
            lambda: [mail["Message-ID"] for mail in mailbox.messages],
            mailbox.stop,
        )
    await mailbox.stop()


_MODES = {
    None: Mode.ACCEPT,
    Weather.LATER: Mode.THROTTLED,
    Weather.NEVER: Mode.BAD_REQUEST,
    Weather.LOST_ANSWER: Mode.RESET_AFTER_ACCEPT,
}


@asynccontextmanager
async def _beside(
    emulator: Misbehaving,
    method: Callable[[], Any],
    keys: Callable[[], list[str]],
    *,
    settings: Callable[[], Paging] = Paging,
    named: Callable[[str], str] = str,
    vague: bool = False,
) -> AsyncIterator[Provider]:
    """A provider that speaks HTTP; what needs its address is asked when it listens."""

    def turn(weather: Weather | None) -> None:
        emulator.mode = _MODES[weather]

    await emulator.start()
    made = method()
    async with open_session() as session:
        notifier = notifiers(settings(), session)[made.kind]
        yield Provider(notifier, made, turn, keys, emulator.stop, named, vague)
    await emulator.stop()


def _pagerduty() -> AbstractAsyncContextManager[Provider]:
    pager = PagerEmulator()
    return _beside(
        pager,
        lambda: PagerDutyMethod(kind="pagerduty", routing_key=Secret.of(CANARY)),
        lambda: [
            taken.json["dedup_key"]
            for taken in pager.taken
            if taken.json["event_action"] != "resolve" or len(pager.taken) == 1
        ],
        settings=lambda: Paging.model_validate({"pagerduty": {"url": pager.events_url}}),
    )


def _webhook() -> AbstractAsyncContextManager[Provider]:
    pager = PagerEmulator()
    secret = Secret.of(CANARY)
    return _beside(
        pager,
        lambda: WebhookMethod(
            kind="webhook",
            url=f"{pager.hook_url}?token={CANARY}",
            secret_file=secret,
            headers={"Authorization": secret},
        ),
        lambda: [taken.json["key"] for taken in pager.taken],
    )


def _goalert() -> AbstractAsyncContextManager[Provider]:
    goalert = GoAlertEmulator(CANARY)
    return _beside(
        goalert,
        lambda: GoAlertMethod(kind="goalert", url=goalert.url, token_file=Secret.of(CANARY)),
        lambda: [taken["dedup"] for taken in goalert.taken],
    )


def _ntfy() -> AbstractAsyncContextManager[Provider]:
    ntfy = NtfyEmulator(tokens={"ana": CANARY})
    return _beside(
        ntfy,
        lambda: NtfyMethod(kind="ntfy", url=ntfy.url, topic="ana", token_file=Secret.of(CANARY)),
        lambda: [taken["sequence_id"] for taken in ntfy.taken],
    )


def _telephone(method: SmsMethod | VoiceMethod) -> AbstractAsyncContextManager[Provider]:
    """Twilio knows no key of ours: a page is told by the address for its news."""
    company = TelephoneEmulator(token=CANARY)
    account = {"account_sid": ACCOUNT, "token_file": Secret.of(CANARY), "from": "+15005550006"}
    return _beside(
        company,
        lambda: method,
        lambda: [one.form["StatusCallback"] for one in company.taken],
        settings=lambda: Paging.model_validate({"twilio": {**account, "url": company.url}}),
        named=lambda reference: {one.sid: one.form["StatusCallback"] for one in company.taken}[
            reference
        ],
    )


def _apprise() -> AbstractAsyncContextManager[Provider]:
    chat = ChatEmulator(CANARY)
    return _beside(
        chat,
        lambda: AppriseMethod(kind="apprise", url=Secret.of(chat.json_address)),
        lambda: [PAGE.key] * len(chat.taken),
        vague=True,
    )


HOUSES = {
    "apprise": _apprise,
    "email": _email,
    "goalert": _goalert,
    "ntfy": _ntfy,
    "pagerduty": _pagerduty,
    "sms": lambda: _telephone(SmsMethod(kind="sms", to="+359888123456")),
    "voice": lambda: _telephone(VoiceMethod(kind="voice", to="+359888123456")),
    "webhook": _webhook,
}


@pytest.fixture(params=HOUSES)
async def provider(request: pytest.FixtureRequest) -> AsyncIterator[Provider]:
    async with HOUSES[request.param]() as built:
        yield built


async def test_a_page_is_taken_once_and_receipted(provider: Provider) -> None:
    receipt = await provider.notifier.page(PAGE, provider.method)
    assert provider.keys() == [provider.named(receipt.reference)]


@pytest.mark.parametrize("event", list(PageEvent))
async def test_every_event_can_be_sent(provider: Provider, event: PageEvent) -> None:
    await provider.notifier.page(replace(PAGE, event=event), provider.method)
    assert len(provider.keys()) == 1


async def test_a_repeat_goes_out_under_the_same_key(provider: Provider) -> None:
    first, second = [await provider.notifier.page(PAGE, provider.method) for _ in range(2)]
    key = provider.named(first.reference)
    assert provider.named(second.reference) == key
    assert provider.keys() == [key] * 2


@pytest.mark.parametrize("weather", list(Weather))
async def test_a_refusal_says_whether_to_try_again(provider: Provider, weather: Weather) -> None:
    provider.turn(weather)
    with pytest.raises(OutsideError) as caught:
        await provider.notifier.page(PAGE, provider.method)
    assert (caught.value.transient, caught.value.ambiguous) == weather.value
    assert len(provider.keys()) == (1 if weather is Weather.LOST_ANSWER else 0)


async def test_a_provider_that_is_gone_took_nothing(provider: Provider) -> None:
    await provider.leave()
    with pytest.raises(OutsideError) as caught:
        await provider.notifier.page(PAGE, provider.method)
    assert (caught.value.transient, caught.value.ambiguous) == (True, provider.vague)


@pytest.mark.parametrize("weather", list(Weather))
async def test_the_same_page_goes_out_when_the_weather_clears(
    provider: Provider, weather: Weather
) -> None:
    provider.turn(weather)
    with pytest.raises(OutsideError):
        await provider.notifier.page(PAGE, provider.method)
    provider.turn(None)
    receipt = await provider.notifier.page(PAGE, provider.method)
    assert set(provider.keys()) == {provider.named(receipt.reference)}


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
async def test_no_label_can_stop_a_page(provider: Provider, text: str) -> None:
    await provider.notifier.page(hostile(text), provider.method)
    assert len(provider.keys()) == 1


@pytest.mark.parametrize("weather", list(Weather))
async def test_no_secret_stands_in_an_error_or_a_receipt(
    provider: Provider, weather: Weather
) -> None:
    receipt = await provider.notifier.page(PAGE, provider.method)
    provider.turn(weather)
    with pytest.raises(OutsideError) as caught:
        await provider.notifier.page(PAGE, provider.method)
    assert CANARY not in f"{receipt!r} {caught.value} {caught.value!r}"


async def test_pages_go_out_side_by_side(provider: Provider) -> None:
    pages = [replace(PAGE, key=f"INC-{n}/1", thread=f"INC-{n}") for n in range(30)]
    receipts = await asyncio.gather(
        *(provider.notifier.page(page, provider.method) for page in pages)
    )
    assert len({receipt.reference for receipt in receipts}) == 30
    assert len(provider.keys()) == 30
