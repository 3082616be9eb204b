"""The KPI families on /metrics; the operational ones stand in responder/metrics.py."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from responder.kpi.families import FAMILIES, OTHER, TOLD, WORDS
from responder.kpi.figures import Name
from responder.store.kpis import Share, Standing
from responder.values import Figure

MOST_BRANDS: Final = 200  # so that no configuration makes a scrape slow
K = TypeVar("K")
V = TypeVar("V")


class KpiMetrics(Collector):
    """Counters and histograms of what is counted from now on, gauges of what the store knows.

    Every set of labels is closed and begins at zero: a series that is born at 1 is invisible to
    `increase()`.
    """

    def __init__(self, registry: CollectorRegistry, *, brands: Iterable[str] = ()) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._standing = Standing()
        self._brands: Sequence[str] = ()
        self._counters: dict[Name, Counter] = {}
        self._histograms: dict[Name, Histogram] = {}
        for name, one in FAMILIES.items():
            if one.edges:
                self._histograms[name] = Histogram(
                    one.name, one.meaning, one.labels, buckets=one.edges, registry=registry
                )
            else:
                self._counters[name] = Counter(one.name, one.meaning, one.labels, registry=registry)
        self.know_brands(brands)
        registry.register(self)

    def know_brands(self, names: Iterable[str]) -> None:
        """The brands of the configuration begin at zero; a former one's series go."""
        before, self._brands = self._brands, ("", *sorted(names)[:MOST_BRANDS], OTHER)
        gone = [brand for brand in before if brand not in self._brands]
        for labels in FAMILIES[Name.VOTE].sets(gone):
            self._counters[Name.VOTE].remove(*labels)
        for name, one in (*self._counters.items(), *self._histograms.items()):
            if FAMILIES[name].labels:
                for labels in FAMILIES[name].sets(self._brands):
                    one.labels(*labels)

    def observe(self, figures: Iterable[Figure]) -> None:
        """Count what a transaction has counted for the first time, after its commit."""
        for figure in figures:
            first, *words = figure.figure.split("/", 2)
            name = Name(first)
            labels = self._labels(name, words, figure)
            if counter := self._counters.get(name):
                (counter.labels(*labels) if labels else counter).inc()
            else:
                self._histograms[name].labels(*labels).observe(figure.seconds)

    def show(self, standing: Standing) -> None:
        """The gauges as the store says."""
        self._standing = standing

    @override
    def collect(self) -> Iterator[Metric]:
        """The gauges; a ratio without answers is absent, not 0 and not 1."""
        now = self._standing
        waiting = _joined(now.open, lambda one: (_known("level", one[0]), one[1]), sum)
        for labels in product(WORDS["level"], WORDS["priority"]):
            waiting.setdefault(labels, 0)
        oldest = _joined(now.oldest, lambda queue: (_known("level", queue),), min)
        votes = _joined(now.votes, lambda brand: (self._brand(brand), "30d"), _together)
        yield _gauge(
            "responder_tickets_open",
            "Tickets that are not solved",
            ("level", "priority"),
            waiting,
        )
        yield _gauge(
            "responder_ticket_oldest_open_timestamp_seconds",
            "When the oldest ticket that is not solved was opened",
            ("level",),
            {level: at.timestamp() for level, at in oldest.items()},
        )
        yield from _shares(
            ("responder_csat_ratio", "responder_csat_votes"),
            "Tickets whose last vote is 4 or 5, of those with a vote",
            ("brand", "window"),
            votes,
        )
        yield from _shares(
            ("responder_level1_share", "responder_level1_share_tickets"),
            "Tickets solved at level 1, of those that a level solved",
            ("window",),
            {("7d",): now.level1},
        )
        yield from _shares(
            ("responder_detected_before_customer_ratio", "responder_detected_incidents"),
            "Incidents known before a customer wrote about them, of those with a ticket",
            ("window",),
            {("30d",): now.first},
        )

    def _labels(self, name: Name, words: Sequence[str], figure: Figure) -> list[str]:
        said = dict(zip(TOLD.get(name, ()), words, strict=False))
        told = {"priority": figure.priority, "level": figure.level, "by": figure.by, **said}
        return [
            self._brand(told[label]) if label == "brand" else _known(label, told[label])
            for label in FAMILIES[name].labels
        ]

    def _brand(self, name: str) -> str:
        return name if name in self._brands else OTHER


def _known(label: str, word: str) -> str:
    return word if word in WORDS[label] else OTHER


def _joined(
    values: Mapping[K, V], labels: Callable[[K], tuple[str, ...]], join: Callable[[list[V]], V]
) -> dict[tuple[str, ...], V]:
    """Values whose labels become the same are one."""
    groups: dict[tuple[str, ...], list[V]] = {}
    for key, value in values.items():
        groups.setdefault(labels(key), []).append(value)
    return {key: join(group) for key, group in groups.items()}


def _together(shares: Iterable[Share]) -> Share:
    parts = list(shares)
    return Share(sum(one.part for one in parts), sum(one.whole for one in parts))


def _gauge(
    name: str, meaning: str, labels: Sequence[str], values: Mapping[tuple[str, ...], float]
) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for words, value in values.items():
        family.add_metric(words, value)
    return family


def _shares(
    names: tuple[str, str],
    meaning: str,
    labels: Sequence[str],
    shares: Mapping[tuple[str, ...], Share],
) -> Iterator[Metric]:
    """A ratio, and beside it of how many: a few votes must look like few."""
    ratios = {words: one.ratio for words, one in shares.items()}
    known = {words: ratio for words, ratio in ratios.items() if ratio is not None}
    yield _gauge(names[0], meaning, labels, known)
    whole = {words: one.whole for words, one in shares.items()}
    yield _gauge(names[1], f"{meaning}: how many the latter are", labels, whole)
