"""How fast a backlog of Request Tracker comes home, against its bare pages."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import uvloop

from benchmarks.report import Table
from playbooks.client import open_session
from responder.clock import Clock
from responder.emulators.ticket_book import BOT, KEY_FIELD
from responder.emulators.tickets import TicketEmulator
from responder.plan import Plan
from responder.secrets import Secret
from responder.store import cursors
from responder.store.opening import open_store
from responder.sync import Sync
from responder.tickets.rt import RequestTracker
from responder.tickets.rt_changes import OF_INTEREST
from responder.tickets.rt_rest import Rest
from responder.tickets.rt_settings import RtTickets
from tests.real.rt import PARTS
from tests.real.rt import RequestTracker as RealTracker
from tests.responder.desk.company import add_ticket
from tests.responder.desk.tickets import OPENED, ticket

TICKETS = 625  # each with eight transactions of interest: 5,000
ROUNDS = 3
Made = Sequence[tuple[str, str]]  # number and key of each ticket


def tickets(folder: Path) -> Table:
    """Transactions a second, bare and ours in turn; ratios are formed in the round."""
    return uvloop.run(_measure(folder))


async def _measure(folder: Path) -> Table:
    real = all(part.exists() for part in PARTS)
    which = "a real RT 5.0.3" if real else "the EMULATOR, for there is no RT here"
    table = Table(f"A backlog of {which}: transactions a second")
    backlog = _real(folder) if real else _emulated()
    async with backlog as (settings, made), open_session() as session:
        for number in range(ROUNDS):
            await _round(table, settings, made, session, folder / f"{number}.db")
    return table


async def _round(
    table: Table, settings: RtTickets, made: Made, session: aiohttp.ClientSession, path: Path
) -> None:
    rows, seconds = await _bare(Rest(settings, session))
    bare = rows / seconds
    table.add("bare REST2 pages, one after the other", bare)
    system = RequestTracker(settings, session)
    read = await _changes(system)
    table.add("read as changes: words, customers, names", rows / read)
    table.add("  share of the bare rate (aim 0.5)", rows / read / bare)
    home = await _home(system, made, path)
    table.add("taken into our store as well", rows / home)
    table.add("  share of the bare rate, with the store", rows / home / bare)


async def _bare(rest: Rest) -> tuple[int, float]:
    """Every page of the same question, and nothing looked up."""
    begun, last, count = time.monotonic(), 1, 0
    while True:
        query = f"ObjectType = 'RT::Ticket' AND id > {last} AND ({OF_INTEREST})"
        page, _ = await rest.transactions(query)
        if not page:
            return count, time.monotonic() - begun
        last, count = page[-1].id, count + len(page)


async def _changes(system: RequestTracker) -> float:
    begun, cursor, after = time.monotonic(), "", "1"
    while cursor != after:
        cursor = after
        _, after = await system.changes(cursor)
    return time.monotonic() - begun


async def _home(system: RequestTracker, made: Made, path: Path) -> float:
    """As the daemon follows: each poll and what it tells in one transaction with its cursor."""
    store = open_store(f"sqlite:///{path}", ballast=0)
    try:
        for number, (ref, key) in enumerate(made, start=1):
            await store.write(add_ticket, ticket(id=number, ref=ref, key=key))
        await store.write(cursors.move, "tickets/rt", "1", now=OPENED)
        sync = Sync(store, system, plan=Plan, people=dict, clock=Clock())
        begun, before, after = time.monotonic(), "", "1"
        while before != after:
            before = after
            await sync.turn()
            after = await store.read(cursors.read, "tickets/rt")
        return time.monotonic() - begun
    finally:
        await store.close()


@asynccontextmanager
async def _real(folder: Path) -> AsyncIterator[tuple[RtTickets, Made]]:
    """RT behind its own server with two workers, on SQLite, bcrypt at cost 4."""
    tracker = RealTracker(folder=folder / "rt")
    await asyncio.to_thread(tracker.start_at_once)
    try:
        yield _settings(tracker.url, tracker.token), tracker.backlog(TICKETS)
    finally:
        tracker.end()


@asynccontextmanager
async def _emulated() -> AsyncIterator[tuple[RtTickets, Made]]:
    emulator = TicketEmulator()
    await emulator.start()
    yield _settings(emulator.url, emulator.token), [_lived(emulator, n) for n in range(TICKETS)]
    await emulator.stop()


def _lived(emulator: TicketEmulator, number: int) -> tuple[str, str]:
    key, dana = f"backlog-{number}/ticket", emulator.person("dana")
    told = {"Queue": "level-1", "Subject": f"web{number} is down", "CustomFields": {KEY_FIELD: key}}
    ref = emulator.book.create(BOT, told)
    emulator.book.say(BOT, ref, "Page sent to dana.", public=False)
    dana.take(ref)
    dana.reply(ref, "We are on it.")
    dana.note(ref, "The disk is full.")
    dana.change(ref, Priority=70)
    dana.change(ref, Status="resolved")
    return str(ref), key


def _settings(url: str, token: str) -> RtTickets:
    told = {"system": "rt", "url": url, "token_file": Secret.of(token), "settle_seconds": 0}
    return RtTickets.model_validate(told)
