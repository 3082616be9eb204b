"""The small hosting company of these tests, how it decides, and messages about its servers."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.inventory import Inventory, Reseller, Server
from alerts.quiet import Maintenance
from alerts.settings import AlertSettings
from responder.paging.escalation import Escalations, Ladder, Rung
from responder.plan import Plan
from responder.steps import Rules

NIGHT = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)

WEBS = tuple(f"web{number}" for number in range(1, 13))
INVENTORY = Inventory(
    servers={
        **{name: Server(name, datacentre="fra1", rack="r1") for name in WEBS},
        "db1": Server("db1", datacentre="fra1", rack="r2"),
        "hv1": Server("hv1", datacentre="fra1", rack="r2"),
        "vm1": Server("vm1", hypervisor="hv1"),
        "vm2": Server("vm2", hypervisor="hv1", brand="acme"),
        "far1": Server("far1"),
    },
    resellers={name: Reseller(name, "db1") for name in ("anna", "bert")},
    datacentres=frozenset({"fra1"}),
)
ESCALATIONS = Escalations(
    critical=Ladder((Rung(("ana",)), Rung(("ana", "bob")))),
    methods={"ana": ("email", "pagerduty"), "bob": ("email",)},
)


def plan(
    escalations: Escalations = ESCALATIONS, *, works: Iterable[tuple[str, int]] = (), **alerts: Any
) -> Plan:
    """How the company decides; `alerts` as in the configuration, `works` planned there: where, and
    for how many minutes from now.
    """
    rules = Rules(AlertSettings.model_validate(alerts), frozenset(escalations.by_priority))
    planned = tuple(
        Maintenance(-number, scope, NIGHT, NIGHT + timedelta(minutes=minutes))
        for number, (scope, minutes) in enumerate(works, start=1)
    )
    return Plan(INVENTORY, rules, escalations, planned)


def alert(
    server: str = "web1",
    *,
    at: datetime | None = NIGHT,
    ended: datetime | None = None,
    name: str = "HostDown",
    severity: str = "critical",
    summary: str = "",
    **labels: str,
) -> dict[str, Any]:
    """One alert as Alertmanager's webhook tells it."""
    none = "0001-01-01T00:00:00Z"
    return {
        "status": "resolved" if ended else "firing",
        "labels": {"alertname": name, "instance": server, "severity": severity, **labels},
        "annotations": {"summary": summary or f"{server} does not answer"},
        "startsAt": at.isoformat() if at else none,
        "endsAt": ended.isoformat() if ended else none,
        "generatorURL": "",
    }


def body(*alerts: dict[str, Any], group: str = "all", truncated: int = 0, **more: Any) -> Any:
    """One message with these alerts."""
    told = {"version": "4", "groupKey": group, "truncatedAlerts": truncated, "alerts": [*alerts]}
    return {**told, **more}
