"""Do the standings of a server's looks become the right alerts, and always the same ones?"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.classify import classify
from alerts.inventory import Inventory, Reseller, Server
from alerts.issues import Held
from alerts.model import Category, Priority
from alerts.observed import NEVER, Standing, State
from alerts.settings import AlertSettings
from alerts.trouble import (
    GAP,
    Health,
    Reach,
    Seen,
    counts,
    health,
    over,
    severity_of,
    unreachable,
    wanted,
)
from probes.model import UP, Finding, Issue, Look, Phase, Severity, Target
from probes.settings import Settings
from probes.sight import Sight

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
INVENTORY = Inventory(
    servers={
        "hv1": Server("hv1", address="192.0.2.1"),
        "web1": Server(
            "web1", address="192.0.2.7", datacentre="fra1", brand="acme", hypervisor="hv1"
        ),
    },
    resellers={"rita": Reseller("rita", server="web1", brand="ritahost")},
    datacentres=frozenset({"fra1"}),
)


class AnyKind(Settings):
    """A kind of look that nobody takes here."""

    kind: str = "http"

    def aim(self, address: str) -> str:
        return address

    async def look(self, target: Target, sight: Sight) -> Finding:
        return UP


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def dead(phase: Phase | None = Phase.CONNECT, *, since: float = 60, hard: float = 20) -> Standing:
    return Standing(
        State.DOWN,
        since=ago(hard),
        failing_since=ago(since),
        hard_since=ago(hard),
        attempts=3,
        reason="connection refused",
        phase=phase,
    )


WELL = Standing(State.OK, since=ago(9000))
SOFT = Standing(State.SUSPECT, since=ago(30), failing_since=ago(30), attempts=1, reason="no answer")
BACK = Standing(State.RECOVERING, since=ago(5), failing_since=ago(60), hard_since=ago(20), goods=1)


def doubt(seconds: float) -> Standing:
    return Standing(
        State.UNKNOWN, since=ago(seconds), unknown_since=ago(seconds), doubt="the token was refused"
    )


def seen(
    kind: str,
    standing: Standing,
    *,
    labels: Mapping[str, str] = MappingProxyType({}),
    severity: Severity | None = None,
) -> Seen:
    target = Target("192.0.2.7:443", labels=labels)
    look = Look(f"web1/{kind}", kind, AnyKind(kind=kind), target, "192.0.2.7")
    return Seen(look, standing, severity)


def names(*looks: Seen, server: str = "web1", parent: Health | None = None) -> list[str]:
    alerts = wanted(server, looks, inventory=INVENTORY, now=NOW, parent=parent)
    return [alert.name for alert in alerts]


def test_what_is_well_wants_no_alert() -> None:
    assert names(seen("http", WELL), seen("ping", WELL), seen("ssh", NEVER)) == []


def test_a_suspicion_wants_no_alert() -> None:
    assert names(seen("http", SOFT), seen("ping", SOFT)) == []


@pytest.mark.parametrize(("sites", "down"), [(1, False), (2, False), (3, True)])
def test_sites_speak_for_their_machine_only_when_they_are_several(sites: int, down: bool) -> None:
    looks = [
        seen("http", dead(), labels={"domain": f"site{number}.example"}) for number in range(sites)
    ]
    assert ("ServerDown" in names(*looks)) is down
    assert "ServerDown" not in names(*looks, seen("ping", WELL))


def test_a_server_is_down_when_nothing_reaches_it() -> None:
    looks = seen("http", dead()), seen("ping", dead(Phase.COMMAND))
    assert names(*looks) == ["ServerDown", "ProbeFailed", "ProbeFailed"]
    alert = wanted("web1", looks, inventory=INVENTORY, now=NOW)[0]
    assert alert.labels == {
        "alertname": "ServerDown",
        "severity": "critical",
        "server": "web1",
        "instance": "192.0.2.7",
        "brand": "acme",
        "datacentre": "fra1",
    }
    assert alert.summary == "web1 is down: all of its 2 looks fail"
    assert alert.annotations["description"].splitlines() == [
        "web1/http: connection refused",
        "web1/ping: connection refused",
    ]
    assert alert.starts_at == ago(60)
    assert alert.firing


def test_a_server_that_only_one_look_sees_says_so() -> None:
    alert = wanted("db9", (seen("tcp", dead()),), inventory=INVENTORY, now=NOW)[0]
    assert alert.summary == "db9 is down: its only look fails"
    assert set(alert.labels) == {"alertname", "severity", "server"}


@pytest.mark.parametrize("other", [WELL, SOFT], ids=["well", "suspect"])
def test_a_server_with_one_look_that_is_not_sure_is_not_down(other: Standing) -> None:
    assert names(seen("http", dead()), seen("ping", other)) == ["ProbeFailed"]


@pytest.mark.parametrize("other", [NEVER, doubt(60)], ids=["never", "unknown"])
def test_looks_that_can_not_tell_have_no_say(other: Standing) -> None:
    assert names(seen("http", dead()), seen("ping", other)) == ["ServerDown", "ProbeFailed"]


def test_a_server_stays_down_until_one_look_has_recovered() -> None:
    assert "ServerDown" in names(seen("http", dead()), seen("ping", BACK))


@pytest.mark.parametrize("kind", ["dnsbl", "reseller", "command"])
def test_some_looks_say_nothing_about_the_machine(kind: str) -> None:
    assert names(seen(kind, dead())) == ["ProbeFailed"]
    assert "ServerDown" in names(seen(kind, WELL), seen("ping", dead()))


@pytest.mark.parametrize("phase", [Phase.TLS, Phase.BANNER, Phase.AUTH, Phase.CONTENT])
def test_a_machine_that_answers_wrongly_is_not_down(phase: Phase) -> None:
    assert names(seen("tls", dead(phase))) == ["ProbeFailed"]
    assert names(seen("http", dead(phase)), seen("ping", dead())) == ["ProbeFailed"] * 2


def test_silence_to_a_datagram_is_silence() -> None:
    assert "ServerDown" in names(seen("dns", dead(Phase.COMMAND)))
    assert "ServerDown" not in names(seen("dns", dead(Phase.CONTENT)))


def test_what_is_no_server_of_ours_is_never_a_server_down() -> None:
    assert names(seen("http", dead()), server="") == ["ProbeFailed"]


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("http", "critical"),
        ("smtp", "critical"),
        ("imap", "critical"),
        ("mysql", "critical"),
        ("dns", "critical"),
        ("whm", "critical"),
        ("plesk", "critical"),
        ("directadmin", "critical"),
        ("tls", "error"),
        ("ssh", "error"),
        ("ftp", "error"),
        ("pop3", "error"),
        ("tcp", "error"),
        ("command", "error"),
        ("ping", "warning"),
        ("dnsbl", "warning"),
        ("reseller", "warning"),
    ],
)
def test_each_kind_has_its_severity(kind: str, severity: str) -> None:
    looks = seen(kind, dead()), seen("banner", WELL)
    (alert,) = wanted("web1", looks, inventory=INVENTORY, now=NOW)
    assert alert.labels["severity"] == severity == severity_of(looks[0])
    assert counts(looks[0]) is (severity == "critical")


def test_the_configuration_may_say_how_bad_it_is() -> None:
    assert severity_of(seen("http", dead(), severity=Severity.INFO)) is Severity.INFO
    assert counts(seen("tcp", dead(), severity=Severity.CRITICAL))


@pytest.mark.parametrize("label", ["reseller", "account", "domain"])
def test_one_account_alone_is_medium(label: str) -> None:
    look = seen("http", dead(), labels={label: "rita"})
    assert severity_of(look) is Severity.WARNING


def test_a_failing_look_says_what_was_asked_and_what_came() -> None:
    look = seen("http", dead(), labels={"reseller": "rita", "role": "shop"})
    (alert,) = wanted("web1", (look, seen("ping", WELL)), inventory=INVENTORY, now=NOW)
    assert alert.labels == {
        "alertname": "ProbeFailed",
        "severity": "warning",
        "server": "web1",
        "instance": "192.0.2.7:443",
        "module": "http",
        "probe": "web1/http",
        "kind": "http",
        "brand": "ritahost",
        "datacentre": "fra1",
        "reseller": "rita",
        "role": "shop",
    }
    assert alert.summary == "http on web1 fails: connection refused"
    assert alert.annotations["description"] == (
        "web1/http asked 192.0.2.7:443; it failed in phase connect: connection refused"
    )
    assert alert.starts_at == ago(60)


def test_what_failed_before_any_phase_and_is_no_server_of_ours_is_told_too() -> None:
    (alert,) = wanted("", (seen("http", dead(None)),), inventory=INVENTORY, now=NOW)
    assert alert.summary == "http fails: connection refused"
    asked = "web1/http asked 192.0.2.7:443; it failed: connection refused"
    assert alert.annotations["description"] == asked
    assert "server" not in alert.labels


def held(issue: Issue, *, sure: bool = True) -> Standing:
    one = Held(issue, ago(120), ago(80), seen=3, sure=sure)
    return Standing(State.OK, since=ago(9000), issues=(one,))


QUOTA = Issue("RS_DISK", Severity.WARNING, "91 % are used", "rita", {"reseller": "rita"})


def test_an_issue_is_an_alert_of_its_own_name() -> None:
    (alert,) = wanted("web1", (seen("whm", held(QUOTA)),), inventory=INVENTORY, now=NOW)
    told = alert.labels
    assert (alert.name, told["severity"], told["about"]) == ("RS_DISK", "warning", "rita")
    assert (told["reseller"], told["brand"]) == ("rita", "ritahost")
    assert alert.summary == "web1: 91 % are used (whm)"
    assert alert.starts_at == ago(120)


@pytest.mark.parametrize(
    ("about", "told"),
    [("rita", "91 % are used (rita)"), ("", "91 % are used"), ("91 %", "91 % are used")],
)
def test_an_issue_says_once_what_it_is_about(about: str, told: str) -> None:
    issue = Issue("RS_DISK", Severity.WARNING, "91 % are used", about)
    (alert,) = wanted("", (seen("whm", held(issue)),), inventory=INVENTORY, now=NOW)
    assert alert.annotations["description"] == f"web1/whm looked at 192.0.2.7:443: {told}"
    assert alert.summary == "192.0.2.7:443: 91 % are used (whm)"


@pytest.mark.parametrize(
    ("said", "labels", "told"),
    [
        (Severity.ERROR, {"reseller": "rita"}, "warning"),
        (Severity.CRITICAL, {"reseller": "rita"}, "critical"),
        (Severity.INFO, {"reseller": "rita"}, "info"),
        (Severity.ERROR, {}, "error"),
    ],
)
def test_one_account_alone_is_medium_unless_all_of_it_is_gone(
    said: Severity, labels: dict[str, str], told: str
) -> None:
    """R21: monitoring's own findings about one account; R19: unless it is a complete outage."""
    standing = held(Issue("RS_LOCKED", said, "it is locked"))
    looks = (seen("reseller", standing, labels=labels),)
    (alert,) = wanted("web1", looks, inventory=INVENTORY, now=NOW)
    assert alert.labels["severity"] == told


