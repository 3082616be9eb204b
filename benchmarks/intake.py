"""What one durable alert costs beside Alertmanager, which keeps it in memory only."""

import asyncio
import os
import time
from pathlib import Path

from benchmarks.load import API, WEBHOOK, paced, wrk
from benchmarks.machine import Program
from benchmarks.report import Table
from benchmarks.setting import Ours, alertmanager

ROUNDS = 5
SECONDS = 2.0


def cpu(folder: Path) -> Table:
    """CPU per single alert, repeated and new, the two programs in turn."""
    table = Table("CPU per single alert, microseconds (medians of 5 rounds; slowest)")
    peer, peer_url = alertmanager(folder / "peer")
    ours = Ours(folder / "ours", doors_only=True)
    program, _ = ours.start()
    posts = f"{peer_url}/api/v2/alerts"
    hooks = f"{ours.url}/api/v1/alertmanager"
    try:
        wrk(posts, API, seconds=1, folder=folder)
        wrk(hooks, WEBHOOK, seconds=2, folder=folder)
        new = 10_000
        for _ in range(ROUNDS):
            base = _cost(peer, posts, API, folder)
            repeated = _cost(program, hooks, WEBHOOK, folder)
            fresh = _cost(program, hooks, WEBHOOK, folder, first=new)
            new += 200_000
            table.add("Alertmanager POST /api/v2/alerts, in memory", base)
            table.add("a repeated firing alert, durable", repeated)
            table.add("  as a ratio (aim 1.0)", repeated / base)
            table.add("a new alert with incident, events, outbox", fresh)
            table.add("  as a ratio (aim 3.0)", fresh / base)
    finally:
        program.end()
        peer.end()
    return table


def latency(folder: Path) -> Table:
    """At the same offered load: p99 of at most Alertmanager's plus 3 times the disk's own."""
    table = Table("Latency of single alerts at 300/s, milliseconds (medians of 5 rounds; slowest)")
    peer, peer_url = alertmanager(folder / "peer")
    ours = Ours(folder / "ours", doors_only=True)
    program, _ = ours.start()
    try:
        for _ in range(ROUNDS):
            disk = fdatasync_p99(folder)
            base = asyncio.run(paced(f"{peer_url}/api/v2/alerts", API, rate=300, seconds=3))
            url = f"{ours.url}/api/v1/alertmanager"
            got = asyncio.run(paced(url, WEBHOOK, rate=300, seconds=3))
            table.add("fdatasync p99 of this disk", disk)
            table.add("Alertmanager p50", base.p50)
            table.add("Alertmanager p99", base.p99)
            table.add("ours p50", got.p50)
            table.add("ours p99", got.p99)
            table.add("  as a share of what is allowed (aim 1.0)", got.p99 / (base.p99 + 3 * disk))
    finally:
        program.end()
        peer.end()
    return table


def fdatasync_p99(folder: Path, *, times: int = 300) -> float:
    """Milliseconds: append 4 KiB and have the disk say that it is there."""
    took = []
    with (folder / "disk").open("wb", buffering=0) as file:
        for _ in range(times):
            begun = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begun)
    return 1000 * sorted(took)[int(times * 0.99)]


def _cost(
    program: Program, url: str, body: str, folder: Path, *, first: int | None = None
) -> float:
    before = program.cpu_seconds()
    count = wrk(url, body, seconds=SECONDS, folder=folder, first=first)
    time.sleep(0.1)
    return 1e6 * (program.cpu_seconds() - before) / max(1, count)
