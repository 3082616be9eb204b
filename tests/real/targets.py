"""The servers that probes look at, as fixtures: tests/conftest.py names this file as a plugin."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

from tests.real.ftp import Vsftpd
from tests.real.mail_servers import Dovecot, Postfix
from tests.real.mariadb import MariaDB
from tests.real.service import Service
from tests.real.sshd import Sshd
from tests.require import require

Some = TypeVar("Some", bound=Service)


class Identity(NamedTuple):
    """A certificate for localhost and 127.0.0.1 and its key; the certificate is its own root."""

    certificate: Path
    key: Path


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """Who the real servers of this run say they are."""
    openssl = shutil.which("openssl")
    require("openssl", present=openssl is not None)
    folder = tmp_path_factory.mktemp("identity")
    mine = Identity(folder / "certificate.pem", folder / "key.pem")
    subprocess.run(
        [
            *(str(openssl), "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "90", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(mine.key), "-out", str(mine.certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return mine


@contextmanager
def running(server: Some) -> Iterator[Some]:
    """Start it, and leave nothing of it behind."""
    try:
        server.start()
        yield server
    finally:
        server.remove()


def ready(server: Some) -> Some:
    """The same server, whatever the last test did to it."""
    server.resume()
    server.start()
    return server


@pytest.fixture(scope="session")
def dovecot_of_this_run(identity: Identity) -> Iterator[Dovecot]:
    with running(Dovecot(identity.certificate, identity.key)) as server:
        yield server


@pytest.fixture
def dovecot(dovecot_of_this_run: Dovecot) -> Dovecot:
    """IMAP and POP3; a test may stop, kill or pause it."""
    return ready(dovecot_of_this_run)


@pytest.fixture(scope="session")
def postfix_of_this_run(identity: Identity) -> Iterator[Postfix]:
    with running(Postfix(identity.certificate, identity.key)) as server:
        yield server


@pytest.fixture
def postfix(postfix_of_this_run: Postfix) -> Postfix:
    """SMTP; a test may stop, kill or pause it."""
    return ready(postfix_of_this_run)


@pytest.fixture(scope="session")
def sshd_of_this_run() -> Iterator[Sshd]:
    with running(Sshd()) as server:
        yield server


@pytest.fixture
def sshd(sshd_of_this_run: Sshd) -> Sshd:
    """SSH; a test may stop, kill or pause it."""
    return ready(sshd_of_this_run)


@pytest.fixture(scope="session")
def vsftpd_of_this_run(identity: Identity) -> Iterator[Vsftpd]:
    with running(Vsftpd(identity.certificate, identity.key)) as server:
        yield server


@pytest.fixture
def vsftpd(vsftpd_of_this_run: Vsftpd) -> Vsftpd:
    """FTP; a test may stop, kill or pause it."""
    return ready(vsftpd_of_this_run)


@pytest.fixture(scope="session")
def mariadb_of_this_run() -> Iterator[MariaDB]:
    with running(MariaDB()) as server:
        yield server


@pytest.fixture
def mariadb(mariadb_of_this_run: MariaDB) -> MariaDB:
    """MariaDB; a test may stop, kill or pause it."""
    return ready(mariadb_of_this_run)