def test_an_issue_that_is_not_sure_wants_no_alert() -> None:
    assert names(seen("whm", held(QUOTA, sure=False))) == []


def test_labels_of_an_issue_never_replace_our_own() -> None:
    issue = Issue("RS_DISK", Severity.INFO, "x", labels={"server": "evil", "severity": "critical"})
    (alert,) = wanted("web1", (seen("whm", held(issue)),), inventory=INVENTORY, now=NOW)
    assert (alert.labels["server"], alert.labels["severity"]) == ("web1", "info")


def test_half_an_hour_without_sight_is_a_gap() -> None:
    assert timedelta(minutes=30) == GAP
    assert names(seen("whm", doubt(GAP.total_seconds()))) == []
    (alert,) = wanted(
        "web1", (seen("whm", doubt(GAP.total_seconds() + 1)),), inventory=INVENTORY, now=NOW
    )
    assert (alert.name, alert.labels["severity"]) == ("MonitoringGap", "info")
    assert "the token was refused" in alert.annotations["description"]


def test_an_outage_that_we_lost_sight_of_is_told_with_the_gap() -> None:
    lost = Standing(
        State.DOWN,
        since=ago(4000),
        failing_since=ago(4000),
        hard_since=ago(4000),
        unknown_since=ago(3000),
        doubt="no free port on our side",
    )
    assert names(seen("ssh", lost), seen("ping", WELL)) == ["ProbeFailed", "MonitoringGap"]


