"""Do looks at DNS see real name servers and a real list of bad senders as they are?"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from probes.dns import DnsProbe
from probes.dnsbl import DnsblProbe
from probes.look import look
from probes.model import Observation, Phase, Probe, Target, Verdict
from probes.net import Net
from tests.real.name_servers import Knot, NameServer, Rbldnsd
from tests.real.targets import running


def zone(serial: int) -> str:
    """example.org with an answer too long for UDP."""
    long = "\n".join(f'long TXT "{number} {"x" * 200}"' for number in range(5))
    return (
        "$ORIGIN example.org.\n$TTL 300\n"
        f"@ SOA ns1 hostmaster {serial} 7200 900 1209600 300\n"
        "@ NS ns1\n@ NS ns2\nns1 A 127.0.0.1\nns2 A 127.0.0.1\n"
        f"www A 192.0.2.1\nwww A 192.0.2.2\nwww AAAA 2001:db8::1\nalias CNAME www\n{long}\n"
    )


@pytest.fixture
def knots() -> Iterator[tuple[Knot, Knot]]:
    """Two name servers of example.org, the second one a serial behind."""
    with running(Knot({"example.org": zone(2026112101)})) as first:  # noqa: SIM117
        with running(Knot({"example.org": zone(2026112100)})) as second:
            yield first, second


async def see(probe: Probe, target: str, *, within: float = 10.0) -> Observation:
    net = Net()
    try:
        return await look(probe, Target(target), net, within=within)
    finally:
        await net.close()


def asking(name: str, kind: str, **keys: Any) -> DnsProbe:
    return DnsProbe.model_validate({"query_name": name, "query_type": kind, **keys})


async def test_a_real_server_answers_over_udp_and_tcp(knots: tuple[Knot, Knot]) -> None:
    both = ["192.0.2.1", "192.0.2.2"]
    for protocol in ("udp", "tcp"):
        good = asking("www.example.org", "A", expected=both, transport_protocol=protocol)
        assert (await see(good, knots[0].address)).verdict is Verdict.UP
    alias = asking("alias.example.org", "A", expected=both)
    assert (await see(alias, knots[0].address)).verdict is Verdict.UP
    six = asking("www.example.org", "AAAA", expected=["2001:db8::1"])
    assert (await see(six, knots[0].address)).verdict is Verdict.UP
    serial = await see(asking("example.org", "SOA"), knots[0].address)
    assert ("probe_dns_serial", "", 2026112101) in serial.samples


async def test_its_refusals_are_told(knots: tuple[Knot, Knot]) -> None:
    seen = await see(asking("nobody.example.org", "A"), knots[0].address)
    assert seen.finding.reason == "the answer was NXDOMAIN, not NOERROR"
    seen = await see(asking("example.net", "A"), knots[0].address)
    assert seen.finding.reason == "the answer was REFUSED, not NOERROR"


async def test_a_long_answer_is_read_whole_over_tcp(knots: tuple[Knot, Knot]) -> None:
    rule = {"fail_if_none_matches_regexp": [r'^long\.example\.org\.\t300\tIN\tTXT\t"4 x{200}"$']}
    plain = await see(asking("long.example.org", "TXT"), knots[0].address)
    ruled = asking("long.example.org", "TXT", validate_answer_rrs=rule)
    whole = await see(ruled, knots[0].address)
    assert (plain.verdict, whole.verdict) == (Verdict.UP, Verdict.UP)
    assert ("probe_dns_answer_rrs", "", 5) in whole.samples


async def test_drift_is_told_until_the_serials_are_equal(knots: tuple[Knot, Knot]) -> None:
    probe = DnsProbe.model_validate({"name_servers": [one.address for one in knots]})
    seen = await see(probe, "example.org")
    (issue,) = seen.finding.issues
    assert issue.code == "DNS_DRIFT"
    assert f"{knots[1].address} has 2026112100" in issue.text
    knots[1].write("example.org", zone(2026112101))
    async with asyncio.timeout(45):
        while (await see(probe, "example.org")).finding.issues:
            pass


async def test_dead_and_frozen_name_servers_are_told(knots: tuple[Knot, Knot]) -> None:
    probe = DnsProbe.model_validate({"name_servers": [one.address for one in knots]})
    knots[0].kill()
    seen = await see(probe, "example.org")
    assert [issue.code for issue in seen.finding.issues] == ["DNS_NAME_SERVER"]
    assert "connection refused" in seen.finding.issues[0].text
    knots[1].pause()
    async with asyncio.timeout(45):  # the kernel takes a moment to stop all its threads
        while (seen := await see(probe, "example.org", within=0.5)).verdict is Verdict.UP:
            pass
    knots[1].resume()
    assert (seen.verdict, seen.finding.phase) == (Verdict.DOWN, Phase.COMMAND)
    alone = await see(asking("example.org", "SOA"), knots[0].address)
    assert alone.finding.reason.startswith("connection refused")


ENTRIES = """\
$SOA 3000 ns.example hostmaster.example 1 600 300 86400 300
:127.0.0.2:listed
127.0.0.2 :127.0.0.2:the test entry
192.0.2.1 :127.0.0.4:https://bl.example/$
192.0.2.2 :127.0.0.10:policy
192.0.2.3 :127.255.255.254:public resolver
"""


def blocklist(server: NameServer) -> DnsblProbe:
    return DnsblProbe.model_validate(
        {"resolver": server.address, "lists": [{"zone": "bl.example", "like": "zen.spamhaus.org"}]}
    )


async def test_a_real_list_is_read_as_it_means_it() -> None:
    with running(Rbldnsd("bl.example", ENTRIES)) as server:
        probe = blocklist(server)
        listed = await see(probe, "192.0.2.1")
        policy = await see(probe, "192.0.2.2")
        clean = await see(probe, "192.0.2.9")
        refused = await see(probe, "192.0.2.3")
    (issue,) = listed.finding.issues
    assert (issue.code, issue.labels["code"]) == ("DNSBL_LISTED", "127.0.0.4")
    assert "XBL: https://bl.example/192.0.2.1; removal: " in issue.text
    assert policy.finding.issues == clean.finding.issues == ()
    assert refused.verdict is Verdict.UNKNOWN
    assert "public resolvers" in refused.finding.reason


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (ENTRIES.replace("127.0.0.2 :127.0.0.2:the test entry\n", ""), "its own test entry"),
        (ENTRIES + "127.0.0.1 :127.0.0.2:everything\n", "lists everything"),
        (ENTRIES.replace("127.0.0.2 :127.0.0.2:the", "127.0.0.2 :127.255.255.255:the"), "too much"),
    ],
)
async def test_a_real_list_that_fails_its_test_lists_nobody(entries: str, told: str) -> None:
    with running(Rbldnsd("bl.example", entries)) as server:
        seen = await see(blocklist(server), "192.0.2.1")
    assert seen.verdict is Verdict.UNKNOWN
    assert told in seen.finding.reason


async def test_a_dead_resolver_is_not_a_listing() -> None:
    with running(Rbldnsd("bl.example", ENTRIES)) as server:
        server.kill()
        seen = await see(blocklist(server), "192.0.2.1")
    assert seen.verdict is Verdict.UNKNOWN
    assert "connection refused" in seen.finding.reason
