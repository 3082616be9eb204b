"""Does a mail server get what it deserves, whatever it says?"""

import asyncio
from pathlib import Path

import pytest
from pydantic import ValidationError

from probes.handshake import TlsConfig
from probes.model import Phase, Severity, Verdict
from probes.smtp import SmtpProbe
from tests.certificates import Authority
from tests.probes.scripts import Script, names, seen, serving, value
from tests.raw import raw_server

GREETED = {"EHLO": b"250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n", "QUIT": b"221 Bye\r\n"}
PLAIN = {**GREETED, "EHLO": b"250 mail.test\r\n"}


async def test_a_server_that_greets_and_answers_is_up() -> None:
    script = Script(b"220 mail.test ESMTP\r\n", PLAIN)
    async with serving(script) as address:
        found = await seen(SmtpProbe(helo="watch.test"), address)
    assert (found.verdict, found.finding.issues) == (Verdict.UP, ())
    assert script.heard == ["EHLO watch.test", "QUIT"]
    assert value(found, "probe_smtp_duration_seconds", 'phase="banner"') > 0
    assert value(found, "probe_smtp_duration_seconds", 'phase="tls"') == 0
    assert value(found, "probe_ip_protocol") == 4


async def test_an_ipv6_server_is_looked_at_as_well() -> None:
    async with serving(Script(b"220 mail.test ESMTP\r\n", PLAIN), host="::1") as address:
        found = await seen(SmtpProbe(), address)
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    assert value(found, "probe_ip_protocol") == 6


async def test_every_phase_has_its_series_even_when_nobody_answers() -> None:
    found = await seen(SmtpProbe(), "127.0.0.1:1")
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.CONNECT)
    phases = ("resolve", "connect", "tls", "banner", "auth", "command")
    told = [value(found, "probe_smtp_duration_seconds", f'phase="{one}"') for one in phases]
    assert told[2:] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("banner", "verdict", "reason"),
    [
        (b"554 no\r\n", Verdict.DOWN, 'SMTP banner was "554 no", not 220'),
        (b"554-no\r\n554 go away\r\n", Verdict.DOWN, 'SMTP banner was "554 no go away", not 220'),
        (b"SSH-2.0-x\r\n", Verdict.DOWN, 'SMTP banner was "SSH-2.0-x", not 220'),
        (b"220\r\n", Verdict.UP, ""),
        (b"220-a\r\n220\r\n", Verdict.UP, ""),
        (
            b"220-a\r\n250 b\r\n",
            Verdict.DOWN,
            'the SMTP banner changed from 220 to "250 b" halfway',
        ),
        (b"\r\n", Verdict.DOWN, 'SMTP banner was "", not 220'),
        (b"\xff\x00\x1b[31m\r\n", Verdict.DOWN, 'SMTP banner was "� [31m", not 220'),
        (b"", Verdict.DOWN, "the server hung up instead of the SMTP banner"),
        (
            b"421 4.7.0 mail.test Error: too many connections from 192.0.2.1\r\n",
            Verdict.UNKNOWN,
            'SMTP banner was "421 4.7.0 mail.test Error: too many connections from 192.0.2.1", '
            "not 220",
        ),
        (
            b"421 Too many concurrent SMTP connections; please try again later.\r\n",
            Verdict.DOWN,
            'SMTP banner was "421 Too many concurrent SMTP connections; please try again later.", '
            "not 220",
        ),
        (
            b"554 5.7.1 Client host [192.0.2.1] blocked using bl.test\r\n",
            Verdict.UNKNOWN,
            'SMTP banner was "554 5.7.1 Client host [192.0.2.1] blocked using bl.test", not 220',
        ),
    ],
)  # fmt: skip
async def test_each_banner_has_its_verdict(banner: bytes, verdict: Verdict, reason: str) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        if verdict is Verdict.UP:
            await Script(b"", PLAIN).play(reader, writer)

    async with raw_server(say) as port:
        found = await seen(SmtpProbe(), f"127.0.0.1:{port}")
    assert (found.verdict, found.finding.reason) == (verdict, reason)
    assert found.finding.phase is (None if verdict is Verdict.UP else Phase.BANNER)


