"""What the whole daemon costs that looks at ten thousand web servers a minute, or ten times it."""

import json
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.machine import Program, need, python
from benchmarks.report import Table
from benchmarks.setting import TOKEN, Ours
from benchmarks.shown import ADDRESSES, Shown

SIZES = (10_000, 100_000)  # looks, each once in 60 s
WARM_SECONDS = 62.0  # then every look has been there once
SECONDS = 30.0
SCRAPES = 3
_PROBES = """
probes:
  limits: {in_flight: 500}
  looks: [{module: http_2xx, file_sd: [targets.json], interval: 60s}]
"""
_SCRAPE = """
import sys, time, urllib.request
begun = time.monotonic()
head = {"Authorization": "Bearer " + sys.argv[2]}
size = 0
with urllib.request.urlopen(urllib.request.Request(sys.argv[1], headers=head)) as page:
    while piece := page.read(1 << 16):
        size += len(piece)
print(size, time.monotonic() - begun)
"""


def fleet(folder: Path) -> Table:
    """Share of a core, memory, and how long others wait while somebody reads /metrics."""
    need("nginx", "dnsmasq", "openssl", "prometheus-blackbox-exporter")
    table = Table("The daemon that looks at many web servers, each once a minute")
    (folder / "shown").mkdir()
    shown = Shown(folder / "shown")
    try:
        for size in SIZES:
            _measure(folder / str(size), shown, table, size=size)
    finally:
        shown.end()
    return table


def _measure(folder: Path, shown: Shown, table: Table, *, size: int) -> None:
    ours = Ours(folder, more=_PROBES)
    (folder / "targets.json").write_text(json.dumps(_targets(shown, size)))
    program, ready = ours.start()
    try:
        table.add(f"{size} targets: seconds from start to ready", ready)
        time.sleep(WARM_SECONDS)
        table.add(f"{size} targets: percent of a core", 100 * _share(program))
        table.add(f"{size} targets: MB resident", program.resident_megabytes())
        table.add(f"{size} targets: longest wait of others, ms", 1000 * _longest_wait(ours))
        for _ in range(SCRAPES):
            _scrape(ours, program, table, size=size)
        table.add(f"{size} targets: MB resident after that", program.resident_megabytes())
    finally:
        program.end()


def _targets(shown: Shown, size: int) -> list[dict[str, object]]:
    """Web servers, each with a name of its own, at the addresses where nginx listens."""
    return [
        {
            "targets": [f"http://127.0.0.{1 + number % ADDRESSES}:{shown.web}/{number}"],
            "labels": {"server": f"web{number}", "brand": "acme", "datacentre": "dc1"},
        }
        for number in range(size)
    ]


def _share(program: Program) -> float:
    before, begun = program.cpu_seconds(), time.monotonic()
    time.sleep(SECONDS)
    return (program.cpu_seconds() - before) / (time.monotonic() - begun)


def _scrape(ours: Ours, program: Program, table: Table, *, size: int) -> None:
    """Read the page once, and ask for something small all the while."""
    url, before = f"{ours.url}/metrics", program.cpu_seconds()
    reader = subprocess.Popen(
        [python(), "-c", _SCRAPE, url, f"{TOKEN}-admin"], stdout=subprocess.PIPE, text=True
    )
    longest = _longest_wait(ours, during=reader)
    length, seconds = (reader.communicate()[0] or "0 0").split()
    table.add(f"{size} targets: /metrics, MB", int(length) / 1e6)
    table.add(f"{size} targets: /metrics, seconds", float(seconds))
    table.add(f"{size} targets: /metrics, CPU seconds", program.cpu_seconds() - before)
    table.add(f"{size} targets: longest wait of others during it, ms", 1000 * longest)


def _longest_wait(ours: Ours, *, during: "subprocess.Popen[str] | None" = None) -> float:
    """The longest answer to one small question after the other, on one connection; seconds."""
    place = urlsplit(ours.url)
    ask = f"GET /-/healthy HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode()
    longest, until = 0.0, time.monotonic() + 3
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=60) as asking:
        while during.poll() is None if during is not None else time.monotonic() < until:
            begun = time.monotonic()
            asking.sendall(ask)
            if not asking.recv(65536).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("the daemon is not well")
            longest = max(longest, time.monotonic() - begun)
            time.sleep(0.002)
    return longest
