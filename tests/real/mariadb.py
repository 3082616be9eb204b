"""A real MariaDB on loopback."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.real.process import Process
from tests.real.service import Service, open_folder
from tests.require import free_port, require


class MariaDB(Service):
    """MariaDB with an empty database; `options` are words of its command line, `identity` a
    certificate and its key, with which it speaks TLS.

    `run(SQL)` speaks as its root over the socket.
    """

    def __init__(self, *options: str, identity: tuple[Path, Path] | None = None) -> None:
        require("MariaDB", present=shutil.which("mariadbd") is not None)
        user = "mysql" if os.geteuid() == 0 else None
        folder = open_folder("mariadb")
        if user:
            shutil.chown(folder, user)
        secure = tuple(_own(folder, identity, user)) if identity else ()
        self.port = free_port()
        self.socket = folder / "socket"
        data = [f"--datadir={folder / 'data'}", *([f"--user={user}"] if user else [])]
        subprocess.run(
            [
                *("mariadb-install-db", "--no-defaults", *data),
                *("--auth-root-authentication-method=normal", "--skip-test-db"),
            ],
            check=True,
            capture_output=True,
        )
        process = Process(
            *("mariadbd", "--no-defaults", *data, f"--socket={self.socket}"),
            *("--bind-address=127.0.0.1", f"--port={self.port}", *secure, *options),
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=8M"),
            log=folder / "mariadb.log",
        )
        super().__init__(process, folder=folder, greets=(self.port,))

    def run(self, sql: str) -> str:
        """What the command-line client says to these statements."""
        client = ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "-N"]
        done = subprocess.run([*client, "-e", sql], check=True, capture_output=True, text=True)
        return done.stdout


def _own(folder: Path, identity: tuple[Path, Path], user: str | None) -> Iterator[str]:
    """Copies that its user may read, and the options that name them."""
    for option, file in zip(("--ssl-cert", "--ssl-key"), identity, strict=True):
        copy = Path(shutil.copy(file, folder))
        if user:
            shutil.chown(copy, user)
        yield f"{option}={copy}"
