"""The availability of a month, from the outages that the store remembers."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from alerts.availability import Availability, Record, Source, Stretch, measure
from alerts.inventory import Inventory
from alerts.observed import State
from alerts.quiet import Maintenance
from alerts.spans import Span
from responder.store import Tx, probes, quiet
from responder.store.probes import EYES, Change

HEAD = ("kind", "name", "ratio", "up", "down", "unknown", "maintenance", "blind")


def this_month(now: datetime) -> str:
    """The month of this moment, in UTC."""
    return f"{now.astimezone(UTC):%Y-%m}"


def availability(
    tx: Tx, *, month: Span, inventory: Inventory, works: Sequence[Maintenance], now: datetime
) -> tuple[Availability, ...]:
    """Of each brand, server and reseller that was looked at; `works` are those of the file."""
    course = probes.course(tx, prefix="@", since=month.began, until=month.ended)
    stored = quiet.works(tx, now=now, ended_since=month.began)
    record = Record(
        month=month,
        stretches={key: _stretches(changes) for key, changes in course.items() if key != EYES},
        works=(*works, *stored),
        blind=tuple(_blind(course.get(EYES, ()), month)),
    )
    sources = [_source(changes[-1]) for key, changes in course.items() if key != EYES]
    return measure(sources, record, inventory=inventory, now=now)


def as_csv(found: Iterable[Availability]) -> str:
    """One line each; seconds, and the ratio empty where nothing was seen."""
    page = io.StringIO()
    lines = csv.writer(page, lineterminator="\n")
    lines.writerow(HEAD)
    for one in found:
        told = one.tally
        ratio = "" if told.ratio is None else f"{told.ratio:.6f}"
        spans = (told.up, told.down, told.unknown, told.maintenance, told.blind)
        lines.writerow((one.kind, one.name, ratio, *(f"{seconds:.0f}" for seconds in spans)))
    return page.getvalue()


def _source(change: Change) -> Source:
    return Source(change.key, change.server or "", change.reseller or "")


def _stretches(changes: Sequence[Change]) -> tuple[Stretch, ...]:
    ends: list[datetime | None] = [one.at for one in changes[1:]]
    return tuple(
        Stretch(State(one.state), one.at, end)
        for one, end in zip(changes, [*ends, None], strict=True)
    )


def _blind(changes: Sequence[Change], month: Span) -> Iterator[Span]:
    since: datetime | None = None
    for one in changes:
        if one.state == "blind":
            since = since or one.at
        elif since is not None:
            yield Span(since, one.at)
            since = None
    if since is not None:
        yield Span(since, max(since, month.ended))
