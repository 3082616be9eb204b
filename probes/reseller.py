"""Is a reseller account well: in the panel's books, and as the world sees its sites and names?"""

import asyncio
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from probes.delivery import CLOUDFLARE
from probes.dnsbl import DnsblProbe
from probes.durations import Duration
from probes.handshake import TlsConfig
from probes.model import Finding, Phase, Target, unknown, up
from probes.net import Net, bracketed, split
from probes.panel import Panel, PanelKind
from probes.panel_access import panel_of
from probes.panel_trouble import PanelTrouble
from probes.patterns import read_pattern
from probes.reasons import Failed
from probes.reseller_facts import Facts, Now, Past
from probes.reseller_findings import judge
from probes.reseller_names import Directory
from probes.reseller_outlook import Outlook
from probes.reseller_panel import read_books
from probes.reseller_sites import Ports
from probes.settings import Regexp, Settings
from probes.sight import Sight
from probes.units import share
from probes.whm_client import Whm

_SHARE = 0.95  # of the time: what is not done by then is unknown, never "down"
_MOST_PASTS = 20_000
_LABEL = "reseller"


def _host_and_port(text: str) -> str:
    if text:
        try:
            split(text, port=53)
        except Failed as failed:
            raise ValueError(failed.reason) from None
    return text


class ResellerProbe(Settings):
    """The label `reseller` of the target names the account. `resolver` is asked for the world's
    view, empty = that of this machine; `billing` finds the words of unpaid bills.
    """

    kind: Literal["reseller"] = "reseller"
    timeout: Duration | None = timedelta(seconds=60)
    sites: int = Field(20, ge=0, le=20)
    site_port: int = Field(80, ge=1, le=65535)
    tls_port: int = Field(443, ge=1, le=65535)
    dns_port: int = Field(53, ge=1, le=65535)
    resolver: Annotated[str, AfterValidator(_host_and_port)] = ""
    cdn: tuple[IPv4Network | IPv6Network, ...] = CLOUDFLARE
    elsewhere: tuple[str, ...] = ()
    dnsbl: DnsblProbe | None = None
    tls_config: TlsConfig | None = None
    converge: Duration = timedelta(minutes=15)
    billing: Regexp = "non-?pay|not paid|unpaid|overdue|invoice|billing|payment"

    def aim(self, address: str) -> str:
        return f"https://{bracketed(address)}:2087"

    async def look(self, target: Target, sight: Sight) -> Finding:
        """Up with issues, or unknown: whether the server is down, its own looks tell."""
        name = target.labels.get(_LABEL, "")
        if not name:
            return unknown(Phase.RESOLVE, f'the target has no label "{_LABEL}" with the account')
        panel = panel_of(target, PanelKind.WHM)
        try:
            # Too late must not be "down" here, as it would be beyond the look's own deadline.
            async with asyncio.timeout(sight.left * _SHARE):
                return await self._judged(name, panel, sight)
        except PanelTrouble as trouble:
            sight.say("The panel gave no answer", outcome=trouble.outcome, reason=trouble.reason)
            return unknown(trouble.finding.phase or Phase.COMMAND, trouble.reason)
        except TimeoutError:
            awaited = sight.awaited or f"end of phase {sight.phase}"
            return unknown(sight.phase, f"no {awaited} in time")

    async def _judged(self, name: str, panel: Panel, sight: Sight) -> Finding:
        pasts, key = _pasts_of(sight.net), (panel.url, name)
        now, before = Now(datetime.now(UTC), time.monotonic()), pasts.get(key)
        books = await read_books(Whm(panel, sight), name, sight.net)
        server = urlsplit(panel.url).hostname or ""
        sight.awaited = "end of the looks at sites and name servers"
        began = time.monotonic()
        facts = await self._outlook(sight).facts(name, books, before, server=server, at=now.at)
        sight.span("sites, name servers, certificates", began)
        billing, converge = read_pattern(self.billing), self.converge.total_seconds()
        issues, past = judge(facts, before, now, billing=billing, converge=converge)
        pasts.keep(key, past)
        _write(facts, sight)
        return up(*issues)

    def _outlook(self, sight: Sight) -> Outlook:
        return Outlook(
            sight=sight,
            directory=Directory(sight, self.resolver, self.dns_port),
            ports=Ports(self.site_port, self.tls_port),
            cdn=self.cdn,
            elsewhere=frozenset(one.lower().rstrip(".") for one in self.elsewhere),
            dnsbl=self.dnsbl,
            tls_config=self.tls_config,
            most=self.sites,
        )


class Pasts:
    """What looks leave to the next ones, for all resellers; the longest untouched goes first."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], Past] = OrderedDict()

    def get(self, key: tuple[str, str]) -> Past:
        return self._held.get(key, Past())

    def keep(self, key: tuple[str, str], past: Past) -> None:
        self._held[key] = past
        self._held.move_to_end(key)
        while len(self._held) > _MOST_PASTS:
            self._held.popitem(last=False)


def _pasts_of(net: Net) -> Pasts:
    return net.shared(Pasts, Pasts)


def _write(facts: Facts, sight: Sight) -> None:
    failing = sum(one.state != "fine" for one in facts.sites)
    sight.gauge("probe_reseller_accounts", facts.counts.active, 'state="active"')
    sight.gauge("probe_reseller_accounts", facts.counts.suspended, 'state="suspended"')
    sight.gauge("probe_reseller_sites_sampled", len(facts.sites))
    sight.gauge("probe_reseller_sites_failing", failing)
    for what, used, most in (
        ("disk", facts.stats.disk_used, facts.stats.disk_limit),
        ("traffic", facts.stats.traffic_used, facts.stats.traffic_limit),
    ):
        if used is not None:
            sight.gauge("probe_reseller_used_ratio", share(used, most), f'what="{what}"')
