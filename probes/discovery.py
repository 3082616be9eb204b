"""What lives on a server, as its control panel says: asked in that panel's own tongue."""

from probes import whm_shapes
from probes.directadmin_client import Directadmin
from probes.net import Net
from probes.panel import Panel, PanelKind
from probes.panel_map import Account, PanelMap, Reseller, mapped
from probes.panel_trouble import PanelTrouble
from probes.plesk_client import Plesk
from probes.settings import Json
from probes.sight import Sight
from probes.whm_client import Read, Whm, listed

_WITHIN = 120.0  # seconds; what counts is the caller's own deadline


async def discover(panel: Panel, net: Net) -> PanelMap:
    """Ask the panel. Raises Failed when it can't be asked: the caller keeps the last known map."""
    sight = Sight(net, within=_WITHIN)
    match panel.kind:
        case PanelKind.WHM:
            return await _of_whm(Whm(panel, sight))
        case PanelKind.PLESK:
            return await Plesk(panel, sight).map()
        case PanelKind.DIRECTADMIN:
            return await Directadmin(panel, sight).map()


async def _of_whm(whm: Whm) -> PanelMap:
    """Accounts come in pages. A reseller's own token sees him alone."""
    rows = whm_shapes.accounts(await whm.pages(Read.ACCOUNTS))
    domains = {row.user: row.domain for row in rows}
    accounts = [
        Account(row.user, row.domain, row.owner, row.ip, row.suspended, row.plan) for row in rows
    ]
    resellers = [Reseller(name, domains.get(name, "")) for name in await _resellers(whm)]
    return mapped(resellers, accounts)


async def _resellers(whm: Whm) -> set[str]:
    try:
        names: list[Json] = listed(await whm.read(Read.RESELLERS), "reseller")
    except PanelTrouble as trouble:
        if not trouble.refused or whm.panel.user == "root":
            raise
        return {whm.panel.user}
    return {name for name in names if isinstance(name, str) and name}


__all__ = ["Account", "PanelMap", "Reseller", "discover"]
