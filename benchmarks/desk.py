"""The desk with 100,000 tickets and a year of events: opening, listing, scrape, figures, digest."""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import uvloop
from prometheus_client import CollectorRegistry, generate_latest

from alerts.model import person
from benchmarks import desk_year
from benchmarks.report import Table
from responder import deskwork
from responder.config import Config
from responder.deskwork import Hand, Request
from responder.kpi.metrics import KpiMetrics
from responder.kpi.report import as_json, report
from responder.management.digest import digest_of
from responder.management.flow import inflow_of
from responder.plan import Plan
from responder.rota_values import Span
from responder.store import Store
from responder.store import tickets as rows
from responder.store.opening import open_store
from responder.store.standing import standing
from responder.store.tickets import Wanted
from responder.values import Figure

TICKETS, ROUNDS = 100_000, 20
LIFE = (
    "opened/hosting/email",
    "reaction",
    "first_reply",
    "useful_response",
    "resolution",
    "requester_wait",
    "solved",
    "one_touch",
)
LISTS = {
    "the newest": Wanted(),
    "what is open at level 1": Wanted(states=("new", "open"), queue="level-1"),
    "what somebody owns and is open": Wanted(states=("open", "answering"), owner="agent7"),
    "all that is solved at level 3": Wanted(states=("solved", "closed"), queue="level-3"),
    "the tickets of an incident": Wanted(incident=50_000),
}


def desk(folder: Path) -> Table:
    """Each in turn; the median and the slowest of the rounds."""
    return uvloop.run(_measure(folder))


async def _measure(folder: Path) -> Table:
    table = Table(f"The desk: {TICKETS:,} tickets of a year (SQLite), ms")
    store = open_store(f"sqlite:///{folder}/desk.db", ballast=0)
    now = datetime.now(UTC)
    try:
        await desk_year.live(store, TICKETS, now=now)
        await _opening(store, table, now=now)
        for name, wanted in LISTS.items():
            await _timed(table, f"a list: {name} (aim < 100)", store.read, rows.listed, wanted)
        await _scrape(store, table, now=now)
        window = {"since": now - timedelta(days=30), "until": now}
        await _timed(table, "`responder kpi` of 30 days, and those before", _ask, store, window)
        span, config, plan = Span(now - timedelta(days=14), now), Config(), Plan()
        digest = partial(digest_of, span=span, config=config, plan=plan)
        await _timed(table, "the digest of two weeks (aim < 5,000)", store.read, digest)
        inflow = partial(inflow_of, plan=plan, zone=ZoneInfo("UTC"), weeks=4, now=now)
        await _timed(table, "the inflow of four weeks", store.read, inflow)
    finally:
        await store.close()
    return table


async def _opening(store: Store, table: Table, *, now: datetime) -> None:
    by = Hand(person("ana"), Plan(), now)
    for number in range(ROUNDS):
        request = Request("No mail", "Since this morning.", brand="brand7", key=str(number))
        begun = time.perf_counter()
        await store.write(deskwork.open_by_hand, request, by=by)
        table.add("opening a ticket, durable (aim < 100)", _ms(begun))


async def _scrape(store: Store, table: Table, *, now: datetime) -> None:
    registry, counted = CollectorRegistry(), CollectorRegistry()
    brands = [f"brand{number}" for number in range(desk_year.BRANDS)]
    metrics = KpiMetrics(registry, counted, brands=brands)
    begun = time.perf_counter()
    metrics.page(generate_latest, kind="text")
    table.add("the first page of counters and histograms", _ms(begun))
    for _ in range(ROUNDS):
        metrics.observe(_life(now))
        begun = time.perf_counter()
        metrics.freshen()
        table.add("the pages, made anew between scrapes after a ticket's life", _ms(begun))
        begun, spent = time.perf_counter(), time.process_time()
        found = await store.read(standing, now=now)
        table.add("the gauges of a scrape, asked of the store", _ms(begun))
        metrics.show(found)
        generate_latest(registry)
        metrics.page(generate_latest, kind="text")
        table.add("a scrape of the KPIs, with its page (aim < 50)", _ms(begun))
        table.add("  its CPU, on all threads", 1e3 * (time.process_time() - spent))


def _life(now: datetime) -> list[Figure]:
    """What a ticket counts from its opening to its end."""
    return [Figure("ticket:7", name, 600, "high", "level-1", "person", now) for name in LIFE]


async def _timed(
    table: Table, name: str, ask: Callable[..., Awaitable[object]], *what: object, **more: object
) -> None:
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        await ask(*what, **more)
        table.add(name, _ms(begun))


async def _ask(store: Store, window: Mapping[str, Any]) -> None:
    found = await store.read(partial(report, **window))
    as_json(found)


def _ms(begun: float) -> float:
    return 1e3 * (time.perf_counter() - begun)
