"""The configuration in force and the plan made of it: replaced whole, never changed."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from responder.compile import compiled
from responder.config import Config
from responder.plan import Plan


@dataclass
class Live:
    """What holds now. `good` is False while the newest file on disk was refused."""

    path: Path
    config: Config
    plan: Plan
    loaded_at: datetime
    good: bool = True

    @classmethod
    def begin(cls, path: Path, config: Config, *, now: datetime) -> "Live":
        """The first configuration of this process."""
        return cls(path, config, compiled(config), now)

    def replace(self, config: Config, *, now: datetime) -> None:
        """A newer configuration takes over from the next decision on."""
        self.config, self.plan, self.loaded_at, self.good = config, compiled(config), now, True
