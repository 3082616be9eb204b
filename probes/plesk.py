"""Does a Plesk panel answer, and what does it say of its server's services and licence?"""

import re
from datetime import UTC, datetime
from typing import Literal
from xml.etree.ElementTree import Element

from probes.labels import written
from probes.model import Finding, Issue, Severity, Target, up
from probes.net import bracketed
from probes.panel import PanelKind
from probes.panel_access import panel_of
from probes.panel_trouble import PanelTrouble, one_line
from probes.plesk_client import Plesk, text
from probes.settings import Settings
from probes.sight import Sight

_MOST = 200  # services of one server
_LICENCE_DAYS = 3
_LICENCE = re.compile(r"\blicen[cs]e\b", re.IGNORECASE)


class PleskProbe(Settings):
    """`ignore_services` are ids as Plesk names them (web, smtp, dns, mysql ...)."""

    kind: Literal["plesk"] = "plesk"
    ignore_services: tuple[str, ...] = ()

    def aim(self, address: str) -> str:
        return f"https://{bracketed(address)}:8443"

    async def look(self, target: Target, sight: Sight) -> Finding:
        try:
            plesk = Plesk(panel_of(target, PanelKind.PLESK), sight)
            result = await plesk.get("server", "gen_info", "services_state")
            key = await self._key(plesk)
        except PanelTrouble as trouble:
            sight.say("The panel gave no answer", outcome=trouble.outcome, reason=trouble.reason)
            return _with_licence(trouble)
        name = one_line(text(result, "gen_info/server_name"), most=80)
        sight.gauge("probe_plesk_info", 1, written({"server": name}))
        return up(*self._services(result, sight), *key)

    def _services(self, result: Element, sight: Sight) -> list[Issue]:
        """`none` = not installed."""
        found: list[Issue] = []
        for service in result.findall("services_state/srv")[:_MOST]:
            name, state = one_line(text(service, "id"), most=40), text(service, "state")
            if not name or state == "none":
                continue
            running = state == "running"
            sight.gauge("probe_plesk_service_running", running, written({"service": name}))
            if not running and name not in self.ignore_services:
                found.append(_stopped(name, service))
        return found

    async def _key(self, plesk: Plesk) -> list[Issue]:
        """The licence. Administrators may read it; that others may not is no fault."""
        try:
            result = await plesk.get("server", "key")
        except PanelTrouble as trouble:
            if trouble.sick:
                raise
            return []
        values = {text(one, "name"): text(one, "value") for one in result.findall("key/property")}
        return licensed(values.get("lim_date", ""), datetime.now(UTC))


def licensed(end: str, now: datetime) -> list[Issue]:
    """`end` is a day as 20261231; empty or 0 = none. A licence renews itself days before."""
    try:
        days = (datetime.strptime(end, "%Y%m%d").replace(tzinfo=UTC) - now).days
    except ValueError:
        return []
    if days >= _LICENCE_DAYS:
        return []
    what = f"ends on {end}" if days >= 0 else f"ended on {end}"
    severity = Severity.WARNING if days >= 0 else Severity.ERROR
    return [Issue("LICENCE_TROUBLE", severity, f"the licence of Plesk {what}")]


def _with_licence(trouble: PanelTrouble) -> Finding:
    """A panel without a licence refuses everything, and says why: that is an answer."""
    if trouble.refused and _LICENCE.search(trouble.reason):
        return up(Issue("LICENCE_TROUBLE", Severity.ERROR, trouble.reason))
    return trouble.told()


def _stopped(name: str, service: Element) -> Issue:
    title = one_line(text(service, "title") or name, most=60)
    error = one_line(text(service, "error"), most=80)
    told = f"the service {title} does not run" + (f": {error}" if error else "")
    return Issue("SERVICE_STOPPED", Severity.ERROR, told, name)
