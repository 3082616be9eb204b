"""Does a look at a WHM panel tell a sick server from a refusal, and see what it says?"""

from datetime import UTC, datetime, timedelta

import pytest

from probes.model import Phase, Severity, Verdict
from probes.panel import Panel, PanelKind
from probes.whm import WhmProbe
from responder.emulators.whm_book import Service, Token, WhmBook
from responder.emulators.whm_faults import WhmFault
from tests.probes.panels import codes, issue, open_net, panel, running, seen

PROBE = WhmProbe(cores=4)


def values(samples: object) -> dict[str, float]:
    assert isinstance(samples, tuple)
    return {f"{name}{{{labels}}}": value for name, labels, value in samples}


@pytest.mark.parametrize("as_text", [True, False])
async def test_a_server_in_good_health_has_no_issues(as_text: bool) -> None:
    async with open_net() as net, running() as whm:
        whm.faults.as_text = as_text
        observation = await seen(PROBE, panel(whm.url), net)
    assert observation.verdict is Verdict.UP, observation.finding
    assert observation.finding.issues == ()


async def test_what_the_panel_says_becomes_series() -> None:
    async with open_net() as net, running(WhmBook(load=(1.5, 2.5, 3.5))) as whm:
        whm.book.service("exim").running = False
        told = values((await seen(PROBE, panel(whm.url), net)).samples)
    assert told['probe_whm_info{version="11.136.0.14"}'] == 1
    assert told['probe_whm_load{window="5m"}'] == 2.5
    assert told['probe_whm_service_running{service="httpd"}'] == 1
    assert told['probe_whm_service_running{service="exim"}'] == 0
    assert told['probe_whm_disk_used_ratio{mount="/home"}'] == 0.6
    assert 'probe_whm_service_running{service="clamd"}' not in told


async def test_each_call_is_a_bar_of_the_waterfall() -> None:
    async with open_net() as net, running() as whm:
        observation = await seen(PROBE, panel(whm.url), net)
    bars = [what for what, *_ in observation.spans]
    assert bars[:3] == [
        f"answer of WHM to {one}" for one in ("version", "systemloadavg", "servicestatus")
    ]
    assert all(0 <= began <= ended for _, began, ended in observation.spans)


async def test_a_stopped_service_is_an_issue_of_a_server_that_answers() -> None:
    async with open_net() as net, running() as whm:
        whm.book.service("httpd").running = False
        observation = await seen(PROBE, panel(whm.url), net)
    assert observation.verdict is Verdict.UP
    assert issue(observation, "SERVICE_STOPPED", "httpd").severity is Severity.ERROR


@pytest.mark.parametrize("missing", ["enabled", "installed", "monitored"])
async def test_a_service_that_nobody_wants_may_rest(missing: str) -> None:
    async with open_net() as net, running() as whm:
        setattr(whm.book.service("httpd"), missing, False)
        whm.book.service("httpd").running = False
        assert codes(await seen(PROBE, panel(whm.url), net)) == set()


async def test_a_strange_name_stays_one_line() -> None:
    async with open_net() as net, running() as whm:
        whm.book.services.append(Service("evil\n\x1b[31mservice" + "x" * 999, running=False))
        observation = await seen(PROBE, panel(whm.url), net)
    (found,) = observation.finding.issues
    assert found.text.isprintable()
    assert len(found.text) < 400


async def test_ignored_services_and_mounts_are_left_alone() -> None:
    probe = WhmProbe(ignore_services=("httpd",), ignore_mounts=("/home",))
    async with open_net() as net, running() as whm:
        whm.book.service("httpd").running = False
        whm.book.partition("/home").used = 99
        assert codes(await seen(probe, panel(whm.url), net)) == set()


@pytest.mark.parametrize(
    ("five", "severity"),
    [(7.9, None), (8.0, Severity.WARNING), (19.9, Severity.WARNING), (20.0, Severity.ERROR)],
)
async def test_load_counts_per_core(five: float, severity: Severity | None) -> None:
    async with open_net() as net, running(WhmBook(load=(0, five, 0))) as whm:
        observation = await seen(PROBE, panel(whm.url), net)
    assert [one.severity for one in observation.finding.issues] == ([severity] if severity else [])


async def test_load_is_not_judged_without_the_number_of_cores() -> None:
    async with open_net() as net, running(WhmBook(load=(90, 90, 90))) as whm:
        assert codes(await seen(WhmProbe(), panel(whm.url), net)) == set()


