"""All name servers of a domain must answer for it, with authority, and say the same."""

from collections.abc import Iterable
from contextlib import AsyncExitStack
from ipaddress import IPv4Network
from typing import Any

from probes.dns import DnsProbe
from probes.look import look
from probes.model import Observation, Phase, Severity, Target, Verdict
from probes.net import Net
from tests.probes.dns_server import DnsServer, Say, address, asked_name, asked_type, reply, soa
from tests.require import free_port


def zone(serial: int, *addresses: str) -> Say:
    """An authoritative server of one zone: its serial, and the addresses of its name."""

    def say(query: bytes) -> Iterable[bytes]:
        if asked_type(query) == 6:
            return [reply(query, soa(serial))]
        return [reply(query, *map(address, addresses), authority=(soa(serial),))]

    return say


async def see(*says: Say | None, within: float = 2.0, **keys: Any) -> tuple[Observation, list[str]]:
    """A look at example.org, whose name servers say this (None: nobody is there)."""
    net = Net()
    async with AsyncExitStack() as stack:
        servers = []
        for say in says:
            if say is None:
                servers.append(f"127.0.0.1:{free_port()}")
                continue
            server = await stack.enter_async_context(DnsServer(say).open())
            servers.append(server.address)
        probe = DnsProbe.model_validate({"name_servers": servers, **keys})
        seen = await look(probe, Target("example.org"), net, within=within)
        await net.close()
    return seen, servers


async def test_name_servers_that_agree_are_up() -> None:
    seen, _ = await see(zone(5, "192.0.2.1"), zone(5, "192.0.2.1"), expected=["192.0.2.1"])
    assert (seen.verdict, seen.finding.issues) == (Verdict.UP, ())
    assert ("probe_dns_serial", "", 5) in seen.samples
    assert ("probe_dns_query_succeeded", "", 1.0) in seen.samples


async def test_they_are_asked_for_the_domain_without_recursion() -> None:
    asked: list[bytes] = []

    def say(query: bytes) -> Iterable[bytes]:
        asked.append(query)
        return zone(5)(query)

    await see(say)
    assert [(asked_name(query), asked_type(query), query[2] & 1) for query in asked] == [
        ("example.org", 6, 0)
    ]


async def test_different_serials_are_an_issue() -> None:
    seen, (first, second) = await see(zone(2024112100), zone(2024112101))
    assert seen.verdict is Verdict.UP
    (issue,) = seen.finding.issues
    assert (issue.code, issue.severity, issue.about) == (
        "DNS_DRIFT",
        Severity.WARNING,
        "example.org",
    )
    assert issue.text == (
        "the name servers of example.org differ in its serial: "
        f"{first} has 2024112100, {second} has 2024112101"
    )


async def test_one_dead_name_server_is_an_issue_and_all_dead_are_an_outage() -> None:
    seen, (_, dead) = await see(zone(5), None)
    assert seen.verdict is Verdict.UP
    (issue,) = seen.finding.issues
    assert (issue.code, issue.severity, issue.about) == ("DNS_NAME_SERVER", Severity.ERROR, dead)
    assert "connection refused" in issue.text
    seen, _ = await see(None, lambda _: [], within=1)
    assert (seen.verdict, seen.finding.phase) == (Verdict.DOWN, Phase.COMMAND)
    assert seen.finding.reason.startswith("no name server serves example.org: 127.0.0.1:")
    assert seen.finding.reason.endswith(": no answer")


async def test_a_silent_name_server_does_not_hide_the_others() -> None:
    seen, (_, silent) = await see(zone(5), lambda _: [], within=1)
    assert seen.verdict is Verdict.UP
    assert [(issue.about, issue.code) for issue in seen.finding.issues] == [
        (silent, "DNS_NAME_SERVER")
    ], "what is late has no issues"


async def test_answers_without_authority_or_with_an_error_do_not_count() -> None:
    def cache(query: bytes) -> Iterable[bytes]:
        return [reply(query, soa(5), flags=0x8180)]

    def refusing(query: bytes) -> Iterable[bytes]:
        return [reply(query, rcode=5)]

    def empty(query: bytes) -> Iterable[bytes]:
        return [reply(query)]

    seen, _ = await see(cache, refusing, empty)
    assert (seen.verdict, seen.finding.phase) == (Verdict.DOWN, Phase.CONTENT)
    for told in ("without authority (no AA flag)", "answers REFUSED", "holds no SOA record"):
        assert told in seen.finding.reason


async def test_wrong_addresses_of_some_are_an_issue_and_of_all_an_outage() -> None:
    good, bad = zone(5, "192.0.2.1"), zone(5, "192.0.2.66")
    seen, (_, wrong) = await see(good, bad, expected=["192.0.2.1"])
    (issue,) = seen.finding.issues
    assert (issue.code, issue.about) == ("DNS_ANSWER", wrong)
    assert issue.text == f"{wrong} says that example.org is 192.0.2.66, not 192.0.2.1"
    seen, _ = await see(bad, bad, expected=["192.0.2.1"])
    assert (seen.verdict, seen.finding.phase) == (Verdict.DOWN, Phase.CONTENT)


async def test_a_truncated_answer_is_asked_for_over_tcp() -> None:
    whole = zone(5)
    server = DnsServer(lambda query: [reply(query, flags=0x8600)], whole)
    net = Net()
    async with server.open():
        probe = DnsProbe.model_validate({"name_servers": [server.address]})
        seen = await look(probe, Target("example.org"), net)
    await net.close()
    assert seen.verdict is Verdict.UP
    assert len(server.asked) == 2


async def test_name_servers_that_may_not_be_asked_say_nothing_of_the_domain() -> None:
    net = Net(forbidden=[IPv4Network("127.0.0.0/8")])
    probe = DnsProbe.model_validate({"name_servers": ["127.0.0.1"]})
    seen = await look(probe, Target("example.org"), net)
    assert seen.verdict is Verdict.UNKNOWN
    assert "127.0.0.0/8" in seen.finding.reason


async def test_a_garbled_answer_of_a_name_server_is_not_silence() -> None:
    def say(query: bytes) -> Iterable[bytes]:
        return [reply(query, soa(5))[:-1]]

    seen, _ = await see(say)
    assert (seen.verdict, seen.finding.phase) == (Verdict.DOWN, Phase.CONTENT)


async def test_a_target_that_is_no_domain_is_told() -> None:
    probe = DnsProbe.model_validate({"name_servers": ["127.0.0.1"]})
    seen = await look(probe, Target("exa..mple"), Net())
    assert (seen.verdict, seen.finding.phase) == (Verdict.DOWN, Phase.RESOLVE)


async def test_a_name_below_the_apex_is_served_too() -> None:
    def say(query: bytes) -> Iterable[bytes]:
        return [reply(query, authority=(soa(9),))]

    seen, _ = await see(say)
    assert ("probe_dns_serial", "", 9) in seen.samples
