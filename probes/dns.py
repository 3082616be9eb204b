"""Does a DNS server answer, with what it should? Do all name servers of a domain agree?"""

import time
from ipaddress import ip_address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from probes.dns_exchange import Exchange, over_tcp, over_udp
from probes.dns_rules import Validator, zone_lines
from probes.dns_wire import Answer, question
from probes.dns_words import TYPES, check_rcode
from probes.dns_zone import NameServer, judge, look_at_zone, shown
from probes.handshake import TlsConfig
from probes.model import Finding, Phase, Target, down, up
from probes.net import bracketed, split
from probes.reasons import Failed
from probes.settings import Settings
from probes.sight import Sight
from probes.source import SourceAddress, source_for


def _same_words(text: str) -> str:
    return str(ip_address(text))  # its ValueError says what is wrong


Rcode = Annotated[str, AfterValidator(check_rcode)]
IpAddress = Annotated[str, AfterValidator(_same_words)]
_SECTIONS = ("Answer", "Authority", "Additional")


class DnsProbe(Settings):
    """The keys of blackbox_exporter's dns prober, and two more: `expected` addresses, and
    `name_servers`, with which the target is a domain and not a server.
    """

    kind: Literal["dns"] = "dns"
    preferred_ip_protocol: str = "ip4"
    ip_protocol_fallback: bool = True
    source_ip_address: SourceAddress = ""
    dns_over_tls: bool = False
    tls_config: TlsConfig = TlsConfig()
    transport_protocol: Literal["udp", "tcp"] = "udp"
    query_class: str = "IN"
    query_name: str = ""
    query_type: str = "ANY"
    recursion_desired: bool = True
    valid_rcodes: tuple[Rcode, ...] = ()
    validate_answer_rrs: Validator | None = None
    validate_authority_rrs: Validator | None = None
    validate_additional_rrs: Validator | None = None
    name_servers: tuple[NameServer, ...] = ()
    expected: tuple[IpAddress, ...] = ()

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if not self.query_name and not self.name_servers:
            raise ValueError("query name must be set for DNS module")
        if self.dns_over_tls and self.transport_protocol != "tcp":
            raise ValueError("dns_over_tls needs transport_protocol: tcp")
        question(self.query_name or ".", self._type, self.query_class)
        if self.expected and {":" in one for one in self.expected} != {self._type == "AAAA"}:
            raise ValueError(f"expected holds addresses that are not of query_type {self._type}")
        return self

    @property
    def _type(self) -> str:
        """What is asked for: with `expected` and no type, the type of its first address."""
        if not self.expected or self.query_type != "ANY":
            return self.query_type
        return "AAAA" if ":" in self.expected[0] else "A"

    def aim(self, address: str) -> str:
        """The server's own DNS; ValueError where a domain is looked at instead."""
        if not self.name_servers:
            return bracketed(address)
        if not self.query_name:
            raise ValueError("dns with name_servers looks at a domain: name it as the target")
        return self.query_name

    async def look(self, target: Target, sight: Sight) -> Finding:
        """Ask once, and judge the answer; or ask all name servers of a domain."""
        if self.name_servers:
            return await self._look_at_zone(self.query_name or target.address, sight)
        timed = [0.0, 0.0, 0.0]
        counts, succeeded = (0, 0, 0), 0.0
        try:
            answer = await self._answer(target.address, sight, timed)
            counts, succeeded = answer.counts, 1.0
        finally:  # when the deadline cuts us off as well
            sight.samples += (
                ("probe_dns_duration_seconds", 'phase="resolve"', timed[0]),
                ("probe_dns_duration_seconds", 'phase="connect"', timed[1]),
                ("probe_dns_duration_seconds", 'phase="request"', timed[2]),
                ("probe_dns_answer_rrs", "", counts[0]),
                ("probe_dns_authority_rrs", "", counts[1]),
                ("probe_dns_additional_rrs", "", counts[2]),
                ("probe_dns_query_succeeded", "", succeeded),
            )
        sight.say("Got response", rcode=answer.rcode, answers=counts[0])
        if self.query_type == "SOA":
            sight.gauge("probe_dns_serial", answer.serial() or 0)
        sight.phase = Phase.CONTENT
        return self._judged(answer, sight)

    async def _answer(self, address: str, sight: Sight, timed: list[float]) -> Answer:
        host, port = split(address, port=853 if self.dns_over_tls else 53)
        began = time.monotonic()
        prefer = 6 if self.preferred_ip_protocol in ("", "ip6") else 4
        found = await sight.net.resolve(
            host, sight, prefer=prefer, fallback=self.ip_protocol_fallback
        )
        resolved = time.monotonic()
        timed[0] = resolved - began
        source = source_for(self.source_ip_address, found.family)
        asked = question(
            self.query_name, self._type, self.query_class, recursion=self.recursion_desired
        )
        exchange = Exchange(found, port, asked, source)
        sight.phase, sight.awaited = Phase.COMMAND, f"answer to {asked.text}"
        sight.say("Making DNS query", target=found.text, query=asked.name, type=asked.type)
        try:
            return await self._exchanged(exchange, sight, host)
        finally:
            timed[1], timed[2] = exchange.connect, exchange.request
            sight.span("connect", resolved, resolved + exchange.connect)
            sight.span("request", resolved + exchange.connect)

    async def _exchanged(self, exchange: Exchange, sight: Sight, host: str) -> Answer:
        if self.transport_protocol == "tcp":
            tls = self.tls_config if self.dns_over_tls else None
            return await over_tcp(exchange, sight, tls, host=host)
        answer = await over_udp(exchange, sight)
        if not answer.truncated or not self._reads_records:
            return answer  # a truncated answer is an answer, says blackbox_exporter
        sight.say("Truncated, asking again over TCP")
        return await over_tcp(exchange, sight)

    @property
    def _reads_records(self) -> bool:
        return bool(self.expected) or any(self._validators)

    @property
    def _validators(self) -> tuple[Validator | None, ...]:
        return self.validate_answer_rrs, self.validate_authority_rrs, self.validate_additional_rrs

    def _judged(self, answer: Answer, sight: Sight) -> Finding:
        valid = self.valid_rcodes or ("NOERROR",)
        if answer.rcode not in valid:
            sight.say("Rcode is not one of the valid rcodes", rcode=answer.rcode)
            told = f"the answer was {answer.rcode}, not {' or '.join(valid)}"
            return down(Phase.CONTENT, told)
        if self._reads_records and (broken := self._broken(answer)):
            sight.say(broken)
            return down(Phase.CONTENT, broken)
        return up()

    def _broken(self, answer: Answer) -> str:
        if self.expected:
            got, wanted = answer.addresses(TYPES[self._type]), frozenset(self.expected)
            if got != wanted:
                return f"{self.query_name} is {shown(got)}, not {shown(wanted)}"
        if not any(self._validators):
            return ""
        try:
            lines = zone_lines(answer)
        except ValueError as error:
            return f"the answer is garbled: {error}"
        for section, rules, records in zip(_SECTIONS, self._validators, lines, strict=True):
            if rules and (broken := rules.broken(records)):
                return f"{section} RRs validation failed: {broken}"
        return ""

    async def _look_at_zone(self, domain: str, sight: Sight) -> Finding:
        try:
            question(domain, "SOA")
        except ValueError as error:
            raise Failed(Phase.RESOLVE, str(error)) from None
        said = await look_at_zone(
            self.name_servers,
            domain,
            sight,
            kind=self._type if self.expected else "",
            source=self.source_ip_address,
        )
        serials = [one.serial for one in said if one.serial is not None]
        sight.gauge("probe_dns_query_succeeded", float(bool(serials)))
        if serials:
            sight.gauge("probe_dns_serial", max(serials))
        return judge(domain, said, frozenset(self.expected))
