"""An answer of DNS counts when it is one to our question, and says what it must."""

import asyncio
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from probes.dns import DnsProbe
from probes.dns_rules import Validator
from probes.dns_wire import Garbled, is_answer, question, read
from probes.look import look
from probes.model import Observation, Phase, Target, Verdict
from probes.net import Net
from tests.certificates import Authority
from tests.probes.dns_server import DnsServer, address, record, reply, soa, text
from tests.require import free_port

QUESTION = {"query_name": "www.example.org", "query_type": "A"}


async def see(target: str, *, within: float = 2.0, debug: bool = False, **keys: Any) -> Observation:
    net = Net()
    try:
        probe = DnsProbe.model_validate(QUESTION | keys)
        return await look(probe, Target(target), net, within=within, debug=debug)
    finally:
        await net.close()


def series(seen: Observation) -> dict[str, float]:
    return {
        f"{name}{{{labels}}}" if labels else name: value for name, labels, value in seen.samples
    }


def one_address(query: bytes) -> Iterable[bytes]:
    return [reply(query, address("192.0.2.1"))]


async def test_a_good_answer_is_up_with_all_series() -> None:
    async with DnsServer(one_address).open() as server:
        seen = await see(server.address)
    assert seen.verdict is Verdict.UP
    told = series(seen)
    assert told["probe_dns_answer_rrs"] == 1
    assert told["probe_dns_authority_rrs"] == told["probe_dns_additional_rrs"] == 0
    assert told["probe_dns_query_succeeded"] == 1
    assert told['probe_dns_duration_seconds{phase="request"}'] > 0
    assert 0 < told['probe_dns_duration_seconds{phase="connect"}'] < 1
    assert told['probe_dns_duration_seconds{phase="resolve"}'] > 0
    assert told["probe_ip_protocol"] == 4
    assert "probe_dns_serial" not in told


async def test_over_ipv6_and_over_tcp_it_is_the_same() -> None:
    server = DnsServer(one_address)
    async with server.open(host="::1"):
        assert (await see(f"[::1]:{server.port}")).verdict is Verdict.UP
    async with server.open():
        seen = await see(server.address, transport_protocol="tcp")
    assert seen.verdict is Verdict.UP
    assert series(seen)['probe_dns_duration_seconds{phase="connect"}'] > 0


async def test_over_tls_the_server_must_prove_its_name(tmp_path: Path) -> None:
    authority = Authority.root(tmp_path, "Test Root")
    leaf = authority.leaf("127.0.0.1")
    keys: dict[str, Any] = {"transport_protocol": "tcp", "dns_over_tls": True}
    async with DnsServer(one_address).open(tls=leaf.server()) as server:
        good = await see(server.address, **keys, tls_config={"ca_file": str(authority.file)})
        stranger = await see(server.address, **keys)
    assert good.verdict is Verdict.UP
    assert (stranger.verdict, stranger.finding.phase) == (Verdict.DOWN, Phase.TLS)


def wrong_id(query: bytes) -> bytes:
    return bytes((query[0] ^ 1,)) + reply(query, address("192.0.2.66"))[1:]


def other_question(query: bytes) -> bytes:
    return reply(query.replace(b"www", b"wvw"), address("192.0.2.66"))


STRANGE = {
    "another id": wrong_id,
    "another question": other_question,
    "another type": lambda query: reply(query[:-3] + b"\x1c" + query[-2:]),
    "no response": lambda query: query,
    "another opcode": lambda query: reply(query, flags=0x9000),
    "no question": lambda query: query[:2] + b"\x84\0" + bytes(8),
    "two questions": lambda query: query[:2] + b"\x84\0\0\x02" + bytes(6) + query[12:] * 2,
    "nothing": lambda query: b"",
    "half a header": lambda query: reply(query)[:11],
    "half a question": lambda query: reply(query)[:20],
    "garbage": lambda query: b"\xff" * 600,
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
async def test_what_is_no_answer_to_us_is_waited_out(strange: Any) -> None:
    async with DnsServer(lambda query: [strange(query), *one_address(query)]).open() as server:
        assert (await see(server.address, expected=["192.0.2.1"])).verdict is Verdict.UP
        server.say = lambda query: [strange(query)]
        seen = await see(server.address, within=0.2)
    assert seen.verdict is Verdict.DOWN
    assert seen.finding.reason == "no answer to www.example.org A within 0.2 s"


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
async def test_over_tcp_what_is_no_answer_ends_the_look(strange: Any) -> None:
    server = DnsServer(one_address, lambda query: [strange(query)])
    async with server.open():
        seen = await see(server.address, transport_protocol="tcp")
    assert seen.verdict is Verdict.DOWN
    assert seen.finding.reason == "the answer is to another question, or none"


async def test_an_answer_from_another_address_or_port_is_ignored() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))

        def say(query: bytes) -> Iterable[bytes]:
            forged = reply(query, address("192.0.2.66"))
            stranger.sendto(forged, server.asked_by[-1])
            loop.call_later(0.05, stranger.sendto, forged, server.asked_by[-1])
            return []

        async with DnsServer(say).open() as server:
            seen = await see(server.address, within=0.3)
    assert seen.finding.reason == "no answer to www.example.org A within 0.3 s"


