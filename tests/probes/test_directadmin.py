"""Are both generations of DirectAdmin understood, and HTML taken for the refusal that it is?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from probes.credentials import TextSecret
from probes.directadmin import DirectadminProbe, services
from probes.discovery import discover
from probes.model import Phase, Severity, Verdict
from probes.net import Net
from probes.panel import Panel, PanelKind
from probes.panel_trouble import PanelTrouble
from responder.emulators.directadmin import DirectadminEmulator
from tests.probes.panels import codes, issue, open_net, seen

PROBE = DirectadminProbe()
SYSTEM, INFO = "/CMD_API_SYSTEM_INFO", "/api/info"


@asynccontextmanager
async def directadmin(emulator: DirectadminEmulator) -> AsyncIterator[tuple[Net, Panel]]:
    await emulator.start()
    try:
        async with open_net() as net:
            yield net, at(emulator)
    finally:
        await emulator.stop()


def at(emulator: DirectadminEmulator, *, key: str = "") -> Panel:
    return Panel(PanelKind.DIRECTADMIN, emulator.url, "admin", TextSecret(key or "sesame"))


@pytest.mark.parametrize("old", [False, True])
async def test_both_generations_tell_their_services(old: bool) -> None:
    states = {"httpd": "running", "exim": "stopped"}
    async with directadmin(DirectadminEmulator(services=states, old=old)) as (net, panel):
        observation = await seen(PROBE, panel, net)
        ignored = await seen(DirectadminProbe(ignore_services=("exim",)), panel, net)
    assert observation.verdict is Verdict.UP, observation.finding
    assert issue(observation, "SERVICE_STOPPED", "exim").severity is Severity.ERROR
    assert codes(observation) == {"SERVICE_STOPPED"}
    assert codes(ignored) == set()
    assert ("probe_directadmin_service_running", 'service="httpd"', 1) in observation.samples


async def test_the_load_is_a_series() -> None:
    async with directadmin(DirectadminEmulator()) as (net, panel):
        observation = await seen(PROBE, panel, net)
    assert ("probe_directadmin_load", 'window="15m"', 0.3) in observation.samples


async def test_html_for_a_wrong_key_is_a_refusal_and_no_outage() -> None:
    emulator = DirectadminEmulator()
    async with directadmin(emulator) as (net, _):
        observation = await seen(PROBE, at(emulator, key="open"), net)
    assert (observation.verdict, observation.finding.phase) == (Verdict.UNKNOWN, Phase.AUTH)
    assert codes(observation) == {"PANEL_ACCESS"}
    assert "HTML page" in observation.finding.reason


@pytest.mark.parametrize(
    ("status", "kind", "body", "verdict"),
    [
        (200, "text/plain", b"error=1&text=Access%20denied&details=no", Verdict.UNKNOWN),
        (200, "application/json", b'{"error":"1","text":"no"}', Verdict.UNKNOWN),
        (200, "application/json", b'{"error":"access denied","result":"no"}', Verdict.UNKNOWN),
        (200, "application/json", b'{"success":false,"message":"no"}', Verdict.UNKNOWN),
        (200, "text/html", b"Access denied", Verdict.UNKNOWN),
        (401, "text/html", b"", Verdict.UNKNOWN),
        (403, "text/plain", b"", Verdict.UNKNOWN),
        (302, "text/html", b"", Verdict.UNKNOWN),
        (500, "text/plain", b"", Verdict.DOWN),
        (200, "application/json", b'{"services":', Verdict.DOWN),
        (200, "text/plain", b"nothing that we know", Verdict.DOWN),
    ],
)
async def test_failures_have_many_shapes(
    status: int, kind: str, body: bytes, verdict: Verdict
) -> None:
    emulator = DirectadminEmulator(answers={SYSTEM: (status, kind, body)})
    async with directadmin(emulator) as (net, panel):
        observation = await seen(PROBE, panel, net)
    assert observation.verdict is verdict, observation.finding
    assert codes(observation) == ({"PANEL_ACCESS"} if verdict is Verdict.UNKNOWN else set())


async def test_a_bare_no_error_is_no_answer() -> None:
    emulator = DirectadminEmulator(answers={SYSTEM: (200, "text/plain", b"error=0")})
    async with directadmin(emulator) as (net, panel):
        assert (await seen(PROBE, panel, net)).verdict is Verdict.UNKNOWN


async def test_an_error_of_zero_is_none() -> None:
    body = b"error=0&httpd=2.4|Started"
    async with directadmin(DirectadminEmulator(answers={SYSTEM: (200, "text/plain", body)})) as (
        net,
        panel,
    ):
        assert (await seen(PROBE, panel, net)).verdict is Verdict.UP


async def test_a_licence_that_is_not_valid_is_an_issue() -> None:
    async with directadmin(DirectadminEmulator(licence_error="expired")) as (net, panel):
        observation = await seen(PROBE, panel, net)
    assert issue(observation, "LICENCE_TROUBLE").text.endswith("not valid: expired")


async def test_a_sick_answer_about_the_licence_is_a_sick_panel() -> None:
    async with directadmin(DirectadminEmulator(answers={INFO: (500, "text/plain", b"")})) as (
        net,
        panel,
    ):
        assert (await seen(PROBE, panel, net)).verdict is Verdict.DOWN


@pytest.mark.parametrize("row", ["not found|Stopped", "9 days", 7, None, {"status": 1}, {}, "a|b"])
def test_what_is_no_service_is_left_out(row: object) -> None:
    assert [*services({"thing": row})] == []


async def test_resellers_and_their_users_are_discovered() -> None:
    emulator = DirectadminEmulator(
        users={"admin": {"ana": "ana.example"}, "ana": {"bob": "bob.example"}}, suspended={"bob"}
    )
    async with directadmin(emulator) as (net, panel):
        found = await discover(panel, net)
    assert [one.name for one in found.resellers] == ["ana"]
    told = [(one.user, one.domain, one.owner, one.suspended) for one in found.accounts]
    assert told == [("ana", "ana.example", "admin", False), ("bob", "bob.example", "ana", True)]


async def test_a_panel_that_refuses_keeps_its_map() -> None:
    emulator = DirectadminEmulator()
    async with directadmin(emulator) as (net, _):
        with pytest.raises(PanelTrouble):
            await discover(at(emulator, key="open"), net)
