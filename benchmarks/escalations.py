"""A turn of escalations with 1,000 open incidents and 50 people in two rotas."""

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import uvloop

from alerts.alertmanager import Reading
from alerts.model import Alert, digest_labels
from benchmarks.report import Table
from benchmarks.setting import Ours
from responder import collector, watch
from responder.app import Daemon
from responder.config import Config
from responder.configfile import load
from responder.intake import Arrival, take
from responder.store import pages

OPEN, PEOPLE, TURNS, ROUNDS = 1000, 50, 300, 3


def escalations(folder: Path) -> Table:
    """What time alone decides each second; the outbox does the rest by itself."""
    table = Table("Escalations: 1,000 open incidents, 50 people, two rotas (SQLite)")
    collector.begin()  # as `responder run` does
    for number in range(ROUNDS):
        uvloop.run(_round(folder / str(number), table))
    return table


async def _round(folder: Path, table: Table) -> None:
    ours = Ours(folder, servers=OPEN, more=_company())
    _hire(ours)
    daemon = Daemon(ours.path, load(ours.path, Config).value, version="bench")
    await daemon.begin()
    try:
        await _measure(daemon, table)
    finally:
        await daemon.end()


async def _measure(daemon: Daemon, table: Table) -> None:
    world, begun = daemon.world, daemon.world.clock.now()
    for number in range(OPEN):  # as if they had come within five minutes
        at = begun + timedelta(seconds=TURNS * number / OPEN)
        arrival = Arrival("bench", Reading((_alert(f"srv{number:05d}", at),)))
        await world.store.write(take, plan=world.live.plan, now=at, arrivals=[arrival])
    after = begun + timedelta(seconds=TURNS)
    quiet = [await _turn(daemon, begun) for _ in range(TURNS)]
    table.add("ms: a turn in which nobody is due", median(quiet))
    spread = [await _turn(daemon, after + timedelta(seconds=one)) for one in range(1, TURNS)]
    table.add("ms: a turn in which 3 or 4 are due (aim < 50)", median(spread))
    table.add("  the slowest of them", max(spread))
    table.add("ms: a transaction of 100 that are due (aim < 50)", await _turn(daemon, after + _FAR))
    unpaged = await world.store.read(pages.unpaged, queued_before=begun - _SECOND)
    table.add("critical incidents that nobody was called for (must be 0)", unpaged)


_FAR, _SECOND = timedelta(hours=1), timedelta(seconds=1)


async def _turn(daemon: Daemon, now: datetime) -> float:
    world = daemon.world
    await asyncio.sleep(0)
    begun = time.perf_counter()
    await world.store.write(watch.page_due, plan=world.live.plan, now=now)
    return 1000 * (time.perf_counter() - begun)


def _hire(ours: Ours) -> None:
    """All fifty where the setting has one."""
    person = "  p{:02d}: {{methods: [{{kind: webhook, url: 'http://127.0.0.1:9/'}}]}}"
    told = "\n".join(["people:", *(person.format(number) for number in range(PEOPLE))])
    ours.path.write_text(ours.path.read_text().replace("people:", told, 1))


def _alert(server: str, at: datetime) -> Alert:
    labels = {"alertname": "HostDown", "server": server, "severity": "critical"}
    identity = digest_labels(labels)
    return Alert(
        labels=labels,
        annotations={"summary": f"{server} does not answer"},
        firing=True,
        starts_at=at,
        ends_at=None,
        generator_url="",
        fingerprint=identity,
        identity=identity,
    )


def _company() -> str:
    """Two rotas of 25 people each in two 12-hour shifts, and an escalation over both."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    names = [f"p{number:02d}" for number in range(PEOPLE)]
    yield "rotas:"
    for rota, people in (("first", names[::2]), ("second", names[1::2])):
        yield f"  {rota}:"
        yield "    zone: Europe/Sofia"
        yield "    layers:"
        yield f"      - {{name: all, people: [{', '.join(people)}], begins: 2026-01-05,"
        yield "         rotate: shift,"
        yield "         shifts: [{from: '07:00', to: '19:00'}, {from: '19:00', to: '07:00'}]}"
    yield "escalations:"
    yield "  critical:"
    yield "    steps:"
    yield "      - {notify: ['rota:first', 'rota:second'], wait: 5m, repeat: 2}"
    yield "      - {notify: ['next:first', 'next:second'], wait: 5m}"
    yield "      - {notify: [everyone, manager], wait: 5m}"
