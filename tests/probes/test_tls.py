"""A TLS look says whether a certificate is trusted, why not, and how long it lasts."""

import asyncio
import itertools
import re
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from probes.certificates import NEVER
from probes.handshake import TlsConfig
from probes.model import Phase, Severity, Target, Verdict
from probes.tls import TlsProbe
from tests.certificates import Authority, Leaf, self_signed_leaf, without_chain
from tests.probes.tls_scenes import families, looked, served, values
from tests.raw import Conversation

SERIES = {
    *("probe_dns_lookup_time_seconds", "probe_ip_protocol", "probe_ip_addr_hash"),
    *("probe_success", "probe_duration_seconds", "probe_ssl_earliest_cert_expiry"),
    *("probe_ssl_last_chain_expiry_timestamp_seconds", "probe_ssl_last_chain_info"),
}
SHAKEN = {"probe_tls_version_info", "probe_tls_cipher_info"}


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%d")


def dated(text: str) -> str:
    """DAY+5 becomes the date in five days."""
    return re.sub(r"DAY([+-]\d+)", lambda found: in_days(int(found[1])), text)


def trusting(root: Authority, **keys: Any) -> TlsProbe:
    return TlsProbe(tls_config=TlsConfig(ca_file=root.file), **keys)


GOOD: dict[str, Callable[[Authority], Leaf]] = {
    "by name": lambda root: root.leaf("localhost"),
    "by wildcard": lambda root: root.leaf("localhost", "*.example.org"),
    "RSA": lambda root: root.leaf(kind="rsa"),
    "a short RSA key, as Go": lambda root: root.leaf(kind="rsa1024"),
    "an intermediate": lambda root: root.intermediate().leaf(),
    "two intermediates": lambda root: root.intermediate("One").intermediate("Two").leaf(),
    "cross-signed": lambda root: root.cross_signed(Authority.root(root.folder, "Other")).leaf(),
}


@pytest.mark.parametrize("what", GOOD)
async def test_a_good_certificate_is_up(tmp_path: Path, what: str) -> None:
    root = Authority.root(tmp_path)
    leaf = GOOD[what](root)
    async with served(leaf.server()) as target:
        seen = await looked(trusting(root), target)
    assert (seen.finding.verdict, seen.finding.reason) == (Verdict.UP, "")
    assert families(seen.samples) == SERIES | SHAKEN
    ends = min(one.not_valid_after_utc for one in (leaf.certificate, *leaf.chain)).timestamp()
    assert values(seen.samples, "probe_ssl_earliest_cert_expiry") == {"": ends}


BAD: dict[str, tuple[Callable[[Authority], Leaf], str]] = {
    "expired": (
        lambda root: root.leaf(days=-3),
        "certificate expired on DAY-3",
    ),
    "not yet valid": (
        lambda root: root.leaf(since=5),
        "certificate is not valid before DAY+5",
    ),
    "another name": (
        lambda root: root.leaf("web2.example", "192.0.2.7"),
        "certificate is for web2.example, 192.0.2.7, not for localhost",
    ),
    "many other names": (
        lambda root: root.leaf("a.example", "b.example", "c.example", "d.example", "e.example"),
        "certificate is for a.example, b.example, c.example and 2 more, not for localhost",
    ),
    "a partial wildcard": (
        lambda root: root.leaf("local*"),
        "certificate is for local*, not for localhost",
    ),
    "self-signed": (
        lambda root: self_signed_leaf(root.folder),
        "certificate is self-signed",
    ),
    "self-signed and over": (
        lambda root: self_signed_leaf(root.folder, days=-9),
        "certificate is self-signed; it ended on DAY-9 besides",
    ),
    "an unknown authority": (
        lambda root: Authority.root(root.folder, "Stranger").leaf(),
        "certificate is from CN=Stranger, which is not known here: an unknown authority, or the "
        "server does not send its intermediate certificate",
    ),
    "an unknown authority far above": (
        lambda root: Authority.root(root.folder, "Stranger").intermediate().leaf(),
        "certificate is from the unknown authority CN=Stranger",
    ),
    "a missing intermediate": (
        lambda root: without_chain(root.intermediate("Middle").leaf()),
        "certificate is from CN=Middle, which is not known here: an unknown authority, or the "
        "server does not send its intermediate certificate",
    ),
    "an expired intermediate": (
        lambda root: root.intermediate("Middle", days=-2).leaf(),
        "certificate of the issuer Middle expired on DAY-2",
    ),
    "only a common name": (
        lambda root: root.leaf(common_name="localhost", without_names=True),
        "certificate is not for localhost: it has no alternative names, only the common name "
        "localhost, which no longer counts",
    ),
    "SHA-1": (
        lambda root: root.sha1_leaf(),
        "certificate is signed with a digest that is too old (SHA-1 or MD5)",
    ),
}


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_certificate_is_down_with_its_reason(tmp_path: Path, what: str) -> None:
    make, reason = BAD[what]
    root = Authority.root(tmp_path)
    before = dated(reason)
    leaf = make(root)
    reasons = {before, dated(reason)}  # midnight may have passed meanwhile
    async with served(leaf.server()) as target:
        seen = await looked(trusting(root), target)
    assert (seen.finding.verdict, seen.finding.phase) == (Verdict.DOWN, Phase.TLS)
    assert seen.finding.reason in reasons
    assert families(seen.samples) == SERIES  # the end shows all the same
    ends = min(one.not_valid_after_utc for one in (leaf.certificate, *leaf.chain)).timestamp()
    assert values(seen.samples, "probe_ssl_earliest_cert_expiry") == {"": ends}
    last_chain = "probe_ssl_last_chain_expiry_timestamp_seconds"
    assert values(seen.samples, last_chain) == {"": NEVER}


