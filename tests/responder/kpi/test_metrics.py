"""Do the KPI families say what was counted, from zero on, in few series?"""

import math
import re
import shutil
import subprocess
from collections.abc import Mapping

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from responder.kpi.families import FAMILIES, OPEN, WORDS
from responder.kpi.figures import Name
from responder.kpi.metrics import MOST, KpiMetrics
from responder.store.standing import OF_BRANDS, Share, Standing
from responder.values import Figure
from tests.require import require
from tests.responder.desk.tickets import OPENED, minutes


@pytest.fixture
def registry() -> CollectorRegistry:
    """What /metrics shows."""
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> KpiMetrics:
    """The KPI families of a company with one brand."""
    return KpiMetrics(registry, brands=["acme"], topics=["htaccess"])


def figure(name: str, *, seconds: int = 60, level: str = "level-1", **values: str) -> Figure:
    """One figure of ticket 7."""
    told = {"priority": "high", "by": "person"} | values
    return Figure("ticket:7", name, seconds, level=level, at=OPENED, **told)


def samples(registry: CollectorRegistry, name: str) -> Mapping[tuple[str, ...], float]:
    """The series of a sample by the values of their labels, in the order of the labels' names."""
    page = generate_latest(registry).decode()
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name
    }


def names(registry: CollectorRegistry) -> set[str]:
    """Every family that is shown."""
    page = generate_latest(registry).decode()
    return set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))


ALL = [
    figure("reaction"),
    figure("reaction/automation", by="automation"),
    figure("first_reply"),
    figure("useful_response"),
    figure("resolution", level="automation", by="automation"),
    figure("requester_wait"),
    figure("opened/critical/monitoring"),
    figure("solved", level="level-2"),
    figure("escalated/level-1/level-3"),
    figure("reopened"),
    figure("handback/level-3/no", level="level-3"),
    figure("one_touch"),
    figure("misscoped"),
    figure("repeat"),
    figure("topic/htaccess"),
    figure("kb_linked/yes"),
    figure("sla_breach/reaction"),
    figure("csat/5/acme"),
    figure("ack", level=""),
    figure("recovery", level=""),
    figure("first_action", level="", by="automation"),
]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.figure)
def test_each_figure_is_counted_in_its_family(
    registry: CollectorRegistry, metrics: KpiMetrics, one: Figure
) -> None:
    family = FAMILIES[Name(one.figure.split("/")[0])]
    shown = f"{family.name}_count" if family.edges else family.name
    before = samples(registry, shown)
    metrics.observe([one])
    after = samples(registry, shown)
    grown = {labels for labels in after if after[labels] != before[labels]}
    assert (len(grown), set(before.values())) == (1, {0.0})
    assert after.keys() == before.keys()


def test_every_figure_has_a_family() -> None:
    assert {Name(one.figure.split("/")[0]) for one in ALL} == {*Name} == FAMILIES.keys()


def test_a_duration_falls_into_the_buckets_of_the_design(
    registry: CollectorRegistry, metrics: KpiMetrics
) -> None:
    metrics.observe([figure("reaction", seconds=600), figure("ack", seconds=6, level="")])
    reached = samples(registry, "responder_ticket_reaction_seconds_bucket")
    mine = {
        float(le): value for (by, le, level, priority), value in reached.items()
        if (by, level, priority) == ("person", "level-1", "high")
    }  # fmt: skip
    edges = (30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 259200)
    assert mine == {edge: float(edge >= 600) for edge in (*edges, math.inf)}
    answered = samples(registry, "responder_incident_ack_seconds_bucket")
    early = {float(le): value for (le, priority), value in answered.items() if priority == "high"}
    acks = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
    assert early == {edge: float(edge >= 6) for edge in (*acks, math.inf)}


def test_the_reaction_of_automation_is_a_series_of_its_own(
    registry: CollectorRegistry, metrics: KpiMetrics
) -> None:
    metrics.observe([figure("reaction/automation", seconds=1, by="automation")])
    counted = samples(registry, "responder_ticket_reaction_seconds_count")
    assert counted["automation", "level-1", "high"] == 1
    assert sum(value for (by, *_), value in counted.items() if by == "person") == 0


def test_words_that_are_in_no_closed_set_are_other(
    registry: CollectorRegistry, metrics: KpiMetrics
) -> None:
    metrics.observe([figure("solved", level="General"), figure("csat/1/a/b c"), figure("csat/1/")])
    assert samples(registry, "responder_tickets_solved_total")["other",] == 1
    votes = samples(registry, "responder_csat_answers_total")
    assert (votes["other", "1"], votes["", "1"], votes["acme", "1"]) == (1, 1, 0)


