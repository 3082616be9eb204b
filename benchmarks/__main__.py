"""`python -m benchmarks [NAME ...] [--json]`: run all of them, or some."""

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import (
    desk,
    escalations,
    fleet,
    footprint,
    intake,
    pages,
    power,
    probes,
    requests,
    runs,
    streaming,
    tickets,
)
from benchmarks.machine import need
from benchmarks.report import Table

BENCHMARKS: Mapping[str, Callable[[Path], Table]] = {
    "command": footprint.command,
    "intake": intake.cpu,
    "latency": intake.latency,
    "footprint": footprint.footprint,
    "pages": pages.pages,
    "probes": probes.probes,
    "fleet": fleet.fleet,
    "streaming": streaming.streaming,
    "power": power.power,
    "runs": runs.runs,
    "tickets": tickets.tickets,
    "escalations": escalations.escalations,
    "requests": requests.requests,
    "desk": desk.desk,
}


def main(argv: list[str]) -> None:
    """Print each table as it is done."""
    need("wrk", "prometheus-alertmanager")
    wanted = [name for name in argv if not name.startswith("-")] or list(BENCHMARKS)
    unknown = [name for name in wanted if name not in BENCHMARKS]
    if unknown:
        raise SystemExit(
            f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}"
        )
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="responder-bench-") as folder:
            table = BENCHMARKS[name](Path(folder))
        text = json.dumps(table.as_json()) if "--json" in argv else "\n".join(table.lines())
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
