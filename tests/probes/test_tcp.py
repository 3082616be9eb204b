"""A TCP look: does the port accept, does it say what it must, in blackbox_exporter's words."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from probes.dialogue import quoted
from probes.model import Phase, Target, Verdict
from probes.tcp import TcpProbe
from tests.certificates import Authority, self_signed_leaf
from tests.probes.tls_scenes import families, linger, looked, served, values
from tests.raw import Conversation, raw_server
from tests.require import free_port

RESOLVED = {"probe_dns_lookup_time_seconds", "probe_ip_protocol", "probe_ip_addr_hash"}
ALWAYS = {"probe_success", "probe_duration_seconds", "probe_failed_due_to_regex"}
CERTIFICATE = {
    "probe_ssl_earliest_cert_expiry",
    "probe_ssl_last_chain_expiry_timestamp_seconds",
    "probe_ssl_last_chain_info",
}
TLS = CERTIFICATE | {"probe_tls_version_info"}
BY_REGEX = "probe_failed_due_to_regex"


def saying(*pieces: bytes, stay: bool = True) -> Conversation:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
        if stay:
            await reader.read()

    return converse


def steps(*each: dict[str, Any], **keys: Any) -> TcpProbe:
    return TcpProbe.model_validate({"query_response": each, **keys})


async def test_an_open_port_is_up_with_blackbox_exporters_series() -> None:
    async with served(None) as target:
        seen = await looked(TcpProbe(), target)
    assert seen.finding.verdict is Verdict.UP
    assert families(seen.samples) == RESOLVED | ALWAYS
    assert values(seen.samples, "probe_success") == {"": 1.0}
    assert [span[0] for span in seen.spans] == ["resolve", "connect"]
    for words in ("Dialing TCP without TLS", "Successfully dialed", "Probe succeeded"):
        assert any(f'msg="{words}"' in line for line in seen.lines)


async def test_a_closed_port_is_refused_at_once() -> None:
    seen = await looked(TcpProbe(), Target(f"127.0.0.1:{free_port()}"))
    assert seen.finding.phase is Phase.CONNECT
    assert seen.finding.reason == "connection refused: the machine answers, the service does not"
    assert families(seen.samples) == RESOLVED | ALWAYS
    assert any('msg="Error dialing TCP"' in line for line in seen.lines)


async def test_silence_is_another_reason_than_refusal() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            seen = await looked(TcpProbe(), Target(f"127.0.0.1:{port}"), within=0.2)
    assert (seen.finding.phase, seen.finding.reason) == (
        Phase.CONNECT,
        "no connection within 0.2 s",
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "::1", ":22", ""])
async def test_a_target_without_a_port_is_told(address: str) -> None:
    seen = await looked(TcpProbe(), Target(address))
    assert seen.finding.phase is Phase.RESOLVE
    assert "is not HOST:PORT" in seen.finding.reason
    assert families(seen.samples) == ALWAYS  # nothing was resolved


async def test_ipv6_is_reached_in_brackets() -> None:
    async with raw_server(linger, host="::1") as port:
        seen = await looked(TcpProbe(), Target(f"[::1]:{port}"))
    assert seen.finding.verdict is Verdict.UP
    assert values(seen.samples, "probe_ip_protocol") == {"": 6.0}


async def test_the_source_address_is_ours_to_choose() -> None:
    async def whose(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(writer.get_extra_info("peername")[0].encode() + b"\n")

    async with served(None, whose) as target:
        seen = await looked(steps({"expect": "^127.0.0.9$"}, source_ip_address="127.0.0.9"), target)
    assert seen.finding.verdict is Verdict.UP


async def test_an_address_that_we_do_not_have_says_nothing_of_the_target() -> None:
    async with served(None) as target:
        seen = await looked(TcpProbe(source_ip_address="192.0.2.1"), target)
    assert seen.finding.verdict is Verdict.UNKNOWN


async def test_an_address_of_the_other_family_says_so() -> None:
    async with served(None) as target:
        seen = await looked(TcpProbe(source_ip_address="::1"), target)
    assert seen.finding.verdict is Verdict.UNKNOWN
    assert seen.finding.reason == "source_ip_address ::1 can't send to an IPv4 address"


async def test_lines_are_skipped_until_one_fits() -> None:
    async with served(None, saying(b"hello\r\nSSH-1.0\r\nSSH-2.0-x\r\n")) as target:
        seen = await looked(steps({"expect": "^SSH-2.0-"}), target)
    assert seen.finding.verdict is Verdict.UP
    assert sum('msg="Read line"' in line for line in seen.lines) == 3


async def test_a_step_answers_with_what_it_heard() -> None:
    async def irc(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"PING :abc\r\n")
        heard = await reader.readline()
        writer.write(b":irc 001 welcome\n" if heard == b"PONG abc\n" else b"no\n")

    probe = steps({"send": "NICK prober"}, {"expect": "PING :([^ ]+)", "send": "PONG ${1}"})
    async with served(None, irc) as target:
        assert (await looked(probe, target)).finding.verdict is Verdict.UP
        longer = probe.model_copy(
            update={
                "query_response": (*probe.query_response, *steps({"expect": "001"}).query_response)
            }
        )
        assert (await looked(longer, target)).finding.verdict is Verdict.UP


async def test_a_stream_that_ends_without_a_match_failed_by_regex() -> None:
    async with served(None, saying(b"one\ntwo", stay=False)) as target:
        seen = await looked(steps({"expect": "three"}), target)
    assert seen.finding.phase is Phase.BANNER
    assert seen.finding.reason == (
        'the other side hung up and its last line was "two"; no line that fits three'
    )
    assert values(seen.samples, BY_REGEX) == {"": 1.0}


async def test_a_deadline_is_not_by_regex() -> None:
    async with served(None, saying(b"one\n")) as target:
        seen = await looked(steps({"expect": "three"}), target, within=0.1)
    assert seen.finding.reason == "no line that fits three within 0.1 s"
    assert values(seen.samples, BY_REGEX) == {"": 0.0}


async def test_an_unfinished_line_counts_at_the_end_only() -> None:
    async with served(None, saying(b"login: ")) as target:
        assert (await looked(steps({"expect": "login"}), target, within=0.1)).finding.reason
    async with served(None, saying(b"login: ", stay=False)) as target:
        assert (await looked(steps({"expect": "login"}), target)).finding.verdict is Verdict.UP


async def test_expect_comes_before_send_in_one_step() -> None:
    async def asked_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"answer\n")

    async with served(None, asked_first) as target:
        both = steps({"send": "question", "expect": "answer"})
        assert (await looked(both, target, within=0.1)).finding.verdict is Verdict.DOWN
        apart = steps({"send": "question"}, {"expect": "answer"})
        assert (await looked(apart, target)).finding.verdict is Verdict.UP


async def test_a_match_becomes_labels() -> None:
    probe = steps(
        {
            "expect": "^SSH-2.0-([^ -]+)(?: (.*))?$",
            "labels": [
                {"name": "ssh_version", "value": "${1}"},
                {"name": "ssh_comments", "value": "${2}"},
            ],
        }
    )
    async with served(None, saying(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n")) as target:
        seen = await looked(probe, target)
    assert values(seen.samples, "probe_expect_info") == {
        'ssh_comments="Debian",ssh_version="OpenSSH_9.2p1"': 1.0
    }


async def test_bytes_are_compared_as_they_are() -> None:
    probe = steps({"send": b"\x00\x00\x00\x08\x04\xd2\x16\x2f", "expect_bytes": "S"})
    async with served(None, saying(b"Snow")) as target:
        seen = await looked(probe, target)
    assert seen.finding.verdict is Verdict.UP
    assert values(seen.samples, "probe_failed_due_to_bytes") == {"": 0.0}
    async with served(None, saying(b"N")) as target:
        seen = await looked(probe, target)
    assert seen.finding.reason == 'the answer was "N", not "S"'
    assert values(seen.samples, "probe_failed_due_to_bytes") == {"": 1.0}


async def test_a_stream_too_short_for_bytes_is_told() -> None:
    async with served(None, saying(b"S", stay=False)) as target:
        seen = await looked(steps({"expect_bytes": "SS"}), target)
    assert seen.finding.reason == "the other side hung up in the middle"


async def test_what_is_sent_ends_with_one_newline() -> None:
    async def told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"good\n" if await reader.readexactly(4) == b"\xff\r\n\n" else b"bad\n")

    async with served(None, told) as target:
        probe = steps({"send": b"\xff\r\n"}, {"expect": "good"})
        assert (await looked(probe, target)).finding.verdict is Verdict.UP


async def test_tls_is_spoken_at_once_and_shown(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    probe = steps({"expect": "^hi$"}, tls=True, tls_config={"ca_file": root.file})
    async with served(root.leaf("localhost").server(), saying(b"hi\n")) as target:
        seen = await looked(probe, target)
    assert seen.finding.verdict is Verdict.UP
    assert families(seen.samples) == RESOLVED | ALWAYS | TLS
    assert [span[0] for span in seen.spans] == ["resolve", "connect", "tls"]


async def test_a_bad_certificate_is_down_and_its_end_is_shown(tmp_path: Path) -> None:
    async with served(self_signed_leaf(tmp_path).server()) as target:
        seen = await looked(TcpProbe(tls=True), target)
    assert (seen.finding.phase, seen.finding.reason) == (Phase.TLS, "certificate is self-signed")
    assert families(seen.samples) == RESOLVED | ALWAYS | CERTIFICATE
    assert any("TLS Handshake (client) failed" in line for line in seen.lines)


async def test_the_name_comes_from_the_target_unless_the_module_has_one(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    async with served(root.leaf("web1.example").server()) as target:
        keys: dict[str, Any] = {"ca_file": root.file}
        wrong = TcpProbe.model_validate({"tls": True, "tls_config": keys})
        seen = await looked(wrong, target)
        assert seen.finding.reason == "certificate is for web1.example, not for localhost"
        named = Target(target.address, hostname="web1.example")
        assert (await looked(wrong, named)).finding.verdict is Verdict.UP
        told = TcpProbe.model_validate(
            {"tls": True, "tls_config": keys | {"server_name": "web1.example"}}
        )
        assert (await looked(told, target)).finding.verdict is Verdict.UP


async def test_starttls_begins_in_the_middle(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    server = root.leaf().server()

    async def smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail ESMTP\r\n")
        await reader.readline()
        writer.write(b"250-mail\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n250 injected\r\n")
        await writer.start_tls(server)
        assert await reader.readline() == b"EHLO again\r\n"
        writer.write(b"250 secret\r\n")
        await reader.read()

    probe = steps(
        {"expect": "^220", "send": "EHLO prober\r"},
        {"expect": "^250[ -]STARTTLS", "send": "STARTTLS\r"},
        {"expect": "^220", "starttls": True},
        {"send": "EHLO again\r"},
        {"expect": "^250 secret"},
        tls_config={"ca_file": root.file},
    )
    async with served(None, smtp) as target:
        seen = await looked(probe, target)
    assert seen.finding.reason == ""
    assert families(seen.samples) >= TLS


async def test_plain_text_instead_of_tls_is_told() -> None:
    async with served(None, saying(b"220 welcome to a plain port, there is no TLS\r\n")) as target:
        seen = await looked(TcpProbe(tls=True), target)
    assert seen.finding.reason == "TLS failed: the other side does not speak TLS"


async def test_a_half_open_handshake_ends_with_the_deadline() -> None:
    async with served(None, saying(b"\x16\x03\x03\x00\x50")) as target:
        seen = await looked(TcpProbe(tls=True), target, within=0.1)
    assert seen.finding.reason == "no end of the TLS handshake within 0.1 s"


async def test_an_endless_line_is_told() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"a" * 65536)
            await writer.drain()

    async with served(None, endless) as target:
        seen = await looked(steps({"expect": "b"}), target)
    assert seen.finding.reason == "the answer has an endless line"
    assert values(seen.samples, BY_REGEX) == {"": 0.0}


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"query_response": [{"expect": "("}]}, "Could not compile regular expression"),
        ({"query_response": [{"expect": "(?=a)"}]}, "Could not compile regular expression"),
        (
            {"query_response": [{"expect": "a", "expect_bytes": "b"}]},
            "expect and expect_bytes are mutually exclusive",
        ),
        (
            {"query_response": 2 * [{"expect": "a", "labels": [{"name": "a"}]}]},
            "only one step of query_response may have labels",
        ),
        ({"query_response": [{"labels": [{"name": "a-b"}]}]}, "String should match pattern"),
        ({"tls": True, "query_response": [{"starttls": True}]}, "TLS can begin only once"),
        ({"query_response": 2 * [{"starttls": True}]}, "TLS can begin only once"),
        ({"source_ip_address": "here"}, "does not appear to be an IPv4 or IPv6 address"),
        ({"query_response": [{"sent": "x"}]}, "Extra inputs are not permitted"),
    ],
)
def test_what_can_not_work_is_refused_at_load(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TcpProbe.model_validate(keys)


def test_words_of_yaml_count_as_booleans() -> None:
    probe = TcpProbe.model_validate({"tls": "yes", "query_response": [{"starttls": "off"}]})
    assert probe.tls
    assert not probe.query_response[0].starttls


def test_there_is_no_usual_port() -> None:
    with pytest.raises(ValueError, match="a tcp look has no usual port"):
        TcpProbe().aim("192.0.2.1")


def test_what_others_say_is_shown_short_and_harmless() -> None:
    assert quoted(b"\x1b[2Jhi\xff") == '".[2Jhi\ufffd"'
    assert quoted(b"a" * 500) == '"' + "a" * 80 + '..."'
