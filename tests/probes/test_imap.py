"""Does an IMAP server get what it deserves, whatever it says?"""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from probes.handshake import TlsConfig
from probes.imap import ImapProbe
from probes.model import Phase, Verdict
from probes.net import Net
from tests.certificates import Authority
from tests.probes.scripts import Script, seen, serving

BANNER = b"* OK ready\r\n"
CAPABLE = b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\na OK done\r\n"
BARE = {
    "a CAPABILITY": b"* CAPABILITY IMAP4rev1\r\na OK done\r\n",
    "a LOGOUT": b"* BYE\r\na OK\r\n",
}


async def test_a_server_that_greets_and_answers_is_up() -> None:
    script = Script(BANNER, BARE)
    async with serving(script) as address:
        found = await seen(ImapProbe(), address)
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    assert script.heard == ["a CAPABILITY", "a LOGOUT"]


@pytest.mark.parametrize(
    ("banner", "verdict", "reason"),
    [
        (b"* PREAUTH hi\r\n", Verdict.UP, ""),
        (b"* ok hi\r\n", Verdict.UP, ""),
        (b"* BYE closing\r\n", Verdict.DOWN, 'IMAP banner was "* BYE closing", not "* OK"'),
        (
            b"* BYE too many connections from your address\r\n",
            Verdict.UNKNOWN,
            'IMAP banner was "* BYE too many connections from your address", not "* OK"',
        ),
        (b"+OK POP3\r\n", Verdict.DOWN, 'IMAP banner was "+OK POP3", not "* OK"'),
    ],
)
async def test_each_banner_has_its_verdict(banner: bytes, verdict: Verdict, reason: str) -> None:
    async with serving(Script(banner, BARE)) as address:
        found = await seen(ImapProbe(), address)
    assert (found.verdict, found.finding.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"a NO broken\r\n", 'answer to CAPABILITY was "NO broken", not OK'),
        (b"a BAD what\r\n", 'answer to CAPABILITY was "BAD what", not OK'),
        (b"a OKAY\r\n", 'answer to CAPABILITY was "OKAY", not OK'),
        (b"b OK other tag\r\n", 'answer to CAPABILITY was "b OK other tag"'),
        (b"* BYE now\r\n", 'the server said good-bye to CAPABILITY: "* BYE now"'),
        (b"", "no answer to CAPABILITY within 0.3 s"),
    ],
)
async def test_a_server_that_can_not_answer_is_down(answer: bytes, reason: str) -> None:
    async with serving(Script(BANNER, {"a CAPABILITY": answer})) as address:
        found = await seen(ImapProbe(), address, within=0.3 if not answer else 30)
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.COMMAND)
    assert found.finding.reason == reason


async def test_tls_that_is_not_offered_matters_where_it_is_required() -> None:
    async with serving(Script(BANNER, BARE)) as address:
        found = await seen(ImapProbe(starttls="require"), address)
    assert (found.verdict, found.finding.reason) == (Verdict.DOWN, "STARTTLS is not offered")


