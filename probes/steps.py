"""Which phase a look is in, and how long each has taken."""

import time

from probes.model import Phase
from probes.sight import Sight

ALL = (Phase.RESOLVE, Phase.CONNECT, Phase.TLS, Phase.BANNER, Phase.AUTH, Phase.COMMAND)


class Steps:
    """Tells the sight each phase as it begins, and at the end `probe_KIND_duration_seconds` for
    all of them, as blackbox_exporter does: zero where a phase was not reached or not asked for.
    """

    __slots__ = ("_began", "_kind", "_spent", "sight")

    def __init__(self, sight: Sight, kind: str) -> None:
        self.sight = sight
        self._kind = kind
        self._began = time.monotonic()
        self._spent = dict.fromkeys(ALL, 0.0)
        sight.phase = Phase.RESOLVE

    def enter(self, phase: Phase) -> None:
        """The next phase begins; to enter the one that lasts changes nothing."""
        if phase is not self.sight.phase:
            self._finish()
            self.sight.phase = phase

    def end(self) -> None:
        """The look is over, well or not."""
        self._finish()
        for phase in ALL:
            labels = f'phase="{phase}"'
            self.sight.gauge(f"probe_{self._kind}_duration_seconds", self._spent[phase], labels)

    def _finish(self) -> None:
        phase, now = self.sight.phase, time.monotonic()
        if phase in self._spent:
            self._spent[phase] += now - self._began
        if phase is not Phase.RESOLVE:  # that bar is drawn by probes/net.py
            self.sight.span(phase, self._began, now)
        self._began = now
