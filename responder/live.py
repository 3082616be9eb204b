"""The configuration in force and the plan made of it: replaced whole, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from probes.discovery import PanelMap
from probes.model import Probe
from responder.compile import compiled
from responder.config import Config
from responder.plan import Plan


@dataclass
class Live:
    """What holds now. `good` is False while the newest file was refused; `maps` are what the
    panels last said, by server; `modules` are what looks and /probe may name.
    """

    path: Path
    config: Config
    plan: Plan
    loaded_at: datetime
    good: bool = True
    maps: Mapping[str, PanelMap] = field(default_factory=dict)
    modules: Mapping[str, Probe] = field(default_factory=dict)

    @classmethod
    def begin(cls, path: Path, config: Config, *, now: datetime) -> "Live":
        """The first configuration of this process."""
        return cls(path, config, compiled(config), now, modules=config.probes.named())

    @property
    def refused(self) -> Mapping[str, str]:
        """Modules of the user's file that we can't do, and why."""
        read = self.config.probes.modules_file
        return read.refused if read else {}

    def replace(self, config: Config, *, now: datetime) -> None:
        """A newer configuration takes over from the next decision on, whole or not at all."""
        plan, modules = compiled(config, self.maps), config.probes.named()
        self.config, self.loaded_at, self.good = config, now, True
        self.plan, self.modules = plan, modules

    def learn(self, maps: Mapping[str, PanelMap]) -> None:
        """The panels have spoken: what they say is part of the inventory from now on."""
        self.maps = maps
        self.plan = compiled(self.config, maps)
