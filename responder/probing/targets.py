"""From the configuration, the panels' maps and files of targets to everything that is looked at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from alerts.inventory import Inventory, Server
from probes.discovery import Account, PanelMap
from probes.model import Look, Patience, Probe, Target
from probes.panel import Panel
from probes.ping import PingProbe
from probes.tcp import TcpProbe
from responder.probing.filesd import Group
from responder.probing.section import ALL, LookPart, Probing

REFERENCE = "@ref/"  # begins the keys of references: they tell about us, not about their targets
_REFERENCES = Patience(interval=10.0, retry=5.0, attempts=2)
_REFERENCE_WITHIN = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Estate:
    """All that there is to look at, besides the configuration's section itself. `maps` and `panels`
    are by server, `files` by path.
    """

    inventory: Inventory
    modules: Mapping[str, Probe]
    panels: Mapping[str, Panel] = field(default_factory=dict)
    maps: Mapping[str, PanelMap] = field(default_factory=dict)
    files: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)  # name to address


def looks(section: Probing, estate: Estate) -> tuple[Look, ...]:
    """Everything that is looked at; each has a key of its own."""
    found: dict[str, Look] = {}
    for part in section.looks:
        for name in (*part.kind, *part.module):
            for one in _looks(part, name, estate):
                key = one.key if one.key not in found else f"{one.key}@{one.target.address}"
                found.setdefault(key, one if key == one.key else _called(one, key))
    for name, address in estate.references.items():
        one = reference(f"{REFERENCE}{name}", address)
        found[one.key] = one
    return tuple(found.values())


def reference(key: str, address: str) -> Look:
    """A look at ADDRESS (ping) or ADDRESS:PORT (a connection) that tells of the way there."""
    kind: type[TcpProbe | PingProbe] = TcpProbe if _has_port(address) else PingProbe
    probe = kind(timeout=_REFERENCE_WITHIN)
    return Look(key, probe.kind, probe, Target(address), key, _REFERENCES)


def _has_port(address: str) -> bool:
    bare = address.rpartition("]")[2] if address.startswith("[") else address
    return bare.count(":") == 1


def _called(one: Look, key: str) -> Look:
    return Look(key, one.module, one.probe, one.target, one.host, one.patience)


def _looks(part: LookPart, module: str, estate: Estate) -> Iterator[Look]:
    probe = estate.modules[module]
    each = part.each or ("reseller" if probe.kind == "reseller" else "server")
    of = {"server": _of_server, "reseller": _of_resellers, "domain": _of_domains}[each]
    targets = [
        (name, server.name, target)
        for server in _servers(part, estate.inventory)
        for name, target in of(part, probe, server, estate)
    ]
    targets += [(f"{module}@{one.address}", "", one) for one in _others(part, estate)]
    for name, host, target in targets:
        key = f"{name}/{module}" if host else name
        labels = {**target.labels, "module": module}
        if part.severity:
            labels["severity"] = part.severity
        aimed = Target(target.address, target.hostname, labels, target.panel)
        owner = host or target.labels.get("server") or host_of(target.address)
        yield Look(key, module, probe, aimed, owner, part.patience(probe.kind))


Named = tuple[str, Target]


def _of_server(part: LookPart, probe: Probe, server: Server, estate: Estate) -> Iterator[Named]:
    address = _address(part, probe, server.address or server.name, name=server.name)
    yield server.name, Target(address, "", _labels(server), estate.panels.get(server.name))


def _of_resellers(part: LookPart, probe: Probe, server: Server, estate: Estate) -> Iterator[Named]:
    address = _address(part, probe, server.address or server.name, name=server.name)
    for name, reseller in estate.inventory.resellers.items():
        if reseller.server == server.name:
            labels = {**_labels(server), "reseller": name}
            if reseller.brand:
                labels["brand"] = reseller.brand
            panel = estate.panels.get(server.name)
            yield f"{server.name}/{name}", Target(address, "", labels, panel)


def _of_domains(part: LookPart, probe: Probe, server: Server, estate: Estate) -> Iterator[Named]:
    known = estate.maps.get(server.name)
    for account in known.accounts if known else ():
        if account.suspended or not account.domain:
            continue  # its site is away because somebody wanted it so
        at = account.ip or server.address
        address = _address(part, probe, at, name=account.domain)
        labels = {**_labels(server), "domain": account.domain, **_owner(account, server, estate)}
        labels.setdefault("severity", "warning")  # one account alone is medium (R21)
        yield f"{server.name}/{account.domain}", Target(address, account.domain, labels)


def _owner(account: Account, server: Server, estate: Estate) -> dict[str, str]:
    reseller = estate.inventory.resellers.get(account.owner)
    if reseller is None or reseller.server != server.name:
        return {}
    brand = {"brand": reseller.brand} if reseller.brand else {}
    return {"reseller": reseller.name, **brand}


def _others(part: LookPart, estate: Estate) -> Iterator[Target]:
    for address in part.targets:
        yield Target(address)
    for path in part.file_sd:
        for group in estate.files.get(str(path), ()):
            for address in group.targets:
                yield Target(address, "", group.labels)


def _servers(part: LookPart, inventory: Inventory) -> Iterable[Server]:
    if ALL in part.servers:
        return inventory.servers.values()
    tags = set(part.tags)
    return [
        one
        for one in inventory.servers.values()
        if one.name in part.servers or tags.intersection(one.tags)
    ]


def _address(part: LookPart, probe: Probe, address: str, *, name: str) -> str:
    if part.target is None:
        return probe.aim(address)
    host = f"[{address}]" if ":" in address else address
    return part.target.format(address=host, name=name)


def _labels(server: Server) -> dict[str, str]:
    facts = {
        "server": server.name,
        "brand": server.brand,
        "datacentre": server.datacentre,
        "rack": server.rack,
    }
    return {name: value for name, value in facts.items() if value}


def host_of(address: str) -> str:
    """The host part of a URL, HOST:PORT or host: what the limit of looks at a time counts."""
    rest = address.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
    return rest if rest.count(":") > 1 and not rest.startswith("[") else rest.rsplit(":", 1)[0]
