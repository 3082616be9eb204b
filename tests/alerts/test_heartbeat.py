"""A check-in that does not come is an alarm: late, failed, never begun or never ended."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.alertmanager import read_webhook
from alerts.heartbeat import Expected, Kind, Missing, is_watchdog, judge
from tests.alerts.captures import with_alert

UP = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BACKUP = Expected("backup", within=24 * HOUR, grace=HOUR)
WATCHDOG = Expected("watchdog:am1", within=MINUTE, grace=MINUTE, kind=Kind.WATCHDOG)


def judged(
    expected: Expected,
    now: datetime,
    *,
    seen: datetime | None = None,
    begun: datetime | None = None,
    failed: datetime | None = None,
    up: datetime = UP,
) -> Missing | None:
    return judge(expected, seen_at=seen, begun_at=begun, failed_at=failed, up_since=up, now=now)


def test_a_check_in_may_be_as_late_as_its_grace() -> None:
    seen = UP + HOUR
    due = seen + 25 * HOUR
    assert judged(BACKUP, due, seen=seen) is None
    late = judged(BACKUP, due + SECOND, seen=seen)
    assert late == Missing("backup", due, "no check-in in time")


def test_one_that_never_came_alarms_after_our_start_and_its_time() -> None:
    due = UP + 25 * HOUR
    assert judged(BACKUP, due) is None
    assert judged(BACKUP, due + SECOND) == Missing("backup", due, "no check-in since we started")


def test_a_listed_watchdog_that_never_came_alarms() -> None:
    missing = judged(WATCHDOG, UP + 2 * MINUTE + SECOND)
    assert missing is not None
    assert missing.reason == "no Watchdog alert since we started"


def test_after_our_own_downtime_the_clock_begins_anew() -> None:
    back = UP + 10 * MINUTE
    seen = UP - SECOND
    assert judged(WATCHDOG, back + 2 * MINUTE, seen=seen, up=back) is None
    assert judged(WATCHDOG, back + 2 * MINUTE + SECOND, seen=seen, up=back) is not None
    assert judged(BACKUP, back + HOUR, begun=seen, up=back) is None


def test_a_watchdog_at_half_its_cadence_is_covered_by_a_grace_of_one_interval() -> None:
    seen = UP
    for _ in range(30):
        assert judged(WATCHDOG, seen + 2 * MINUTE, seen=seen) is None
        seen += 2 * MINUTE
    impatient = Expected("watchdog:am1", within=MINUTE, grace=30 * SECOND, kind=Kind.WATCHDOG)
    missing = judged(impatient, seen + 2 * MINUTE, seen=seen)
    assert missing is not None
    assert "repeat_interval" in missing.reason


def test_a_resolved_watchdog_alarms_at_once_and_until_it_fires_again() -> None:
    ended = UP + HOUR
    missing = judged(WATCHDOG, ended, seen=ended - SECOND, failed=ended)
    assert missing is not None
    assert missing.since == ended
    assert "ended" in missing.reason
    assert judged(WATCHDOG, ended + SECOND, seen=ended + SECOND, failed=ended) is None


def test_a_job_that_failed_alarms_at_once_even_after_our_downtime() -> None:
    failed = UP - HOUR
    missing = judged(BACKUP, UP, seen=failed - HOUR, failed=failed)
    assert missing == Missing("backup", failed, "the job told that it failed")
    assert judged(BACKUP, UP, failed=failed) == missing


def test_a_job_that_began_must_end_within_its_grace() -> None:
    begun = UP + HOUR
    assert judged(BACKUP, begun + HOUR, seen=UP, begun=begun) is None
    missing = judged(BACKUP, begun + HOUR + SECOND, seen=UP, begun=begun)
    assert missing == Missing("backup", begun + HOUR, "the job began and did not end in time")
    assert judged(BACKUP, begun + HOUR, begun=begun) is None


def test_a_start_neither_puts_an_alarm_off_nor_ends_it() -> None:
    due = UP + 25 * HOUR
    assert judged(BACKUP, due + SECOND, seen=UP, begun=due - MINUTE) is not None
    late = judged(BACKUP, due + 2 * HOUR, seen=UP, begun=due + HOUR)
    assert late == Missing("backup", due, "no check-in in time")


def test_a_job_that_ended_waits_for_its_next_run() -> None:
    begun, ended = UP + HOUR, UP + 3 * HOUR
    assert judged(BACKUP, ended + 24 * HOUR, seen=ended, begun=begun) is None


def test_a_job_that_failed_and_began_again_is_still_failed_until_it_ends_well() -> None:
    failed, begun = UP + HOUR, UP + 2 * HOUR
    assert judged(BACKUP, begun, failed=failed, begun=begun) is not None
    assert judged(BACKUP, begun, failed=failed, begun=begun, seen=begun) is None


@pytest.mark.parametrize(
    ("labels", "is_it"),
    [
        ({"alertname": "Watchdog", "cluster": "fra1", "severity": "none"}, True),
        ({"alertname": "Watchdog", "cluster": "ams1"}, False),
        ({"alertname": "Watchdog"}, False),
        ({"alertname": "ProbeDown", "cluster": "fra1"}, False),
    ],
)
def test_a_watchdog_is_known_by_its_labels(labels: dict[str, str], is_it: bool) -> None:
    (alert,) = read_webhook(with_alert(labels=labels)).alerts
    assert is_watchdog(alert, {"alertname": "Watchdog", "cluster": "fra1"}) is is_it


MOMENTS = st.none() | st.integers(-(10**5), 10**5 - 1).map(lambda seconds: UP + seconds * SECOND)


@given(MOMENTS, MOMENTS, MOMENTS, st.integers(0, 10**6))
def test_what_is_missing_stays_missing_until_a_sign_comes(
    seen: datetime | None, begun: datetime | None, failed: datetime | None, later: int
) -> None:
    now = UP + 10**5 * SECOND
    missing = judged(BACKUP, now, seen=seen, begun=begun, failed=failed)
    if missing is not None:
        after = judged(BACKUP, now + later * SECOND, seen=seen, begun=begun, failed=failed)
        assert after == missing
        assert missing.since <= now
    assert judged(BACKUP, now, seen=now, begun=begun, failed=failed) is None


@given(MOMENTS, st.integers(0, 25 * 3600))
def test_nothing_is_missing_so_soon_after_our_start(seen: datetime | None, later: int) -> None:
    assert judged(BACKUP, UP + later * SECOND, seen=seen) is None
