"""A real PostgreSQL cluster of our own, durable as in production, that can crash and come back."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from tests.real.process import Process, as_user
from tests.require import free_port, require

BIN = Path("/usr/lib/postgresql/15/bin")


class PostgresServer:
    """One cluster with PostgreSQL's own defaults (fsync on), on loopback and on a socket.

    PostgreSQL refuses to run as root; started by root it runs as Debian's user `postgres`, in a
    folder outside pytest's own, which no other user may enter.
    """

    def __init__(self) -> None:
        require("PostgreSQL 15", present=(BIN / "initdb").exists())
        user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="responder-pg-"))
        if user:
            shutil.chown(self.folder, user, user)
        self.port = free_port()
        self._initdb(user)
        self.process = Process(
            str(BIN / "postgres"),
            *("-D", str(self.folder / "data"), "-k", str(self.folder)),
            *("-h", "127.0.0.1", "-p", str(self.port)),
            log=self.folder / "postgres.log",
            user=user,
            last_signal="QUIT",
        )

    def url(self, database: str) -> str:
        """The address of a database for SQLAlchemy, with the psycopg 3 driver."""
        return f"postgresql+psycopg://responder@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it (unless it runs) and block until it takes connections, its recovery done."""
        self.process.start()
        deadline = time.monotonic() + 60
        while not self._takes_connections():
            if (words := self.process.died()) is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {words}")
            time.sleep(0.02)

    def stop(self) -> None:
        """A clean stop that disconnects everybody (`pg_ctl stop -m fast`)."""
        self.process.end(signal.SIGINT)

    def crash(self) -> None:
        """Die without a checkpoint (`pg_ctl stop -m immediate`); the next start() recovers."""
        self.process.end(signal.SIGQUIT)

    def create(self, database: str, *, template: str = "template0") -> str:
        """Create a database and return its URL; a template must have no connections."""
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(database), sql.Identifier(template)
            )
        )
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._run(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )

    def remove(self) -> None:
        """End it and delete its files."""
        self.process.end(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def _initdb(self, user: str | None) -> None:
        subprocess.run(
            [
                *("setpriv", "--pdeathsig", "TERM", *as_user(user)),
                *(str(BIN / "initdb"), "-D", str(self.folder / "data"), "-U", "responder"),
                *("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            check=True,
            capture_output=True,
        )

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="responder", dbname="postgres",
            autocommit=True,
        )  # fmt: skip

    def _takes_connections(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)
