"""Does a POP3 server get what it deserves, whatever it says?"""

from pathlib import Path

import pytest

from probes.handshake import TlsConfig
from probes.model import Phase, Verdict
from probes.net import Net
from probes.pop3 import Pop3Probe
from tests.certificates import Authority
from tests.probes.scripts import Script, seen, serving

BANNER = b"+OK ready\r\n"
CAPABLE = b"+OK\r\nTOP\r\nSTLS\r\n.\r\n"


async def test_a_server_that_greets_is_up_though_it_knows_no_list_of_abilities() -> None:
    script = Script(BANNER, {"CAPA": b"-ERR unknown\r\n"})
    async with serving(script) as address:
        found = await seen(Pop3Probe(), address)
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    assert script.heard == ["CAPA", "QUIT"]


@pytest.mark.parametrize(
    ("banner", "reason"),
    [
        (b"-ERR no\r\n", 'POP3 banner was "-ERR no", not +OK'),
        (b"* OK imap\r\n", 'POP3 banner was "* OK imap", not +OK'),
        (b"OK\r\n", 'POP3 banner was "OK", not +OK'),
    ],
)
async def test_another_banner_is_down(banner: bytes, reason: str) -> None:
    async with serving(Script(banner)) as address:
        found = await seen(Pop3Probe(), address)
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.BANNER)
    assert found.finding.reason == reason


async def test_tls_that_is_not_offered_matters_where_it_is_required() -> None:
    async with serving(Script(BANNER, {"CAPA": b"+OK\r\nTOP\r\n.\r\n"})) as address:
        found = await seen(Pop3Probe(starttls="require"), address)
    assert (found.verdict, found.finding.reason) == (Verdict.DOWN, "STLS is not offered")


async def test_a_list_of_abilities_without_an_end_is_down() -> None:
    async with serving(Script(BANNER, {"CAPA": b"+OK\r\nTOP\r\n"})) as address:
        found = await seen(Pop3Probe(), address, within=0.2)
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.COMMAND)
    assert found.finding.reason == "no answer to CAPA within 0.2 s"


@pytest.mark.parametrize(
    ("user", "secret", "verdict", "again"),
    [
        (b"+OK\r\n", b"+OK in\r\n", Verdict.UP, True),
        (b"+OK\r\n", b"-ERR [AUTH] no\r\n", Verdict.UNKNOWN, False),
        (b"+OK\r\n", b"-ERR no\r\n", Verdict.UNKNOWN, False),
        (b"-ERR no such user\r\n", b"", Verdict.UNKNOWN, False),
        (b"+OK\r\n", b"-ERR [IN-USE] locked\r\n", Verdict.UNKNOWN, True),
        (b"+OK\r\n", b"-ERR [SYS/TEMP] later\r\n", Verdict.DOWN, True),
    ],
)
async def test_each_answer_to_the_login_has_its_verdict(
    user: bytes, secret: bytes, verdict: Verdict, again: bool, tmp_path: Path
) -> None:
    authority = Authority.root(tmp_path, "Test Root")
    (tmp_path / "password").write_text("sesame\n")
    answers = {"CAPA": CAPABLE, "STLS": b"+OK go\r\n", "USER watch": user, "PASS sesame": secret}
    script = Script(BANNER, answers, secures="STLS", tls=authority.leaf().server())
    probe = Pop3Probe.model_validate(
        {
            "starttls": "require",
            "tls_config": TlsConfig(ca_file=authority.file),
            "user": "watch",
            "password_file": tmp_path / "password",
        }
    )
    net = Net()
    async with serving(script) as address:
        found = await seen(probe, address, net=net)
        await seen(probe, address, net=net)
    assert found.verdict is verdict, found.finding.reason
    assert sum(line.startswith("USER") for line in script.heard) == (2 if again else 1)