@pytest.mark.parametrize(
    ("used", "severity"),
    [(84, None), (85, Severity.WARNING), (95, Severity.ERROR), (100, Severity.ERROR)],
)
async def test_full_disks_are_seen_in_steps(used: int, severity: Severity | None) -> None:
    async with open_net() as net, running() as whm:
        whm.book.partition("/home").used = used
        observation = await seen(PROBE, panel(whm.url), net)
    found = [(one.code, one.about, one.severity) for one in observation.finding.issues]
    assert found == ([("DISK_FULL", "/home", severity)] if severity else [])


async def test_used_up_inodes_are_seen_too() -> None:
    async with open_net() as net, running() as whm:
        whm.book.partition("/").inodes_used = 96
        observation = await seen(PROBE, panel(whm.url), net)
    assert issue(observation, "INODES_FULL", "/").severity is Severity.ERROR


async def test_views_of_other_mounts_are_never_full() -> None:
    async with open_net() as net, running() as whm:
        whm.book.partition("/home").mount = "/home/virtfs/shop/usr"
        whm.book.partition("/home/virtfs/shop/usr").used = 100
        assert codes(await seen(PROBE, panel(whm.url), net)) == set()


async def test_backups_that_are_switched_off_are_seen() -> None:
    async with open_net() as net, running() as whm:
        whm.book.backups.enabled = False
        observation = await seen(PROBE, panel(whm.url), net)
    assert issue(observation, "BACKUPS_OFF").severity is Severity.WARNING
    async with open_net() as net, running() as whm:
        whm.book.backups.daily = False
        assert codes(await seen(PROBE, panel(whm.url), net)) == {"BACKUPS_OFF"}
        assert codes(await seen(WhmProbe(backups=False), panel(whm.url), net)) == set()


@pytest.mark.parametrize(
    ("days", "severity"),
    [(40, None), (20, Severity.INFO), (5, Severity.WARNING), (0.5, Severity.ERROR), (-9, None)],
)
async def test_a_token_near_its_end_is_seen(days: float, severity: Severity | None) -> None:
    async with open_net() as net, running() as whm:
        end = datetime.now(UTC) + timedelta(days=days)
        whm.book.tokens.append(Token("spare", "other", expires=end))
        observation = await seen(PROBE, panel(whm.url), net)
        mine = await seen(WhmProbe(token_name="watch"), panel(whm.url), net)
    assert [one.severity for one in observation.finding.issues] == ([severity] if severity else [])
    assert codes(mine) == set()


@pytest.mark.parametrize(
    ("fault", "verdict", "access"),
    [
        (WhmFault.REFUSED, Verdict.UNKNOWN, True),
        (WhmFault.ROLE_DISABLED, Verdict.UNKNOWN, True),
        (WhmFault.UNAUTHORIZED, Verdict.UNKNOWN, True),
        (WhmFault.FORBIDDEN, Verdict.UNKNOWN, True),
        (WhmFault.TOKEN_EXPIRED, Verdict.UNKNOWN, True),
        (WhmFault.REDIRECT, Verdict.UNKNOWN, True),
        (WhmFault.ODD, Verdict.UNKNOWN, False),
        (WhmFault.LOGIN_PAGE, Verdict.DOWN, False),
        (WhmFault.TRUNCATED, Verdict.DOWN, False),
        (WhmFault.HUNG_UP, Verdict.DOWN, False),
        (WhmFault.BROKEN, Verdict.DOWN, False),
        (WhmFault.UNAVAILABLE, Verdict.DOWN, False),
    ],
)
async def test_only_a_sick_panel_is_down_and_a_refusal_is_ours(
    fault: WhmFault, verdict: Verdict, access: bool
) -> None:
    async with open_net() as net, running() as whm:
        whm.faults.everywhere = fault
        observation = await seen(PROBE, panel(whm.url), net)
    assert observation.verdict is verdict, observation.finding
    assert codes(observation) == ({"PANEL_ACCESS"} if access else set())
    assert observation.finding.reason
    assert "sesame" not in repr(observation)


async def test_the_reason_names_the_status_and_the_login_page() -> None:
    async with open_net() as net, running() as whm:
        whm.faults.everywhere = WhmFault.FORBIDDEN
        refused = await seen(PROBE, panel(whm.url), net)
        whm.faults.everywhere = WhmFault.LOGIN_PAGE
        page = await seen(PROBE, panel(whm.url), net)
        whm.faults.everywhere = WhmFault.REFUSED
        said = await seen(PROBE, panel(whm.url), net)
    assert "403" in refused.finding.reason
    assert "HTML page" in page.finding.reason
    assert said.finding.reason == "WHM refused version: Permission denied"


async def test_a_silent_panel_is_down_when_the_time_is_over() -> None:
    async with open_net() as net, running() as whm:
        whm.faults.everywhere = WhmFault.SILENT
        observation = await seen(PROBE, panel(whm.url), net, within=0.3)
    assert observation.verdict is Verdict.DOWN
    assert observation.finding.phase is Phase.COMMAND
    assert observation.finding.reason == "no answer of WHM to version within 0.3 s"


