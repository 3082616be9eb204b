"""Brings the store's tables to what this program knows, once, before anybody writes.

A new migration: change tables.py, then `python -m responder.store.migrations.draft NAME` writes
migrations/versions/NNNN_NAME.py, which a person reads, corrects and formats. A migration that was
never released may be deleted and drafted anew in the same way.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from responder.store.engines import Engines
from responder.store.upkeep import back_up

VERSIONS = Path(__file__).parent / "migrations" / "versions"

_LOCK = 0x52_52_02  # any fixed number: instances that start together migrate one after the other


class NewerSchema(Exception):
    """The store was written by a newer program."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """How the store was found."""

    version: str  # of its tables now
    upgraded_from: str | None = None  # "" when it was empty; None when there was nothing to do


def prepare(engines: Engines, *, versions: Path = VERSIONS) -> Prepared:
    """Bring an empty or older store to the newest tables; leave it as it was on any error.

    A SQLite store that holds something is first copied to FILE.before-NNNN beside it. NewerSchema
    when a later program was here. Alembic is loaded only when there is something to do: it costs
    time and memory.
    """
    newest = head(versions)
    with engines.write.begin() as tx:
        found = version(tx)
    if found == newest:
        return Prepared(found)
    if found > newest:
        raise NewerSchema(
            f"the store has tables of version {found}, and this program knows up to {newest}: start"
            " the newer program, or restore the backup made before the upgrade"
        )
    if found and engines.path is not None:
        back_up(engines.path, engines.path.with_name(f"{engines.path.name}.before-{newest}"))
    _upgrade(engines.write, versions)
    return Prepared(newest, upgraded_from=found)


def head(versions: Path = VERSIONS) -> str:
    """The newest version this program knows: the number that begins a migration's file name."""
    return max((path.name[:4] for path in versions.glob("[0-9]*.py")), default="")


def version(tx: Connection) -> str:
    """The version of the tables, "" for an empty store.

    An instance may ask again later: when a newer program has come, the older one must stop.
    """
    if not inspect(tx).has_table("alembic_version"):
        return ""
    return str(tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def _upgrade(engine: Engine, versions: Path) -> None:
    """All steps in one transaction, on a connection that is not used for anything else."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "responder.store:migrations")
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    with engine.connect() as tx:
        tx.detach()
        _prepare_connection(tx)
        with tx.begin():
            _wait_for_others(tx)
            config.attributes["connection"] = tx
            command.upgrade(config, "head")


def _prepare_connection(tx: Connection) -> None:
    driver = tx.connection.dbapi_connection
    if driver is None:
        raise RuntimeError("no connection")
    if tx.dialect.name == "sqlite":
        # Rebuilding a table drops the old one, which would take along whatever refers to it.
        driver.execute("PRAGMA foreign_keys = OFF")
    else:
        driver.patience = None


def _wait_for_others(tx: Connection) -> None:
    """Other instances may be migrating; on SQLite there are none."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0"))
        tx.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
