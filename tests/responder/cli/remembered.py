"""A store in which something has happened already, for the verbs that look into one."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from alerts.alertmanager import read_webhook
from responder.cli.configuration import store_url
from responder.compile import compiled
from responder.config import Config
from responder.configfile import load
from responder.intake import Arrival, take
from responder.store import Store, Tx
from responder.store.opening import open_store
from tests.stories.stage import firing

P = ParamSpec("P")
R = TypeVar("R")

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)


def remember(file: Path, *bodies: dict[str, object]) -> None:
    """The store of this configuration takes these messages in, with no daemon around."""
    plan = compiled(load(file, Config).value)
    readings = [read_webhook(json.dumps(body).encode()) for body in bodies or (firing(),)]
    arrivals = [Arrival("alertmanager", reading) for reading in readings]
    within(file, take, arrivals=arrivals, plan=plan, now=NOW)


def within(
    file: Path, work: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """One transaction in the store of this configuration."""

    async def once() -> R:
        store: Store = open_store(store_url(file), beside=file.parent, ballast=0)
        try:
            return await store.write(work, *args, **kwargs)
        finally:
            await store.close()

    return asyncio.run(once())