async def test_a_lost_question_is_asked_once_more() -> None:
    def say(query: bytes) -> Iterable[bytes]:
        return one_address(query) if len(server.asked) > 1 else []

    async with DnsServer(say).open() as server:
        seen = await see(server.address, within=1)
        assert seen.verdict is Verdict.UP
        assert len(server.asked) == 2
        assert server.asked[0] == server.asked[1]
        server.say = lambda _: []
        server.asked.clear()
        await see(server.address, within=0.4)
        assert len(server.asked) == 2


async def test_a_late_answer_does_not_serve_the_next_question() -> None:
    loop = asyncio.get_running_loop()
    old: list[bytes] = []

    def say(query: bytes) -> Iterable[bytes]:
        old.append(reply(query, address("192.0.2.1")))
        return old[:1] if old[0][:2] != query[:2] else []

    net = Net()
    async with DnsServer(say).open() as server:
        for _ in range(2):
            began = loop.time()
            seen = await look(DnsProbe(**QUESTION), Target(server.address), net, within=0.15)
            assert seen.verdict is Verdict.DOWN
            assert loop.time() - began < 5
    await net.close()


async def test_a_port_without_a_server_is_told_at_once_and_hinders_nobody() -> None:
    net = Net()
    probe = DnsProbe.model_validate(QUESTION)
    async with DnsServer(one_address).open() as server:
        nobody = Target(f"127.0.0.1:{free_port()}")
        targets = [nobody if number % 2 else Target(server.address) for number in range(200)]
        seen = await asyncio.gather(*(look(probe, one, net, within=30) for one in targets))
    await net.close()
    assert {one.verdict for one in seen[::2]} == {Verdict.UP}
    reasons = {one.finding.reason for one in seen[1::2]}
    assert reasons == {"connection refused: the machine answers, the service does not"}


async def test_ids_and_ports_cannot_be_guessed() -> None:
    net = Net()
    async with DnsServer(one_address).open() as server:
        for _ in range(100):
            await look(DnsProbe(**QUESTION), Target(server.address), net)
        assert len({query[:2] for query in server.asked}) > 90
        assert len(set(server.asked_by)) == 16
    await net.close()


async def test_a_worn_port_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.dns_socket._WORN", 2)
    net = Net()
    async with DnsServer(one_address).open() as server:
        probes = (look(DnsProbe(**QUESTION), Target(server.address), net) for _ in range(200))
        seen = await asyncio.gather(*probes)
        assert {one.verdict for one in seen} == {Verdict.UP}
        assert len(set(server.asked_by)) > 40
    await net.close()


CUT = {
    "in the middle of a record": reply(bytes(12), address("192.0.2.1"))[12:-2],
    "of an unknown kind": reply(bytes(12), b"\x80" + bytes(20))[12:],
    "of a wrong length": reply(bytes(12), record(b"\x01\x02"))[12:],
}


@pytest.mark.parametrize(("told", "rest"), CUT.items())
@pytest.mark.parametrize("protocol", ["udp", "tcp"])
async def test_a_garbled_answer_is_told(told: str, rest: bytes, protocol: str) -> None:
    def say(query: bytes) -> Iterable[bytes]:
        return [query[:2] + b"\x84\0\0\x01\0\x01\0\0\0\0" + query[12:] + rest]

    async with DnsServer(say).open() as server:
        seen = await see(server.address, transport_protocol=protocol)
    assert (seen.verdict, seen.finding.phase) == (Verdict.DOWN, Phase.CONTENT)
    assert seen.finding.reason.startswith("the answer is garbled: it ")
    assert seen.finding.reason.endswith(told)
    assert series(seen)["probe_dns_query_succeeded"] == 0


async def test_over_tcp_a_cut_stream_is_told() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(2)
        writer.write(b"\x01\x00half")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    seen = await see(f"127.0.0.1:{port}", transport_protocol="tcp")
    server.close()
    assert seen.verdict is Verdict.DOWN
    assert "hung up" in seen.finding.reason or "reset" in seen.finding.reason


