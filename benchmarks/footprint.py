"""Memory idle and with 10,000 open alerts, the start with them, and the start of the command."""

import json
import subprocess
import time
import urllib.request
from pathlib import Path

from benchmarks.load import WEBHOOK
from benchmarks.machine import python
from benchmarks.report import Table
from benchmarks.setting import TOKEN, Ours

ROUNDS = 5
ALERTS = 10_000


def footprint(folder: Path) -> Table:
    """Megabytes and seconds of the whole daemon."""
    table = Table("Footprint of the daemon (medians of 5 rounds; worst)")
    for number in range(ROUNDS):
        ours = Ours(folder / f"ours{number}")
        first, ready = ours.start()
        time.sleep(1)
        table.add("seconds from the very first start to ready", ready)
        table.add("MB resident after it (it has made the tables)", first.resident_megabytes())
        first.end()
        program, ready = ours.start()
        time.sleep(1)
        table.add("seconds from start to ready, empty", ready)
        table.add("MB resident, idle (aim < 90)", program.resident_megabytes())
        _fill(ours)
        table.add("MB resident, 10,000 open alerts (aim < 200)", program.resident_megabytes())
        program.end()
        again, ready = ours.start()
        table.add("seconds from start to ready, 10,000 open (aim < 2)", ready)
        time.sleep(1)
        table.add("MB resident after that start", again.resident_megabytes())
        again.end()
    return table


def command(_: Path) -> Table:
    """`responder --help` beside the bare import of click."""
    table = Table("Start of the command, milliseconds (medians of 5 rounds; slowest)")
    for _round in range(ROUNDS):
        base = _took([python(), "-c", "import click"])
        shown = _took([python(), "-m", "responder", "--help"])
        table.add("python -c 'import click'", 1000 * base)
        table.add("responder --help", 1000 * shown)
        table.add("  as a ratio (aim 5.0)", shown / base)
    return table


def _fill(ours: Ours) -> None:
    """10,000 open alerts, 100 to a message; low ones, so that nobody is paged."""
    one = json.loads(WEBHOOK.replace('"severity":"critical"', '"severity":"info"'))
    for first in range(0, ALERTS, 100):
        alerts = [
            json.loads(json.dumps(one["alerts"][0]).replace("NNNNN", f"{first + i:05d}"))
            for i in range(100)
        ]
        body = json.dumps({**one, "alerts": alerts}).encode()
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{ours.url}/api/v1/alertmanager",
            data=body,
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            answer.read()


def _took(argv: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(argv, capture_output=True, check=True)
    return time.perf_counter() - begun
