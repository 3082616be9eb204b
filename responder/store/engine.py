"""Opens SQLite or PostgreSQL the way we need it."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from responder.store.engines import Engines


def open_engine(url: str, *, beside: Path | None = None) -> Engines:
    """Open `sqlite:///FILE` (relative to `beside`) or `postgresql://...`.

    SQLite's file is made with mode 0600 in a directory of mode 0700 and locked for this process
    alone: StoreInUse when another instance has it. PostgreSQL connects at first use, and needs the
    extra `postgres`. ValueError, without any password, for another URL.
    """
    parts = _parts(url)
    if parts.drivername == "sqlite":
        from responder.store.sqlite import SqliteFile

        return SqliteFile(file_of(url, beside=beside))
    from responder.store.postgres import Postgres

    return Postgres(parts)


def file_of(url: str, *, beside: Path | None = None) -> Path:
    """The file of a SQLite store, whether or not it is in use; ValueError for PostgreSQL."""
    parts = _parts(url)
    if not parts.database or parts.drivername != "sqlite":
        raise ValueError(
            "this store is on PostgreSQL: copy it with pg_dump, restore with pg_restore"
        )
    return Path(beside or ".", parts.database)


def _parts(url: str) -> URL:
    try:
        parts = make_url(url)
    except ArgumentError:
        raise ValueError("a store is sqlite:///FILE or postgresql://HOST/DATABASE") from None
    is_file = parts.drivername == "sqlite" and parts.database not in {None, "", ":memory:"}
    if is_file or parts.drivername in {"postgresql", "postgresql+psycopg"}:
        return parts
    shown = parts.render_as_string(hide_password=True)
    raise ValueError(f"a store is sqlite:///FILE or postgresql://HOST/DATABASE, not {shown}")
