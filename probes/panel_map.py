"""What lives on a server: resellers, accounts, domains."""

from dataclasses import dataclass


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
    """All that a panel says lives on its server, sorted by name."""

    resellers: tuple[Reseller, ...] = ()
    accounts: tuple[Account, ...] = ()


def mapped(resellers: list[Reseller], accounts: list[Account]) -> PanelMap:
    """In an order that does not change while nothing changes."""
    return PanelMap(
        tuple(sorted(resellers, key=lambda one: one.name)),
        tuple(sorted(accounts, key=lambda one: one.user)),
    )