@pytest.mark.parametrize("babble", [b"x" * 4096, b"220-x\r\n" * 512])
async def test_a_banner_without_an_end_is_cut_off(babble: bytes) -> None:
    sent = 0

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while True:
            writer.write(babble)
            await writer.drain()
            sent += len(babble)

    async with raw_server(talk) as port:
        found = await seen(SmtpProbe(), f"127.0.0.1:{port}")
    assert found.verdict is Verdict.DOWN
    assert found.finding.reason in {
        "the answer has an endless line",
        "the other side said more than 1 MiB",
    }
    assert sent < 20 << 20


async def test_who_says_nothing_is_told_from_who_hangs_up() -> None:
    async with serving(Script(b"")) as address:
        found = await seen(SmtpProbe(), address, within=0.2)
    assert found.finding.reason == "no SMTP banner within 0.2 s"
    assert found.finding.phase is Phase.BANNER


async def test_half_a_banner_is_none() -> None:
    async def half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mai")

    async with raw_server(half) as port:
        found = await seen(SmtpProbe(), f"127.0.0.1:{port}")
    assert found.verdict is Verdict.DOWN
    assert found.finding.phase in {Phase.BANNER, Phase.COMMAND}


async def test_who_greets_and_then_freezes_is_down_at_the_command() -> None:
    async with serving(Script(b"220 hi\r\n")) as address:
        found = await seen(SmtpProbe(), address, within=0.2)
    assert found.finding.phase is Phase.COMMAND
    assert found.finding.reason == "no answer to EHLO within 0.2 s"


async def test_an_answer_before_the_question_is_no_answer_to_starttls(tmp_path: Path) -> None:
    """Plain text that comes with the word to begin TLS must not be taken for an answer inside."""
    authority = Authority.root(tmp_path, "Test Root")
    script = Script(
        b"220 hi\r\n",
        {**GREETED, "STARTTLS": b"220 go\r\n250 injected\r\n"},
        secures="STARTTLS",
        tls=authority.leaf().server(),
    )
    probe = SmtpProbe(starttls="require", tls_config=TlsConfig(ca_file=authority.file))
    async with serving(script) as address:
        found = await seen(probe, address)
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    assert script.heard[-1] == "QUIT"
    assert [line.split()[0] for line in script.heard] == ["EHLO", "STARTTLS", "EHLO", "QUIT"]


async def test_tls_that_is_refused_after_it_was_offered_is_down() -> None:
    answers = {**GREETED, "STARTTLS": b"454 4.7.0 TLS not available\r\n"}
    async with serving(Script(b"220 hi\r\n", answers)) as address:
        found = await seen(SmtpProbe(), address)
    assert found.finding.reason == 'answer to STARTTLS was "454 4.7.0 TLS not available", not 220'


async def test_tls_that_is_not_offered_matters_where_it_is_required() -> None:
    async with serving(Script(b"220 hi\r\n", PLAIN)) as address:
        tried = await seen(SmtpProbe(), address)
        required = await seen(SmtpProbe(starttls="require"), address)
        never = await seen(SmtpProbe(starttls="off"), address)
    assert (tried.verdict, never.verdict) == (Verdict.UP, Verdict.UP)
    assert required.verdict is Verdict.DOWN
    assert required.finding.reason == "STARTTLS is not offered"


async def test_an_expired_certificate_is_one_issue_where_tls_is_only_tried(tmp_path: Path) -> None:
    authority = Authority.root(tmp_path, "Test Root")
    script = Script(
        b"220 hi\r\n",
        {**GREETED, "STARTTLS": b"220 go\r\n"},
        secures="STARTTLS",
        tls=authority.leaf(days=-1).server(),
    )
    trust = TlsConfig(ca_file=authority.file)
    async with serving(script) as address:
        tried = await seen(SmtpProbe(tls_config=trust), address)
        required = await seen(SmtpProbe(starttls="require", tls_config=trust), address)
    assert tried.verdict is Verdict.UP
    [issue] = tried.finding.issues
    assert (issue.code, issue.severity) == ("CERTIFICATE_EXPIRES", Severity.ERROR)
    assert (required.verdict, required.finding.phase) == (Verdict.DOWN, Phase.TLS)
    assert required.finding.reason.startswith("certificate expired on ")
    for found in (tried, required):
        assert value(found, "probe_ssl_earliest_cert_expiry") > 0
        assert value(found, "probe_ip_protocol") == 4  # once, though it was called twice


