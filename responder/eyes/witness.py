"""Looks at what a customer says is down: at once, at things of ours alone, and never for long."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import aiohttp

from alerts.trouble import of_machine
from probes.look import look, seconds_of
from probes.model import Finding, Look, Phase, Target, unknown
from responder.desk.looking import Glance, Sighting
from responder.eyes.vantages import ask
from responder.eyes.watching import Eyes
from responder.live import Live

SECONDS: Final = 6.0
_MOST: Final = 12  # looks for one customer
_SITE: Final = ("http", "https")


class Witness:
    """Asked by the desk. Host names that a customer writes are looked up in the panels' maps, never
    in the DNS: nobody outside chooses where we connect to.
    """

    def __init__(self, live: Live, eyes: Eyes, session: aiohttp.ClientSession) -> None:
        self._live = live
        self._eyes = eyes
        self._session = session

    async def see(self, server: str | None, hosts: Sequence[str]) -> Sighting:
        """How the sites that he names, and his server, look now from everywhere."""
        if self._eyes.blind:
            return Sighting(blind=True)
        looks = list(self._looks(server, hosts))[:_MOST]
        found = await asyncio.gather(*(self._glances(one) for one in looks))
        return Sighting([glance for glances in found for glance in glances], self._eyes.blind)

    def _looks(self, server: str | None, hosts: Sequence[str]) -> Iterator[Look]:
        """Those that the configuration has; of a site that it does not look at, its front page."""
        directory = self._live.plan.directory
        sites = [site for site in map(directory.site, hosts) if site is not None]
        names = {site.account.domain for site in sites}
        mine = {server, *(site.server for site in sites)} - {None}
        every = [one for one in self._eyes.looks() if one.host in mine]
        yield from (one for one in every if one.target.hostname in names and one.target.hostname)
        watched = {one.target.hostname for one in every}
        for site in sites:
            if site.account.domain not in watched:
                yield from self._front(site.account.domain, site.account.ip, site.server)
        yield from self._machine(every, mine)

    def _front(self, domain: str, ip: str, server: str) -> Iterator[Look]:
        """The page of a site, asked of the machine that serves it."""
        machine = self._live.plan.inventory.servers.get(server)
        address = ip or (machine.address if machine else "")
        probe = self._live.modules.get("http")
        if address and probe is not None:
            yield Look(domain, "http", probe, Target(probe.aim(address), domain), server)

    def _machine(self, every: Iterable[Look], servers: Iterable[str | None]) -> Iterator[Look]:
        """Every look at the machine itself; where there is none, a ping."""
        ours = [one for one in every if of_machine(one) and not one.target.hostname]
        yield from ours
        ping = self._live.modules.get("ping")
        for name in sorted(filter(None, servers)):
            machine = self._live.plan.inventory.servers.get(name)
            if machine and machine.address and ping and not any(one.host == name for one in ours):
                yield Look(f"{name}/ping", "ping", ping, Target(machine.address), name)

    async def _glances(self, one: Look) -> list[Glance]:
        within = min(seconds_of(one.probe), SECONDS)
        vantages = self._live.config.probes.vantages
        finding, others = await asyncio.gather(
            self._look(one, within), ask(self._session, vantages, one)
        )
        kind = one.probe.kind
        ours = Glance(one.key, kind, finding.verdict, finding.reason)
        return [ours, *(Glance(one.key, kind, told, "", place) for place, told in others.items())]

    async def _look(self, one: Look, within: float) -> Finding:
        try:
            seen = await look(one.probe, one.target, self._eyes.net, within=within)
        except ValueError as error:
            return unknown(Phase.RESOLVE, str(error))
        return seen.finding
