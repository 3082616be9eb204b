"""Are the metrics bounded by the configuration, born at zero, and true?"""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest

from alerts.model import Category, Priority
from probes.model import Verdict
from probes.rounds import Figures
from responder.customers.brands import Way
from responder.customers.wording import Change
from responder.metrics import (
    CALLBACK_REFUSALS,
    METHODS,
    PAGE_OUTCOMES,
    REJECTIONS,
    Metrics,
    snapshot,
)
from responder.values import EffectKind, Job
from tests.responder.estate import NIGHT, WEBS, alert, body
from tests.responder.room import Room, opened

SENDERS = ("alertmanager", "grafana")
Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def metrics() -> Metrics:
    """The metrics of a daemon that has just begun."""
    one = Metrics(CollectorRegistry(), version="1.2.3")
    one.know_senders(SENDERS)
    one.know_duties(["outbox", "page"])
    return one


def series(metrics: Metrics) -> Series:
    """Every series and its value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return series(metrics)[name, tuple(sorted(labels.items()))]


def page(**more: object) -> Job:
    told = {"method": "email", **more}
    return Job(1, "k", EffectKind.PAGE, 1, told, 1, int(str(told.get("lost", 0))), 1, NIGHT)


def test_closed_sets_of_labels_begin_at_zero(metrics: Metrics) -> None:
    begun = series(metrics)
    expected = {
        *(("responder_intake_rejected_total", (("reason", reason), ("sender", sender)))
          for reason in REJECTIONS for sender in ("", *SENDERS)),
        *(("responder_alerts_received_total", (("sender", sender), ("status", status)))
          for sender in SENDERS for status in ("firing", "resolved")),
        *(("responder_pages_sent_total", (("method", method), ("outcome", outcome)))
          for method in METHODS for outcome in PAGE_OUTCOMES),
        *(("responder_incidents_open", (("category", category), ("priority", priority)))
          for category in Category for priority in Priority),
        *((f"responder_{name}", (("kind", kind),)) for kind in EffectKind
          for name in ("outbox_depth", "outbox_oldest_seconds", "dead_letters")),
        *(("responder_customer_messages_total",
           (("change", change), ("outcome", outcome), ("way", way)))
          for change in Change for way in Way for outcome in PAGE_OUTCOMES),
        *(("responder_loop_failures_total", (("loop", loop),)) for loop in ("outbox", "page")),
        *(("responder_callbacks_refused_total", (("reason", reason),))
          for reason in CALLBACK_REFUSALS),
        ("responder_unpaged_critical_incidents", ()),
        *(("responder_probe_looks", (("verdict", verdict),)) for verdict in Verdict),
        *((f"responder_probe_{name}", ()) for name in ("running", "started_total")),
    }  # fmt: skip
    assert {one: begun.get(one) for one in expected} == dict.fromkeys(expected, 0)


@pytest.mark.parametrize(
    ("state", "outcome"), [("done", "delivered"), ("dead", "failed"), ("dropped", "suppressed")]
)
def test_messages_to_customers_are_counted(metrics: Metrics, state: str, outcome: str) -> None:
    told = {"change": "open", "way": "mail"}
    metrics.effect_ended(Job(1, "k", EffectKind.CUSTOMER_TELL, 1, told, 1, 0, 1, NIGHT), state)
    assert value(metrics, "responder_customer_messages_total", **told, outcome=outcome) == 1


def test_ten_thousand_odd_labels_make_no_new_series(metrics: Metrics, room: Room) -> None:
    _live(metrics, room)
    before = set(series(metrics))
    hosts = [f"host{number}" for number in range(10_000)]
    room.hears(body(*(alert(host, at=NIGHT, severity="info", pod=host) for host in hosts)))
    room.hears(body(*(alert(host, severity="info", pod=host, ended=NIGHT) for host in hosts[:50])))
    _live(metrics, room)
    assert set(series(metrics)) == before
    assert value(metrics, "responder_alerts_firing") == 9_950


def _live(metrics: Metrics, room: Room) -> None:
    """One of everything that is counted while the daemon lives."""
    metrics.taken(room.ends("nobody"))
    for method in METHODS:
        for state in ("done", "dropped", "dead"):
            metrics.effect_ended(page(method=method), state)
    for kind in EffectKind:
        if kind is not EffectKind.PAGE:
            told = {"change": "open", "way": "mail"} if kind is EffectKind.CUSTOMER_TELL else {}
            metrics.effect_ended(Job(1, "k", kind, 1, told, 1, 0, 1, NIGHT), "done")
    for code in (*REJECTIONS, "teapot", "<script>"):
        metrics.refused("alertmanager", code)
        metrics.refused("", code)
    metrics.show(room.look(snapshot, now=room.now, unpaged_before=room.now))


def test_a_page_that_was_taken_and_reached_nobody_is_a_failed_one(metrics: Metrics) -> None:
    metrics.page_missed("voice")
    assert value(metrics, "responder_pages_sent_total", method="voice", outcome="failed") == 1


def test_a_refused_answer_is_counted_by_its_reason(metrics: Metrics) -> None:
    metrics.callback_refused("signature")
    assert value(metrics, "responder_callbacks_refused_total", reason="signature") == 1


def test_a_refusal_that_has_no_word_is_counted_under_a_known_one(metrics: Metrics) -> None:
    metrics.refused("grafana", "teapot")
    told = {"sender": "grafana", "reason": "unreadable"}
    assert value(metrics, "responder_intake_rejected_total", **told) == 1


@pytest.mark.parametrize(
    ("state", "outcome"), [("done", "delivered"), ("dead", "failed"), ("dropped", "suppressed")]
)
def test_a_page_is_counted_by_what_became_of_it(metrics: Metrics, state: str, outcome: str) -> None:
    metrics.effect_ended(page(), state)
    assert value(metrics, "responder_pages_sent_total", method="email", outcome=outcome) == 1
    assert value(metrics, "responder_effects_total", kind="page", outcome=state) == 1


def test_a_page_that_may_have_come_twice_is_counted_where_the_provider_knows_no_key(
    metrics: Metrics,
) -> None:
    for method in ("email", "pagerduty"):
        metrics.effect_ended(page(method=method, lost=2), "done")
    assert value(metrics, "responder_pages_repeated_total", method="email") == 2
    assert value(metrics, "responder_pages_repeated_total", method="pagerduty") == 0


@pytest.fixture
def shown(metrics: Metrics, room: Room) -> Metrics:
    """The gauges after a bad quarter of an hour: nobody can be reached."""
    room.broken_ways = {"email", "pagerduty"}
    room.fires("web1")
    room.fires("web2", severity="warning")
    room.passes(minutes=15)
    metrics.show(room.look(snapshot, now=room.now, unpaged_before=room.now - timedelta(seconds=30)))
    return metrics


def test_the_gauges_show_what_the_store_says(shown: Metrics) -> None:
    critical = {"category": "critical", "priority": "critical"}
    assert value(shown, "responder_incidents_open", **critical) == 1
    assert value(shown, "responder_incidents_open", category="hosting", priority="medium") == 1
    assert value(shown, "responder_alerts_firing") == 2
    assert value(shown, "responder_unpaged_critical_incidents") == 1
    assert value(shown, "responder_outbox_depth", kind="page") == 7  # four rounds, two people
    assert value(shown, "responder_outbox_oldest_seconds", kind="page") == 15 * 60
    assert value(shown, "responder_outbox_depth", kind="ticket.open") == 0


def test_what_is_over_is_shown_as_zero_again(shown: Metrics) -> None:
    with opened() as empty:
        shown.show(empty.look(snapshot, now=empty.now, unpaged_before=empty.now))
    critical = {"category": "critical", "priority": "critical"}
    assert value(shown, "responder_incidents_open", **critical) == 0
    assert value(shown, "responder_outbox_oldest_seconds", kind="page") == 0
    assert value(shown, "responder_unpaged_critical_incidents") == 0


def test_a_storm_shows_as_its_incidents(metrics: Metrics, room: Room) -> None:
    room.storms(*WEBS)
    room.works()
    metrics.show(room.look(snapshot, now=room.now, unpaged_before=room.now))
    assert value(metrics, "responder_unpaged_critical_incidents") == 0
    critical = {"category": "critical", "priority": "critical"}
    assert value(metrics, "responder_incidents_open", **critical) == len(room.incidents())


def test_the_rounds_are_counted_from_one_look_at_them_to_the_next(metrics: Metrics) -> None:
    metrics.probes.looked_around(
        Figures(started=5, discarded=1, running=3, lag=0.1234), {Verdict.UP: 4}
    )
    seen = {Verdict.UP: 3, Verdict.DOWN: 1}
    metrics.probes.looked_around(Figures(started=9, discarded=1, broken=2, waiting=7), seen)
    told = {
        "started_total": 9, "discarded_total": 1, "broken_total": 2, "running": 0, "waiting": 7,
        "loop_lag_seconds": 0,
    }  # fmt: skip
    assert {name: value(metrics, f"responder_probe_{name}") for name in told} == told
    assert value(metrics, "responder_probe_looks", verdict="up") == 3
    assert value(metrics, "responder_probe_looks", verdict="down") == 1
    assert value(metrics, "responder_probe_looks", verdict="unknown") == 0


def test_the_page_is_openmetrics_with_help_for_every_family(metrics: Metrics) -> None:
    text = generate_latest(metrics.registry).decode()  # type: ignore[no-untyped-call]
    families = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert all(name.startswith(("responder_", "blackbox_")) for name in families)
    helped = [line.split(maxsplit=3) for line in text.splitlines() if line.startswith("# HELP")]
    assert [one[2] for one in helped if len(one) < 4] == []
    assert 'responder_build_info{version="1.2.3"} 1.0' in text
    assert text.endswith("# EOF\n")
