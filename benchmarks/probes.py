"""What a look costs beside blackbox_exporter, which looks at the same by the same modules."""

import json
import subprocess
from pathlib import Path

from benchmarks.machine import need, python
from benchmarks.report import Table
from benchmarks.shown import Shown

ROUNDS = 3
SECONDS = 3.0  # of the peer, each time
PACE = 400  # looks per second
PACED_SECONDS = 8.0
# What is looked at, how often in a round, and the aim as a share of the peer's CPU.
KINDS = (
    ("HTTP", "http_2xx", 6000, 0.16),
    ("HTTP, gzip and five rules", "http_much", 5000, 0.6),
    ("HTTPS, RSA-2048", "https_rsa", 2500, 0.64),
    ("HTTPS, ECDSA P-256", "https_ec", 2500, 0.70),
    ("TCP", "tcp", 6000, 0.15),
    ("ping", "icmp", 12000, 0.06),
    ("DNS", "dns", 12000, 0.15),
)


def probes(folder: Path) -> Table:
    """Microseconds of CPU for one look, theirs and ours in turn; ratios are formed in the round."""
    need("nginx", "dnsmasq", "openssl", "prometheus", "prometheus-blackbox-exporter")
    table = Table("CPU of one look, microseconds, and as a share of blackbox_exporter's")
    shown = Shown(folder)
    try:
        for _ in range(ROUNDS):
            for name, module, count, aim in KINDS:
                theirs = shown.peer_alone(module, seconds=SECONDS)
                ours = _ours(shown, module, str(count))
                _add(table, f"{name}, 50 at a time", theirs, ours, aim=aim)
            theirs, pacer = shown.peer_paced(rate=PACE, warm=4, seconds=PACED_SECONDS)
            ours = _ours(shown, "http_2xx", f"paced:{PACE}:{PACED_SECONDS:g}")
            _add(table, f"HTTP, {PACE} a second", theirs, ours, aim=0.25)
            table.add("  the Prometheus that paces theirs, besides", pacer)
    finally:
        shown.end()
    return table


def _add(table: Table, name: str, theirs: float, ours: float, *, aim: float) -> None:
    table.add(f"{name}: blackbox_exporter", theirs)
    table.add(f"{name}: ours", ours)
    table.add(f"{name}: ratio (aim {aim:g})", ours / theirs)


def _ours(shown: Shown, module: str, how: str) -> float:
    addresses = shown.addresses(module)[1:]
    argv = [python(), "-m", "benchmarks.looking", str(shown.folder), module, how, *addresses]
    answer = subprocess.run(argv, capture_output=True, text=True)
    if answer.returncode:
        raise RuntimeError(answer.stderr.strip() or answer.stdout)
    return float(json.loads(answer.stdout)["us"])
