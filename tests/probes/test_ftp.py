"""Does an FTP server get what it deserves, whatever it says?"""

from pathlib import Path

import pytest

from probes.ftp import FtpProbe
from probes.handshake import TlsConfig
from probes.model import Phase, Verdict
from tests.certificates import Authority
from tests.probes.scripts import Script, seen, serving

BANNER = b"220 ready\r\n"


async def test_a_server_that_knows_no_tls_is_up() -> None:
    script = Script(
        b"220-hello\r\nany words\r\n 220 indented\r\n220 ready\r\n", other=b"502 no\r\n"
    )
    async with serving(script) as address:
        found = await seen(FtpProbe(), address)
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    assert script.heard == ["AUTH TLS", "QUIT"]


async def test_tls_that_is_not_offered_matters_where_it_is_required() -> None:
    async with serving(Script(BANNER, other=b"502 no\r\n")) as address:
        found = await seen(FtpProbe(starttls="require"), address)
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.COMMAND)
    assert found.finding.reason == 'answer to AUTH TLS was "502 no", not 234'


@pytest.mark.parametrize(
    ("banner", "verdict"),
    [
        (b"421 There are too many connected users, please try later.\r\n", Verdict.DOWN),
        (b"421 Too many connections (8) from this IP\r\n", Verdict.UNKNOWN),
        (b"421 There are too many connections from your internet address.\r\n", Verdict.UNKNOWN),
        (b"500 OOPS: vsftpd: refusing to run\r\n", Verdict.DOWN),
        (b"\x00\x01\x02\r\n", Verdict.DOWN),
    ],
)
async def test_each_banner_has_its_verdict(banner: bytes, verdict: Verdict) -> None:
    async with serving(Script(banner)) as address:
        found = await seen(FtpProbe(), address)
    assert (found.verdict, found.finding.phase) == (verdict, Phase.BANNER)


@pytest.mark.parametrize(
    ("answers", "verdict", "phase"),
    [
        ({"USER": b"331 who\r\n", "PASS": b"230 in\r\n", "PWD": b'257 "/"\r\n'}, Verdict.UP, None),
        ({"USER": b"230 in\r\n", "PWD": b'257 "/"\r\n'}, Verdict.UP, None),
        ({"USER": b"331 who\r\n", "PASS": b"530 no\r\n"}, Verdict.UNKNOWN, Phase.AUTH),
        ({"USER": b"530 no\r\n"}, Verdict.UNKNOWN, Phase.AUTH),
        ({"USER": b"331 who\r\n", "PASS": b"421 full\r\n"}, Verdict.DOWN, Phase.AUTH),
        ({"USER": b"331 who\r\n", "PASS": b"230 in\r\n", "PWD": b"550 no\r\n"},
         Verdict.DOWN, Phase.COMMAND),
    ],
)  # fmt: skip
async def test_each_answer_to_the_login_has_its_verdict(
    answers: dict[str, bytes], verdict: Verdict, phase: Phase | None, tmp_path: Path
) -> None:
    authority = Authority.root(tmp_path, "Test Root")
    (tmp_path / "password").write_text("sesame\n")
    script = Script(
        BANNER, {**answers, "AUTH": b"234 go\r\n"}, secures="AUTH", tls=authority.leaf().server()
    )
    probe = FtpProbe.model_validate(
        {
            "starttls": "require",
            "tls_config": TlsConfig(ca_file=authority.file),
            "user": "watch",
            "password_file": tmp_path / "password",
        }
    )
    async with serving(script) as address:
        found = await seen(probe, address)
    assert (found.verdict, found.finding.phase) == (verdict, phase), found.finding.reason