async def test_a_truncated_answer_counts_unless_its_records_are_needed() -> None:
    def short(query: bytes) -> Iterable[bytes]:
        return [reply(query, flags=0x8600)]

    async with DnsServer(short, one_address).open() as server:
        assert (await see(server.address)).verdict is Verdict.UP
        assert len(server.asked) == 1
        seen = await see(server.address, expected=["192.0.2.1"])
        assert seen.verdict is Verdict.UP
        assert len(server.asked) == 3
        assert series(seen)["probe_dns_answer_rrs"] == 1


@pytest.mark.parametrize(
    ("rcode", "valid", "reason"),
    [
        (3, (), "the answer was NXDOMAIN, not NOERROR"),
        (2, ("NOERROR", "NXDOMAIN"), "the answer was SERVFAIL, not NOERROR or NXDOMAIN"),
        (3, ("NXDOMAIN",), ""),
        (0, ("NXDOMAIN",), "the answer was NOERROR, not NXDOMAIN"),
        (13, (), "the answer was RCODE13, not NOERROR"),
    ],
)
async def test_the_rcode_must_be_a_valid_one(
    rcode: int, valid: tuple[str, ...], reason: str
) -> None:
    async with DnsServer(lambda query: [reply(query, rcode=rcode)]).open() as server:
        seen = await see(server.address, valid_rcodes=valid)
    assert seen.finding.reason == reason
    assert series(seen)["probe_dns_query_succeeded"] == 1


async def test_a_server_that_cannot_read_the_question_is_believed_without_it() -> None:
    def formerr(query: bytes) -> Iterable[bytes]:
        return [query[:2] + b"\x80\x01" + bytes(8)]

    async with DnsServer(formerr).open() as server:
        seen = await see(server.address)
    assert seen.finding.reason == "the answer was FORMERR, not NOERROR"


async def test_the_serial_is_that_of_the_answer() -> None:
    async with DnsServer(lambda query: [reply(query, soa(2024112101))]).open() as server:
        seen = await see(server.address, query_type="SOA")
        assert series(seen)["probe_dns_serial"] == 2024112101
        server.say = lambda query: [reply(query, authority=(soa(7),))]
        assert series(await see(server.address, query_type="SOA"))["probe_dns_serial"] == 0
        server.say = lambda _: []
        assert "probe_dns_serial" not in series(await see(server.address, within=0.1))


@pytest.mark.parametrize(
    ("expected", "kind", "reason"),
    [
        (["192.0.2.1"], "A", ""),
        (["192.0.2.1"], "ANY", ""),
        (["192.0.2.2"], "A", "www.example.org is 192.0.2.1, not 192.0.2.2"),
        (
            ["192.0.2.1", "192.0.2.2"],
            "A",
            "www.example.org is 192.0.2.1, not 192.0.2.1, 192.0.2.2",
        ),
        (["2001:db8:0::1"], "ANY", "www.example.org is without an address, not 2001:db8::1"),
    ],
)
async def test_the_addresses_must_be_the_expected_ones(
    expected: list[str], kind: str, reason: str
) -> None:
    async with DnsServer(one_address).open() as server:
        seen = await see(server.address, expected=expected, query_type=kind)
    assert seen.finding.reason == reason


async def test_rules_see_records_as_lines_of_a_zone_file_apart_by_tabs() -> None:
    def say(query: bytes) -> Iterable[bytes]:
        records = (address("192.0.2.1"), text("v=spf1 -all"), record(b"\x01\x02", kind=65280))
        return [reply(query, *records, authority=(soa(5),))]

    lines = [
        r"^www\.example\.org\.\t300\tIN\tA\t192\.0\.2\.1$",
        r'^www\.example\.org\.\t300\tIN\tTXT\t"v=spf1 -all"$',
        r"\tTYPE65280\t\\# 2 0102$",
    ]
    soa_line = r"\tSOA\tns1\.www\.example\.org\. hostmaster\.www\.example\.org\. 5 7200 900 1209600"
    async with DnsServer(say).open() as server:
        for line in lines:
            rule = {"fail_if_none_matches_regexp": [line]}
            assert (await see(server.address, validate_answer_rrs=rule)).verdict is Verdict.UP
        rule = {"fail_if_not_matches_regexp": [soa_line]}
        assert (await see(server.address, validate_authority_rrs=rule)).verdict is Verdict.UP
        seen = await see(server.address, validate_additional_rrs=rule, debug=True)
    assert seen.finding.reason == (
        "Additional RRs validation failed: fail_if_not_matches_regexp specified but no RRs returned"
    )
    assert any("no RRs returned" in line for line in seen.lines)


async def test_records_that_are_not_what_their_type_says_are_garbled() -> None:
    rule = {"fail_if_matches_regexp": ["x"]}
    async with DnsServer(lambda query: [reply(query, record(b"\x01", kind=15))]).open() as server:
        seen = await see(server.address, validate_answer_rrs=rule)
    assert seen.finding.reason.startswith("the answer is garbled: ")


