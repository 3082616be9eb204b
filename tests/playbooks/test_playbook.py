"""Is a playbook of the shape that the contract names, and careful where nothing is said?"""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.model import Category
from playbooks.playbook import MOST_STEPS, Mode, Playbook, Safety, Step, When
from tests.playbooks.books import playbook


def keys(model: type[Any]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_the_keys_of_a_file_are_those_of_the_contract() -> None:
    """R67."""
    assert keys(Playbook) == {"playbook", "version", "about", "when", "safety", "steps"}
    assert keys(When) == {"category", "kind", "labels", "brand", "tags"}
    assert keys(Step) == {"id", "uses", "with", "if", "timeout", "on_fail"}


def test_where_nothing_is_said_it_asks_and_is_careful() -> None:
    safety = Safety()
    assert (safety.mode, safety.approvals, safety.expires) == (Mode.ASK, 1, timedelta(minutes=10))
    assert (safety.unhealthy_share.percent, safety.unhealthy_share.at_least) == (10.0, 3)
    assert (safety.concurrency.rack, safety.concurrency.datacentre) == (1, 2)
    cooldown = safety.cooldown
    assert (cooldown.between, cooldown.after_boot) == (timedelta(hours=1), timedelta(minutes=15))
    assert (cooldown.by_itself, cooldown.by_itself_within) == (1, timedelta(hours=6))
    assert (cooldown.in_all, cooldown.in_all_within) == (2, timedelta(hours=24))
    assert (safety.fleet_rate.actions, safety.fleet_rate.within) == (3, timedelta(hours=1))
    brake = safety.fleet_rate.brake
    assert (brake.servers, brake.percent, brake.within) == (3, 2.0, timedelta(minutes=5))
    assert safety.protected_tags == ("never_reboot", "database_master")


def test_one_word_stands_for_a_list_of_one() -> None:
    when = When.model_validate(
        {"category": "critical", "kind": "server", "labels": {"a": "b"}, "brand": "x", "tags": "y"}
    )
    assert when == When(
        category=(Category.CRITICAL,), kind=("server",), labels={"a": ("b",)}, brand=("x",),
        tags=("y",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("playbook", "Host Down"),
        ("playbook", ""),
        ("version", 0),
        ("safety", None),
        ("safety", {"approvals": 0}),
        ("safety", {"concurrency": {"rack": -1}}),
        ("safety", {"second_opinion": {"kinds": 0}}),
        ("steps", []),
        ("steps", [{"id": f"a{number}", "uses": "wait"} for number in range(MOST_STEPS + 1)]),
        ("steps", [{"id": "A", "uses": "wait"}]),
        ("steps", [{"id": "a"}]),
        ("steps", [{"id": "a", "uses": "wait", "timeout": "0s"}]),
        ("steps", [{"id": "a", "uses": "wait", "timeout": "31d"}]),
        ("steps", [{"id": "a", "uses": "wait", "unless": "x"}]),
        ("on", {}),
    ],
)
def test_what_is_out_of_shape_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        playbook(**{field: value})


def test_safety_must_be_written_even_if_only_as_nothing() -> None:
    with pytest.raises(ValidationError, match="safety"):
        Playbook.model_validate({"playbook": "a", "steps": [{"id": "a", "uses": "wait"}]})
    assert playbook(safety={}).safety == Safety()


def test_zero_is_a_limit_too() -> None:
    safety = playbook(safety={"fleet_rate": {"actions": 0}, "cooldown": {"in_all": 0}}).safety
    assert (safety.fleet_rate.actions, safety.cooldown.in_all) == (0, 0)


def test_a_playbook_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        playbook().version = 2  # type: ignore[misc]
