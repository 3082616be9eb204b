"""Do the looks see real servers as they are?"""

import asyncio
from pathlib import Path

import pytest

from probes.command import CommandProbe
from probes.ftp import FtpProbe
from probes.handshake import TlsConfig
from probes.imap import ImapProbe
from probes.model import Phase, Probe, Verdict
from probes.mysql import MysqlProbe
from probes.net import Net
from probes.pop3 import Pop3Probe
from probes.settings import Settings
from probes.smtp import SmtpProbe
from probes.ssh import SshProbe
from tests.probes.scripts import names, seen, value
from tests.real.ftp import Vsftpd
from tests.real.mail_servers import Dovecot, Postfix
from tests.real.mariadb import MariaDB
from tests.real.service import Service
from tests.real.sshd import Sshd
from tests.real.targets import Identity, running
from tests.require import free_port, require

pytestmark = pytest.mark.xdist_group("targets")  # each worker would start all of them


@pytest.fixture
def trust(identity: Identity) -> TlsConfig:
    return TlsConfig(ca_file=identity.certificate)


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("sesame\n")
    return file


def write(file: Path, text: str) -> None:
    file.write_text(text)


def at(port: int) -> str:
    return f"127.0.0.1:{port}"


async def test_a_good_mail_server_is_up_over_starttls(postfix: Postfix, trust: TlsConfig) -> None:
    found = await seen(SmtpProbe(starttls="require", tls_config=trust), at(postfix.smtp))
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    assert value(found, "probe_smtp_duration_seconds", 'phase="tls"') > 0
    assert value(found, "probe_tls_version_info", 'version="TLS 1.3"') == 1
    assert value(found, "probe_ssl_earliest_cert_expiry") > 0
    assert not any(name.startswith("probe_http") for name in names(found))


async def test_smtp_over_tls_from_the_first_byte(postfix: Postfix, trust: TlsConfig) -> None:
    found = await seen(SmtpProbe(tls=True, tls_config=trust), at(postfix.smtps))
    assert found.verdict is Verdict.UP


async def test_a_certificate_that_nobody_knows_is_an_issue_where_tls_is_only_tried(
    postfix: Postfix,
) -> None:
    found = await seen(SmtpProbe(), at(postfix.smtp))
    assert found.verdict is Verdict.UP
    assert [issue.code for issue in found.finding.issues] == ["CERTIFICATE_NOT_TRUSTED"]
    assert "certificate is self-signed" in found.finding.issues[0].text
    assert value(found, "probe_ssl_earliest_cert_expiry") > 0


async def test_the_same_certificate_is_an_outage_where_tls_is_required(postfix: Postfix) -> None:
    found = await seen(SmtpProbe(starttls="require"), at(postfix.smtp))
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.TLS)
    assert found.finding.reason == "certificate is self-signed"
    assert value(found, "probe_ssl_earliest_cert_expiry") > 0


async def test_a_server_that_relays_for_strangers_is_up_with_an_issue(
    postfix: Postfix, identity: Identity
) -> None:
    guard = SmtpProbe(relay_to="watch@elsewhere.test", relay_from="watch@hosting.test")
    assert "OPEN_RELAY" not in {
        issue.code for issue in (await seen(guard, at(postfix.smtp))).finding.issues
    }
    with running(Postfix(identity.certificate, identity.key, relays=True)) as open_relay:
        found = await seen(guard, at(open_relay.smtp))
    assert found.verdict is Verdict.UP
    [issue] = [issue for issue in found.finding.issues if issue.code == "OPEN_RELAY"]
    assert issue.text == ('it would relay mail from us to watch@elsewhere.test: "250 2.1.5 Ok"')


@pytest.mark.parametrize(("kind", "plain", "secure"), [
    (ImapProbe, "imap", "imaps"), (Pop3Probe, "pop3", "pop3s"),
])  # fmt: skip
async def test_a_mailbox_is_entered(
    kind: type[ImapProbe | Pop3Probe],
    plain: str,
    secure: str,
    dovecot: Dovecot,
    trust: TlsConfig,
    password: Path,
) -> None:
    login = {"tls_config": trust, "user": "watch", "password_file": password}
    for probe, port in (
        (kind.model_validate({"starttls": "require", **login}), getattr(dovecot, plain)),
        (kind.model_validate({"tls": True, **login}), getattr(dovecot, secure)),
    ):
        found = await seen(probe, at(port), debug=True)
        assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
        assert value(found, f"probe_{probe.kind}_duration_seconds", 'phase="auth"') > 0
        assert "sesame" not in "\n".join(found.lines)


