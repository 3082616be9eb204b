"""Is Plesk understood, with its errors inside a 200, and its XML never trusted?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from xml.etree.ElementTree import ParseError

import pytest

from probes.credentials import TextSecret
from probes.discovery import discover
from probes.model import Phase, Severity, Verdict
from probes.net import Net
from probes.panel import Panel, PanelKind
from probes.panel_trouble import PanelTrouble
from probes.plesk import PleskProbe, licensed
from probes.xml import parsed
from responder.emulators.plesk import PleskEmulator, Webspace
from tests.probes.panels import codes, issue, open_net, seen

PROBE = PleskProbe()


@asynccontextmanager
async def plesk(emulator: PleskEmulator) -> AsyncIterator[tuple[Net, Panel]]:
    await emulator.start()
    try:
        async with open_net() as net:
            yield net, at(emulator)
    finally:
        await emulator.stop()


def at(emulator: PleskEmulator, *, user: str = "root", secret: str = "") -> Panel:
    return Panel(PanelKind.PLESK, emulator.url, user, TextSecret(secret or "sesame"))


async def test_a_server_in_good_health_has_no_issues() -> None:
    async with plesk(PleskEmulator(services={"web": "running", "ftp": "none"})) as (net, panel):
        observation = await seen(PROBE, panel, net)
    assert observation.verdict is Verdict.UP, observation.finding
    assert observation.finding.issues == ()
    assert ("probe_plesk_service_running", 'service="web"', 1) in observation.samples
    assert ("probe_plesk_info", 'server="plesk1.example.net"', 1) in observation.samples


async def test_a_stopped_service_is_an_issue_and_one_that_is_not_installed_none() -> None:
    states = {"web": "stopped", "ftp": "none", "dns": "running"}
    async with plesk(PleskEmulator(services=states)) as (net, panel):
        observation = await seen(PROBE, panel, net)
        ignored = await seen(PleskProbe(ignore_services=("web",)), panel, net)
    assert observation.verdict is Verdict.UP
    assert issue(observation, "SERVICE_STOPPED", "web").severity is Severity.ERROR
    assert codes(ignored) == set()


async def test_a_wrong_key_inside_a_200_is_a_refusal() -> None:
    emulator = PleskEmulator()
    async with plesk(emulator) as (net, _):
        observation = await seen(PROBE, at(emulator, secret="open"), net)
    assert (observation.verdict, observation.finding.phase) == (Verdict.UNKNOWN, Phase.AUTH)
    assert codes(observation) == {"PANEL_ACCESS"}
    assert "1001" in observation.finding.reason


async def test_a_login_and_its_password_do_as_well_as_a_key() -> None:
    emulator = PleskEmulator()
    async with plesk(emulator) as (net, _):
        assert (await seen(PROBE, at(emulator, user="admin"), net)).verdict is Verdict.UP


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (500, b"", Verdict.DOWN),
        (503, b"<packet/>", Verdict.DOWN),
        (403, b"", Verdict.UNKNOWN),
        (302, b"", Verdict.UNKNOWN),
        (200, b"<html><body>Login</body></html>", Verdict.DOWN),
        (200, b"not XML", Verdict.DOWN),
        (200, b"", Verdict.DOWN),
        (200, b"<packet><server><get><result><status>ok</st", Verdict.DOWN),
        (200, b"<packet/>", Verdict.UNKNOWN),
        (200, b'<!DOCTYPE p [<!ENTITY a "b">]><packet>&a;</packet>', Verdict.DOWN),
    ],
)
async def test_sick_answers_are_down_and_strange_ones_unknown(
    status: int, body: bytes, verdict: Verdict
) -> None:
    async with plesk(PleskEmulator(status=status, body=body)) as (net, panel):
        observation = await seen(PROBE, panel, net)
    assert observation.verdict is verdict, observation.finding
    assert observation.finding.reason


async def test_a_panel_without_a_licence_says_so() -> None:
    refusal = (1030, "Your license key is invalid.")
    async with plesk(PleskEmulator(refusal=refusal)) as (net, panel):
        observation = await seen(PROBE, panel, net)
    assert observation.verdict is Verdict.UP
    assert codes(observation) == {"LICENCE_TROUBLE"}


async def test_a_licence_that_ended_is_an_issue() -> None:
    async with plesk(PleskEmulator(licence_ends="20200101")) as (net, panel):
        observation = await seen(PROBE, panel, net)
    assert issue(observation, "LICENCE_TROUBLE").severity is Severity.ERROR


@pytest.mark.parametrize(
    ("end", "severity"),
    [
        ("", None),
        ("0", None),
        ("unlimited", None),
        ("20261231", None),
        ("20261122", Severity.WARNING),
        ("20261110", Severity.ERROR),
    ],
)
def test_licences_end_in_steps(end: str, severity: Severity | None) -> None:
    found = licensed(end, datetime(2026, 11, 20, 12, tzinfo=UTC))
    assert [one.severity for one in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><a>&lol2;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><a/>',
        b"<a>" * 10_000,
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b"<a/><b/>",
        b"<a>&undefined;</a>",
        b"",
    ],
)
def test_xml_that_bites_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parsed(body)


async def test_subscriptions_and_their_owners_are_discovered() -> None:
    emulator = PleskEmulator(
        resellers={3: "ana"},
        webspaces=(Webspace("Shop.example", 3, "192.0.2.9"), Webspace("b.example", status=16)),
    )
    async with plesk(emulator) as (net, panel):
        found = await discover(panel, net)
    assert [one.name for one in found.resellers] == ["ana"]
    told = [(one.domain, one.owner, one.ip, one.suspended) for one in found.accounts]
    assert told == [
        ("b.example", "", "127.0.0.1", True),
        ("shop.example", "ana", "192.0.2.9", False),
    ]


async def test_a_panel_that_refuses_keeps_its_map() -> None:
    async with plesk(PleskEmulator(refusal=(1006, "no permission"))) as (net, panel):
        with pytest.raises(PanelTrouble):
            await discover(panel, net)
