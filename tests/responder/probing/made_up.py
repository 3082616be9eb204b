"""A kind of look that needs nobody to answer."""

from typing import Literal

from probes.model import UP, Finding, Target
from probes.settings import Settings
from probes.sight import Sight


class SiteProbe(Settings):
    """Everything is up."""

    kind: Literal["site"] = "site"

    def aim(self, address: str) -> str:
        return f"site:{address}"

    async def look(self, target: Target, sight: Sight) -> Finding:
        return UP
