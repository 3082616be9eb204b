"""Is exactly that muted which people asked not to hear about, and only then?"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from alerts.inventory import Inventory, Server
from alerts.matchers import Matcher
from alerts.quiet import Maintenance, Subject, muted_by
from alerts.silences import Silence

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
INVENTORY = Inventory(
    {
        "web1": Server("web1", datacentre="fra1", rack="r7", brand="acme"),
        "vm1": Server("vm1", hypervisor="web1"),
        "far1": Server("far1", datacentre="ams1"),
    }
)
WEB1 = Subject({"instance": "web1", "severity": "critical"}, "web1")
DISK = Subject({"instance": "web1", "severity": "warning"}, "web1")
FAR1 = Subject({"instance": "far1", "severity": "critical"}, "far1")


def silence(name: str, label: str, value: str, *, hours: float = 1) -> Silence:
    matcher = Matcher(label, value, is_regex=False, is_equal=True)
    return Silence(name, (matcher,), NOW - HOUR, NOW + hours * HOUR, "mira", "", NOW)


def work(number: int, scope: str, *, begins: float = -1, ends: float = 1) -> Maintenance:
    return Maintenance(number, scope, NOW + begins * HOUR, NOW + ends * HOUR)


def muted(
    *subjects: Subject,
    key: str = "server:web1",
    silences: Sequence[Silence] = (),
    works: Sequence[Maintenance] = (),
) -> tuple[str, ...]:
    return muted_by(subjects, key=key, silences=silences, works=works, inventory=INVENTORY, now=NOW)


def test_nothing_is_muted_unless_somebody_said_so() -> None:
    assert muted(WEB1) == muted() == ()


def test_a_silence_mutes_the_alerts_that_it_fits() -> None:
    of_web1 = [silence("s1", "instance", "web1")]
    assert muted(WEB1, silences=of_web1) == ("silence:s1",)
    assert muted(FAR1, key="server:far1", silences=of_web1) == ()


def test_an_incident_is_muted_only_when_all_its_alerts_are() -> None:
    warnings = [silence("s1", "severity", "warning")]
    assert muted(DISK, silences=warnings) == ("silence:s1",)
    assert muted(DISK, WEB1, silences=warnings) == ()
    both = [*warnings, silence("s2", "severity", "critical")]
    assert muted(DISK, WEB1, silences=both) == ("silence:s1", "silence:s2")


def test_each_reason_is_named_once() -> None:
    assert muted(WEB1, WEB1, silences=[silence("s1", "instance", "web1")]) == ("silence:s1",)


def test_a_silence_that_is_over_mutes_nothing() -> None:
    assert muted(WEB1, silences=[silence("s1", "instance", "web1", hours=0)]) == ()


@pytest.mark.parametrize("scope", ["server:web1", "rack:fra1/r7", "dc:fra1", "brand:acme", "all"])
def test_planned_work_mutes_what_is_within_it(scope: str) -> None:
    assert muted(WEB1, works=[work(7, scope)]) == ("maintenance:7",)


@pytest.mark.parametrize("scope", ["server:far1", "rack:fra1/r8", "dc:ams1", "brand:other", "web1"])
def test_planned_work_elsewhere_mutes_nothing(scope: str) -> None:
    assert muted(WEB1, works=[work(7, scope)]) == ()


def test_work_on_a_carrier_mutes_its_guests() -> None:
    guest = Subject({"instance": "vm1"}, "vm1")
    assert muted(guest, key="server:vm1", works=[work(7, "server:web1")]) == ("maintenance:7",)


@pytest.mark.parametrize(
    ("begins", "ends", "reasons"),
    [(0, 1, ("maintenance:7",)), (-1, 0, ()), (0.01, 1, ()), (-2, -1, ())],
)
def test_work_lasts_from_its_start_until_just_before_its_end(
    begins: float, ends: float, reasons: tuple[str, ...]
) -> None:
    assert muted(WEB1, works=[work(7, "all", begins=begins, ends=ends)]) == reasons


def test_work_and_a_silence_may_mute_together() -> None:
    reasons = muted(
        WEB1, DISK, works=[work(7, "dc:fra1")], silences=[silence("s1", "severity", "warning")]
    )
    assert reasons == ("maintenance:7", "silence:s1")


def test_an_alert_that_names_no_server_is_judged_by_what_its_incident_is_about() -> None:
    site = Subject({"alertname": "PowerLost", "dc": "fra1"}, None)
    assert muted(site, key="dc:fra1", works=[work(7, "dc:fra1")]) == ("maintenance:7",)
    assert muted(site, key="rack:fra1/r7", works=[work(7, "dc:fra1")]) == ("maintenance:7",)
    assert muted(site, key="dc:fra1", works=[work(7, "dc:ams1")]) == ()
    assert muted(site, key="alert:4711", works=[work(7, "all")]) == ("maintenance:7",)


def test_an_incident_without_alerts_is_muted_by_work_and_by_no_silence() -> None:
    everything = [silence("s1", "alertname", "")]
    assert muted(works=[work(7, "server:web1")]) == ("maintenance:7",)
    assert muted(silences=everything) == ()


def test_a_site_in_a_storm_is_muted_by_work_on_that_site() -> None:
    assert muted(key="dc:fra1", works=[work(7, "dc:fra1")]) == ("maintenance:7",)
    assert muted(key="dc:fra1", works=[work(7, "server:web1")]) == ()