@pytest.mark.parametrize("kind", [ImapProbe, Pop3Probe])
async def test_a_wrong_password_is_tried_once_and_again_when_its_file_changes(
    kind: type[ImapProbe | Pop3Probe], dovecot: Dovecot, trust: TlsConfig, password: Path
) -> None:
    write(password, "guess\n")
    net = Net()
    probe = kind(starttls="require", tls_config=trust, user="watch", password_file=password)
    port = dovecot.imap if kind is ImapProbe else dovecot.pop3
    first = await seen(probe, at(port), net=net, within=20)
    assert (first.verdict, first.finding.phase) == (Verdict.UNKNOWN, Phase.AUTH)
    assert "Authentication failed" in first.finding.reason
    assert "guess" not in first.finding.reason
    second = await seen(probe, at(port), net=net, within=20)
    assert second.verdict is Verdict.UNKNOWN
    assert second.seconds < 30
    assert second.finding.reason == (
        f"the login as watch was refused before; it is not tried again until {password} changes"
    )
    write(password, "sesame\n")
    assert (await seen(probe, at(port), net=net, within=20)).verdict is Verdict.UP


async def test_an_ftp_server_is_entered_over_tls(
    vsftpd: Vsftpd, trust: TlsConfig, password: Path
) -> None:
    probe = FtpProbe(starttls="require", tls_config=trust, user="anonymous", password_file=password)
    found = await seen(probe, at(vsftpd.port))
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)


async def test_an_ftp_server_that_lets_nobody_in_is_not_down(
    vsftpd: Vsftpd, trust: TlsConfig, password: Path
) -> None:
    probe = FtpProbe(starttls="require", tls_config=trust, user="ana", password_file=password)
    found = await seen(probe, at(vsftpd.port))
    assert (found.verdict, found.finding.phase) == (Verdict.UNKNOWN, Phase.AUTH)
    assert 'refused: "530 ' in found.finding.reason


async def test_the_host_key_that_we_know_is_no_issue_and_another_is(sshd: Sshd) -> None:
    found = await seen(SshProbe(host_key=sshd.fingerprint), at(sshd.port))
    assert (found.finding.reason, found.verdict, found.finding.issues) == ("", Verdict.UP, ())
    other = "SHA256:" + "A" * 43
    found = await seen(SshProbe(host_key=other), at(sshd.port))
    assert found.verdict is Verdict.UP
    assert [(issue.code, issue.text) for issue in found.finding.issues] == [
        ("HOST_KEY_CHANGED", f"the host key is {sshd.fingerprint}, not {other}")
    ]


