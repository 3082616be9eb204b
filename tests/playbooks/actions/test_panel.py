"""WHM is asked to restart a service, or the machine: once, and only the right one."""

from collections.abc import AsyncIterator

import pytest
from pydantic import ValidationError
from typing_extensions import override

from playbooks.actions.model import Failed, Halted, Ok, Unsure
from playbooks.actions.panel import SERVICES, PanelReboot, PanelRestartService
from probes.credentials import TextSecret
from probes.panel import Panel, PanelKind
from responder.emulators.whm import WhmEmulator
from responder.emulators.whm_book import WhmBook
from responder.emulators.whm_faults import WhmFault
from tests.playbooks.actions.crew import HandCrew, case
from tests.probes.panels import panel, running

RESTART = PanelRestartService(service="httpd")
REBOOT = PanelReboot()


@pytest.fixture
async def whm(crew: HandCrew) -> AsyncIterator[WhmEmulator]:
    async with running() as emulator:
        crew.box = panel(emulator.url)
        yield emulator


async def test_a_service_is_restarted_and_read_back(crew: HandCrew, whm: WhmEmulator) -> None:
    whm.book.service("httpd").running = False
    assert await RESTART.do(case(), crew) == Ok("httpd was restarted, and runs")
    assert whm.book.done == [("restartservice", "httpd")]
    assert crew.journal == []


class Stubborn(WhmBook):
    """A server whose services do not come up."""

    @override
    def restart(self, name: str) -> None:
        self.service(name).running = False


async def test_a_service_that_does_not_come_up_has_failed(crew: HandCrew) -> None:
    async with running(Stubborn()) as whm:
        crew.box = panel(whm.url)
        outcome = await RESTART.do(case(), crew)
        assert outcome == Failed("httpd does not run after it was restarted")
        assert whm.asked.count("servicestatus") == 4
        assert whm.asked.count("restartservice") == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (WhmFault.REFUSED, "WHM refused restartservice: Permission denied"),
        (WhmFault.ROLE_DISABLED, 'WHM refused restartservice: The "DNS" role'),
        (WhmFault.FORBIDDEN, "WHM answered 403"),
        (WhmFault.TOKEN_EXPIRED, "WHM answered 403"),
        (WhmFault.REDIRECT, "WHM answered 302"),
        (WhmFault.UNAVAILABLE, "WHM answered 503"),
    ],
)
async def test_a_plain_no_is_a_failure(
    crew: HandCrew, whm: WhmEmulator, fault: WhmFault, words: str
) -> None:
    whm.faults.calls["restartservice"] = fault
    outcome = await RESTART.do(case(), crew)
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith(words)
    assert list(whm.asked) == ["restartservice"]


@pytest.mark.parametrize(
    "fault", [WhmFault.HUNG_UP, WhmFault.TRUNCATED, WhmFault.LOGIN_PAGE, WhmFault.ODD]
)
async def test_after_an_unclear_answer_the_service_itself_is_looked_at(
    crew: HandCrew, whm: WhmEmulator, fault: WhmFault
) -> None:
    whm.faults.calls["restartservice"] = fault
    outcome = await RESTART.do(case(), crew)
    assert isinstance(outcome, Ok)
    assert outcome.text.startswith("httpd runs") or fault is WhmFault.ODD
    assert whm.asked.count("restartservice") == 1


async def test_an_unclear_answer_that_nobody_can_check_is_a_failure(
    crew: HandCrew, whm: WhmEmulator
) -> None:
    whm.faults.everywhere = WhmFault.HUNG_UP
    assert isinstance(await RESTART.do(case(), crew), Failed)


async def test_a_token_that_may_not_read_is_no_failure(crew: HandCrew, whm: WhmEmulator) -> None:
    whm.faults.calls["servicestatus"] = WhmFault.REFUSED
    outcome = await RESTART.do(case(), crew)
    assert isinstance(outcome, Ok)
    assert outcome.text.startswith("httpd was restarted, but its state can't be read: WHM refused")


@pytest.mark.parametrize("name", ["httpd&api.version=0", "../reboot", "cpanel", "", "{{ x", "--"])
async def test_only_services_of_our_list_are_named(
    crew: HandCrew, whm: WhmEmulator, name: str
) -> None:
    """What a label brings is checked when it is filled in, and once more before it is sent."""
    filled = RESTART.model_copy(update={"service": name})
    assert isinstance(await filled.do(case(), crew), Failed)
    assert list(whm.asked) == []
    if "{{" not in name:
        with pytest.raises(ValidationError, match="none of "):
            PanelRestartService(service=name)
    assert "httpd" in SERVICES


