"""Who must hear of a trouble: accounts on what is broken, lists of brands, open tickets (pure)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from alerts.inventory import Inventory
from responder.customers.brands import Way
from responder.customers.clientele import Client, Clientele
from responder.customers.wording import Language
from responder.desk.abroad import is_filed
from responder.values import Incident, TicketRecord

STORM = "storm"  # the rule of a site incident: parts of the site are broken, not all of it


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who is told. `name` is the same for ever: reseller:acme, brand:acme:ADDRESS,
    ticket:7. `to` is an address, or our number of a ticket.
    """

    name: str
    brand: str
    language: Language
    way: Way
    to: str


@dataclass(frozen=True, slots=True)
class Untold:
    """Somebody who would have to be told and can't be, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody whom a trouble concerns, each once."""

    customers: tuple[Customer, ...] = ()
    untold: tuple[Untold, ...] = ()


def audience(
    incident: Incident,
    parts: Sequence[Incident],
    tickets: Iterable[TicketRecord],
    *,
    inventory: Inventory,
    clientele: Clientele,
    firing: Collection[str] = (),
) -> Audience:
    """Whom this incident concerns, with all that has joined it. `tickets` are linked to them;
    `firing` are the servers of its own alerts.
    """
    members = (incident, *parts)
    broken = {server for one in members for server in servers_of(one, inventory)}
    if incident.rule == STORM:
        broken |= inventory.servers.keys() & set(firing)
    clients = _clients(members, broken, clientele)
    answers = {
        _account(ticket): of_ticket(ticket, clientele)
        for ticket in tickets
        if _is_a_customers(ticket)
    }
    choices = [[of_client(one, clientele)] for one in clients]
    for one, ways in zip(clients, choices, strict=True):
        if one.name in answers:
            ways.append(answers.pop(one.name))
    brands = {one.brand for one in clients} | {inventory.servers[name].brand for name in broken}
    for brand in sorted(brands & clientele.brands.keys(), key=str):
        choices += ([one] for one in lists_of(brand or "", clientele))
    choices += ([one] for one in answers.values())
    found: dict[str, Customer | Untold] = {}
    for ways in choices:
        best = _best(ways, clientele)
        found.setdefault(best.name, best)
    return Audience(
        tuple(one for one in found.values() if isinstance(one, Customer)),
        tuple(one for one in found.values() if isinstance(one, Untold)),
    )


def servers_of(incident: Incident, inventory: Inventory) -> frozenset[str]:
    """The machines that are broken with it; of a storm its parts and alerts tell."""
    kind, _, name = incident.key.partition(":")
    if incident.rule == STORM or kind == "reseller":
        return frozenset()
    if kind == "server":
        return frozenset({name, *inventory.members(incident.key)} & inventory.servers.keys())
    if kind in ("dc", "rack", "brand"):
        return frozenset(inventory.members(incident.key) or _within(incident.key, inventory))
    return frozenset({incident.server or ""} & inventory.servers.keys())


def everybody(clientele: Clientele) -> Iterator[Customer | Untold]:
    """All customers whom anything could concern, tickets apart."""
    for client in sorted(clientele.clients.values(), key=lambda one: one.name):
        if clientele.same(client) is client:
            yield of_client(client, clientele)
    for brand in clientele.brands:
        yield from lists_of(brand, clientele)


def of_client(client: Client, clientele: Clientele) -> Customer | Untold:
    """A reseller account, by mail."""
    client = clientele.same(client)
    name = f"reseller:{client.name}"
    if client.brand is None or client.brand not in clientele.brands:
        return Untold(name, "it belongs to no brand")
    if not client.mail:
        return Untold(name, "it has no mail")
    return _by_mail(name, client.brand, client.mail, client.language, clientele)


def lists_of(brand: str, clientele: Clientele) -> list[Customer | Untold]:
    """Where the brand announces its troubles."""
    return [
        _by_mail(f"brand:{brand}:{address}", brand, address, None, clientele)
        for address in clientele.brands[brand].announce
    ]


def of_ticket(ticket: TicketRecord, clientele: Clientele) -> Customer | Untold:
    """Whoever has written a ticket about it. Its brand is what the ticket says, else its
    account's; no brand is none, and never a guess (R9).
    """
    name = f"ticket:{ticket.id}"
    client = clientele.clients.get(ticket.account or "")
    brand = ticket.brand or (client.brand if client else None)
    if brand is None or brand not in clientele.brands:
        return Untold(name, "it belongs to no brand")
    if ticket.system != clientele.system:
        return Untold(name, f"it is kept in {ticket.system}")
    if is_filed(ticket):
        return Untold(name, f"its customer is not known to {ticket.system}")
    spoken = client.language if client else None
    language = spoken or clientele.brands[brand].language
    return Customer(name, brand, language, Way.TICKET, str(ticket.id))


def _best(choices: Sequence[Customer | Untold], clientele: Clientele) -> Customer | Untold:
    """The first way of his brand's on which one customer can be reached."""
    first = choices[0]
    ways = {
        clientele.brands[one.brand].rules.ways.index(one.way): one
        for one in choices
        if isinstance(one, Customer) and one.way in clientele.brands[one.brand].rules.ways
    }
    if ways:
        return replace(ways[min(ways)], name=first.name)
    if isinstance(first, Customer):
        return Untold(first.name, f"its brand does not tell by {first.way}")
    return first


def _by_mail(
    name: str, brand: str, to: str, language: Language | None, clientele: Clientele
) -> Customer | Untold:
    if clientele.server(brand) is None:
        return Untold(name, "its brand has no from, or no mail server")
    spoken = language or clientele.brands[brand].language
    return Customer(name, brand, spoken, Way.MAIL, to)


def _clients(
    incidents: Iterable[Incident], broken: Iterable[str], clientele: Clientele
) -> list[Client]:
    found = {one.name: one for server in broken for one in clientele.by_server.get(server, ())}
    for incident in incidents:
        kind, _, name = incident.key.partition(":")
        if kind == "reseller" and name in clientele.clients:
            found[name] = clientele.clients[name]
    return sorted(found.values(), key=lambda one: one.name)


def _is_a_customers(ticket: TicketRecord) -> bool:
    return ticket.channel != "monitoring" and not ticket.gone and not ticket.over


def _account(ticket: TicketRecord) -> str:
    return ticket.account or f"ticket:{ticket.id}"


def _within(key: str, inventory: Inventory) -> Iterator[str]:
    return (name for name in inventory.servers if inventory.within(f"server:{name}", key))
