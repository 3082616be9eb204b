"""Gathers what the world sees of one reseller, by the looks of other kinds."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address

from probes.dnsbl import DnsblProbe
from probes.handshake import TlsConfig
from probes.look import look
from probes.model import Phase, Target, Verdict
from probes.net import bracketed
from probes.reseller_facts import Facts, Listing, Past, Site, Zone
from probes.reseller_findings import sample
from probes.reseller_names import Directory, Whereabouts
from probes.reseller_panel import Books
from probes.reseller_sites import Ports, answers, site
from probes.sight import Sight
from probes.tls import TlsProbe

_EXPIRING = timedelta(days=22)
_MOST_EXPIRING = 20
_TLS_SECONDS = 10.0
_TOGETHER = 4  # handshakes with one server at a time

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Outlook:
    """`cdn`: networks that may stand before a site; `elsewhere`: domains that live elsewhere with
    our knowledge; `most` sites are sampled.
    """

    sight: Sight
    directory: Directory
    ports: Ports
    cdn: tuple[Network, ...]
    elsewhere: frozenset[str]
    dnsbl: DnsblProbe | None
    tls_config: TlsConfig | None
    most: int

    async def facts(
        self, reseller: str, books: Books, past: Past, *, server: str, at: datetime
    ) -> Facts:
        """All facts of the account; `server` is the name that its machine answers to."""
        homes = _homes(books)
        fresh, again = sample([*homes], past, most=self.most)
        expiring = [one.site for one in books.certificates if one.ends - at < _EXPIRING]
        wanted = [*fresh, *again, *expiring[:_MOST_EXPIRING]]
        where = await self._whereabouts(wanted, _ours(books))
        here = [one for one in (*fresh, *again) if one not in where.away]
        answered, sites, untrusted, zone, listings = await asyncio.gather(
            self._server_answers(books, server),
            self._sites({one: homes[one] for one in here}, again),
            self._untrusted({one: homes[one] for one in here}, books, at),
            self._zone(books),
            self._listings(books),
        )
        return Facts(
            reseller=reseller,
            own=books.own,
            accounts=books.accounts,
            stats=books.stats,
            counts=books.counts,
            restores=books.restores,
            certificates=books.certificates,
            untrusted=untrusted,
            sites=sites,
            server_answers=answered,
            zone=zone,
            away=where.away,
            listings=listings,
        )

    async def _whereabouts(self, domains: Iterable[str], ours: Collection[str]) -> Whereabouts:
        where = Whereabouts()
        asked = sorted(set(domains) - self.elsewhere)
        found = await asyncio.gather(*(self.directory.addresses(one) for one in asked))
        for domain, addresses in zip(asked, found, strict=True):
            home = any(one in ours or self._delivers(one) for one in addresses or ())
            where.note(domain, addresses, home=home or not ours)
        return where

    def _delivers(self, text: str) -> bool:
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self.cdn)

    async def _server_answers(self, books: Books, server: str) -> bool:
        """Its web ought to run and says something: then a site that fails is the reseller's."""
        if "httpd" in books.stopped:
            return False
        main = books.addresses.main
        address = books.addresses.outside(main) if main else server
        return await answers(address, server, self.ports, self.sight.net)

    async def _sites(self, homes: Mapping[str, str], again: Collection[str]) -> tuple[Site, ...]:
        net, ports = self.sight.net, self.ports
        looks = (
            site(domain, address, ports, net, again=domain in again)
            for domain, address in homes.items()
        )
        return tuple(one for one in await asyncio.gather(*looks) if one is not None)

    async def _untrusted(
        self, homes: Mapping[str, str], books: Books, at: datetime
    ) -> Mapping[str, str]:
        """What the handshake shows beyond the books: a chain that nobody trusts."""
        held = {one.site for one in books.certificates if one.covers and one.ends > at}
        hands = asyncio.Semaphore(_TOGETHER)
        probe = TlsProbe(tls_config=self.tls_config)

        async def shaken(domain: str) -> tuple[str, str]:
            target = Target(f"{bracketed(homes[domain])}:{self.ports.tls}", domain)
            async with hands:
                seen = await look(probe, target, self.sight.net, within=_TLS_SECONDS)
            bad = seen.verdict is Verdict.DOWN and seen.finding.phase is Phase.TLS
            told = seen.finding.reason if bad and "certificate" in seen.finding.reason else ""
            return domain, told

        found = await asyncio.gather(*(shaken(one) for one in homes if one in held))
        return {domain: told for domain, told in found if told}

    async def _zone(self, books: Books) -> Zone | None:
        """A name server that ought to run and does not is the server's trouble."""
        if books.own is None or not books.own.domain or "named" in books.stopped:
            return None
        return await self.directory.zone(books.own.domain, _ours(books))

    async def _listings(self, books: Books) -> tuple[Listing, ...]:
        """His own addresses alone: a shared one is the server's trouble, and one ticket."""
        if self.dnsbl is None:
            return ()
        found: list[Listing] = []
        for ip in sorted(books.addresses.outside(one) for one in books.alone):
            seen = await look(self.dnsbl, Target(ip), self.sight.net)
            told = [one.text for one in seen.finding.issues if one.code == "DNSBL_LISTED"]
            if told:
                found.append(Listing(ip, "; ".join(told)))
        return tuple(found)


def _homes(books: Books) -> dict[str, str]:
    """Sites that ought to answer, and the address where."""
    accounts = (*((books.own,) if books.own is not None else ()), *books.accounts)
    return {
        one.domain: books.addresses.outside(one.ip)
        for one in accounts
        if one.domain and one.ip and not one.suspended
    }


def _ours(books: Books) -> frozenset[str]:
    """All addresses of the server that we know, inside and outside of its NAT."""
    used = {one.ip for one in books.accounts} | ({books.own.ip} if books.own else set())
    known = used | books.addresses.public.keys() | set(books.alone)
    return frozenset({books.addresses.outside(one) for one in known} | known) - {""}