async def test_a_certificate_for_an_address_is_verified_by_address(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    async with served(root.leaf("192.0.2.7").server()) as named:
        seen = await looked(trusting(root), Target(named.address))
    assert seen.finding.reason == "certificate is for 192.0.2.7, not for 127.0.0.1"


@pytest.mark.parametrize(
    ("days", "severity"),
    [(30, None), (20, Severity.INFO), (6, Severity.WARNING), (0.5, Severity.ERROR)],
)
async def test_an_end_that_is_near_is_an_issue(
    tmp_path: Path, days: float, severity: Severity | None
) -> None:
    root = Authority.root(tmp_path)
    async with served(root.leaf(days=days).server()) as target:
        seen = await looked(trusting(root), target)
    assert seen.finding.verdict is Verdict.UP
    assert [issue.severity for issue in seen.finding.issues] == ([severity] if severity else [])


async def test_the_days_are_ours_to_choose(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    probe = trusting(root, info_days=0, warning_days=0, error_days=40)
    async with served(root.leaf(days=39).server()) as target:
        seen = await looked(probe, target)
    assert [issue.severity for issue in seen.finding.issues] == [Severity.ERROR]


async def test_without_verification_an_expired_certificate_is_an_issue(tmp_path: Path) -> None:
    probe = TlsProbe(tls_config=TlsConfig(insecure_skip_verify=True))
    async with served(self_signed_leaf(tmp_path, days=-4).server()) as target:
        seen = await looked(probe, target)
    assert seen.finding.verdict is Verdict.UP
    assert [issue.text for issue in seen.finding.issues] == [
        f"the certificate of localhost ended on {in_days(-4)}"
    ]


async def test_the_name_to_ask_for_can_be_told(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    async with served(root.leaf("web1.example").server()) as target:
        seen = await looked(trusting(root, server_name="web1.example"), target)
    assert seen.finding.verdict is Verdict.UP


@pytest.mark.parametrize(
    ("alert", "reason"),
    [
        (70, "TLS failed: no TLS version in common"),
        (40, "TLS failed: the other side refused the handshake"),
        (112, "TLS failed: the other side does not know the name that was asked for"),
        (80, "TLS failed: tlsv1 alert internal error"),
    ],
)
async def test_an_alert_is_told_in_words(alert: int, reason: str) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10000)
        writer.write(bytes([0x15, 3, 3, 0, 2, 2, alert]))

    async with served(None, refuse) as target:
        seen = await looked(TlsProbe(), target)
    assert (seen.finding.phase, seen.finding.reason) == (Phase.TLS, reason)


async def test_versions_out_of_bounds_are_down(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    server = root.leaf().server()
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    config = TlsConfig(ca_file=root.file, min_version="TLS13")
    async with served(server) as target:
        assert (await looked(trusting(root), target)).finding.verdict is Verdict.UP
        seen = await looked(TlsProbe(tls_config=config), target)
    assert (seen.finding.verdict, seen.finding.phase) == (Verdict.DOWN, Phase.TLS)


async def test_our_own_certificate_is_shown_to_who_asks(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    server, client = root.leaf().server(), root.leaf("client")
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(root.file)
    config = TlsConfig(
        ca_file=root.file, cert_file=client.certificate_file, key_file=client.key_file
    )
    async with served(server) as target:
        assert (await looked(TlsProbe(tls_config=config), target)).finding.verdict is Verdict.UP
        seen = await looked(trusting(root), target)
    assert (seen.finding.verdict, seen.finding.phase) == (Verdict.DOWN, Phase.TLS)


async def test_a_lost_file_of_ours_is_unknown() -> None:
    async with served(None) as target:
        probe = TlsProbe(tls_config=TlsConfig(ca_file=Path("/nowhere/ca.pem")))
        seen = await looked(probe, target)
    assert seen.finding.verdict is Verdict.UNKNOWN


def talking(root: Authority, *exchanges: tuple[bytes, bytes]) -> Conversation:
    """Wait for this, say that; then speak TLS."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for wanted, answer in exchanges:
            if wanted:
                assert await reader.readline() == wanted
            writer.write(answer)
        await writer.start_tls(root.leaf().server())
        await reader.read()

    return converse


SPOKEN: dict[str, tuple[tuple[bytes, bytes], ...]] = {
    "smtp": (
        (b"", b"220-mail\r\n220 ESMTP\r\n"),
        (b"EHLO responder.invalid\r\n", b"250-mail\r\n250 STARTTLS\r\n"),
        (b"STARTTLS\r\n", b"220 go\r\n"),
    ),
    "imap": (
        (b"", b"* OK ready\r\n"),
        (b"a STARTTLS\r\n", b"* CAPABILITY IMAP4rev1\r\na OK go\r\n"),
    ),
    "pop3": ((b"", b"+OK ready\r\n"), (b"STLS\r\n", b"+OK go\r\n")),
    "ftp": (
        (b"", b"220-Welcome\r\n to this server\r\n220 ready\r\n"),
        (b"AUTH TLS\r\n", b"234 go\r\n"),
    ),
}


@pytest.mark.parametrize("protocol", SPOKEN)
async def test_old_protocols_are_asked_for_tls(tmp_path: Path, protocol: str) -> None:
    root = Authority.root(tmp_path)
    async with served(None, talking(root, *SPOKEN[protocol])) as target:
        seen = await looked(trusting(root, starttls=protocol), target)
    assert (seen.finding.verdict, seen.finding.reason) == (Verdict.UP, "")


@pytest.mark.parametrize(
    ("protocol", "answers", "phase", "reason"),
    [
        ("smtp", [b"554 no\r\n"], Phase.BANNER, 'smtp greeting was "554 no", not 220'),
        (
            "pop3",
            [b"+OK\r\n", b"-ERR what\r\n"],
            Phase.COMMAND,
            'answer to STLS was "-ERR what", not +OK',
        ),
        ("imap", [b"* BYE busy\r\n"], Phase.BANNER, 'imap greeting was "* BYE busy", not * OK'),
        ("ftp", [b"220 hi\r\n", b"530 no\r\n"], Phase.COMMAND, "answer to AUTH TLS was"),
        ("smtp", [b""], Phase.BANNER, "the other side hung up before TLS"),
        ("smtp", [b"220-a\r\n" * 101], Phase.BANNER, "an answer of more than 100 lines"),
    ],
)
async def test_a_refused_starttls_says_what_came(
    protocol: Any, answers: list[bytes], phase: Phase, reason: str
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, answer in enumerate(answers):
            if number:
                await reader.readline()
            writer.write(answer)

    async with served(None, refuse) as target:
        seen = await looked(TlsProbe(starttls=protocol), target)
    assert seen.finding.phase is phase
    assert reason in seen.finding.reason


async def test_a_greeting_that_never_comes_is_named() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with served(None, silent) as target:
        seen = await looked(TlsProbe(starttls="smtp"), target, within=0.1)
    assert seen.finding.reason == "no smtp greeting within 0.1 s"


async def test_a_server_that_hangs_up_in_the_handshake_is_told() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10000)

    async with served(None, leave) as target:
        seen = await looked(TlsProbe(), target)
    assert seen.finding.reason == "the other side hung up during the TLS handshake"


async def test_a_chain_without_end_is_refused(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    leaf = root.leaf()
    many = replace(leaf, chain=300 * (root.certificate,))
    async with served(many.server()) as target:
        seen = await looked(trusting(root), target)
    assert seen.finding.reason == "TLS failed: excessive message size"


async def test_garbage_after_the_hello_is_told() -> None:
    pieces = itertools.repeat(b"\x16\x03\x03\x40\x00" + b"\xff" * 0x4000, 4)

    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
        await reader.read()

    async with served(None, garbage) as target:
        seen = await looked(TlsProbe(), target)
    assert seen.finding.phase is Phase.TLS
    assert seen.finding.reason.startswith("TLS failed: ")


def test_the_usual_target_is_the_port_of_the_protocol() -> None:
    assert TlsProbe().aim("2001:db8::1") == "[2001:db8::1]:443"
    assert TlsProbe(starttls="imap").aim("web1.example") == "web1.example:143"


def test_days_are_not_negative() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        TlsProbe(info_days=-1)
