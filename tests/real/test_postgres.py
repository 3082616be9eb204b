"""Does the real PostgreSQL live, and does it keep its word over a crash?"""

import psycopg
import pytest

from tests.real.postgres import PostgresServer


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def test_what_was_committed_survives_a_crash(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with connect(postgres_url) as connection:
        connection.execute("CREATE TABLE word (kept text)")
        connection.execute("INSERT INTO word VALUES ('yes')")
        postgres_server.crash()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    postgres_server.start()
    with connect(postgres_url) as connection:
        assert connection.execute("SELECT kept FROM word").fetchall() == [("yes",)]


def test_a_crashed_server_takes_no_connection(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    postgres_server.crash()
    with pytest.raises(psycopg.OperationalError):
        connect(postgres_url)


def test_every_test_has_a_database_of_its_own_and_a_durable_server(postgres_url: str) -> None:
    with connect(postgres_url) as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_a_database_is_copied_from_a_template(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with connect(postgres_url) as connection:
        connection.execute("CREATE TABLE word (kept text)")
    copy = postgres_server.create("copied", template=postgres_url.rpartition("/")[2])
    with connect(copy) as connection:
        assert connection.execute("SELECT * FROM word").fetchall() == []
    postgres_server.drop("copied")