VOTES, SHARE, AVERAGES = 5, 2, 2 * len(OF_BRANDS)  # series of one brand


def test_two_hundred_brands_cost_no_more_than_their_votes_and_averages() -> None:
    none, some, many = (series(brands=count) for count in (0, 200, 2000))
    assert some - none == MOST * (VOTES + SHARE + AVERAGES)
    assert many - some == SHARE + AVERAGES  # of all the others together
    assert none < 5000


def test_a_task_of_the_scope_lists_costs_one_series() -> None:
    none, some, many = (series(topics=count) for count in (0, 25, 2000))
    assert (some - none, many - none) == (25, MOST)


def series(*, brands: int = 0, topics: int = 0) -> int:
    """How many there are when every brand has votes and tickets."""
    registry, names = CollectorRegistry(), [f"brand-{number}" for number in range(brands)]
    metrics = KpiMetrics(registry, brands=names, topics=[f"task-{one}" for one in range(topics)])
    metrics.show(
        Standing(
            votes=dict.fromkeys(names, Share(1, 2)),
            brands={(name, figure): (60, 1) for name in names for figure in OF_BRANDS},
        )
    )
    return len(samples_of(registry))


def samples_of(registry: CollectorRegistry) -> list[str]:
    """Every line of the page that is a series."""
    page = generate_latest(registry).decode()
    return [line for line in page.splitlines() if not line.startswith("#")]


def test_no_label_is_open_ended(registry: CollectorRegistry, metrics: KpiMetrics) -> None:
    labels = {label for family in FAMILIES.values() for label in family.labels}
    assert labels - WORDS.keys() == {*OPEN}
    opened = {name for name, family in FAMILIES.items() if {*OPEN} & {*family.labels}}
    assert opened == {Name.VOTE, Name.TOPIC}
    assert not any(family.edges for name, family in FAMILIES.items() if name in opened)


def test_a_reload_keeps_what_was_counted_and_drops_former_brands(
    registry: CollectorRegistry, metrics: KpiMetrics
) -> None:
    metrics.observe([figure("csat/5/acme"), figure("solved")])
    metrics.know(brands=["acme", "zeta"], topics=["htaccess", "dns"])
    votes = samples(registry, "responder_csat_answers_total")
    assert (votes["acme", "5"], votes["zeta", "5"]) == (1, 0)
    metrics.know(brands=["zeta"], topics=["dns"])
    assert ("acme", "5") not in samples(registry, "responder_csat_answers_total")
    assert samples(registry, "responder_tickets_topics_total") == {("dns",): 0, ("other",): 0}
    assert samples(registry, "responder_tickets_solved_total")["level-1",] == 1


def test_the_gauges_are_what_the_store_says(
    registry: CollectorRegistry, metrics: KpiMetrics
) -> None:
    metrics.show(
        Standing(
            open={("level-1", "high"): 2, ("General", "low"): 1, ("Spam", "low"): 4},
            oldest={"level-1": minutes(5), "General": minutes(7), "Spam": minutes(6)},
            votes={"acme": Share(9, 10), "gone": Share(1, 1), "gone too": Share(0, 3)},
            level1=Share(8, 10),
            first=Share(3, 4),
            old={("level-1", "24h"): 2, ("General", "24h"): 1, ("Spam", "24h"): 1},
            answered=Share(1, 8),
            linked=Share(1, 2),
            brands={
                ("acme", "reaction"): (90, 3),
                ("a", "reaction"): (1, 1),
                ("b", "reaction"): (5, 2),
            },
        )
    )
    assert samples(registry, "responder_csat_response_ratio") == {("30d",): 0.125}
    assert samples(registry, "responder_csat_asked_tickets") == {("30d",): 8}
    assert samples(registry, "responder_kb_linked_ratio") == {("30d",): 0.5}
    assert samples(registry, "responder_brand_average_seconds") == {
        ("acme", "reaction", "30d"): 30,
        ("other", "reaction", "30d"): 2,
    }
    assert samples(registry, "responder_brand_measured_tickets") == {
        ("acme", "reaction", "30d"): 3,
        ("other", "reaction", "30d"): 3,
    }
    old = samples(registry, "responder_tickets_open_old")
    assert (old["level-1", "24h"], old["other", "24h"], old["level-1", "48h"]) == (2, 2, 0)
    waiting = samples(registry, "responder_tickets_open")
    assert (waiting["level-1", "high"], waiting["other", "low"], waiting["abuse", "low"]) == (
        2,
        5,
        0,
    )
    oldest = samples(registry, "responder_ticket_oldest_open_timestamp_seconds")
    assert oldest == {("level-1",): minutes(5).timestamp(), ("other",): minutes(6).timestamp()}
    assert samples(registry, "responder_csat_ratio") == {
        ("acme", "30d"): 0.9,
        ("other", "30d"): 0.25,
    }
    assert samples(registry, "responder_csat_votes") == {("acme", "30d"): 10, ("other", "30d"): 4}
    assert samples(registry, "responder_detected_before_customer_ratio") == {("30d",): 0.75}
    assert samples(registry, "responder_level1_share") == {("7d",): 0.8}
    assert samples(registry, "responder_level1_share_tickets") == {("7d",): 10}


