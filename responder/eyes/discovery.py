"""Asks the control panels what lives on their servers; their last map serves while one is away."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from pydantic import TypeAdapter, ValidationError

from probes.discovery import PanelMap, discover
from probes.net import Net
from probes.panel import Panel
from probes.reasons import Failed
from responder.clock import Clock
from responder.live import Live
from responder.store import Store, StoreUnavailable, probes
from responder.store.probes import MapRow

log = structlog.get_logger(__name__)

SECONDS = 120.0  # the longest that one panel may take
TOGETHER = 8  # panels asked at a time
_shape: TypeAdapter[PanelMap] = TypeAdapter(PanelMap)


class Discovery:
    """What every panel last said, kept over restarts. `learnt` is called when that has changed."""

    def __init__(
        self, store: Store, live: Live, net: Net, *, clock: Clock, learnt: Callable[[], None]
    ) -> None:
        self._store = store
        self._live = live
        self._net = net
        self._clock = clock
        self._learnt = learnt
        self.rows: dict[str, MapRow] = {}
        self._asked: dict[str, datetime] = {}
        self._serving: set[str] = set()  # servers whose maps are in force
        self._asking: set[asyncio.Task[None]] = set()
        self._hands = asyncio.Semaphore(TOGETHER)

    async def begin(self) -> None:
        """What was known when we stopped."""
        self.rows = await self._store.read(probes.maps)
        self._learn()

    async def turn(self) -> None:
        """Begin to ask the panels whose turn it is; one that is new is asked at once."""
        now = self._clock.now()
        every = self._live.config.probes.discovery
        panels = self._panels()
        if self._serving != self.rows.keys() & panels.keys():
            self._learn()
        for name, panel in panels.items():
            if now - self._asked.get(name, now - every) >= every:
                self._asked[name] = now
                task = asyncio.create_task(self._ask(name, panel), name=f"panel of {name}")
                self._asking.add(task)
                task.add_done_callback(self._over)

    async def settle(self, *, cancel: bool = False) -> None:
        """Wait for the answers, or break them off."""
        for task in self._asking if cancel else ():
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    def ages(self, *, now: datetime) -> dict[str, timedelta]:
        """How old the map of each server is; 0 while it is what its panel just said."""
        rows = ((name, row) for name, row in self.rows.items() if name in self._serving)
        return {name: now - one.taken_at if one.trouble else timedelta(0) for name, one in rows}

    async def _ask(self, server: str, panel: Panel) -> None:
        before = self.rows.get(server)
        try:
            async with self._hands, asyncio.timeout(SECONDS):
                body = _shape.dump_python(await discover(panel, self._net), mode="json")
        except (Failed, OSError) as error:  # TimeoutError is an OSError
            trouble = str(error) or f"no end within {SECONDS:g} s"
            row = MapRow(server, before.taken_at, before.body, trouble) if before else None
            if before is None or before.trouble != trouble:
                log.warning("panel_unreadable", server=server, reason=trouble)
        else:
            row = MapRow(server, self._clock.now(), body, "")
        if row is not None:
            self.rows[server] = row
            if before is None or before.body != row.body:
                self._learn()
            await self._store.write(probes.keep_map, row)

    def _over(self, task: asyncio.Task[None]) -> None:
        """A panel has been asked. What could not be stored serves all the same, and is stored when
        its panel is asked next.
        """
        self._asking.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, StoreUnavailable):
            log.warning("map_not_stored", task=task.get_name(), reason=str(error))
        elif error is not None:
            log.error("panel_reading_broke", task=task.get_name(), exc_info=error)

    def _learn(self) -> None:
        """A panel that the file no longer names tells nothing, whatever it told once."""
        self._serving = self.rows.keys() & self._panels().keys()
        self._live.learn(maps_of({name: self.rows[name] for name in self._serving}))
        self._learnt()

    def _panels(self) -> dict[str, Panel]:
        parts = self._live.config.servers
        return {
            name: part.panel.panel(part.address or name)
            for name, part in parts.items()
            if part.panel is not None and part.panel.discover
        }


def maps_of(rows: Mapping[str, MapRow]) -> dict[str, PanelMap]:
    """The maps of these rows; one that another version of ours wrote is left out until the next
    cycle writes it anew.
    """
    found = {}
    for server, row in rows.items():
        try:
            found[server] = _shape.validate_python(row.body)
        except ValidationError:
            log.warning("map_outdated", server=server)
    return found