async def test_a_machine_is_rebooted_gracefully_and_once(crew: HandCrew, whm: WhmEmulator) -> None:
    outcome = await REBOOT.do(case(), crew)
    assert outcome == Ok("the panel of web1 has begun to reboot the machine")
    assert whm.book.done == [("reboot", "0")]
    assert crew.journal == [("intent", "panel.reboot"), ("result", "panel.reboot", "done")]


async def test_a_lost_answer_to_a_reboot_is_for_a_person(crew: HandCrew, whm: WhmEmulator) -> None:
    whm.faults.calls["reboot"] = WhmFault.HUNG_UP
    assert isinstance(await REBOOT.do(case(), crew), Unsure)
    assert whm.asked.count("reboot") == 1
    assert crew.journal[-1] == ("result", "panel.reboot", "unknown")


async def test_after_a_crash_it_is_not_rebooted_again(crew: HandCrew, whm: WhmEmulator) -> None:
    outcome = await REBOOT.do(case(open_intent="panel.reboot"), crew)
    assert isinstance(outcome, Unsure)
    assert list(whm.asked) == []


async def test_a_panel_of_another_machine_is_not_rebooted(crew: HandCrew, whm: WhmEmulator) -> None:
    whm.book.hostname = "web11.example.net"
    outcome = await REBOOT.do(case(), crew)
    assert outcome == Failed(
        'the panel calls itself "web11.example.net", not web1: nothing was done'
    )
    named = PanelReboot(hostname="web11.example.net")
    assert isinstance(await named.do(case(), crew), Ok)
    assert whm.book.done == [("reboot", "0")]


def test_no_alert_says_which_machine_is_the_right_one() -> None:
    with pytest.raises(ValidationError):
        PanelReboot(hostname="{{ alert.host }}")


async def test_a_panel_that_hides_its_name_is_not_rebooted(
    crew: HandCrew, whm: WhmEmulator
) -> None:
    for fault in (WhmFault.REFUSED, WhmFault.HUNG_UP, WhmFault.ODD):
        whm.faults.calls["gethostname"] = fault
        assert isinstance(await REBOOT.do(case(), crew), Failed)
    whm.faults.calls.clear()
    whm.book.hostname = ""
    assert isinstance(await REBOOT.do(case(server=""), crew), Failed)
    assert whm.book.done == []


async def test_the_kill_switch_holds_it_back(crew: HandCrew, whm: WhmEmulator) -> None:
    crew.halts = "the kill switch is thrown"
    with pytest.raises(Halted):
        await REBOOT.do(case(), crew)
    assert whm.book.done == []


async def test_a_dry_run_asks_nothing(crew: HandCrew, whm: WhmEmulator) -> None:
    for action in (RESTART, REBOOT):
        outcome = await action.do(case(dry=True), crew)
        assert isinstance(outcome, Ok)
        assert outcome.text.startswith("it would ask the panel of web1 to re")
    assert list(whm.asked) == []


async def test_a_pinned_certificate_is_believed_and_no_other(crew: HandCrew) -> None:
    async with running(tls=True) as emulator:
        crew.box = panel(emulator.url, fingerprint=emulator.fingerprint)
        assert isinstance(await RESTART.do(case(), crew), Ok)
        for fingerprint in ("", "ab" * 32, "no hex"):
            crew.box = panel(emulator.url, fingerprint=fingerprint)
            assert isinstance(await RESTART.do(case(), crew), Failed)
        assert len(emulator.book.done) == 1


async def test_what_is_missing_is_said(crew: HandCrew, whm: WhmEmulator) -> None:
    crew.box = None
    assert await RESTART.do(case(), crew) == Failed("the server has no panel")
    token = TextSecret("x")
    crew.box = Panel(PanelKind.PLESK, whm.url, "admin", token)
    assert await RESTART.do(case(), crew) == Failed(
        "the panel of the server is plesk: only WHM can be told to do this"
    )
    crew.box = Panel(PanelKind.WHM, whm.url, "root", TextSecret(""))
    assert isinstance(await RESTART.do(case(), crew), Failed)
    assert list(whm.asked) == []
