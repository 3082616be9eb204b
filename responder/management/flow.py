"""The inflow of a span as one answer: hours of the week, the best shift, kinds that grow (R90)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from responder.kpi import inflow
from responder.kpi.inflow import Cluster, Shift, Week
from responder.plan import Plan
from responder.store import Tx
from responder.store import inflow as rows

WEEKS: Final = 8


@dataclass(frozen=True)
class Inflow:
    """`before` counts the window before of the same length."""

    since: datetime
    until: datetime
    zone: str
    total: int
    before: int
    hours: Week
    everyday: Shift | None
    shifts: Sequence[Shift]
    growing: Sequence[Cluster]
    candidates: Sequence[Cluster]

    @property
    def growth(self) -> float | None:
        """Against the window before; None where nothing came then."""
        return (self.total - self.before) / self.before if self.before else None


def inflow_of(tx: Tx, *, plan: Plan, zone: ZoneInfo, weeks: int, now: datetime) -> Inflow:
    """The whole weeks before the hour of `now`."""
    until = now.replace(minute=0, second=0, microsecond=0)
    since = until - weeks * timedelta(weeks=1)
    quarters = rows.quarters(tx, since=since, until=until)
    hours, struck = inflow.hour_of_week(quarters, zone), inflow.passed(since, until, zone)
    clusters = clusters_of(tx, plan=plan, since=since, until=until)
    return Inflow(
        since=since,
        until=until,
        zone=zone.key,
        total=sum(quarters.values()),
        before=rows.total(tx, since=since - (until - since), until=since),
        hours=hours,
        everyday=inflow.everyday(hours, struck),
        shifts=inflow.shifts(hours, struck),
        growing=inflow.growing(clusters),
        candidates=inflow.candidates(clusters),
    )


def clusters_of(tx: Tx, *, plan: Plan, since: datetime, until: datetime) -> list[Cluster]:
    """All kinds of tickets of this span. A kind has a playbook where the scope catalogue names one
    for its task, or where one has been at work for most of its tickets.
    """
    helped = {task for task, one in plan.desk.scope.items() if one.playbook}
    return [
        Cluster(
            fingerprint=one.fingerprint,
            example=one.example,
            count=one.count,
            before=one.before,
            handling=one.handling,
            has_playbook=one.task in helped or 2 * one.runs > one.count,
        )
        for one in rows.kinds(tx, since=since, until=until)
    ]