SUSPECT = Health(Reach.SUSPECT, ago(50))


def test_a_child_waits_while_its_parent_is_not_decided() -> None:
    assert names(seen("http", dead(hard=20)), parent=SUSPECT) == []
    assert names(seen("http", dead(hard=50)), parent=SUSPECT) == []
    fine, down = Health(Reach.FINE), Health(Reach.DOWN, ago(50))
    assert names(seen("http", dead(hard=20)), parent=fine) == ["ServerDown", "ProbeFailed"]
    assert names(seen("http", dead(hard=20)), parent=down) == ["ServerDown", "ProbeFailed"]


def test_what_was_sure_before_the_parent_was_suspected_stays() -> None:
    assert names(seen("http", dead(hard=51)), parent=SUSPECT) == ["ServerDown", "ProbeFailed"]
    assert not unreachable(WELL, SUSPECT)


def test_a_server_known_down_stays_so_when_one_more_account_fails() -> None:
    looks = seen("http", dead(hard=51)), seen("reseller", dead(hard=5))
    assert names(*looks, parent=SUSPECT) == ["ServerDown", "ProbeFailed"]


def test_issues_and_gaps_do_not_wait_for_the_parent() -> None:
    looks = seen("whm", held(QUOTA)), seen("ssh", doubt(4000))
    assert names(*looks, parent=SUSPECT) == ["RS_DISK", "MonitoringGap"]


