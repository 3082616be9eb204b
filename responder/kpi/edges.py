"""Is every promise an edge of the buckets? Else Prometheus cannot say how often it was kept."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from alerts.model import Priority
from probes.durations import show_duration
from responder.desk.section import BrandDesk, Desk, Promise
from responder.kpi.families import TICKET_EDGES

Where = tuple[str | int, ...]


def beside(desk: Desk, brands: Mapping[str, BrandDesk]) -> Iterator[tuple[Where, str]]:
    """Each promise and budget that is no edge, and where it stands in the file."""
    yield from _targets(("desk", "targets"), desk.targets)
    for level, budget in desk.budgets.items():
        if "budgets" in desk.model_fields_set:
            yield from _told(("desk", "budgets", level), budget)
    for name, brand in brands.items():
        yield from _targets(("brands", name, "targets"), brand.targets)


def _targets(where: Where, promises: Mapping[Priority, Promise]) -> Iterator[tuple[Where, str]]:
    for priority, promise in promises.items():
        for name in type(promise).model_fields:
            yield from _told((*where, str(priority), name), getattr(promise, name))


def _told(where: Where, span: timedelta) -> Iterator[tuple[Where, str]]:
    if span.total_seconds() in TICKET_EDGES:
        return
    near = min(TICKET_EDGES, key=lambda edge: abs(edge - span.total_seconds()))
    yield (
        where,
        f"{show_duration(span)} is no edge of the histograms, so that dashboards cannot show how"
        f" often it was kept; the nearest is {show_duration(timedelta(seconds=near))}",
    )
