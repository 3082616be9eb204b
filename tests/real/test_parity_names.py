"""The same name servers and the same machines through blackbox_exporter and through our /probe."""

from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack

import pytest

from tests.probes.dns_server import DnsServer, Say, address, reply, soa
from tests.real.exporters import Case
from tests.real.name_servers import Knot, Rbldnsd
from tests.real.pair import MODULES, Pair
from tests.real.parity import assert_parity
from tests.real.targets import running
from tests.require import free_port

pytestmark = pytest.mark.xdist_group("pair")

ZONE = """\
$ORIGIN example.org.
$TTL 300
@ SOA ns1 hostmaster 2026112101 7200 900 1209600 300
@ NS ns1
ns1 A 127.0.0.1
www A 192.0.2.1
www A 192.0.2.2
"""
ASKED = [line.split(":")[0].strip() for line in MODULES.splitlines() if line.startswith("  dns_")]


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """A name server of example.org."""
    with running(Knot({"example.org": ZONE})) as server:
        yield server


async def test_a_name_server_means_the_same_to_both(pair: Pair, knot: Knot) -> None:
    await assert_parity(pair, [Case(module, module, knot.address) for module in ASKED])


async def test_every_target_of_a_question_means_the_same_to_both(pair: Pair, knot: Knot) -> None:
    targets = [
        f"localhost:{knot.port}", f"many.test:{knot.port}", f"six.test:{knot.port}",
        f"nobody.test:{knot.port}", f"127.0.0.1:{free_port()}", "127.0.0.1", "127.0.0.1:x",
        "127.0.0.1:99999",
    ]  # fmt: skip
    cases = [
        Case(f"{module} {target.replace(str(knot.port), 'A')}", module, target)
        for module in ("dns_a", "dns_tcp")
        for target in targets
    ]
    await assert_parity(pair, cases)


async def test_a_silent_name_server_means_the_same_to_both(pair: Pair, knot: Knot) -> None:
    knot.pause()
    try:
        cases = [Case(module, module, knot.address) for module in ("dns_a", "dns_soa", "dns_tcp")]
        await assert_parity(pair, cases)
    finally:
        knot.resume()


def untrue(query: bytes) -> list[bytes]:
    """The right answer to a question that nobody asked."""
    return [reply(query.replace(b"\x03www", b"\x03ftp"), address("192.0.2.1"))]


ODD: Mapping[str, Say] = {
    "nothing": lambda _: [],
    "empty": lambda _: [b""],
    "short": lambda query: [query[:7]],
    "garbage": lambda query: [query[:2] + b"\xff" * 60],
    "no answer bit": lambda query: [query],
    "empty answer": lambda query: [reply(query)],
    "another question": untrue,
    "another id": lambda query: [b"\0\0" + reply(query, address("192.0.2.1"))[2:]],
    "another id first": lambda query: [
        bytes((query[0] ^ 1,)) + reply(query, address("192.0.2.9"))[1:],
        reply(query, address("192.0.2.1")),
    ],
    "cut": lambda query: [reply(query, flags=0x8600)],
    "cut with records": lambda query: [reply(query, address("192.0.2.1"), flags=0x8600)],
    "long": lambda query: [reply(query, *(address(f"192.0.2.{n}") for n in range(60)))],
    "servfail": lambda query: [reply(query, rcode=2)],
    "refused": lambda query: [reply(query, rcode=5)],
    "strange rcode": lambda query: [reply(query, rcode=13)],
    "several": lambda query: [
        reply(query, address("192.0.2.1"), address("192.0.2.1"), authority=(soa(7),))
    ],
    "serial": lambda query: [reply(query, soa(7))],
    "tail": lambda query: [reply(query, address("192.0.2.1")) + b"tail"],
    "promised records": lambda query: [reply(query, address("192.0.2.1"))[:-4]],
}


async def test_every_odd_answer_means_the_same_to_both(pair: Pair) -> None:
    modules = ("dns_a", "dns_tcp", "dns_soa_of_www", "dns_wrong", "dns_right")
    async with AsyncExitStack() as servers:
        cases = []
        for name, say in ODD.items():
            server = await servers.enter_async_context(DnsServer(say).open())
            cases += [Case(f"{module}, {name}", module, server.address) for module in modules]
        await assert_parity(pair, cases)


async def test_a_list_of_bad_senders_means_the_same_to_both(pair: Pair) -> None:
    with running(Rbldnsd("bl.example.org", "127.0.0.2 :127.0.0.2:test\n")) as server:
        cases = [Case(module, module, server.address) for module in ("dnsbl", "dnsbl_clean")]
        await assert_parity(pair, cases)


async def test_a_ping_means_the_same_to_both(pair: Pair) -> None:
    targets = ("127.0.0.1", "::1", "localhost", "six.test", "both.test", "many.test", "nobody.test")
    cases = [
        Case(f"{module} {target}", module, target)
        for module in ("icmp", "icmp_default", "icmp_only6", "icmp_large")
        for target in (*targets, "127.1", "[::1]", "127.0.0.1:80", "http://127.0.0.1/")
    ]
    await assert_parity(pair, cases)
