"""A real MariaDB on loopback."""

import os
import shutil
import subprocess

from tests.real.process import Process
from tests.real.service import Service, open_folder
from tests.require import free_port, require


class MariaDB(Service):
    """MariaDB with an empty database; `options` are words of its command line.

    `run(SQL)` speaks as its root over the socket.
    """

    def __init__(self, *options: str) -> None:
        require("MariaDB", present=shutil.which("mariadbd") is not None)
        user = "mysql" if os.geteuid() == 0 else None
        folder = open_folder("mariadb")
        if user:
            shutil.chown(folder, user)
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
            *("--bind-address=127.0.0.1", f"--port={self.port}", *options),
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=8M"),
            log=folder / "mariadb.log",
        )
        super().__init__(process, folder=folder, greets=(self.port,))

    def run(self, sql: str) -> str:
        """What the command-line client says to these statements."""
        client = ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "-N"]
        done = subprocess.run([*client, "-e", sql], check=True, capture_output=True, text=True)
        return done.stdout