@pytest.mark.parametrize(
    ("looks", "reach", "since"),
    [
        ((), Reach.UNKNOWN, None),
        ((NEVER, doubt(60)), Reach.UNKNOWN, None),
        ((WELL, doubt(60)), Reach.FINE, None),
        ((WELL, dead()), Reach.FINE, None),
        ((WELL, SOFT), Reach.SUSPECT, ago(30)),
        ((dead(), SOFT), Reach.SUSPECT, ago(30)),
        ((dead(), dead(since=90)), Reach.DOWN, ago(90)),
    ],
)
def test_the_health_of_a_server(
    looks: tuple[Standing, ...], reach: Reach, since: datetime | None
) -> None:
    assert health(seen("tcp", one) for one in looks) == Health(reach, since)


def test_the_end_of_an_alert_is_the_same_alert() -> None:
    (alert,) = wanted("web1", (seen("whm", held(QUOTA)),), inventory=INVENTORY, now=NOW)
    ended = over(alert, now=NOW)
    assert (ended.firing, ended.ends_at) == (False, NOW)
    assert ended.fingerprint == alert.fingerprint


def test_hostile_words_are_taken_within_limits() -> None:
    standing = Standing(State.DOWN, failing_since=NOW, hard_since=NOW, reason="\0\ud800" * 99999)
    (alert,) = wanted("", (seen("ssh", standing),), inventory=INVENTORY, now=NOW)
    assert sum(len(text.encode()) for text in alert.annotations.values()) <= 16 * 1024
    assert "\0" not in alert.summary


def test_severities_mean_what_the_classifier_reads() -> None:
    looks = seen("http", dead()), seen("ping", dead())
    alerts = wanted("web1", looks, inventory=INVENTORY, now=NOW)
    settings = AlertSettings()
    verdicts = [
        classify(
            alert,
            INVENTORY.find(alert.labels, server_labels=settings.server_labels),
            inventory=INVENTORY,
            settings=settings,
        )
        for alert in alerts
    ]
    assert [one.category for one in verdicts] == [
        Category.CRITICAL,
        Category.CRITICAL,
        Category.HOSTING,
    ]
    assert verdicts[-1].priority is Priority.MEDIUM


STANDINGS = st.sampled_from([NEVER, WELL, SOFT, dead(), dead(Phase.TLS), BACK, doubt(60)])
KINDS = st.sampled_from(["http", "ping", "tls", "ssh", "dnsbl", "reseller"])


@given(st.lists(st.tuples(KINDS, STANDINGS), max_size=6))
def test_the_same_standings_want_the_same_alerts_again(
    told: list[tuple[str, Standing]],
) -> None:
    looks = [seen(kind, standing) for kind, standing in told]
    first = wanted("web1", looks, inventory=INVENTORY, now=NOW)
    later = wanted("web1", looks, inventory=INVENTORY, now=NOW + timedelta(seconds=60))
    assert first == later
    hard = sum(1 for one in looks if one.standing.hard)
    assert len([alert for alert in first if alert.name == "ProbeFailed"]) == hard
    if "ServerDown" in {alert.name for alert in first}:
        assert all(
            one.standing.hard or not one.standing.tells
            for one in looks
            if one.look.probe.kind not in ("dnsbl", "reseller")
        )
