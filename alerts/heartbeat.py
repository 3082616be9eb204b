"""Check-ins that must come, and what their silence means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.model import Alert


class Kind(StrEnum):
    """Who checks in."""

    JOB = "job"
    """A backup or cron job: `/heartbeat/KEY`, with `/start` before and `/fail` instead."""
    WATCHDOG = "watchdog"
    """The always firing alert of a monitoring system that we listen to."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One check-in that must come every `within`, and may be late by `grace`."""

    key: str
    within: timedelta
    grace: timedelta = timedelta(0)
    kind: Kind = Kind.JOB


@dataclass(frozen=True, slots=True)
class Missing:
    """A check-in that did not come, or came as a failure: `since` when, and why in one line."""

    key: str
    since: datetime
    reason: str


def judge(
    expected: Expected,
    *,
    seen_at: datetime | None,
    begun_at: datetime | None = None,
    failed_at: datetime | None = None,
    up_since: datetime,
    now: datetime,
) -> Missing | None:
    """What is wrong with this check-in now, or None.

    1. A failure told (`/fail`, a resolved Watchdog) alarms at once, until the next good sign.
    2. Silence alarms after `within + grace`; one that never checked in counts from our own start.
    3. A job that said `/start` must end within `grace`; a start is no good sign and ends no alarm
       (healthchecks.io: https://healthchecks.io/docs/measuring_script_run_time/).

    While we were down nobody could check in, so no clock begins before `up_since`.
    """
    if failed_at is not None and (seen_at is None or failed_at >= seen_at):
        return Missing(expected.key, failed_at, _FAILED[expected.kind])
    due = max(seen_at or up_since, up_since) + expected.within
    reason = _SILENT[expected.kind] if seen_at else _NEVER[expected.kind]
    if begun_at is not None and (seen_at is None or begun_at > seen_at):
        begun_at = max(begun_at, up_since)
        due, reason = min((due, reason), (begun_at, _UNENDED))
    late = due + expected.grace
    return Missing(expected.key, late, reason) if now > late else None


def is_watchdog(alert: Alert, labels: Mapping[str, str]) -> bool:
    """True for the Watchdog of these labels: firing it is a check-in, resolved a failure."""
    return labels.items() <= alert.labels.items()


_FAILED = {
    Kind.JOB: "the job told that it failed",
    Kind.WATCHDOG: "the Watchdog alert ended: its rule no longer runs",
}
_UNENDED = "the job began and did not end in time"
_SILENT = {
    Kind.JOB: "no check-in in time",
    # `repeat_interval` at or above `group_interval` sends only at every second interval.
    Kind.WATCHDOG: "no Watchdog alert in time; is repeat_interval below group_interval?",
}
_NEVER = {
    Kind.JOB: "no check-in since we started",
    Kind.WATCHDOG: "no Watchdog alert since we started",
}