@pytest.mark.parametrize(
    "keys",
    [
        {"user": "watch"},
        {"password_file": "x"},
        {"user": "watch", "password_file": "x"},
        {"user": "watch", "password_file": "x", "starttls": "off"},
        {"user": "wat\r\nch", "password_file": "x", "tls": True},
    ],
)
def test_a_password_that_would_travel_in_plain_text_is_refused(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ImapProbe.model_validate(keys)


def test_a_login_has_more_time_unless_somebody_says_how_much() -> None:
    keys = {"tls": True, "user": "watch", "password_file": "x"}
    assert ImapProbe().timeout is None
    assert ImapProbe.model_validate(keys).timeout == timedelta(seconds=20)
    assert ImapProbe.model_validate({**keys, "timeout": "5s"}).timeout == timedelta(seconds=5)


class Desk:
    """A scripted server with TLS, and a look that logs in with an awkward password."""

    secret = 'se"sa\\me'

    def __init__(self, folder: Path, answer: bytes) -> None:
        authority = Authority.root(folder, "Test Root")
        self.file = folder / "password"
        self.file.write_text(f"{self.secret}\n")
        answers = {"a CAPABILITY": CAPABLE, "a STARTTLS": b"a OK go\r\n", "a LOGIN": answer}
        tls = authority.leaf().server()
        self.script = Script(BANNER, answers, secures="a STARTTLS", tls=tls)
        self.probe = ImapProbe.model_validate(
            {
                "starttls": "require",
                "tls_config": TlsConfig(ca_file=authority.file),
                "user": "watch",
                "password_file": self.file,
            }
        )


async def test_the_password_is_quoted_on_the_wire_and_never_shown(tmp_path: Path) -> None:
    desk = Desk(tmp_path, b'a NO your secret se"sa\\me is wrong\r\n')
    async with serving(desk.script) as address:
        found = await seen(desk.probe, address, debug=True)
    assert 'a LOGIN "watch" "se\\"sa\\\\me"' in desk.script.heard
    assert found.verdict is Verdict.UNKNOWN
    assert '"NO your secret <secret> is wrong"' in found.finding.reason
    told = found.finding.reason + "".join(found.lines)
    assert "sa\\" not in told


@pytest.mark.parametrize(
    ("answer", "verdict", "again"),
    [
        (b"a OK in\r\n", Verdict.UP, True),
        (b"* CAPABILITY X\r\na OK in\r\n", Verdict.UP, True),
        (b"a NO [AUTHENTICATIONFAILED] no\r\n", Verdict.UNKNOWN, False),
        (b"a NO [AUTHORIZATIONFAILED] no\r\n", Verdict.UNKNOWN, False),
        (b"a NO no\r\n", Verdict.UNKNOWN, False),
        (b"a NO [UNAVAILABLE] the directory is away\r\n", Verdict.DOWN, True),
        (b"a NO [LIMIT] maximum number of connections from user+IP exceeded\r\n",
         Verdict.UNKNOWN, True),
        (b"a BAD syntax\r\n", Verdict.DOWN, True),
        (b"* BYE internal error\r\n", Verdict.DOWN, True),
    ],
)  # fmt: skip
async def test_each_answer_to_the_login_has_its_verdict(
    answer: bytes, verdict: Verdict, again: bool, tmp_path: Path
) -> None:
    desk, net = Desk(tmp_path, answer), Net()
    async with serving(desk.script) as address:
        found = await seen(desk.probe, address, net=net)
        await seen(desk.probe, address, net=net)
    assert found.verdict is verdict, found.finding.reason
    logins = [line for line in desk.script.heard if line.startswith("a LOGIN")]
    assert len(logins) == (2 if again else 1)


async def test_a_refused_login_does_not_hide_that_the_server_dies(tmp_path: Path) -> None:
    desk, net = Desk(tmp_path, b"a NO [AUTHENTICATIONFAILED] no\r\n"), Net()
    async with serving(desk.script) as address:
        await seen(desk.probe, address, net=net)
        second = await seen(desk.probe, address, net=net)
    assert (second.verdict, second.finding.phase) == (Verdict.UNKNOWN, Phase.AUTH)
    gone = await seen(desk.probe, address, net=net)
    assert (gone.verdict, gone.finding.phase) == (Verdict.DOWN, Phase.CONNECT)


async def test_a_touched_file_is_tried_again(tmp_path: Path) -> None:
    desk, net = Desk(tmp_path, b"a NO no\r\n"), Net()
    async with serving(desk.script) as address:
        await seen(desk.probe, address, net=net)
        os.utime(desk.file, (1, 1))
        await seen(desk.probe, address, net=net)
        await seen(desk.probe, address, net=net)
    assert sum(line.startswith("a LOGIN") for line in desk.script.heard) == 2


async def test_a_password_that_is_not_there_says_nothing_of_the_server(tmp_path: Path) -> None:
    desk = Desk(tmp_path, b"a OK\r\n")
    desk.file.unlink()
    async with serving(desk.script) as address:
        found = await seen(desk.probe, address)
    assert (found.verdict, found.finding.phase) == (Verdict.UNKNOWN, Phase.AUTH)
    assert "can't be read" in found.finding.reason


async def test_no_password_goes_to_a_server_that_nobody_vouches_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path, b"a OK in\r\n")
    stranger = desk.probe.model_copy(update={"tls_config": TlsConfig()})
    async with serving(desk.script) as address:
        found = await seen(stranger, address)
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.TLS)
    assert not any(line.startswith("a LOGIN") for line in desk.script.heard)