def test_a_ratio_of_nothing_is_absent(registry: CollectorRegistry, metrics: KpiMetrics) -> None:
    metrics.show(Standing())
    assert samples(registry, "responder_csat_ratio") == {}
    assert samples(registry, "responder_level1_share") == {}
    assert samples(registry, "responder_level1_share_tickets") == {("7d",): 0}
    assert samples(registry, "responder_ticket_oldest_open_timestamp_seconds") == {}


def test_the_page_has_no_created_series(registry: CollectorRegistry, metrics: KpiMetrics) -> None:
    metrics.observe(ALL)
    assert "_created" not in generate_latest(registry).decode()
    page = openmetrics(registry)  # type: ignore[no-untyped-call]
    assert page.decode().endswith("# EOF\n")


def test_of_the_page_a_family_is_made_anew_only_when_it_has_counted() -> None:
    made: list[Collector] = []

    def encode(registry: Collector) -> bytes:
        made.append(registry)
        return generate_latest(registry)

    gauges, counted = CollectorRegistry(), CollectorRegistry()
    metrics = KpiMetrics(gauges, counted, brands=["acme"])
    first = metrics.page(encode, kind="text")
    assert (metrics.page(encode, kind="text"), len(made)) == (first, len(FAMILIES))
    metrics.observe([figure("reopened")])
    assert b"responder_tickets_reopened_total 1.0\n" in metrics.page(encode, kind="text")
    assert len(made) == len(FAMILIES) + 1
    metrics.observe([figure("reopened")])
    metrics.freshen()
    assert len(made) == len(FAMILIES) + 2
    assert b"responder_tickets_reopened_total 2.0\n" in metrics.page(encode, kind="text")
    assert len(made) == len(FAMILIES) + 2
    metrics.know(brands=["zeta"], topics=[])
    assert b'brand="zeta"' in metrics.page(encode, kind="text")
    assert len(made) == 2 * len(FAMILIES) + 2
    whole = openmetrics(counted)  # type: ignore[no-untyped-call]
    assert metrics.page(openmetrics, kind="open") + b"# EOF\n" == whole
    assert metrics.page(encode, kind="another") == generate_latest(counted)
    assert b"responder_tickets_reopened" not in generate_latest(gauges)


def test_promtool_finds_no_fault_with_the_names(
    registry: CollectorRegistry, metrics: KpiMetrics
) -> None:
    metrics.show(
        Standing(votes={"acme": Share(1, 1)}, level1=Share(1, 1), oldest={"abuse": OPENED})
    )
    metrics.observe(ALL)
    page = generate_latest(registry).decode().splitlines(keepends=True)
    verdict = subprocess.run(
        [promtool(), "check", "metrics"],
        # It takes the kb of R83 for kilobytes.
        input="".join(line for line in page if "responder_kb_linked_ratio" not in line),
        capture_output=True,
        check=False,
        text=True,
    )
    assert (verdict.returncode, verdict.stdout + verdict.stderr) == (0, "")


def promtool() -> str:
    """The real promtool."""

    found = shutil.which("promtool")
    require("promtool", present=found is not None)
    return str(found)


def test_units_are_seconds_and_ratios(registry: CollectorRegistry, metrics: KpiMetrics) -> None:
    metrics.show(
        Standing(votes={"acme": Share(1, 1)}, level1=Share(1, 1), oldest={"abuse": OPENED})
    )
    shown = names(registry)
    wrong = {name for name in shown if re.search(r"percent|minute|milli|_ms\b|hour", name)}
    assert wrong == set()
    assert {name for name in shown if not name.startswith("responder_")} == set()
