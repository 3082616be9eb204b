"""Do the real servers greet, die, come back and leave nothing behind?"""

import socket
from collections.abc import Callable

import pytest

from tests.real.ftp import Vsftpd
from tests.real.mail_servers import Dovecot, Postfix
from tests.real.mariadb import MariaDB
from tests.real.service import Service
from tests.real.sshd import Sshd
from tests.real.targets import ready

pytestmark = pytest.mark.xdist_group("targets")  # each worker would start all of them


def greeting(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as caller:
        return caller.recv(200)


def test_dovecot_greets_on_both_ports(dovecot: Dovecot) -> None:
    assert greeting(dovecot.imap).startswith(b"* OK ")
    assert greeting(dovecot.pop3).startswith(b"+OK ")


def test_postfix_greets(postfix: Postfix) -> None:
    assert greeting(postfix.smtp).startswith(b"220 mail.hosting.test ESMTP")


def test_sshd_greets_and_knows_its_key(sshd: Sshd) -> None:
    assert greeting(sshd.port).startswith(b"SSH-2.0-")
    assert sshd.fingerprint.startswith("SHA256:")


def test_vsftpd_greets(vsftpd: Vsftpd) -> None:
    assert greeting(vsftpd.port).startswith(b"220 ")


def test_mariadb_greets_and_answers(mariadb: MariaDB) -> None:
    assert greeting(mariadb.port)[4] == 10
    assert mariadb.run("select 6 * 7").strip() == "42"


@pytest.mark.parametrize("name", ["dovecot", "postfix", "sshd", "vsftpd", "mariadb"])
def test_a_killed_server_refuses_and_comes_back(name: str, request: pytest.FixtureRequest) -> None:
    server: Service = request.getfixturevalue(name)
    port = server._greets[0]
    server.kill()
    with pytest.raises(ConnectionRefusedError):
        greeting(port)
    server.start()
    assert greeting(port) != b""


@pytest.mark.parametrize("deed", [Service.stop, Service.kill, Service.pause])
def test_whatever_a_test_left_the_next_one_finds_it_running(
    sshd: Sshd, deed: Callable[[Service], None]
) -> None:
    deed(sshd)
    assert greeting(ready(sshd).port).startswith(b"SSH-2.0-")