async def test_the_pseudo_record_of_edns_counts_as_a_record() -> None:
    def say(query: bytes) -> Iterable[bytes]:
        plain = reply(query)
        return [plain[:11] + b"\x01" + plain[12:] + b"\0\0\x29\x04\xd0" + bytes(6)]

    rule = {"fail_if_none_matches_regexp": ["EDNS: version 0; flags:; udp: 1232"]}
    async with DnsServer(say).open() as server:
        seen = await see(server.address, validate_additional_rrs=rule)
    assert seen.finding.reason == ""
    assert series(seen)["probe_dns_additional_rrs"] == 1


@pytest.mark.parametrize(
    ("rule", "records", "broken"),
    [
        ("fail_if_matches_regexp", ["ab", "b"], True),
        ("fail_if_matches_regexp", ["b"], False),
        ("fail_if_matches_regexp", [], False),
        ("fail_if_not_matches_regexp", ["ab", "b"], True),
        ("fail_if_not_matches_regexp", ["ab", "a"], False),
        ("fail_if_not_matches_regexp", [], True),
        ("fail_if_all_match_regexp", ["ab", "b"], True),
        ("fail_if_all_match_regexp", ["ab", "a"], False),
        ("fail_if_all_match_regexp", [], False),
        ("fail_if_none_matches_regexp", ["b", "c"], True),
        ("fail_if_none_matches_regexp", ["b", "ca"], False),
        ("fail_if_none_matches_regexp", [], True),
    ],
)
def test_each_rule_means_what_blackbox_exporter_makes_of_it(
    rule: str, records: list[str], *, broken: bool
) -> None:
    assert bool(Validator.model_validate({rule: ["a"]}).broken(records)) is broken


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"query_name": ""}, "query name must be set for DNS module"),
        ({"query_type": "X"}, "query type 'X' is not valid"),
        ({"query_class": "X"}, "query class 'X' is not valid"),
        ({"valid_rcodes": ["OKAY"]}, "rcode 'OKAY' is not valid"),
        ({"query_name": "a..b"}, "is no part of a name in DNS"),
        ({"query_name": "a" * 64}, "is no part of a name in DNS"),
        ({"query_name": ".".join(["a" * 60] * 5)}, "longer than DNS allows"),
        ({"dns_over_tls": True}, "dns_over_tls needs transport_protocol: tcp"),
        ({"expected": ["::1"]}, "expected holds addresses that are not of query_type A"),
        ({"expected": ["web1"]}, "does not appear to be an IPv4 or IPv6 address"),
        ({"name_servers": ["ns1.example.org"]}, "is not the address of a name server"),
        ({"name_servers": ["192.0.2.1:x"]}, "is not HOST:PORT"),
        ({"validate_answer_rrs": {"fail_if_matches_regexp": ["("]}}, "Could not compile"),
        ({"transport_protocol": "quic"}, "Input should be"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_load(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match="1 validation error") as refused:
        DnsProbe.model_validate(QUESTION | keys)
    assert told in str(refused.value)


def test_rare_types_are_known_and_names_may_hold_any_letter() -> None:
    assert question("example.org", "NAPTR").tail[-4:] == b"\0\x23\0\x01"
    assert question("example.org.", "ANY", "CH").tail[-4:] == b"\0\xff\0\x03"
    assert (
        question("_sip._tcp.m\u00fcller.example", "SRV")
        .tail[10:]
        .startswith(b"\x04_sip\x04_tcp\x0d")
    )
    assert (
        question(".", "NS", recursion=False).tail == bytes(3) + b"\x01" + bytes(7) + b"\0\x02\0\x01"
    )


def test_where_a_server_has_its_dns() -> None:
    assert DnsProbe(**QUESTION).aim("192.0.2.1") == "192.0.2.1"
    assert DnsProbe(**QUESTION).aim("2001:db8::1") == "[2001:db8::1]"
    with pytest.raises(ValueError, match="name it as the target"):
        DnsProbe(name_servers=("192.0.2.1",)).aim("192.0.2.1")


ASKED = b"\x12\x34" + question("www.example.org", "A").tail


@given(st.binary(max_size=80), st.binary(max_size=80), st.integers(0, 65535))
def test_no_bytes_make_the_reader_stumble(head: bytes, rest: bytes, count: int) -> None:
    counts = count.to_bytes(2, "big") * 3
    for wire in (head, ASKED[:2] + head, ASKED[:2] + b"\x84\0\0\x01" + counts + ASKED[12:] + rest):
        if is_answer(wire, ASKED):
            try:
                answer = read(wire, ASKED)
            except Garbled:
                continue
            answer.serial()
            answer.texts()
            answer.addresses(1)
            answer.addresses(28)
