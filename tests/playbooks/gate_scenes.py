"""A machine that may be rebooted, and the one thing that speaks against it, check by check."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from playbooks.gate import Acted, Approval, Facts, Held, Opinion, denial, judged
from playbooks.gate_facts import Check
from playbooks.playbook import Mode, Safety
from playbooks.power.model import Identity

NOW = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
DIGEST = "run 7, step cycle, web1"

ORDER = (
    "kill_switch",
    "mode",
    "maintenance",
    "protected",
    "blind",
    "second_opinion",
    "unhealthy_share",
    "storm",
    "concurrency",
    "cooldown",
    "fleet_rate",
    "approval",
    "identity",
    "provider_budget",
)
"""The checks as DESIGN 9 lists them."""

DOWN = (
    Opinion("ping", down=True, since=NOW - timedelta(minutes=3)),
    Opinion("http", down=True, since=NOW - timedelta(minutes=2)),
)

FINE = Facts(
    safety=Safety(mode=Mode.AUTO),
    now=NOW,
    run=7,
    step="cycle",
    digest=DIGEST,
    action="power.cycle",
    target="web1",
    mode=Mode.AUTO,
    blind=False,
    references=3,
    opinions=DOWN,
    datacentre="fra1",
    rack="r1",
    hypervisor="hv1",
    site_size=20,
    site_unhealthy=1,
    fleet_size=60,
    fleet_unhealthy=1,
    newly_down=1,
    expected=Identity(serial="SN1"),
    told=Identity(serial="SN1"),
)
"""All is well with the gate: web1 is down, and the daemon alone may switch it."""


def but(facts: Facts = FINE, **changed: Any) -> Facts:
    """The same facts, but for these."""
    return replace(facts, **changed)


def safety(facts: Facts = FINE, **changed: Any) -> Facts:
    """The same facts under another `safety:`, as it would stand in the file."""
    asked = {"mode": facts.mode, **changed}
    return replace(facts, safety=Safety.model_validate(asked))


def asking(facts: Facts = FINE, **changed: Any) -> Facts:
    """The same playbook, but a person is asked."""
    return but(safety(but(facts, mode=Mode.ASK), **changed))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def ago(count: float) -> datetime:
    """So many minutes before now."""
    return NOW - minutes(count)


def yes(person: str = "ana", **changed: Any) -> Approval:
    """A person's yes of a minute ago."""
    return replace(Approval(person, DIGEST, ago(1)), **changed)


def acted(age: float, target: str = "web1", *, by_person: bool = True) -> Acted:
    """A power action so many minutes ago, by another run."""
    return Acted(target, ago(age), by_person, run=1, step="cycle")


def held(target: str = "web2", **place: str) -> Held:
    """Another run's step under way, somewhere else unless `place` says so."""
    where = {"datacentre": "ams1", "rack": "r9", "hypervisor": "hv9", **place}
    return Held(9, target, **where)


def check(facts: Facts, name: str) -> Check:
    """What one check says of these facts."""
    return next(one for one in judged(facts) if one.name == name)


def denied_by(facts: Facts) -> str:
    """The name of the first check that does not let it through; "" when all do."""
    first = denial(judged(facts))
    return first.name if first else ""


DENIED: Mapping[str, Facts] = {
    "kill_switch": but(kill_switch="ana, since 03:00: the PDU is being changed"),
    "mode": but(mode=Mode.DRY_RUN, requested_by="ana", confirmed=True),
    "maintenance": but(mutes=("maintenance:3",)),
    "protected": but(tags=frozenset({"never_reboot"})),
    "blind": but(blind=True),
    "second_opinion": but(opinions=DOWN[:1]),
    "unhealthy_share": but(site_unhealthy=4),
    "storm": but(storm="fra1: 12 servers down"),
    "concurrency": but(under_way=(held(datacentre="fra1", rack="r1"),)),
    "cooldown": but(acts=(acted(59),)),
    "fleet_rate": but(newly_down=3),
    "approval": asking(),
    "identity": but(told=Identity(serial="SN2")),
    "provider_budget": but(paused="hetzner-robot K1 refused our password 2 min ago"),
}
"""For each check facts that it alone denies."""
