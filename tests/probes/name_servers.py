"""A DNS server for tests: it knows what it is told, with or without authority, or keeps silent."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from typing_extensions import override

Book = Mapping[tuple[str, str], tuple[str, ...]]
"""(name, type) to data; a name of which nothing is known does not exist."""


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """`referrals`: zone to (name servers, their addresses), as a parent says them. `recursive`: it
    says nothing with authority.
    """

    book: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    referrals: dict[str, dict[str, str]] = field(default_factory=dict)
    recursive: bool = False
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    silent: bool = False
    asked: list[str] = field(default_factory=list)
    port: int = 0
    _transport: Any = None

    async def start(self, host: str, port: int = 0) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(host, port)
        )
        self.port = self._transport.get_extra_info("sockname")[1]

    def stop(self) -> None:
        if self._transport is not None:
            self._transport.close()

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        if not self.silent:
            self._transport.sendto(self._answer(query, name, kind).to_wire(), addr)

    def _answer(self, query: dns.message.Message, name: str, kind: str) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.set_rcode(self.rcode)
        if name in self.referrals:
            servers = self.referrals[name]
            answer.authority.append(_rrset(name, "NS", tuple(servers)))
            answer.additional += [_rrset(one, "A", (ip,)) for one, ip in servers.items() if ip]
            return answer
        if not self.recursive and self.rcode == dns.rcode.NOERROR:
            answer.flags |= dns.flags.AA
        if (name, kind) in self.book:
            answer.answer.append(_rrset(name, kind, self.book[name, kind]))
        elif self.rcode == dns.rcode.NOERROR and name not in {known for known, _ in self.book}:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def _rrset(name: str, kind: str, data: tuple[str, ...]) -> dns.rrset.RRset:
    return dns.rrset.from_text(f"{name.rstrip('.')}.", 60, "IN", kind, *data)
