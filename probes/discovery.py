"""What lives on a server, as its control panel says: resellers, accounts, domains."""

from dataclasses import dataclass

from probes.net import Net
from probes.panel import Panel


@dataclass(frozen=True, slots=True)
class Reseller:
    """One reseller account, its own domain and its own name servers."""

    name: str
    domain: str = ""
    name_servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """One hosting account: its main domain, whose it is, its address, and how it stands."""

    user: str
    domain: str
    owner: str = ""
    ip: str = ""
    suspended: bool = False
    plan: str = ""


@dataclass(frozen=True, slots=True)
class PanelMap:
    """All that a panel says lives on its server."""

    resellers: tuple[Reseller, ...] = ()
    accounts: tuple[Account, ...] = ()


async def discover(panel: Panel, net: Net) -> PanelMap:
    """Ask the panel. Raises Failed when it can't be asked: the caller keeps the last known map."""
    raise NotImplementedError(panel, net)
