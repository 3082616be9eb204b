"""Does the world find a reseller's zone, his name servers and the domains of his accounts?"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from probes.dns_exchange import Exchange, over_tcp, over_udp
from probes.dns_rules import zone_lines
from probes.dns_wire import Garbled, Question, question
from probes.model import Phase
from probes.net import split
from probes.reasons import Failed, of_error
from probes.reseller_facts import NameServer, Zone
from probes.sight import Sight

_WITHIN = 4.0  # seconds for one question, its repetition included
_MOST_SERVERS = 8
_HIGHEST = 5  # labels that are climbed in search of the parent zone


class Row(NamedTuple):
    """One record: 0 answer, 1 authority, 2 additional; names without the last dot."""

    section: int
    name: str
    kind: str
    data: str


class Reply(NamedTuple):
    """What one server said."""

    rcode: str
    authoritative: bool
    rows: tuple[Row, ...]

    def of(self, kind: str, *, name: str = "") -> list[str]:
        """The data of these records, of this name alone when there is one."""
        return [row.data for row in self.rows if row.kind == kind and name in ("", row.name)]


@dataclass(frozen=True, slots=True)
class Directory:
    """Asks a recursive resolver, and name servers themselves at `port`."""

    sight: Sight
    resolver: str = ""
    port: int = 53

    async def resolve(self, name: str, kind: str) -> Reply | None:
        """What the resolver says; None when it can't tell (nothing follows from that)."""
        try:
            host, port = split(self.resolver or _system(), port=53)
            reply = await self.ask(host, name, kind, recursion=True, port=port)
        except (OSError, Failed, EOFError):
            return None
        return reply if reply.rcode in ("NOERROR", "NXDOMAIN") else None

    async def ask(
        self, server: str, name: str, kind: str, *, recursion: bool = False, port: int = 0
    ) -> Reply:
        """One question to one server. Raises OSError (of time too), EOFError, Failed."""
        address = await self.sight.net.find(server)
        exchange = Exchange(address, port or self.port, _question(name, kind, recursion=recursion))
        sight = Sight(self.sight.net, within=_WITHIN)
        # A silent name server is a finding here and must not end the whole look.
        async with asyncio.timeout(_WITHIN):
            try:
                answer = await over_udp(exchange, sight)
                if answer.truncated:
                    answer = await over_tcp(exchange, sight)
                sections = zone_lines(answer)
            except (Garbled, ValueError) as error:
                raise Failed(Phase.CONTENT, f"its answer is garbled: {error}") from None
        rows = [_row(n, line) for n, lines in enumerate(sections) for line in lines]
        return Reply(answer.rcode, answer.authoritative, tuple(rows))

    async def addresses(self, name: str) -> frozenset[str] | None:
        """All addresses of a name; empty when it has none, None when we can't tell."""
        replies = await asyncio.gather(*(self.resolve(name, kind) for kind in ("A", "AAAA")))
        told = [reply for reply in replies if reply is not None]
        if len(told) < len(replies):
            return None
        return frozenset(one for reply in told for kind in ("A", "AAAA") for one in reply.of(kind))

    async def zone(self, domain: str, ours: Collection[str]) -> Zone | None:
        """The reseller's white-label name servers, each asked at its address; None without any."""
        told = await self._delegation(domain)
        if told is None:
            return None
        names = sorted({row.data for row in told if row.kind == "NS" and row.name == domain})
        white = [one for one in names if one == domain or one.endswith(f".{domain}")]
        if not white:
            return None
        glue = _glue(told)
        servers = [await self._placed(name, glue) for name in white[:_MOST_SERVERS]]
        asked = await asyncio.gather(*(self._asked(one, domain, ours) for one in servers))
        return Zone(domain, tuple(asked), frozenset(names), await self._own(asked, domain))

    async def _delegation(self, domain: str) -> tuple[Row, ...] | None:
        """What the parent's servers say, which does not hang on whether the zone's own answer."""
        parent = domain
        for _ in range(_HIGHEST):
            parent = parent.partition(".")[2]
            if not parent:
                return None
            reply = await self.resolve(parent, "NS")
            if reply is None:
                return None
            for server in sorted(reply.of("NS"))[:_MOST_SERVERS]:
                if rows := await self._told_by(server, domain):
                    return rows
        return None

    async def _told_by(self, server: str, domain: str) -> tuple[Row, ...]:
        for address in sorted(await self.addresses(server) or ())[:1]:
            try:
                reply = await self.ask(address, domain, "NS")
            except (OSError, EOFError, Failed):
                return ()
            return reply.rows if reply.of("NS", name=domain) else ()
        return ()

    async def _placed(self, name: str, glue: Mapping[str, str]) -> NameServer:
        address = glue.get(name, "")
        if not address:
            found = await self.resolve(name, "A")
            address = next(iter(sorted(found.of("A"))), "") if found else ""
        return NameServer(name, address)

    async def _asked(self, server: NameServer, domain: str, ours: Collection[str]) -> NameServer:
        """Does it answer for the zone, by itself and with authority?"""
        if not server.address:
            return NameServer(server.name, "", "it has no address")
        trouble, serial = "", None
        try:
            reply = await self.ask(server.address, domain, "SOA")
            trouble = _lacking(reply, domain)
            serial = None if trouble else _serial(reply)
        except TimeoutError:
            trouble = f"no answer in {_WITHIN:g} s"
        except (OSError, EOFError, Failed) as error:
            finding = of_error(error, Phase.COMMAND)
            trouble = finding.reason
        mine = not ours or server.address in ours
        return NameServer(server.name, server.address, trouble, serial, mine)

    async def _own(self, servers: Iterable[NameServer], domain: str) -> frozenset[str]:
        """The zone's own word about its name servers, from the first that is alive."""
        for one in servers:
            if one.trouble:
                continue
            try:
                reply = await self.ask(one.address, domain, "NS")
            except (OSError, EOFError, Failed):
                continue
            return frozenset(row.data for row in reply.rows if row.kind == "NS" and not row.section)
        return frozenset()