@pytest.mark.parametrize(
    ("hostname", "tried", "required"),
    [
        ("mail.test", "", Verdict.UP),
        ("", "", Verdict.UNKNOWN),
        ("web.test", "certificate is for mail.test, not for web.test", Verdict.DOWN),
    ],
)
async def test_the_name_in_the_certificate_counts_where_we_know_the_right_one(
    hostname: str, tried: str, required: Verdict, tmp_path: Path
) -> None:
    authority = Authority.root(tmp_path, "Test Root")
    script = Script(
        b"220 hi\r\n",
        {**GREETED, "STARTTLS": b"220 go\r\n"},
        secures="STARTTLS",
        tls=authority.leaf("mail.test").server(),
    )
    trust = TlsConfig(ca_file=authority.file)
    async with serving(script) as address:
        soft = await seen(SmtpProbe(tls_config=trust), address, hostname=hostname)
        hard = SmtpProbe(starttls="require", tls_config=trust)
        strict = await seen(hard, address, hostname=hostname)
    assert soft.verdict is Verdict.UP
    assert [issue.text for issue in soft.finding.issues] == ([tried] if tried else [])
    assert strict.verdict is required
    if required is Verdict.UNKNOWN:
        assert strict.finding.reason == (
            "certificate is for mail.test, not for 127.0.0.1; say its name in "
            "tls_config.server_name"
        )


async def test_what_is_no_tls_after_the_word_to_begin_is_down() -> None:
    async def confused(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        await reader.readline()
        writer.write(GREETED["EHLO"])
        await reader.readline()
        writer.write(b"220 go\r\n")
        await reader.read(1)
        writer.write(b"500 what did you say?\r\n")

    async with raw_server(confused) as port:
        found = await seen(SmtpProbe(), f"127.0.0.1:{port}")
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.TLS)


RELAY = SmtpProbe(relay_to="watch@elsewhere.test")


@pytest.mark.parametrize(
    ("sender", "recipient", "open_relay"),
    [
        (b"250 ok\r\n", b"550 relaying denied\r\n", False),
        (b"250 ok\r\n", b"450 try later\r\n", False),
        (b"250 ok\r\n", b"250 welcome\r\n", True),
        (b"250 ok\r\n", b"251 will forward\r\n", True),
        (b"550 no empty senders\r\n", b"250 welcome\r\n", False),
    ],
)
async def test_only_a_taken_recipient_makes_an_open_relay(
    sender: bytes, recipient: bytes, open_relay: bool
) -> None:
    answers = {**PLAIN, "MAIL FROM:<>": sender, "RCPT TO:<watch@elsewhere.test>": recipient,
               "RSET": b"250 ok\r\n"}  # fmt: skip
    script = Script(b"220 hi\r\n", answers)
    async with serving(script) as address:
        found = await seen(RELAY, address)
    assert found.verdict is Verdict.UP
    codes = [issue.code for issue in found.finding.issues]
    assert codes == (["OPEN_RELAY"] if open_relay else [])
    assert script.heard[-2:] == ["RSET", "QUIT"]
    assert not any(line.startswith("DATA") for line in script.heard)


@pytest.mark.parametrize(
    "keys",
    [
        {"tls": True, "starttls": "require"},
        {"relay_to": "a@b>\r\nDATA"},
        {"relay_to": "no mailbox"},
        {"helo": "two words"},
        {"helo": "x\r\nDATA"},
        {"starttls": "maybe"},
        {"usr": "x"},
    ],
)
def test_impossible_keys_are_refused(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SmtpProbe.model_validate(keys)


async def test_a_target_without_a_port_has_the_usual_one() -> None:
    assert SmtpProbe().aim("192.0.2.1") == "192.0.2.1:25"
    assert SmtpProbe(tls=True).aim("2001:db8::1") == "[2001:db8::1]:465"
    found = await seen(SmtpProbe(), "mail.test:0")
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.RESOLVE)
    assert not any(name.startswith("probe_dns") for name in names(found))
