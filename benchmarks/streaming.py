"""How long /metrics holds the loop at a stretch: CPU of its thread between two of its turns."""

import asyncio
import sys
import time
from pathlib import Path

import uvloop
from aiohttp import web

from benchmarks.machine import python
from benchmarks.report import Table
from probes.http import HttpProbe
from probes.model import UP, Look, Observation, Sample, Target
from responder import collector
from responder.eyes.glass import Glass
from responder.web.stream import streamed

SIZES = (10_000, 100_000)
ROUNDS = 3
_READ = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).read()"
# A usual http look: its series, at the length that their values have.
_NAMES = (
    "dns_lookup_time_seconds", "ip_addr_hash", "http_status_code", "http_content_length",
    "http_uncompressed_body_length", "http_redirects", "http_ssl", "http_version",
    "failed_due_to_regex", "ip_protocol", "success", "duration_seconds",
)  # fmt: skip
_PHASES = ("resolve", "connect", "tls", "processing", "transfer")


def streaming(_: Path) -> Table:
    """Milliseconds; what other programs take is not in it."""
    table = Table("/metrics of http looks: CPU at a stretch, milliseconds")
    collector.begin()  # as `responder run` does
    for size in SIZES:
        glass = _filled(size)
        for _round in range(ROUNDS):
            table.add(f"{size} targets: longest", 1000 * uvloop.run(_read(glass)))
    return table


def _filled(size: int) -> Glass:
    glass, probe = Glass(), HttpProbe()
    samples: tuple[Sample, ...] = tuple((f"probe_{name}", "", 0.0123456789) for name in _NAMES)
    phases = tuple(("probe_http_duration_seconds", f'phase="{one}"', 1.23e-4) for one in _PHASES)
    seen = Observation(UP, 0.1, 5.0, samples + phases)
    for number in range(size):
        labels = {"server": f"web{number}", "brand": "acme", "datacentre": "dc1"}
        target = Target(f"http://web{number}.example.net/", "", labels)
        glass.show(Look(f"web{number}", "http_2xx", probe, target, f"web{number}"), seen)
    return glass


async def _read(glass: Glass) -> float:
    """The longest stretch while somebody reads the page once."""

    async def page(request: web.Request) -> web.StreamResponse:
        return await streamed(request, b"", glass.page(), kind="text/plain")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    reader = await asyncio.create_subprocess_exec(python(), "-c", _READ, url)
    longest = await _longest(reader)
    await runner.cleanup()
    return longest


async def _longest(reader: asyncio.subprocess.Process) -> float:
    longest, over = 0.0, asyncio.create_task(reader.wait())
    before = time.thread_time()
    while not over.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, before = max(longest, now - before), now
    if over.result():
        sys.exit("the page could not be read")
    return longest
