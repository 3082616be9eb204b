"""`responder restore`: a backup in the place of the store."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from responder.cli.configuration import chosen, config_option, store_url
from responder.cli.exits import Failed
from responder.cli.say import json_option, log_aside, say, say_json

_DONE = """{store} is the backup now; kept of before: {kept}
{doubtful} effects were not done yet in the backup: each is looked up before it is repeated"""


@click.command(short_help="Put a backup in the place of the store.")
@click.argument("copy", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@config_option
@json_option
def restore(copy: Path, *, file: Path | None, as_json: bool) -> None:
    """Put the backup FILE in the place of the store. No daemon may run meanwhile.

    The old store is kept beside it. What happened since the backup has happened outside all the
    same: whatever was not done then is looked up first, and incidents get names of their own. A
    PostgreSQL store is restored with pg_restore.
    """
    import sqlite3

    from responder.store import StoreUnavailable
    from responder.store.engine import file_of
    from responder.store.migrate import NewerSchema
    from responder.store.restore import restore as put
    from responder.store.sqlite import StoreInUse
    from responder.store.upkeep import Damaged

    log_aside()
    config, now = chosen(file), datetime.now(UTC)
    troubles = (OSError, ValueError, sqlite3.Error, Damaged, NewerSchema, StoreInUse)
    try:
        store = file_of(store_url(config), beside=config.parent)
        store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Marked before it takes its place, so that no daemon can begin on an unmarked one.
        with TemporaryDirectory(dir=store.parent, prefix=".restore-") as aside:
            marked = Path(aside, store.name)
            put(copy, marked, now=now)
            doubtful = asyncio.run(_mark(marked, now))
            kept = put(marked, store, now=now)
    except (*troubles, StoreUnavailable) as trouble:
        raise Failed(f"nothing was restored: {trouble}") from None
    told = {"store": str(store), "kept": str(kept) if kept else None, "doubtful": doubtful}
    if as_json:
        say_json(told)
    else:
        say(_DONE.format(**{**told, "kept": kept or "nothing, there was no store"}))


async def _mark(path: Path, now: datetime) -> int:
    from responder.store.opening import open_store
    from responder.store.recovery import begin_anew

    store = open_store(f"sqlite:///{path.name}", beside=path.parent, ballast=0)
    try:
        return await store.write(begin_anew, now=now)
    finally:
        await store.close()  # which folds the log into the file
