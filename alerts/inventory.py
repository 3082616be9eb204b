"""What stands where and whose it is: site, rack, hypervisor, server, reseller, brand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

_DATACENTRE_LABELS = ("datacentre", "datacenter", "dc")


@dataclass(frozen=True, slots=True)
class Server:
    """One machine. `hypervisor` is the server that carries it, if it is a virtual one."""

    name: str
    address: str = ""
    aliases: tuple[str, ...] = ()
    datacentre: str | None = None
    rack: str | None = None
    hypervisor: str | None = None
    brand: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reseller:
    """One reseller account and where it lives."""

    name: str
    server: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What an alert is about. `keys` go from the widest whole to the thing itself; empty = nothing
    that we know.
    """

    keys: tuple[str, ...] = ()
    server: str | None = None
    brand: str | None = None

    @property
    def own(self) -> str | None:
        """The key of the thing itself."""
        return self.keys[-1] if self.keys else None

    @property
    def wholes(self) -> tuple[str, ...]:
        """What it is a part of, the widest first."""
        return self.keys[:-1]


NOWHERE = Place()
_UNKNOWN = Server("")


@dataclass(frozen=True)
class Inventory:
    """All that we know of the company's machines and accounts. `accounts` counts the hosting
    accounts of each server whose panel says so.
    """

    servers: Mapping[str, Server] = field(default_factory=lambda: MappingProxyType({}))
    resellers: Mapping[str, Reseller] = field(default_factory=lambda: MappingProxyType({}))
    datacentres: frozenset[str] = frozenset()
    accounts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def _by_name(self) -> dict[str, str]:
        """A server's own name counts more than another one's alias or address."""
        others = [
            (name, one) for one in self.servers.values() for name in (*one.aliases, one.address)
        ]
        own = [(one.name, one) for one in self.servers.values()]
        return {name.lower(): server.name for name, server in (*others, *own) if name}

    @cached_property
    def _sizes(self) -> dict[str, int]:
        sizes: dict[str, int] = {}
        for server in self.servers.values():
            for scope in self.scopes(server.name):
                sizes[scope] = sizes.get(scope, 0) + 1
        return sizes

    @cached_property
    def _members(self) -> dict[str, tuple[str, ...]]:
        members: dict[str, list[str]] = {}
        for server in self.servers.values():
            for key in self._server_place(server).keys:
                members.setdefault(key, []).append(server.name)
        hosts = {reseller.server for reseller in self.resellers.values()}
        return {
            key: tuple(names)
            for key, names in members.items()
            if len(names) > 1 or names[0] in hosts or None in hosts
        }

    def members(self, key: str) -> tuple[str, ...]:
        """The servers whose trouble, or whose accounts' trouble, is a part of this whole; () when
        it can have no parts.
        """
        return self._members.get(key, ())

    def above(self, key: str) -> tuple[str, ...]:
        """The wholes of which this thing is a part itself."""
        name = key.removeprefix("server:")
        return self._server_place(self.servers[name]).wholes if name in self.servers else ()

    def find(self, labels: Mapping[str, str], *, server_labels: Iterable[str]) -> Place:
        """The place that these labels speak of: a reseller account, a server, a rack or a data
        centre.
        """
        server = self._server_of(labels, server_labels)
        reseller = self.resellers.get(labels.get("reseller", ""))
        if reseller is not None:
            return self._reseller_place(reseller, server)
        if server is not None:
            return self._server_place(server)
        return self._site_place(labels)

    def scopes(self, server: str) -> tuple[str, ...]:
        """The wholes in which a storm may rage around this server, the widest first; () for a
        server that the inventory no longer knows.
        """
        known = self.servers.get(server, _UNKNOWN)
        brand = (f"brand:{known.brand}",) if known.brand else ()
        return (*self._site_of(known), *brand)

    def size(self, scope: str) -> int:
        """How many servers stand in this data centre or rack, or belong to this brand."""
        return self._sizes.get(scope, 0)

    def resellers_on(self, place: Place) -> int:
        """How many reseller accounts feel trouble of this place."""
        if place.own is None or place.own.startswith("reseller:"):
            return len(place.keys[-1:])
        return sum(
            1 for reseller in self.resellers.values() if self._stands_on(reseller, place.own)
        )

    def brands_on(self, key: str) -> tuple[str, ...]:
        """Whose servers and whose resellers' accounts feel trouble of this thing, in order."""
        servers = [one for one in self.servers.values() if key in self._server_place(one).keys]
        resellers = [one for one in self.resellers.values() if self._stands_on(one, key)]
        brands = {one.brand for one in servers} | {one.brand for one in resellers}
        return tuple(sorted(brand for brand in brands if brand))

    def accounts_on(self, key: str) -> int:
        """How many hosting accounts feel trouble of this thing, as far as panels tell."""
        return sum(
            count
            for name, count in self.accounts.items()
            if name in self.servers and key in self._server_place(self.servers[name]).keys
        )

    def within(self, key: str, scope: str) -> bool:
        """Is this thing the scope, or a part of it? `all` holds everything."""
        kind, _, name = key.partition(":")
        if scope in ("all", key):
            return True
        if kind == "server" and name in self.servers:
            return scope in (*self.scopes(name), *self._server_place(self.servers[name]).keys)
        return kind == "rack" and scope == f"dc:{name.partition('/')[0]}"

    def _stands_on(self, reseller: Reseller, key: str) -> bool:
        server = self.servers.get(reseller.server or "")
        return server is not None and key in self._server_place(server).keys

    def _server_of(self, labels: Mapping[str, str], server_labels: Iterable[str]) -> Server | None:
        for label in server_labels:
            value = labels.get(label)
            if value and (name := self._named(value)):
                return self.servers[name]
        return None

    def _named(self, value: str) -> str | None:
        """The server called so; a scheme, path and port around the name do not matter."""
        names = self._by_name
        value = value.lower()
        if value in names:
            return names[value]
        host = value.split("://", 1)[-1].split("/", 1)[0]
        if host.startswith("["):
            return names.get(host[1:].split("]", 1)[0])
        return names.get(host) or names.get(host.rsplit(":", 1)[0])

    def _server_place(self, server: Server) -> Place:
        carrier = self.servers.get(server.hypervisor or "")
        above = (f"server:{carrier.name}",) if carrier is not None and carrier is not server else ()
        keys = (*self._site_of(server), *above, f"server:{server.name}")
        return Place(keys, server.name, server.brand)

    def _site_of(self, server: Server) -> tuple[str, ...]:
        """Where it stands; a virtual machine without a place of its own stands where its carrier
        does.
        """
        carrier = self.servers.get(server.hypervisor or "")
        if server.datacentre is None and carrier is not None:
            return _site_keys(carrier.datacentre, carrier.rack)
        return _site_keys(server.datacentre, server.rack)

    def _reseller_place(self, reseller: Reseller, named: Server | None) -> Place:
        server = self.servers.get(reseller.server or "") or named
        under = self._server_place(server) if server is not None else NOWHERE
        keys = (*under.keys, f"reseller:{reseller.name}")
        return Place(keys, under.server, reseller.brand or under.brand)

    def _site_place(self, labels: Mapping[str, str]) -> Place:
        site = next((labels[label] for label in _DATACENTRE_LABELS if labels.get(label)), None)
        if site is None or site not in self.datacentres:
            return NOWHERE
        return Place(_site_keys(site, labels.get("rack") or None))


def _site_keys(datacentre: str | None, rack: str | None) -> tuple[str, ...]:
    if datacentre is None:
        return ()
    return (
        (f"dc:{datacentre}",) if rack is None else (f"dc:{datacentre}", f"rack:{datacentre}/{rack}")
    )