async def _greeted(port: int) -> asyncio.StreamWriter:
    """A caller that sshd counts: whoever called before may not be gone yet."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        if (await reader.readline()).startswith(b"SSH-2.0-"):
            return writer
        writer.close()


async def test_a_server_that_has_enough_callers_is_not_down() -> None:
    with running(Sshd("MaxStartups=1")) as full:
        async with asyncio.timeout(45):
            first = await _greeted(full.port)
        found = await seen(SshProbe(), at(full.port))
        first.close()
    assert (found.verdict, found.finding.phase) == (Verdict.UNKNOWN, Phase.BANNER)
    assert found.finding.reason == ('SSH banner was "Exceeded MaxStartups", not "SSH-2.0-"')


async def test_a_database_is_entered_without_showing_the_password(
    mariadb: MariaDB, password: Path
) -> None:
    mariadb.run("create user if not exists watch@'%' identified by 'sesame'")
    probe = MysqlProbe(user="watch", password_file=password)
    found = await seen(probe, at(mariadb.port), debug=True)
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    assert "sesame" not in "".join(found.lines)


async def test_a_database_that_refuses_the_password_is_asked_once(
    mariadb: MariaDB, password: Path
) -> None:
    mariadb.run("create user if not exists watch@'%' identified by 'sesame'")
    write(password, "guess\n")
    probe, net = MysqlProbe(user="watch", password_file=password), Net()
    found = await seen(probe, at(mariadb.port), net=net)
    assert (found.verdict, found.finding.phase) == (Verdict.UNKNOWN, Phase.AUTH)
    assert "Access denied for user 'watch'@" in found.finding.reason
    again = await seen(probe, at(mariadb.port), net=net)
    assert "was refused before" in again.finding.reason


async def test_a_full_database_is_down(password: Path) -> None:
    with running(MariaDB("--max-connections=10")) as full:
        full.run("create user watch@'%' identified by 'sesame'")
        probe = MysqlProbe(user="watch", password_file=password)
        async with Crowd("127.0.0.1", full.port, 12):
            found = await seen(probe, at(full.port))
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.BANNER)
    assert found.finding.reason == 'MySQL handshake was error 1040: "Too many connections"'


async def test_a_database_over_tls(identity: Identity, trust: TlsConfig, password: Path) -> None:
    with running(MariaDB(identity=identity)) as secure:
        secure.run("create user watch@'%' identified by 'sesame' require ssl")
        login = {"user": "watch", "password_file": password}
        probe = MysqlProbe.model_validate({"starttls": "require", "tls_config": trust, **login})
        found = await seen(probe, at(secure.port))
        plain = await seen(MysqlProbe.model_validate({"starttls": "off", **login}), at(secure.port))
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    assert value(found, "probe_tls_version_info", 'version="TLS 1.3"') == 1
    assert plain.verdict is Verdict.UNKNOWN


PLUGINS = "/usr/lib/nagios/plugins"


async def test_a_real_plugin_says_what_it_measured(postfix: Postfix) -> None:
    require("monitoring-plugins", present=Path(PLUGINS, "check_smtp").exists())  # noqa: ASYNC240
    argv = (f"{PLUGINS}/check_smtp", "-H", "{address}", "-p", str(postfix.smtp))
    found = await seen(CommandProbe(argv=argv), "127.0.0.1")
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    labels = 'label="time",unit="s"'
    assert 0 < value(found, "probe_command_perfdata", labels) < 5
    assert value(found, "probe_command_perfdata_min", labels) == 0


async def test_a_real_plugin_that_finds_nobody_is_down_in_its_own_words() -> None:
    require("monitoring-plugins", present=Path(PLUGINS, "check_ssh").exists())  # noqa: ASYNC240
    argv = (f"{PLUGINS}/check_ssh", "-p", str(free_port()), "{address}")
    found = await seen(CommandProbe(argv=argv), "127.0.0.1")
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.CONTENT)
    assert found.finding.reason.startswith("check_ssh: connect to address 127.0.0.1 and port")


class Crowd:
    """Clients that were greeted and stay."""

    def __init__(self, host: str, port: int, count: int) -> None:
        self._where, self._count = (host, port), count
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> None:
        for _ in range(self._count):
            reader, writer = await asyncio.open_connection(*self._where)
            await reader.read(1)
            self._writers.append(writer)

    async def __aexit__(self, *_: object) -> None:
        for writer in self._writers:
            writer.close()


LOOKS: tuple[tuple[str, str, type[Settings]], ...] = (
    ("postfix", "smtp", SmtpProbe),
    ("dovecot", "imap", ImapProbe),
    ("dovecot", "pop3", Pop3Probe),
    ("vsftpd", "port", FtpProbe),
    ("sshd", "port", SshProbe),
    ("mariadb", "port", MysqlProbe),
)

SAID = {
    "smtp": "SMTP banner",
    "imap": "IMAP banner",
    "pop3": "POP3 banner",
    "ftp": "FTP banner",
    "ssh": "SSH banner",
    "mysql": "MySQL handshake",
}


@pytest.mark.parametrize(("name", "port", "kind"), LOOKS, ids=lambda one: str(one))
async def test_a_server_that_dies_freezes_and_comes_back(
    name: str, port: str, kind: type[Settings], request: pytest.FixtureRequest
) -> None:
    server: Service = request.getfixturevalue(name)
    probe: Probe = kind()  # type: ignore[assignment]
    where = at(getattr(server, port))
    assert (await seen(probe, where)).verdict is Verdict.UP
    server.pause()
    frozen = await seen(probe, where, within=0.3)
    server.resume()
    assert (frozen.verdict, frozen.finding.phase) == (Verdict.DOWN, Phase.BANNER)
    assert frozen.finding.reason == f"no {SAID[probe.kind]} within 0.3 s"
    server.kill()
    dead = await seen(probe, where)
    assert (dead.verdict, dead.finding.phase) == (Verdict.DOWN, Phase.CONNECT)
    server.start()
    assert (await seen(probe, where)).verdict is Verdict.UP
