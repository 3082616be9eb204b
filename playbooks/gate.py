"""The gate in front of everything that can't be taken back: fourteen checks, the first no wins.

Every check says its verdict every time; all of them are stored and shown (DESIGN 9).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from playbooks import gate_checks, gate_limits
from playbooks.gate_facts import NOBODY as NOBODY
from playbooks.gate_facts import Acted as Acted
from playbooks.gate_facts import Approval as Approval
from playbooks.gate_facts import Check as Check
from playbooks.gate_facts import Facts as Facts
from playbooks.gate_facts import Held as Held
from playbooks.gate_facts import Opinion as Opinion
from playbooks.gate_facts import Ruling as Ruling
from playbooks.gate_facts import permit
from playbooks.gate_moot import moot
from playbooks.gate_people import overruling

CheckOf = Callable[[Facts], Check]

CHECKS: Mapping[str, CheckOf] = MappingProxyType(
    {
        "kill_switch": gate_checks.kill_switch,
        "mode": gate_checks.mode,
        "maintenance": gate_checks.maintenance,
        "protected": gate_checks.protected,
        "blind": gate_checks.blind,
        "second_opinion": gate_checks.second_opinion,
        "unhealthy_share": gate_limits.unhealthy_share,
        "storm": gate_limits.storm,
        "concurrency": gate_limits.concurrency,
        "cooldown": gate_limits.cooldown,
        "fleet_rate": gate_limits.fleet_rate,
        "approval": gate_checks.approval,
        "identity": gate_checks.identity,
        "provider_budget": gate_checks.provider_budget,
    }
)

OVERRULABLE = frozenset(
    {
        "maintenance",
        "blind",
        "second_opinion",
        "unhealthy_share",
        "storm",
        "concurrency",
        "cooldown",
        "fleet_rate",
    }
)
"""What a person may take on himself, with a reason."""


def judged(facts: Facts, *, checks: Mapping[str, CheckOf] = CHECKS) -> tuple[Check, ...]:
    """Every check's verdict, in the order of DESIGN 9, whatever the others say."""
    return tuple(_judged(facts, name, check) for name, check in checks.items())


def denial(checks: Iterable[Check]) -> Check | None:
    """The check that decides: the first that does not let it through; None when all do. Nobody is
    asked for a yes that could not help: before that a no counts which no person takes on himself.
    """
    held = [one for one in checks if not one.passes]
    if not held or not _asks(held):
        return held[0] if held else None
    return next((one for one in held if _is_final(one)), held[0])


def _asks(held: Sequence[Check]) -> bool:
    """Would a person be asked next? Not while something else waits, our own line say."""
    by_name = {one.name for one in held}
    first = held[0]
    return "approval" in by_name and (first.name == "approval" or first.ruling is Ruling.DENY)


def _is_final(one: Check) -> bool:
    return one.ruling is Ruling.DENY and (one.never or one.name not in OVERRULABLE)


def waits_only(checks: Sequence[Check]) -> bool:
    """Is time, or a person's yes, all that is missing?"""
    return all(one.passes or one.ruling is Ruling.WAIT for one in checks)


def _judged(facts: Facts, name: str, check: CheckOf) -> Check:
    if why := moot(facts, name):
        return permit(name, why)
    told = check(facts)
    if told.passes or told.never or name not in OVERRULABLE:
        return told
    person = overruling(facts, name)
    if person is None:
        return told
    return replace(told, overruled_by=person.person, because=person.reason)