@dataclass(slots=True)
class Whereabouts:
    """Where domains point to: `away` with where to, `unknown` when we can't tell."""

    away: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def note(self, domain: str, found: frozenset[str] | None, *, home: bool) -> None:
        """One answer; `home`: one of its addresses is ours or that of a delivery network."""
        if found is None:
            self.unknown.add(domain)
        elif not found:
            self.away[domain] = "no address"
        elif not home:
            self.away[domain] = min(found)


def _question(name: str, kind: str, *, recursion: bool) -> Question:
    try:
        return question(name, kind, recursion=recursion)
    except ValueError as error:
        raise Failed(Phase.RESOLVE, str(error), verdict_unknown=True) from None


def _row(section: int, line: str) -> Row:
    name, _, _, kind, data = (*line.split("\t", 4), "", "", "", "")[:5]
    return Row(section, _plain(name), kind, _plain(data) if kind in ("NS", "CNAME") else data)


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _lacking(reply: Reply, domain: str) -> str:
    if reply.rcode != "NOERROR":
        return f"it answers {reply.rcode}"
    if not reply.authoritative:
        return "it answers without authority"
    return "" if reply.of("SOA", name=domain) else "it does not know the zone"


def _serial(reply: Reply) -> int | None:
    parts = next(iter(reply.of("SOA")), "").split()
    return int(parts[2]) if len(parts) > 2 and parts[2].isdigit() else None


def _glue(rows: Iterable[Row]) -> dict[str, str]:
    return {row.name: row.data for row in rows if row.kind == "A"}


def _system() -> str:
    """The first resolver of this machine."""
    try:
        for line in Path("/etc/resolv.conf").read_text("ascii", "replace").splitlines():
            word, _, rest = line.strip().partition(" ")
            if word == "nameserver" and rest.strip():
                address = rest.split()[0]
                return f"[{address}]:53" if ":" in address else f"{address}:53"
    except OSError:
        pass
    return "127.0.0.1:53"
