"""Is an alert as bad as the contract says, and does the answer name its reason?"""

import pytest

from alerts.classify import classify, worst_first
from alerts.inventory import NOWHERE, Inventory, Place, Reseller, Server
from alerts.model import Alert, Category, Priority, digest_labels
from alerts.settings import AlertSettings

CRITICAL = (Category.CRITICAL, Priority.CRITICAL)
ONE = Inventory({"web1": Server("web1")}, {"anna": Reseller("anna", "web1")})
TWO = Inventory(
    {"web1": Server("web1")},
    {"anna": Reseller("anna", "web1"), "bert": Reseller("bert", "web1")},
)
WEB1 = Place(("server:web1",), "web1")


def alert(**labels: str) -> Alert:
    told = {"alertname": "HostDown", **labels}
    digest = digest_labels(told)
    return Alert(told, {}, True, None, None, "", digest, digest)


def judged(
    place: Place = NOWHERE,
    inventory: Inventory = ONE,
    settings: AlertSettings | None = None,
    **labels: str,
) -> tuple[Category, Priority]:
    settings = settings or AlertSettings()
    verdict = classify(alert(**labels), place, inventory=inventory, settings=settings)
    assert verdict.rule
    return verdict.category, verdict.priority


@pytest.mark.parametrize("severity", ["critical", "page", "disaster", "CRITICAL", " Page "])
def test_a_critical_severity_is_critical(severity: str) -> None:
    assert judged(severity=severity) == CRITICAL


@pytest.mark.parametrize(
    ("severity", "priority"),
    [
        ("error", Priority.HIGH),
        ("high", Priority.HIGH),
        ("major", Priority.HIGH),
        ("warning", Priority.MEDIUM),
        ("average", Priority.MEDIUM),
        ("minor", Priority.MEDIUM),
        ("", Priority.MEDIUM),
        ("purple", Priority.MEDIUM),
        ("info", Priority.LOW),
        ("none", Priority.LOW),
    ],
)
def test_any_other_severity_is_a_matter_of_hosting(severity: str, priority: Priority) -> None:
    assert judged(severity=severity) == (Category.HOSTING, priority)


def test_no_severity_at_all_is_medium() -> None:
    assert judged() == (Category.HOSTING, Priority.MEDIUM)


@pytest.mark.parametrize("category", ["downtime", "data-loss", "Downtime"])
@pytest.mark.parametrize("severity", ["info", "critical"])
def test_an_outage_is_critical_whatever_its_severity(category: str, severity: str) -> None:
    """R19."""
    assert judged(category=category, severity=severity) == CRITICAL


def test_the_words_that_page_can_be_set_in_any_spelling() -> None:
    settings = AlertSettings(critical_severities=("P1", " Urgent "))
    assert judged(settings=settings, severity="p1") == CRITICAL
    assert judged(settings=settings, severity="P1") == CRITICAL
    assert judged(settings=settings, severity="urgent") == CRITICAL
    assert judged(settings=settings, severity="critical") == (Category.HOSTING, Priority.MEDIUM)


def test_trouble_of_two_resellers_or_more_is_high() -> None:
    """R20."""
    assert judged(WEB1, TWO, severity="warning") == (Category.HOSTING, Priority.HIGH)
    assert judged(WEB1, ONE, severity="warning") == (Category.HOSTING, Priority.MEDIUM)


def test_the_inventory_never_lowers_and_makes_no_noise_of_information() -> None:
    assert judged(WEB1, TWO, severity="critical") == CRITICAL
    assert judged(WEB1, TWO, severity="info") == (Category.HOSTING, Priority.LOW)


@pytest.mark.parametrize("name", ["DatasourceNoData", "DatasourceError"])
def test_monitoring_without_data_is_no_outage(name: str) -> None:
    assert judged(alertname=name, severity="critical") == (Category.HOSTING, Priority.MEDIUM)


@pytest.mark.parametrize(
    ("labels", "rule"),
    [
        ({"severity": "critical"}, "severity critical"),
        ({"category": "downtime"}, "label category=downtime"),
        ({}, "no severity"),
        ({"alertname": "DatasourceNoData"}, "monitoring has no data"),
    ],
)
def test_the_answer_names_the_rule(labels: dict[str, str], rule: str) -> None:
    verdict = classify(alert(**labels), WEB1, inventory=ONE, settings=AlertSettings())
    assert verdict.rule == rule


def test_the_answer_says_when_the_inventory_has_raised_it() -> None:
    verdict = classify(alert(severity="minor"), WEB1, inventory=TWO, settings=AlertSettings())
    assert verdict.rule == "severity minor, raised by resellers"


def test_whoever_is_woken_reads_the_worst_first() -> None:
    told = [{"severity": "info"}, {}, {"severity": "error"}, {"category": "downtime"}]
    more = [{"severity": "Critical"}, {"severity": "warning"}]
    assert worst_first([*told, *more]) == [3, 4, 2, 1, 5, 0]
