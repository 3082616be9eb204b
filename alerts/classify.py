"""How bad a monitoring alert is and what sort of trouble: the rules, in order, each with a name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.inventory import Inventory, Place
from alerts.model import Alert, Category, Priority
from alerts.settings import AlertSettings

RULES_VERSION = 1

_HIGH = frozenset({"error", "high", "major"})
_LOW = frozenset({"info", "information", "none"})
_OUTAGES = frozenset({"downtime", "data-loss"})
_BROKEN_MONITORING = frozenset({"DatasourceNoData", "DatasourceError"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about an alert, and the rule that decided it."""

    category: Category
    priority: Priority
    rule: str


def classify(
    alert: Alert, place: Place, *, inventory: Inventory, settings: AlertSettings
) -> Verdict:
    """Category and priority of one alert (R14, R19-R22, DESIGN 14). The first rule that fits
    decides.

    The inventory may only raise: trouble that two resellers or more feel is high (R20).
    """
    verdict = _by_labels(alert, settings)
    if verdict.priority is Priority.MEDIUM and inventory.resellers_on(place) >= 2:
        return Verdict(verdict.category, Priority.HIGH, f"{verdict.rule}, raised by resellers")
    return verdict


def critical_by(labels: Mapping[str, str], settings: AlertSettings) -> str:
    """The rule by which an alert of these labels is critical; "" when it is not."""
    severity = labels.get("severity", "").strip().lower()
    category = labels.get("category", "").strip().lower()
    if category in _OUTAGES:
        return f"label category={category}"
    broken = labels.get("alertname") in _BROKEN_MONITORING
    return f"severity {severity}" if severity in settings.critical_severities and not broken else ""


def worst_first(told: Iterable[Mapping[str, str]]) -> list[int]:
    """The places of these labels of alerts, in the order in which somebody who was just woken reads
    them (by the usual words for severities; what is as bad keeps its order).
    """
    places = enumerate(told)
    return [place for place, _ in sorted(places, key=lambda one: _height(one[1]))]


_USUAL = AlertSettings()


def _height(labels: Mapping[str, str]) -> int:
    severity = labels.get("severity", "").strip().lower()
    return 0 if critical_by(labels, _USUAL) else 1 if severity in _HIGH else 2 + (severity in _LOW)


def _by_labels(alert: Alert, settings: AlertSettings) -> Verdict:
    if rule := critical_by(alert.labels, settings):
        return Verdict(Category.CRITICAL, Priority.CRITICAL, rule)
    if alert.name in _BROKEN_MONITORING:
        return Verdict(Category.HOSTING, Priority.MEDIUM, "monitoring has no data")
    severity = alert.labels.get("severity", "").strip().lower()
    if severity in _HIGH:
        return Verdict(Category.HOSTING, Priority.HIGH, f"severity {severity}")
    if severity in _LOW:
        return Verdict(Category.HOSTING, Priority.LOW, f"severity {severity}")
    return Verdict(
        Category.HOSTING, Priority.MEDIUM, f"severity {severity}" if severity else "no severity"
    )