async def test_a_panel_that_is_not_there_is_down() -> None:
    async with open_net() as net:
        async with running() as whm:
            gone = whm.url
        observation = await seen(PROBE, panel(gone), net)
    assert observation.verdict is Verdict.DOWN
    assert observation.finding.phase is Phase.CONNECT
    assert "refused" in observation.finding.reason


async def test_a_lost_api_version_is_understood_all_the_same() -> None:
    async with open_net() as net, running() as whm:
        whm.faults.everywhere = WhmFault.API_0
        whm.book.service("exim").running = False
        assert codes(await seen(PROBE, panel(whm.url), net)) == {"SERVICE_STOPPED"}


async def test_one_missing_right_is_said_and_the_rest_is_seen() -> None:
    async with open_net() as net, running() as whm:
        whm.faults.calls["getdiskusage"] = WhmFault.REFUSED
        whm.book.service("exim").running = False
        observation = await seen(PROBE, panel(whm.url), net)
    assert observation.verdict is Verdict.UP
    assert issue(observation, "PANEL_ACCESS", "getdiskusage").severity is Severity.WARNING
    assert codes(observation) == {"PANEL_ACCESS", "SERVICE_STOPPED"}


async def test_a_mended_right_counts_at_the_next_look() -> None:
    async with open_net() as net, running() as whm:
        whm.faults.calls["getdiskusage"] = WhmFault.REFUSED
        await seen(PROBE, panel(whm.url), net)
        del whm.faults.calls["getdiskusage"]
        assert codes(await seen(PROBE, panel(whm.url), net)) == set()


@pytest.mark.parametrize("function", ["getdiskusage", "backup_config_get", "servicestatus"])
async def test_a_role_that_the_server_lacks_is_no_trouble(function: str) -> None:
    async with open_net() as net, running() as whm:
        whm.faults.calls[function] = WhmFault.ROLE_DISABLED
        observation = await seen(PROBE, panel(whm.url), net)
    assert (observation.verdict, observation.finding.issues) == (Verdict.UP, ())


async def test_tokens_that_only_root_may_list_are_no_trouble() -> None:
    async with open_net() as net, running() as whm:
        whm.faults.calls["api_token_list"] = WhmFault.REFUSED
        assert codes(await seen(PROBE, panel(whm.url), net)) == set()


async def test_slow_figures_are_asked_for_seldom_and_quick_ones_each_time() -> None:
    async with open_net() as net, running() as whm:
        for _ in range(3):
            await seen(PROBE, panel(whm.url), net)
        asked = list(whm.asked)
    assert asked.count("version") == 3
    assert asked.count("servicestatus") == 3
    assert asked.count("getdiskusage") == 1
    assert asked.count("backup_config_get") == 1


async def test_a_server_without_a_panel_says_what_to_write() -> None:
    async with open_net() as net:
        observation = await seen(PROBE, None, net)
    assert observation.verdict is Verdict.UNKNOWN
    assert "panel:" in observation.finding.reason


async def test_another_panel_is_not_asked_in_the_wrong_tongue() -> None:
    async with open_net() as net, running() as whm:
        whm_panel = panel(whm.url)
        other = Panel(PanelKind.PLESK, whm_panel.url, "root", whm_panel.token)
        observation = await seen(PROBE, other, net)
        assert not whm.asked
    assert observation.verdict is Verdict.UNKNOWN
    assert "plesk" in observation.finding.reason


@pytest.mark.parametrize("token", ["", "two\nlines", "schlüssel"])
async def test_a_token_that_can_not_be_one_is_never_sent(token: str) -> None:
    async with open_net() as net, running() as whm:
        observation = await seen(PROBE, panel(whm.url, token=token), net)
        assert not whm.asked
    assert observation.verdict is Verdict.UNKNOWN


async def test_a_wrong_and_an_expired_token_are_refused() -> None:
    async with open_net() as net, running() as whm:
        wrong = await seen(PROBE, panel(whm.url, token="open"), net)
        whm.book.tokens[0].expires = datetime.now(UTC) - timedelta(seconds=1)
        expired = await seen(PROBE, panel(whm.url), net)
    assert [one.verdict for one in (wrong, expired)] == [Verdict.UNKNOWN] * 2
    assert codes(wrong) == codes(expired) == {"PANEL_ACCESS"}


def test_the_usual_port_is_that_of_tls() -> None:
    assert PROBE.aim("192.0.2.7") == "https://192.0.2.7:2087"
    assert PROBE.aim("2001:db8::7") == "https://[2001:db8::7]:2087"
