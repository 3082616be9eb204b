"""When a check has nothing to protect: it says so, and lets the step through.

`kill_switch` is always asked. What is not known for sure counts as the dangerous case.
"""

from collections.abc import Callable
from typing import NamedTuple

from playbooks.gate_facts import Facts


class Moot(NamedTuple):
    """In which case, which checks, and why."""

    case: Callable[[Facts], bool]
    checks: frozenset[str]
    why: str


def _completing(facts: Facts) -> bool:
    """This run has switched the machine off and only "on" is missing.

    All that guards a running machine is moot, and so is all that was asked before it was switched
    off: to leave it off would be the worse harm. `kill_switch` holds (a person wants no power
    action, whatever the price), `identity` when the device shows another machine, and
    `provider_budget`: an account that is paused would refuse us.
    """
    return facts.completing and facts.switches_on


def _switches_on(facts: Facts) -> bool:
    """It gives power to a machine that is off: there is no running one to be wrong about, and more
    machines that are off are a reason for it, not against it. Who works at the machine
    (`maintenance`) or must not have two of it running (`protected`) is still heard.
    """
    return facts.switches_on


def _goes_on(facts: Facts) -> bool:
    """The machine is not taken from those who use it: a disk is cleaned, a screen is looked at."""
    return not facts.interrupts and not facts.touches_power


def _asks_people(facts: Facts) -> bool:
    """The data centre's people are asked. They get one order per incident, site and task, for ever:
    the limits of power actions would only forbid the last way to help, right after a reboot that
    did not.
    """
    return facts.asks_people


def _no_machine(facts: Facts) -> bool:
    """It is about no single machine: that a whole site is down is the reason to write to it."""
    return not facts.target and not facts.touches_power


def _no_device(facts: Facts) -> bool:
    return not facts.touches_power


CASES = (
    Moot(
        _completing,
        frozenset(
            {
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
            }
        ),
        "this run has switched it off: it must not stay off",
    ),
    Moot(_switches_on, frozenset({"second_opinion", "unhealthy_share"}), "it is off"),
    Moot(
        _goes_on,
        frozenset({"protected", "second_opinion", "cooldown", "fleet_rate"}),
        "the machine goes on running",
    ),
    Moot(_asks_people, frozenset({"concurrency", "cooldown", "fleet_rate"}), "people are asked"),
    Moot(
        _no_machine,
        frozenset(
            {
                "protected",
                "second_opinion",
                "unhealthy_share",
                "storm",
                "concurrency",
                "cooldown",
                "fleet_rate",
            }
        ),
        "it is about no single machine",
    ),
    Moot(_no_device, frozenset({"identity", "provider_budget"}), "no device is touched"),
)


def moot(facts: Facts, check: str) -> str:
    """Why this check has nothing to protect; "" when it has."""
    return next((one.why for one in CASES if check in one.checks and one.case(facts)), "")
