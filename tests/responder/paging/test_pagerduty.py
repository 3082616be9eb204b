"""PagerDuty's events: what we send for each page, and what its answers mean."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError

from alerts.model import Priority
from playbooks.client import open_session
from playbooks.outside import OutsideError
from playbooks.ports import PageEvent
from responder.emulators.pager import Mode, PagerEmulator
from responder.paging.pagerduty import PagerDuty, PagerDutyMethod, PagerDutyPaging, event
from responder.secrets import Secret
from tests.responder.paging.pages import PAGE

KEY = "canary0123456789canary0123456789"
SERVICE = PagerDutyMethod(kind="pagerduty", routing_key_file=Secret.of(KEY))
OTHER = PagerDutyMethod(kind="pagerduty", routing_key=Secret.of(KEY[::-1]))


@pytest.fixture
async def pager() -> AsyncIterator[PagerEmulator]:
    emulator = PagerEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
def pagerduty(pager: PagerEmulator, session: aiohttp.ClientSession) -> PagerDuty:
    return PagerDuty(PagerDutyPaging(url=pager.events_url), session)


async def refused(pagerduty: PagerDuty) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await pagerduty.page(PAGE, SERVICE)
    return caught.value


def test_a_page_becomes_a_trigger_with_all_that_is_known() -> None:
    assert event(PAGE, routing_key=KEY) == {
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": "INC-7",
        "client": "Rapid Responder",
        "links": [{"href": PAGE.link, "text": "Acknowledge"}],
        "payload": {
            "summary": "CRITICAL: web1 is down",
            "source": "web1",
            "severity": "critical",
            "timestamp": "2025-11-21T03:10:00+00:00",
            "custom_details": {
                "incident": "INC-7",
                "event": "opened",
                "person": "ana",
                "step": 1,
                "text": PAGE.text.rstrip("\n"),
            },
        },
    }


@pytest.mark.parametrize(
    ("why", "action", "key"),
    [
        (PageEvent.OPENED, "trigger", "INC-7"),
        (PageEvent.REPEATED, "trigger", "INC-7"),
        (PageEvent.ESCALATED, "trigger", "INC-7"),
        (PageEvent.ACKNOWLEDGED, "acknowledge", "INC-7"),
        (PageEvent.RECOVERED, "resolve", "INC-7"),
        (PageEvent.DEAD_LETTER, "trigger", "INC-7/1/1/ana/0"),
        (PageEvent.TEST, "trigger", "INC-7/1/1/ana/0"),
    ],
)
def test_every_event_is_an_action_on_the_right_alarm(why: PageEvent, action: str, key: str) -> None:
    told = event(replace(PAGE, event=why), routing_key=KEY)
    assert (told["event_action"], told["dedup_key"]) == (action, key)
    assert ("payload" in told) == (action == "trigger")


@pytest.mark.parametrize(
    ("priority", "severity"),
    [
        (Priority.CRITICAL, "critical"),
        (Priority.HIGH, "error"),
        (Priority.MEDIUM, "warning"),
        (Priority.LOW, "info"),
    ],
)
def test_every_priority_has_its_severity(priority: Priority, severity: str) -> None:
    told = event(replace(PAGE, priority=priority), routing_key=KEY)
    assert told["payload"]["severity"] == severity


def test_long_keys_stay_within_the_limit_and_different() -> None:
    keys = {
        event(replace(PAGE, thread="x" * 300 + end), routing_key=KEY)["dedup_key"] for end in "ab"
    }
    assert len(keys) == 2
    assert all(len(key) <= 255 for key in keys)


def test_what_is_not_known_is_left_out_or_named() -> None:
    told = event(replace(PAGE, server=None, link="", at=None, title=""), routing_key=KEY)
    assert told["payload"]["source"] == "rapid-responder"
    assert told["payload"]["summary"] == "without a title"
    assert "links" not in told
    assert "timestamp" not in told["payload"]


async def test_one_incident_rings_once_and_is_resolved(
    pagerduty: PagerDuty, pager: PagerEmulator
) -> None:
    receipt = await pagerduty.page(PAGE, SERVICE)
    assert (receipt.reference, receipt.detail) == ("INC-7", "Event processed")
    for why in (PageEvent.REPEATED, PageEvent.ACKNOWLEDGED, PageEvent.ESCALATED):
        await pagerduty.page(replace(PAGE, event=why), SERVICE)
    assert pager.alarms == {(KEY, "INC-7"): "acknowledged"}
    await pagerduty.page(replace(PAGE, event=PageEvent.RECOVERED), SERVICE)
    assert pager.alarms == {(KEY, "INC-7"): "resolved"}
    assert len(pager.rings) == 1


async def test_a_return_after_the_recovery_rings_again(
    pagerduty: PagerDuty, pager: PagerEmulator
) -> None:
    for why in (PageEvent.OPENED, PageEvent.RECOVERED, PageEvent.OPENED):
        await pagerduty.page(replace(PAGE, event=why), SERVICE)
    assert len(pager.rings) == 2


async def test_another_routing_key_resolves_nothing(
    pagerduty: PagerDuty, pager: PagerEmulator
) -> None:
    """PagerDuty says 202 all the same; so a recovery goes over the method that paged."""
    await pagerduty.page(PAGE, SERVICE)
    await pagerduty.page(replace(PAGE, event=PageEvent.RECOVERED), OTHER)
    assert pager.alarms == {(KEY, "INC-7"): "triggered"}


async def test_a_test_page_is_no_part_of_an_incident(
    pagerduty: PagerDuty, pager: PagerEmulator
) -> None:
    await pagerduty.page(PAGE, SERVICE)
    await pagerduty.page(replace(PAGE, event=PageEvent.TEST), SERVICE)
    assert len(pager.rings) == 2


@pytest.mark.parametrize(
    ("mode", "transient", "ambiguous", "retry_after"),
    [
        (Mode.BAD_REQUEST, False, False, None),
        (Mode.THROTTLED, True, False, 120.0),
        (Mode.BROKEN, True, True, None),
        (Mode.UNAVAILABLE, True, False, None),
        (Mode.RESET, True, True, None),
        (Mode.RESET_AFTER_ACCEPT, True, True, None),
    ],
)
async def test_every_answer_has_its_class(
    pagerduty: PagerDuty,
    pager: PagerEmulator,
    mode: Mode,
    transient: bool,
    ambiguous: bool,
    retry_after: float | None,
) -> None:
    pager.mode = mode
    error = await refused(pagerduty)
    assert (error.transient, error.ambiguous) == (transient, ambiguous)
    assert error.retry_after == retry_after


async def test_a_repeat_after_a_lost_answer_rings_no_second_time(
    pagerduty: PagerDuty, pager: PagerEmulator
) -> None:
    pager.mode = Mode.RESET_AFTER_ACCEPT
    await refused(pagerduty)
    pager.mode = Mode.ACCEPT
    await pagerduty.page(PAGE, SERVICE)
    assert len(pager.taken) == 2
    assert len(pager.rings) == 1


async def test_what_is_wrong_with_an_event_is_told(
    pagerduty: PagerDuty, pager: PagerEmulator
) -> None:
    pager.mode = Mode.BAD_REQUEST
    assert str(await refused(pagerduty)) == (
        "PagerDuty answered 400: Event object is invalid: "
        "Length of 'routing_key' is incorrect (should be 32 characters)"
    )


@pytest.mark.parametrize("status", [200, 204, 302, 403])
async def test_only_202_is_a_yes(session: aiohttp.ClientSession, status: int) -> None:
    """A proxy's friendly page must not pass for a page that was taken."""

    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/", handler)
    async with TestServer(app) as server:
        pagerduty = PagerDuty(PagerDutyPaging(url=str(server.make_url("/"))), session)
        assert str(await refused(pagerduty)) == f"PagerDuty answered {status}"


async def test_a_server_that_echoes_the_key_does_not_bring_it_into_an_error(
    session: aiohttp.ClientSession,
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"message": f"no {KEY}", "errors": [KEY]}, status=400)

    app = web.Application()
    app.router.add_post("/", handler)
    async with TestServer(app) as server:
        pagerduty = PagerDuty(PagerDutyPaging(url=str(server.make_url("/"))), session)
        assert str(await refused(pagerduty)) == "PagerDuty answered 400: no ...: ..."


@pytest.mark.parametrize(
    "told", [{}, {"routing_key": Secret.of("a"), "routing_key_file": Secret.of("b")}]
)
def test_a_method_has_one_key(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="give either routing_key_file or routing_key"):
        PagerDutyMethod(kind="pagerduty", **told)
