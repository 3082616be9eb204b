"""Is every deed of the hands counted once, from zero on?"""

from dataclasses import replace

from prometheus_client import CollectorRegistry

from playbooks.gate import CHECKS
from playbooks.power.model import Verb
from responder.meters import Maker
from responder.run_values import Run, RunState
from responder.runs.metrics import POWER_OUTCOMES, RUN_OUTCOMES, RunMetrics
from tests.responder.estate import NIGHT

RUN = Run(
    id=1, key="x-1/1/host-down", playbook="host-down", version=1, hash="h", incident=1,
    incident_ref="x-1", target="web1", state=RunState.DONE, mode="ask", step="off", began_at=NIGHT,
    changed_at=NIGHT,
)  # fmt: skip


def begun() -> tuple[RunMetrics, CollectorRegistry]:
    registry = CollectorRegistry()
    metrics = RunMetrics(Maker(registry))
    metrics.know_playbooks(["host-down"])
    metrics.know_drivers(["ipmi"])
    return metrics, registry


def series(registry: CollectorRegistry, name: str) -> dict[tuple[str, ...], float]:
    """The label values of each series, in the order of their names, and how far it counted."""
    return {
        tuple(sample.labels[label] for label in sorted(sample.labels)): sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == name
    }


def test_closed_label_sets_begin_at_zero() -> None:
    """A series born at 1 is invisible to increase()."""
    _, registry = begun()
    assert series(registry, "responder_gate_denials_total") == {(one,): 0 for one in CHECKS}
    assert series(registry, "responder_playbook_runs_total") == {
        (one, "host-down"): 0 for one in RUN_OUTCOMES
    }
    assert series(registry, "responder_power_actions_total") == {
        ("ipmi", outcome, verb): 0 for outcome in POWER_OUTCOMES for verb in Verb
    }
    assert series(registry, "responder_kill_switch") == {(): 0}
    assert set(series(registry, "responder_playbook_runs_open").values()) == {0}


def test_each_deed_is_counted_under_its_own_name() -> None:
    metrics, registry = begun()
    metrics.denied("storm")
    metrics.power_acted("ipmi", "off", "unknown")
    metrics.power_acted("ipmi", "off", "read back")
    metrics.run_ended(RUN, "healed")
    metrics.run_ended(replace(RUN, drill=True), "healed")
    assert series(registry, "responder_gate_denials_total")["storm",] == 1
    power = series(registry, "responder_power_actions_total")
    assert power["ipmi", "unknown", "off"] == 1
    assert sum(power.values()) == 1, "to read the state is no other verb"
    assert series(registry, "responder_playbook_runs_total")["healed", "host-down"] == 1


def test_open_runs_and_the_kill_switch_are_as_they_are_now() -> None:
    metrics, registry = begun()
    metrics.show({RunState.UNKNOWN: 2}, killed=True)
    assert series(registry, "responder_playbook_runs_open")["unknown",] == 2
    assert series(registry, "responder_kill_switch")[()] == 1
    metrics.show({RunState.WAITING: 1}, killed=False)
    assert series(registry, "responder_playbook_runs_open")["unknown",] == 0
    assert series(registry, "responder_kill_switch")[()] == 0
