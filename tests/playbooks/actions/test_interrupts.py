"""Which actions take a machine from those who use it, and so need a proof that it is down?"""

import pytest

from playbooks.actions.kinds import ACTIONS
from playbooks.actions.model import Action

GATED = {name for name, kind in ACTIONS.items() if kind.irreversible}
LEAVES_IT = {
    "ssh.run": {"command": "disk-usage"},
    "datacentre.contact": {"task": "look_at_screen"},
}


def written(name: str, **settings: object) -> Action:
    return ACTIONS[name].model_validate(settings)


@pytest.mark.parametrize("name", sorted(LEAVES_IT))
def test_these_leave_the_machine_running(name: str) -> None:
    assert not written(name, **LEAVES_IT[name]).interrupts


@pytest.mark.parametrize("task", ["power_cycle", "power_cycle_and_console_photo"])
def test_hands_that_cut_the_power_do_not(task: str) -> None:
    assert written("datacentre.contact", task=task).interrupts


def test_whatever_else_is_gated_counts_as_dangerous() -> None:
    default = Action.__dict__["interrupts"]
    others = GATED - LEAVES_IT.keys()
    assert {"power.cycle", "power.off", "power.on", "panel.reboot"} <= others
    assert {ACTIONS[name].interrupts for name in others} == {default}
