"""Who our customers are and where they are written to, as the configuration says (compiled)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from alerts.inventory import Inventory
from playbooks.mail import MailServer
from responder.company import Datacentre, ResellerPart, ServerPart
from responder.customers.brands import Brand
from responder.customers.discretion import Discretion
from responder.customers.wording import Language
from responder.paging.smtp import EmailPaging
from responder.rota.contact import OwnPerson


@dataclass(frozen=True, slots=True)
class Client:
    """One reseller account. `mail` and `language` are "" and None where nothing is said; `own` is
    whom of us this customer knows. `notes` and `flags` are what everybody must know who works for
    him (R38).
    """

    name: str
    brand: str | None
    server: str | None
    mail: str = ""
    language: Language | None = None
    own: OwnPerson | None = None
    notes: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clientele:
    """Everything about customers that decisions depend on. `relay` takes the mails of brands that
    have no mail server of their own, `system` keeps the tickets that can be answered,
    and calls our people by `accounts`.
    """

    brands: Mapping[str, Brand] = field(default_factory=lambda: MappingProxyType({}))
    clients: Mapping[str, Client] = field(default_factory=lambda: MappingProxyType({}))
    discretion: Discretion = field(default_factory=Discretion)
    relay: EmailPaging | None = None
    system: str = ""
    accounts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def speaks(self) -> bool:
        """Does any brand tell its customers by itself?"""
        return any(brand.tell for brand in self.brands.values())

    @cached_property
    def by_server(self) -> Mapping[str, tuple[Client, ...]]:
        """Which accounts live on which server."""
        found: dict[str, list[Client]] = {}
        for client in self.clients.values():
            found.setdefault(client.server or "", []).append(client)
        return {server: tuple(clients) for server, clients in found.items()}

    @cached_property
    def _firsts(self) -> Mapping[tuple[str | None, str], str]:
        firsts: dict[tuple[str | None, str], str] = {}
        for client in self.clients.values():
            mailbox = (client.brand, client.mail.casefold())
            firsts[mailbox] = min(client.name, firsts.get(mailbox, client.name))
        return firsts

    def same(self, client: Client) -> Client:
        """One for all accounts of a brand that are written to at one address: it is one reader."""
        if not client.mail:
            return client
        return self.clients[self._firsts[client.brand, client.mail.casefold()]]

    def server(self, brand: str) -> MailServer | None:
        """Who takes this brand's mails, in its own name; None while nobody does."""
        one = self.brands[brand]
        relay, sender = one.smtp or self.relay, one.sender
        if relay is None or sender is None:
            return None
        return MailServer(
            host=relay.host,
            port=relay.port,
            sender=sender,
            username=relay.username,
            password=relay.password_file,
            starttls=relay.starttls,
            tls=relay.tls,
            # Mail servers write down who greeted them: never the name of our machine.
            helo=(one.smtp and one.smtp.helo) or sender.rpartition("@")[2],
        )


def clients_of(resellers: Mapping[str, ResellerPart], inventory: Inventory) -> dict[str, Client]:
    """Every account: those of the file, and what panels say."""
    found = {}
    for name, one in inventory.resellers.items():
        server = inventory.servers.get(one.server or "")
        brand = one.brand or (server.brand if server else None)
        part = resellers.get(name, ResellerPart())
        own = OwnPerson(part.contact, part.deputy) if part.contact else None
        found[name] = Client(
            name, brand, one.server, part.mail or "", part.language, own, part.notes, part.flags
        )
    return found


def our_names(
    servers: Mapping[str, ServerPart], datacentres: Mapping[str, Datacentre]
) -> Iterator[tuple[str, str]]:
    """Names of machines and places, and what each is."""
    for name, one in servers.items():
        for word in (name, *one.aliases):
            yield word, "a server of ours"
        yield one.address, "the address of a server of ours"
        yield from ((f"rack {one.rack}", "a rack"), (one.rack, "a rack")) if one.rack else ()
        for word in (one.hardware.label, one.hardware.serial):
            yield word or "", "a mark on a machine of ours"
    for name, site in datacentres.items():
        yield name, "a data centre"
        yield site.title or "", "a data centre"
