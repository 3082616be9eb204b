"""What every way to reach a person must do, whoever the provider is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pytest

from playbooks.client import open_session
from playbooks.outside import OutsideError
from playbooks.ports import Notifier, PageEvent
from responder.emulators.pager import Mode, PagerEmulator
from responder.paging.kinds import Paging, notifiers
from responder.paging.pagerduty import PagerDutyMethod
from responder.paging.smtp import EmailMethod
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
    """A kind beside its provider. `keys`: those of the pages that the provider took, in order."""

    notifier: Notifier[Any]
    method: Any
    turn: Callable[[Weather | None], None]
    keys: Callable[[], list[str]]
    leave: Callable[[], Any]


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


@asynccontextmanager
async def _http(kind: str) -> AsyncIterator[Provider]:
    pager = PagerEmulator()
    await pager.start()
    modes = {
        None: Mode.ACCEPT,
        Weather.LATER: Mode.THROTTLED,
        Weather.NEVER: Mode.BAD_REQUEST,
        Weather.LOST_ANSWER: Mode.RESET_AFTER_ACCEPT,
    }

    def turn(weather: Weather | None) -> None:
        pager.mode = modes[weather]

    def keys() -> list[str]:
        name = "dedup_key" if kind == "pagerduty" else "key"
        return [taken.json[name] for taken in pager.taken]

    secret = Secret.of(CANARY)
    method = {
        "pagerduty": PagerDutyMethod(kind="pagerduty", routing_key=secret),
        "webhook": WebhookMethod(
            kind="webhook",
            url=f"{pager.hook_url}?token={CANARY}",
            secret_file=secret,
            headers={"Authorization": secret},
        ),
    }[kind]
    settings = Paging.model_validate({"pagerduty": {"url": pager.events_url}})
    async with open_session() as session:
        yield Provider(notifiers(settings, session)[kind], method, turn, keys, pager.stop)
    await pager.stop()


@pytest.fixture(params=["email", "pagerduty", "webhook"])
async def provider(request: pytest.FixtureRequest) -> AsyncIterator[Provider]:
    async with _email() if request.param == "email" else _http(request.param) as built:
        yield built


async def test_a_page_is_taken_once_and_receipted(provider: Provider) -> None:
    receipt = await provider.notifier.page(PAGE, provider.method)
    assert provider.keys() == [receipt.reference]


@pytest.mark.parametrize("event", list(PageEvent))
async def test_every_event_can_be_sent(provider: Provider, event: PageEvent) -> None:
    await provider.notifier.page(replace(PAGE, event=event), provider.method)
    assert len(provider.keys()) == 1


async def test_a_repeat_goes_out_under_the_same_key(provider: Provider) -> None:
    first, second = [await provider.notifier.page(PAGE, provider.method) for _ in range(2)]
    assert first.reference == second.reference
    assert provider.keys() == [first.reference] * 2


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
    assert (caught.value.transient, caught.value.ambiguous) == (True, False)


@pytest.mark.parametrize("weather", list(Weather))
async def test_the_same_page_goes_out_when_the_weather_clears(
    provider: Provider, weather: Weather
) -> None:
    provider.turn(weather)
    with pytest.raises(OutsideError):
        await provider.notifier.page(PAGE, provider.method)
    provider.turn(None)
    receipt = await provider.notifier.page(PAGE, provider.method)
    assert set(provider.keys()) == {receipt.reference}


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
