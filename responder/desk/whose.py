"""Whose customer somebody is: brand, account and server, and the rule by which we know it (R9)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeVar

from alerts.inventory import Inventory
from probes.panel_map import Account, PanelMap
from responder.customers.brands import Brand
from responder.customers.clientele import Client
from responder.customers.discretion import host_of

Found = TypeVar("Found")
UNKNOWN: Final = "unknown"


class Sure(StrEnum):
    """How much a brand is worth that was found so."""

    CERTAIN = "certain"  # said by us, or by the door through which it came
    LIKELY = "likely"  # by what the writer says of himself, which anybody may say
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Hints:
    """All that a request says of its writer; hostile text. `key`: the brand of the API key that
    brought it. `hosts`: what the words name.
    """

    brand: str = ""
    to: str = ""
    key: str = ""
    account: str = ""
    sender: str = ""
    hosts: tuple[str, ...] = ()
    server: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """One hosting account as its panel has it, and the server that it lives on."""

    account: Account
    server: str


@dataclass(frozen=True, slots=True)
class Whose:
    """What was found; without a brand nobody's name is shown to him. `reseller`: whose account it
    is, and `end_customer` that somebody else than this reseller has written.
    """

    brand: str | None = None
    rule: str = UNKNOWN
    sure: Sure = Sure.NOT
    account: str | None = None
    reseller: str | None = None
    server: str | None = None
    site: Site | None = None
    end_customer: bool = False


@dataclass(frozen=True)
class Directory:
    """Everything by which somebody is known (compiled once for a configuration)."""

    brands: Mapping[str, Brand] = field(default_factory=dict)
    clients: Mapping[str, Client] = field(default_factory=dict)
    inventory: Inventory = field(default_factory=Inventory)
    maps: Mapping[str, PanelMap] = field(default_factory=dict)

    def resolve(self, hints: Hints) -> Whose:
        """The first rule that finds a brand; account and server are what the rest says, as long as
        it does not speak of another brand.
        """
        known = self._known(hints)
        brand, rule, sure = next(self._rules(hints, known), (None, UNKNOWN, Sure.NOT))
        found = replace(known, brand=brand, rule=rule, sure=sure)
        client = self.clients.get(known.reseller or "")
        theirs = client.brand if client else None
        strange = brand is not None and theirs not in (None, brand)
        strange |= client is None and self._is_anothers(known.server or "", brand)
        if strange and hints.account != known.account:  # he writes to another brand of ours
            return Whose(brand, rule, sure, server=hints.server or None)
        if self._is_anothers(known.server or "", brand) and known.site is None:
            return replace(found, server=hints.server or None)  # he wrote its name, and that is all
        return found

    def called(self, account: str) -> tuple[str, ...]:
        """The brand of each account of this name, "" where none is known."""
        sites = [one for one in self._all if one.account.user == account]
        owners = [self.clients.get(self._owner(one) or "") for one in sites]
        found = [
            (owner.brand if owner else self._only_brand_of(one.server)) or ""
            for owner, one in zip(owners, sites, strict=True)
        ]
        client = self.clients.get(account)
        if client is not None and client not in owners:
            found.append(client.brand or "")
        return tuple(found)

    def has_account(self, name: str, *, other_than: str) -> bool:
        """Is every account of this name another brand's than this?"""
        brands = self.called(name)
        return bool(brands) and not {"", other_than} & set(brands)

    def has_server(self, name: str, *, other_than: str) -> bool:
        """Does everybody on the machine of this name belong to another brand than this?"""
        return self._is_anothers(self._server(name) or "", other_than)

    def _is_anothers(self, server: str, brand: str | None) -> bool:
        """Does everybody on this machine belong to one brand, and to another than this?"""
        return brand is not None and self._only_brand_of(server) not in ("", brand)

    def site(self, host: str) -> Site | None:
        """The one account that this host name, or a name below it, is served by."""
        name = host.casefold().removeprefix("www.").rstrip(".")
        while "." in name:
            if name in self._sites:
                return self._sites[name]
            name = name.partition(".")[2]
        return None

    def _known(self, hints: Hints) -> Whose:
        """Account, reseller and server, by the account that is named, the sender, the hosts."""
        server = self._server(hints.server)
        client = self.clients.get(hints.account) or self._mails.get(hints.sender.casefold())
        site = self._users.get(hints.account) or next(
            filter(None, map(self.site, hints.hosts)), None
        )
        if client is not None and hints.account not in self._users:
            ours = site if site and site.account.owner in (client.name, "") else None
            return Whose(
                account=client.name,
                reseller=client.name,
                server=server or (ours.server if ours else client.server),
                site=ours or self._users.get(client.name),
            )
        if site is None:
            server = server or next(filter(None, map(self._server, hints.hosts)), None)
            return Whose(account=hints.account or None, server=server)
        owner = self._owner(site)
        wrote = self._mails.get(hints.sender.casefold())
        alone = owner is None or owner == site.account.user
        return Whose(
            account=site.account.user,
            reseller=owner,
            server=server or site.server,
            site=site,
            end_customer=not alone and (wrote is None or wrote.name != owner),
        )

    def _rules(self, hints: Hints, known: Whose) -> Iterator[tuple[str, str, Sure]]:
        """R9, in its order."""
        doors = {"key": hints.key, "named": hints.brand, "recipient": self._of_address(hints.to)}
        yield from ((one, rule, Sure.CERTAIN) for rule, one in doors.items() if one in self.brands)
        client = self.clients.get(known.reseller or "")
        if client is not None and client.brand in self.brands:
            yield (str(client.brand), *_way_to(client, hints, known))
        if known.site is not None and (brand := self._only_brand_of(known.site.server)):
            yield brand, "domain", Sure.LIKELY
        if hints.server and (brand := self._only_brand_of(known.server or "")):
            yield brand, "server", Sure.LIKELY

    def _of_address(self, address: str) -> str:
        """By a mailbox, else by its host, or the host of a page, or one above it."""
        whole = address.casefold().strip()
        if whole in self._doors:
            return self._doors[whole]
        host = host_of(whole)
        while "." in host:
            if host in self._doors:
                return self._doors[host]
            host = host.partition(".")[2]
        return ""

    def _server(self, name: str) -> str | None:
        return self.inventory.find({"server": name}, server_labels=("server",)).server

    def _owner(self, site: Site) -> str | None:
        for name in (site.account.owner, site.account.user):
            reseller = self.inventory.resellers.get(name)
            if reseller is not None and reseller.server in (None, site.server):
                return name
        return None

    def _only_brand_of(self, server: str) -> str:
        """Of a machine on which nobody of another brand lives."""
        one = self.inventory.servers.get(server)
        lives = {client.brand for client in self.clients.values() if client.server == server}
        brands = (lives | {one.brand}) - {None} if one else set()
        return str(brands.pop()) if len(brands) == 1 and brands <= self.brands.keys() else ""

    @cached_property
    def _doors(self) -> Mapping[str, str]:
        """Mailboxes and hosts of one brand alone."""
        return _only((door, name) for name, one in self.brands.items() for door in _doors_of(one))

    @cached_property
    def _mails(self) -> Mapping[str, Client]:
        """Accounts that share a mailbox are one reader; those of two brands are nobody."""
        told = sorted(self.clients.values(), key=lambda one: one.name)
        brands = _only((one.mail.casefold(), one.brand) for one in told if one.mail)
        firsts: dict[str, Client] = {}
        for one in told:
            if one.mail.casefold() in brands:
                firsts.setdefault(one.mail.casefold(), one)
        return firsts

    @cached_property
    def _all(self) -> tuple[Site, ...]:
        return tuple(
            Site(account, server) for server, one in self.maps.items() for account in one.accounts
        )

    @cached_property
    def _users(self) -> Mapping[str, Site]:
        return _only((one.account.user, one) for one in self._all)

    @cached_property
    def _sites(self) -> Mapping[str, Site]:
        return _only((one.account.domain.casefold(), one) for one in self._all)


def _way_to(client: Client, hints: Hints, known: Whose) -> tuple[str, Sure]:
    """How the account was found."""
    if hints.account and hints.account in (known.account, client.name):
        return "account", Sure.CERTAIN
    wrote = hints.sender.casefold() == client.mail.casefold() != ""
    return "sender" if wrote else "domain", Sure.LIKELY


def _doors_of(brand: Brand) -> Iterator[str]:
    for told in (*brand.addresses, brand.mail, brand.mail_from, brand.reply_to):
        if told:
            yield told.casefold()
    for page in (brand.url, brand.status_url):
        if page:
            yield host_of(page).casefold()


def _only(pairs: "Iterable[tuple[str, Found]]") -> "dict[str, Found]":
    """What only one thing is called by."""
    found: defaultdict[str, list[Found]] = defaultdict(list)
    for name, thing in pairs:
        if name and thing not in found[name]:
            found[name].append(thing)
    return {name: things[0] for name, things in found.items() if len(things) == 1}
