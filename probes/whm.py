"""Does a WHM (cPanel) panel answer, and what does it say of its server?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from probes import whm_findings as findings
from probes import whm_shapes as shapes
from probes.labels import written
from probes.model import Finding, Issue, Target, up
from probes.net import bracketed
from probes.panel import PanelKind
from probes.panel_access import panel_of
from probes.panel_trouble import Outcome, PanelTrouble, one_line
from probes.settings import Json, Settings
from probes.sight import Sight
from probes.whm_client import Read, Whm

_DISKS_SECONDS = 300.0  # how long a slow answer stays good
_HOUR = 3600.0


class WhmProbe(Settings):
    """`cores` of the server make its load judgeable; 0 = the load is a series and no more."""

    kind: Literal["whm"] = "whm"
    cores: int = Field(0, ge=0, le=4096)
    load_warning: float = Field(2.0, gt=0)
    load_error: float = Field(5.0, gt=0)
    disk_warning: float = Field(0.85, gt=0, le=1)
    disk_error: float = Field(0.95, gt=0, le=1)
    ignore_services: tuple[str, ...] = ()
    ignore_mounts: tuple[str, ...] = ()
    backups: bool = True
    token_name: str = ""

    def aim(self, address: str) -> str:
        return f"https://{bracketed(address)}:2087"

    async def look(self, target: Target, sight: Sight) -> Finding:
        try:
            whm = Whm(panel_of(target, PanelKind.WHM), sight)
            version = (await whm.read(Read.VERSION)).get("version")
            sight.gauge("probe_whm_info", 1, written({"version": one_line(version, most=40)}))
            parts = (self._load, self._services, self._disks, self._backups, self._tokens)
            # One after the other: one connection, one handshake, and kind to cpsrvd.
            issues = [issue for part in parts for issue in await part(whm, sight)]
        except PanelTrouble as trouble:
            sight.say("The panel gave no answer", outcome=trouble.outcome, reason=trouble.reason)
            return trouble.told()
        return up(*issues)

    async def _load(self, whm: Whm, sight: Sight) -> list[Issue]:
        data = await _allowed(whm, Read.LOAD)
        if isinstance(data, list):
            return data
        averages = shapes.load(data)
        for window, value in zip(("1m", "5m", "15m"), averages, strict=True):
            sight.gauge("probe_whm_load", value, written({"window": window}))
        return findings.loaded(
            averages[1], cores=self.cores, warning=self.load_warning, error=self.load_error
        )

    async def _services(self, whm: Whm, sight: Sight) -> list[Issue]:
        data = await _allowed(whm, Read.SERVICES)
        if isinstance(data, list):
            return data
        services = shapes.services(data)
        for one in services:
            if one.wanted:
                labels = written({"service": one.name})
                sight.gauge("probe_whm_service_running", float(one.running), labels)
        return findings.stopped(services, self.ignore_services)

    async def _disks(self, whm: Whm, sight: Sight) -> list[Issue]:
        data = await _allowed(whm, Read.DISKS, seconds=_DISKS_SECONDS)
        if isinstance(data, list):
            return data
        partitions = shapes.partitions(data)
        for one in partitions:
            labels = written({"mount": one.mount})
            sight.gauge("probe_whm_disk_used_ratio", one.used, labels)
            sight.gauge("probe_whm_inodes_used_ratio", one.inodes_used, labels)
        return findings.filled(
            partitions, self.ignore_mounts, warning=self.disk_warning, error=self.disk_error
        )

    async def _backups(self, whm: Whm, sight: Sight) -> list[Issue]:
        if not self.backups:
            return []
        data = await _allowed(whm, Read.BACKUP_CONFIG, seconds=_HOUR)
        return data if isinstance(data, list) else findings.unprotected(shapes.backup_config(data))

    async def _tokens(self, whm: Whm, sight: Sight) -> list[Issue]:
        """Only root may read them, which is no fault of ours."""
        data = await _allowed(whm, Read.TOKENS, seconds=_HOUR)
        if isinstance(data, list):
            return []
        return findings.expiring(shapes.tokens(data), self.token_name, datetime.now(UTC))


async def _allowed(
    whm: Whm, function: Read, *, seconds: float = 0.0
) -> Mapping[str, Json] | list[Issue]:
    """The answer, kept for so many seconds, or the issues of a function that this token may not
    call. A role that the server does not have is no issue at all. What says "the panel is sick"
    goes on as it is.
    """
    try:
        return await whm.kept(function, seconds=seconds) if seconds else await whm.read(function)
    except PanelTrouble as trouble:
        if trouble.kind is Outcome.ROLE_DISABLED:
            return []
        if trouble.refused:
            return [trouble.issue(function)]
        raise
