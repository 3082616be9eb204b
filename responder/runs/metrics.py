"""The metrics of the hands by name: the kill switch, the gate, power actions, runs."""

from collections.abc import Iterable, Mapping

from playbooks.gate import CHECKS
from playbooks.power.model import Verb
from responder.meters import Maker
from responder.run_values import LIVE, Run, RunState

# Closed lists: a label may take no other value.
RUN_OUTCOMES = ("done", "healed", "failed", "aborted", "unknown")
POWER_OUTCOMES = ("done", "refused", "failed", "unknown")


class RunMetrics:
    """The families about playbooks at work."""

    def __init__(self, make: Maker) -> None:
        self._kill_switch = make.gauge(
            "responder_kill_switch", "1 while somebody has switched all power actions off"
        )
        self._open = make.gauge(
            "responder_playbook_runs_open",
            "Playbook runs that are not over, by where they stand",
            "state",
        )
        self._denials = make.counter(
            "responder_gate_denials", "Steps that a check of the gate has denied", "check"
        )
        self._power = make.counter(
            "responder_power_actions",
            "Verbs told to power devices, by what became of them",
            "driver",
            "verb",
            "outcome",
        )
        self._runs = make.counter(
            "responder_playbook_runs", "Playbook runs by how they ended", "playbook", "outcome"
        )
        for check in CHECKS:
            self._denials.labels(check)
        self.show({}, killed=False)

    def know_playbooks(self, names: Iterable[str]) -> None:
        """The playbooks of the configuration begin at 0."""
        for name in names:
            for outcome in RUN_OUTCOMES:
                self._runs.labels(name, outcome)

    def know_drivers(self, names: Iterable[str]) -> None:
        """The power drivers of the configuration begin at 0."""
        for name in names:
            for verb in Verb:
                for outcome in POWER_OUTCOMES:
                    self._power.labels(name, verb, outcome)

    def show(self, open_runs: Mapping[RunState, int], *, killed: bool) -> None:
        """What the store and the kill switch say now."""
        self._kill_switch.set(killed)
        for state in LIVE:
            self._open.labels(state).set(open_runs.get(state, 0))

    def denied(self, check: str) -> None:
        """A step failed at the gate."""
        self._denials.labels(check).inc()

    def power_acted(self, driver: str, verb: str, outcome: str) -> None:
        """A device was told a verb; that its state was read afterwards is no other verb."""
        if outcome in POWER_OUTCOMES:
            self._power.labels(driver, verb, outcome).inc()

    def run_ended(self, run: Run, outcome: str) -> None:
        """A run is over, or nobody knows what became of it. A drill is in no figure."""
        if not run.drill:
            self._runs.labels(run.playbook, outcome).inc()
