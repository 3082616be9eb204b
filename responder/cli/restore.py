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
{doubtful} effects were not done yet in the backup: each is looked up before it is repeated
Power is off until a person says so: `responder kill-switch off`"""


@click.command(short_help="Put a backup in the place of the store.")
@click.argument(
    "copy", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE]"
)
@click.option("--in-place", is_flag=True, help="It was put there by other means: only mark it.")
@config_option
@json_option
def restore(copy: Path | None, *, in_place: bool, file: Path | None, as_json: bool) -> None:
    """Put the backup FILE in the place of the store. No daemon may run meanwhile.

    The old store is kept beside it. What happened since the backup has happened outside all the
    same: whatever was not done then is looked up first, incidents get names of their own, and the
    kill switch is on until somebody lifts it.
    After pg_restore, or when a disk was put back to a snapshot: `restore --in-place`.
    """
    import sqlite3

    from responder.store import StoreUnavailable
    from responder.store.migrate import NewerSchema
    from responder.store.recovery import Running
    from responder.store.sqlite import StoreInUse
    from responder.store.upkeep import Damaged

    if (copy is None) != in_place:
        raise click.UsageError("name the FILE to restore, or say --in-place")
    log_aside()
    config = chosen(file)
    states = (StoreInUse, Running, Damaged, NewerSchema, StoreUnavailable)
    try:
        told = _put(copy, config) if copy else _mark_in_place(config)
    except (*states, OSError, ValueError, sqlite3.Error) as trouble:
        raise Failed(f"nothing was restored: {trouble}") from None
    if as_json:
        say_json(told)
    else:
        say(_DONE.format(**told))


def _put(copy: Path, config: Path) -> dict[str, object]:
    from responder.store.engine import file_of
    from responder.store.restore import restore as put

    now = datetime.now(UTC)
    store = file_of(store_url(config), beside=config.parent)
    store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Marked before it takes its place, so that no daemon can begin on an unmarked one.
    with TemporaryDirectory(dir=store.parent, prefix=".restore-") as folder:
        marked = Path(folder, store.name)
        put(copy, marked, now=now)
        doubtful = asyncio.run(_mark(f"sqlite:///{store.name}", Path(folder), now))
        kept = put(marked, store, now=now)
    return {"store": str(store), "kept": kept and str(kept), "doubtful": doubtful}


def _mark_in_place(config: Path) -> dict[str, object]:
    url = store_url(config)
    doubtful = asyncio.run(_mark(url, config.parent, datetime.now(UTC)))
    return {"store": "the store as it stands", "kept": None, "doubtful": doubtful}


async def _mark(url: str, beside: Path, now: datetime) -> int:
    from responder.store.opening import open_store
    from responder.store.recovery import begin_anew

    store = open_store(url, beside=beside, ballast=0)
    try:
        return await store.write(begin_anew, now=now)
    finally:
        await store.close()  # which folds the log into the file
