"""The metrics of the eyes by name: how looking goes, and what is believed of what was seen."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts.observed import State
from probes.model import Verdict
from probes.pinger import Mode
from probes.rounds import Figures
from responder.meters import Maker


class ProbeMetrics:
    """The families about looks; the looks' own series are responder/eyes/glass.py's."""

    def __init__(self, make: Maker, *, version: str) -> None:
        self.looks = make.gauge(
            "responder_probe_looks", "Looks by what the last one saw", "verdict"
        )
        self.running = make.gauge("responder_probe_running", "Looks under way")
        self.waiting = make.gauge(
            "responder_probe_waiting", "Looks that are due and wait for a limit"
        )
        self.lag = make.gauge(
            "responder_probe_loop_lag_seconds", "Longest stand-still of the last minute or two"
        )
        self.started = make.counter("responder_probe_started", "Looks begun")
        self.discarded = make.counter(
            "responder_probe_discarded", "Failing results not counted, because we were late"
        )
        self.broken = make.counter(
            "responder_probe_broken", "Looks that ended in an error of our own"
        )
        # What rules and dashboards for blackbox_exporter ask about the exporter itself.
        self.exporter_reload_ok = make.gauge(
            "blackbox_exporter_config_last_reload_successful", "Blackbox exporter config loaded"
        )
        self.exporter_reload_at = make.gauge(
            "blackbox_exporter_config_last_reload_success_timestamp_seconds",
            "Timestamp of the last successful configuration reload",
        )
        self.exporter_info = make.gauge(
            "blackbox_exporter_build_info", "Which program answers /probe", "version"
        )
        self.exporter_info.labels(version).set(1)
        self.module_unknown = make.counter(
            "blackbox_module_unknown", "Count of unknown modules requested by probes"
        )
        self.blind = make.gauge(
            "responder_blind", "1 while nothing that the probes see is believed"
        )
        self.look_states = make.gauge(
            "responder_look_states", "Looks by what is believed of their targets", "state"
        )
        self.map_age = make.gauge(
            "responder_panel_map_age_seconds",
            "Age of the oldest map of a panel that can't be asked; 0 when all can",
        )
        self.ping_mode = make.gauge(
            "responder_ping_mode", "1 for the way in which this machine lets us ping", "mode"
        )
        self._rounds = Figures()
        self.looked_around(Figures(), dict.fromkeys(Verdict, 0))
        self.believed(dict.fromkeys(State, 0), blind=False, oldest_map=timedelta(0), ping=None)

    def in_force(self, *, good: bool, since: datetime) -> None:
        """The configuration that /probe looks with: is it the newest on disk, and since when."""
        self.exporter_reload_ok.set(good)
        self.exporter_reload_at.set(since.timestamp())

    def looked_around(self, figures: Figures, verdicts: Mapping[Verdict, int]) -> None:
        """How the rounds are going, and what was last seen."""
        before, self._rounds = self._rounds, figures
        self.started.inc(figures.started - before.started)
        self.discarded.inc(figures.discarded - before.discarded)
        self.broken.inc(figures.broken - before.broken)
        self.running.set(figures.running)
        self.waiting.set(figures.waiting)
        self.lag.set(round(figures.lag, 3))
        for verdict, count in verdicts.items():
            self.looks.labels(verdict).set(count)

    def believed(
        self, states: Mapping[State, int], *, blind: bool, oldest_map: timedelta, ping: Mode | None
    ) -> None:
        """What the eyes believe, how old the oldest map of a silent panel is, and how we ping."""
        for mode in Mode:
            self.ping_mode.labels(mode).set(mode is ping)
        self.blind.set(blind)
        for state, count in states.items():
            self.look_states.labels(state).set(count)
        self.map_age.set(oldest_map.total_seconds())
