"""GoAlert: one alert per trouble, silent after an answer here, ringing again when it lapses."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from playbooks.client import open_session
from playbooks.outside import OutsideError
from playbooks.ports import PageEvent
from responder.emulators.goalert import GoAlertEmulator
from responder.emulators.misbehaving import Mode
from responder.paging.goalert import GoAlert, GoAlertMethod, alert
from responder.secrets import Secret
from tests.responder.paging.pages import PAGE, hostile


@pytest.fixture
async def server() -> AsyncIterator[GoAlertEmulator]:
    emulator = GoAlertEmulator("canary")
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def goalert() -> AsyncIterator[GoAlert]:
    async with open_session() as session:
        yield GoAlert(session)


def method(url: str, *, key: str = "canary") -> GoAlertMethod:
    told = {"kind": "goalert", "url": url, "token_file": Secret.of(key)}
    return GoAlertMethod.model_validate(told)


async def tell(goalert: GoAlert, server: GoAlertEmulator, *events: PageEvent) -> None:
    for number, event in enumerate(events):
        told = replace(PAGE, event=event, key=f"INC-7/{number}")
        await goalert.page(told, method(server.url))


async def test_a_page_opens_an_alert_with_all_that_is_known(
    goalert: GoAlert, server: GoAlertEmulator
) -> None:
    receipt = await goalert.page(PAGE, method(f"{server.url}/"))
    assert (receipt.reference, receipt.detail) == ("INC-7", "alert 1")
    assert server.taken == [
        {
            "summary": "CRITICAL: web1 is down",
            "details": PAGE.text.rstrip("\n"),
            "dedup": "INC-7",
            "action": "",
            "meta": {
                "incident": "INC-7",
                "event": "opened",
                "priority": "critical",
                "server": "web1",
                "link": PAGE.link,
            },
        }
    ]


async def test_further_rounds_join_the_alert_and_ring_no_second_time(
    goalert: GoAlert, server: GoAlertEmulator
) -> None:
    await tell(goalert, server, PageEvent.OPENED, PageEvent.REPEATED, PageEvent.ESCALATED)
    assert server.rings == ["INC-7"]
    receipt = await goalert.page(PAGE, method(server.url))
    assert receipt.detail == "alert 1, known there already"


@pytest.mark.parametrize("end", [PageEvent.ACKNOWLEDGED, PageEvent.RECOVERED])
async def test_an_answer_here_and_a_recovery_silence_it_there(
    goalert: GoAlert, server: GoAlertEmulator, end: PageEvent
) -> None:
    await tell(goalert, server, PageEvent.OPENED, end)
    assert [one.state for one in server.alerts] == ["closed"]


async def test_what_lapses_rings_again(goalert: GoAlert, server: GoAlertEmulator) -> None:
    await tell(goalert, server, PageEvent.OPENED, PageEvent.ACKNOWLEDGED, PageEvent.LAPSED)
    assert server.rings == ["INC-7", "INC-7"]
    assert [one.state for one in server.alerts] == ["closed", "triggered"]


async def test_a_question_rings_though_the_alert_was_answered_there(
    goalert: GoAlert, server: GoAlertEmulator
) -> None:
    await tell(goalert, server, PageEvent.OPENED)
    server.acknowledge("INC-7")
    await tell(goalert, server, PageEvent.REPEATED, PageEvent.APPROVAL, PageEvent.HANDED_OVER)
    assert server.rings == ["INC-7", "INC-7/1", "INC-7/2"]


def test_every_text_fits_and_no_two_keys_become_one() -> None:
    told = alert(hostile("x" * 300_000))
    assert (len(told["summary"]), len(told["details"])) == (1024, 2000)
    keys = {alert(hostile("x" * 900 + end))["dedup"] for end in "ab"}
    assert len(keys) == 2
    assert max(map(len, keys)) <= 512


def test_a_title_of_nothing_is_not_sent_empty() -> None:
    assert alert(hostile(""))["summary"] == "without a title"


@pytest.mark.parametrize(
    ("mode", "transient", "ambiguous"),
    [
        (Mode.BAD_REQUEST, False, False),
        (Mode.THROTTLED, True, False),
        (Mode.BROKEN, True, True),
        (Mode.UNAVAILABLE, True, False),
        (Mode.RESET_AFTER_ACCEPT, True, True),
    ],
)
async def test_every_answer_has_its_class(
    goalert: GoAlert, server: GoAlertEmulator, mode: Mode, transient: bool, ambiguous: bool
) -> None:
    server.mode = mode
    with pytest.raises(OutsideError) as caught:
        await goalert.page(PAGE, method(server.url))
    assert (caught.value.transient, caught.value.ambiguous) == (transient, ambiguous)


async def test_a_wrong_key_is_a_plain_word_and_never_shown(
    goalert: GoAlert, server: GoAlertEmulator
) -> None:
    with pytest.raises(OutsideError, match="GoAlert answered 401: unauthorized") as caught:
        await goalert.page(PAGE, method(server.url, key="wrong-canary"))
    assert not caught.value.transient
    assert "wrong-canary" not in str(caught.value)
