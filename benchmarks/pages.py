"""1,000 critical alerts on 1,000 servers in 60 s: from request to the provider's acceptance."""

import asyncio
import time
from pathlib import Path

import aiohttp

from benchmarks.load import WEBHOOK
from benchmarks.report import Table
from benchmarks.setting import TOKEN, Ours
from responder.emulators.pager import PagerEmulator

ALERTS = 1000
SECONDS = 60.0


def pages(folder: Path) -> Table:
    """One run: it is a minute long and has a thousand samples."""
    table = Table("1,000 critical alerts in 60 s: request to the provider's yes, seconds")
    took = asyncio.run(_storm(folder))
    table.add("pages accepted (of 1,000)", len(took))
    table.add("median (aim 1)", took[len(took) // 2])
    table.add("p99 (aim 2)", took[int(len(took) * 0.99)])
    table.add("slowest", took[-1])
    return table


async def _storm(folder: Path) -> list[float]:
    """Seconds from each request to the acceptance of the page that it caused, sorted."""
    pager = PagerEmulator()
    await pager.start()
    ours = Ours(folder / "ours", servers=ALERTS, pager=int(pager.url.rsplit(":", 1)[1]))
    program, _ = await asyncio.to_thread(ours.start)
    sent: dict[str, float] = {}
    try:
        watcher = asyncio.create_task(_arrivals(pager))
        await _send(f"{ours.url}/api/v1/alertmanager", sent)
        arrived = await watcher
    finally:
        program.end()
        await pager.stop()
    return sorted(arrived[name] - sent[name] for name in sent)


async def _send(url: str, sent: dict[str, float]) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session, asyncio.TaskGroup() as group:
        begun = time.monotonic()
        for number in range(ALERTS):
            await asyncio.sleep(max(0.0, begun + number * SECONDS / ALERTS - time.monotonic()))
            sent[f"srv{number:05d}"] = time.monotonic()
            group.create_task(_post(session, url, WEBHOOK.replace("NNNNN", f"{number:05d}")))


async def _arrivals(pager: PagerEmulator) -> dict[str, float]:
    """When each server's first page was accepted; returns when all have come."""
    arrived: dict[str, float] = {}
    seen = 0
    while len(arrived) < ALERTS:
        for taken in pager.taken[seen:]:
            seen += 1
            arrived.setdefault(taken.json["payload"]["source"], time.monotonic())
        await asyncio.sleep(0.005)
    return arrived


async def _post(session: aiohttp.ClientSession, url: str, body: str) -> None:
    async with session.post(url, data=body) as answer:
        await answer.read()
        if answer.status != 200:
            raise RuntimeError(f"answered {answer.status}")
