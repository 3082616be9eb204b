"""Does a DirectAdmin panel answer, and what does it say of its server's services and licence?"""

from collections.abc import Iterator, Mapping
from typing import Literal

from probes import units
from probes.directadmin_client import Directadmin
from probes.labels import written
from probes.model import Finding, Issue, Severity, Target, up
from probes.net import bracketed
from probes.panel import PanelKind
from probes.panel_access import panel_of
from probes.panel_trouble import PanelTrouble, one_line
from probes.settings import Json, Settings
from probes.sight import Sight

_MOST = 200  # services of one server
_RUNNING = frozenset({"started", "running", "on", "ok", "up", "active"})
_STOPPED = frozenset({"stopped", "off", "down", "failed", "inactive", "dead"})


class DirectadminProbe(Settings):
    """`ignore_services` are names as DirectAdmin writes them (httpd, exim, mysqld ...)."""

    kind: Literal["directadmin"] = "directadmin"
    ignore_services: tuple[str, ...] = ()

    def aim(self, address: str) -> str:
        return f"https://{bracketed(address)}:2222"

    async def look(self, target: Target, sight: Sight) -> Finding:
        try:
            panel = Directadmin(panel_of(target, PanelKind.DIRECTADMIN), sight)
            told = await panel.read("/CMD_API_SYSTEM_INFO")
            licence = await self._licence(panel)
        except PanelTrouble as trouble:
            sight.say("The panel gave no answer", outcome=trouble.outcome, reason=trouble.reason)
            return trouble.told()
        _show_load(told, sight)
        return up(*self._services(told, sight), *licence)

    def _services(self, told: Mapping[str, Json], sight: Sight) -> list[Issue]:
        found: list[Issue] = []
        for name, running in services(told):
            labels = written({"service": name})
            sight.gauge("probe_directadmin_service_running", running, labels)
            if not running and name not in self.ignore_services:
                text = f"the service {name} does not run"
                found.append(Issue("SERVICE_STOPPED", Severity.ERROR, text, name))
        return found

    async def _licence(self, panel: Directadmin) -> list[Issue]:
        """An older panel has no /api/info, which is no fault."""
        try:
            told = await panel.read("/api/info")
        except PanelTrouble as trouble:
            if trouble.sick:
                raise
            return []
        if told.get("licenseValid") is not False:
            return []
        error = one_line(told.get("licenseError") or "", most=80)
        text = "the licence of DirectAdmin is not valid" + (f": {error}" if error else "")
        return [Issue("LICENCE_TROUBLE", Severity.ERROR, text)]


def services(told: Mapping[str, Json]) -> Iterator[tuple[str, bool]]:
    """Name and whether it runs: `{"status": "running"}`, or "2.4.58|Started" of the old kind. What
    is not installed, and what is no service, is left out.
    """
    inner = told.get("services")
    rows = inner if isinstance(inner, dict) else told
    for name, row in list(rows.items())[:_MOST]:
        said = row.get("status") if isinstance(row, dict) else row
        if not isinstance(said, str) or (not isinstance(row, dict) and "|" not in said):
            continue
        if "not found" in said.lower():
            continue
        state = said.rpartition("|")[2].strip().lower()
        if state in _RUNNING or state in _STOPPED:
            yield one_line(name, most=40), state in _RUNNING


def _show_load(told: Mapping[str, Json], sight: Sight) -> None:
    """Averages as strings, in a list, in an object or with commas between them."""
    load = told.get("systemLoad") or told.get("LoadAvg")
    if isinstance(load, dict):
        load = list(load.values())
    figures = load if isinstance(load, list) else str(load or "").split(",")
    for window, figure in zip(("1m", "5m", "15m"), figures, strict=False):
        value = units.number(figure.strip() if isinstance(figure, str) else figure)
        if value is not None:
            sight.gauge("probe_directadmin_load", value, written({"window": window}))
