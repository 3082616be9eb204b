"""Looks, findings and moments for the tests of the eyes."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.inventory import Inventory, Reseller, Server
from probes.kinds import KINDS
from probes.model import UP as UP
from probes.model import Finding, Issue, Look, Patience, Phase, Severity, Target, down, up
from responder.eyes.beliefs import Beliefs

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
REFUSED = down(Phase.CONNECT, "connection refused: the machine answers, the service does not")
FULL = Issue("DISK_FULL", Severity.ERROR, "/home is full", about="/home")
PATIENCE = Patience(interval=60.0, retry=20.0, attempts=3, recover=2)
INVENTORY = Inventory(
    {
        "hv1": Server("hv1", "127.0.0.9", datacentre="fra1"),
        "web1": Server("web1", "127.0.0.2", brand="acme"),
        "vm1": Server("vm1", "127.0.0.3", hypervisor="hv1"),
    },
    {"blue": Reseller("blue", "web1", "bluebrand")},
    frozenset({"fra1"}),
)


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def look(
    host: str = "web1", kind: str = "tcp", *, patience: Patience = PATIENCE, **labels: str
) -> Look:
    """A look of this kind at this machine; labels such as `domain` make it one of a part."""
    made: Any = KINDS[kind]
    probe = made.model_construct()
    part = labels.get("domain") or labels.get("reseller")
    key = f"{host}/{part}/{kind}" if part else f"{host}/{kind}"
    told = {"server": host, "module": kind, **labels}
    return Look(key, kind, probe, Target("127.0.0.2:80", "", told), host, patience)


def believing(*looks: Look) -> Beliefs:
    """These looks are ours, and nothing is known of them."""
    beliefs = Beliefs()
    beliefs.plan(looks, {})
    return beliefs


def fail(beliefs: Beliefs, one: Look, *seconds: float, finding: Finding = REFUSED) -> None:
    """It fails at each of these seconds after noon."""
    for moment in seconds:
        beliefs.take(one, finding, began=at(moment))


def works(beliefs: Beliefs, looks: Iterable[Look], *, second: float = 0.0) -> None:
    """All of these are well."""
    for one in looks:
        beliefs.take(one, UP, began=at(second))


def full() -> Finding:
    """It answers, and says that a disk is full."""
    return up(FULL)
