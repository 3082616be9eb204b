"""From a URL to a store that is ours alone, sound, migrated and running."""

from contextlib import ExitStack
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError

from responder.store.ballast import SIZE, Ballast
from responder.store.engine import open_engine
from responder.store.engines import Engines
from responder.store.migrate import prepare
from responder.store.thread import Store
from responder.store.trouble import StoreUnavailable, reason
from responder.store.upkeep import check

log = structlog.get_logger(__name__)


def open_store(url: str, *, beside: Path | None = None, ballast: int = SIZE) -> Store:
    """Open the store of this URL (engine.py says which) and start its thread.

    Raises ValueError (not a store's URL), StoreInUse, Damaged, NewerSchema, StoreUnavailable (the
    server does not answer); each message says what to do.
    """
    with ExitStack() as opened:
        engines = open_engine(url, beside=beside)
        opened.callback(engines.close)
        try:
            _ready(engines)
        except DBAPIError as error:
            raise StoreUnavailable(f"the store cannot be opened: {reason(error)}") from error
        opened.pop_all()
    return Store(engines, ballast=_ballast(engines, ballast))


def _ready(engines: Engines) -> None:
    if engines.path is not None:
        check(engines.path)
    prepared = prepare(engines)
    for doubt in engines.doubts():
        log.warning("store_doubted", reason=doubt)
    log.info("store_opened", version=prepared.version, upgraded_from=prepared.upgraded_from)


def _ballast(engines: Engines, size: int) -> Ballast | None:
    if engines.path is None or size == 0:
        return None
    ballast = Ballast(engines.path.with_name(engines.path.name + ".ballast"), size=size)
    ballast.lay()
    return ballast
