"""The KPI families on /metrics; the operational ones stand in responder/metrics.py."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from responder.kpi.families import FAMILIES, OPEN, OTHER, TOLD, WORDS, Family
from responder.kpi.figures import Name
from responder.store.standing import OLD, Share, Standing
from responder.values import Figure

_END: Final = b"# EOF\n"  # of a page in OpenMetrics' format
MOST: Final = 200  # words of an open label, so that no configuration makes a scrape slow
K = TypeVar("K")
V = TypeVar("V")


class KpiMetrics(Collector):
    """Counters and histograms of what is counted from now on, gauges of what the store knows.

    Every set of labels is closed and begins at zero: a series that is born at 1 is invisible to
    `increase()`. `counted`: a registry of their own for the counters and histograms; `page` then
    shows them, thousands of lines of which a family is made anew only when it has counted.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        counted: CollectorRegistry | None = None,
        *,
        brands: Iterable[str] = (),
        topics: Iterable[str] = (),
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._standing = Standing()
        self._words: dict[str, Sequence[str]] = dict.fromkeys(OPEN, ())
        self._counted = counted or registry
        self._news = dict.fromkeys(FAMILIES, 0)  # grow with all that is counted or made known
        self._pages: dict[tuple[str, Name], tuple[int, bytes]] = {}
        self._encoders: dict[str, Callable[[Collector], bytes]] = {}
        self._counters: dict[Name, Counter] = {}
        self._histograms: dict[Name, Histogram] = {}
        for name, one in FAMILIES.items():
            if one.edges:
                self._histograms[name] = Histogram(
                    one.name, one.meaning, one.labels, buckets=one.edges, registry=self._counted
                )
            else:
                self._counters[name] = Counter(
                    one.name, one.meaning, one.labels, registry=self._counted
                )
        for family, metric in self._all():
            for labels in family.sets(self._words) if family.labels else ():
                metric.labels(*labels)
        self.know(brands=brands, topics=topics)
        registry.register(self)

    def know(self, *, brands: Iterable[str], topics: Iterable[str]) -> None:
        """The brands and tasks of the configuration begin at zero; a former one's series go."""
        self._know("brand", ("", *sorted(brands)[:MOST], OTHER))
        self._know("topic", (*sorted(topics)[:MOST], OTHER))
        for name in FAMILIES:
            self._news[name] += 1

    def _know(self, label: str, words: Sequence[str]) -> None:
        before, self._words[label] = self._words[label], words
        gone = {**self._words, label: [word for word in before if word not in words]}
        for family, one in self._all():
            if label in family.labels:
                for labels in family.sets(gone):
                    one.remove(*labels)
                for labels in family.sets(self._words):
                    one.labels(*labels)

    def _all(self) -> Iterator[tuple[Family, Counter | Histogram]]:
        for name, counter in self._counters.items():
            yield FAMILIES[name], counter
        for name, histogram in self._histograms.items():
            yield FAMILIES[name], histogram

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
            self._news[name] += 1

    def page(self, encode: Callable[[Collector], bytes], *, kind: str) -> bytes:
        """What was counted, as this encoder has it, without its end; `kind` is its name."""
        self._encoders[kind] = encode
        every = {**self._counters, **self._histograms}
        return b"".join(self._page(name, every[name], encode, kind) for name in FAMILIES)

    def freshen(self) -> None:
        """Make the pages that were asked for anew, so that the next scrape need not."""
        for kind, encode in list(self._encoders.items()):
            self.page(encode, kind=kind)

    def _page(
        self, name: Name, family: Collector, encode: Callable[[Collector], bytes], kind: str
    ) -> bytes:
        news, known = self._news[name], self._pages.get((kind, name))
        if known is None or known[0] != news:
            self._pages[kind, name] = known = (news, encode(family).removesuffix(_END))
        return known[1]

    def show(self, standing: Standing) -> None:
        """The gauges as the store says."""
        self._standing = standing

    @override
    def collect(self) -> Iterator[Metric]:
        """The gauges; a ratio without answers is absent, not 0 and not 1."""
        now = self._standing
        yield from self._queues(now)
        yield from self._ratios(now)
        yield from self._of_brands(now)

    def _queues(self, now: Standing) -> Iterator[Metric]:
        """Tickets that are not solved."""
        waiting = _joined(now.open, lambda one: (_known("level", one[0]), one[1]), sum)
        for labels in product(WORDS["level"], WORDS["priority"]):
            waiting.setdefault(labels, 0)
        oldest = _joined(now.oldest, lambda queue: (_known("level", queue),), min)
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
        yield _gauge(
            "responder_tickets_open_old",
            "Tickets that are not solved and older than that",
            ("level", "than"),
            _old(now.old),
        )

    def _ratios(self, now: Standing) -> Iterator[Metric]:
        """Shares of what was done in a window."""
        votes = _joined(now.votes, lambda brand: (self._brand(brand), "30d"), _together)
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
        yield from _shares(
            ("responder_csat_response_ratio", "responder_csat_asked_tickets"),
            "Customers' solved tickets with a vote, of all of them",
            ("window",),
            {("30d",): now.answered},
        )
        yield from _shares(
            ("responder_kb_linked_ratio", "responder_article_closed_tickets"),
            "Tickets that level 1 closed with an article, of those that it closed",
            ("window",),
            {("30d",): now.linked},
        )

    def _of_brands(self, now: Standing) -> Iterator[Metric]:
        """Averages over a window, and of how many tickets; on no histogram stands a brand."""
        spent = _joined(now.brands, lambda one: (self._brand(one[0]), one[1], "30d"), _added)
        yield _gauge(
            "responder_brand_average_seconds",
            "Average of a figure of the tickets of a brand",
            ("brand", "figure", "window"),
            {labels: total / number for labels, (total, number) in spent.items() if number},
        )
        yield _gauge(
            "responder_brand_measured_tickets",
            "Of how many tickets of a brand a figure is known",
            ("brand", "figure", "window"),
            {labels: number for labels, (_, number) in spent.items()},
        )

    def _labels(self, name: Name, words: Sequence[str], figure: Figure) -> list[str]:
        said = dict(zip(TOLD.get(name, ()), words, strict=False))
        told = {"priority": figure.priority, "level": figure.level, "by": figure.by, **said}
        return [
            self._opened(label, told[label]) if label in OPEN else _known(label, told[label])
            for label in FAMILIES[name].labels
        ]

    def _brand(self, name: str) -> str:
        return self._opened("brand", name)

    def _opened(self, label: str, word: str) -> str:
        return word if word in self._words[label] else OTHER


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


def _added(parts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    totals, numbers = zip(*parts, strict=True)
    return sum(totals), sum(numbers)


def _old(found: Mapping[tuple[str, str], int]) -> Mapping[tuple[str, ...], int]:
    """Of every queue, from zero on."""
    old = _joined(found, lambda one: (_known("level", one[0]), one[1]), sum)
    begun: dict[tuple[str, ...], int] = dict.fromkeys(product(WORDS["level"], OLD), 0)
    return {**begun, **old}


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
