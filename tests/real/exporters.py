"""The real blackbox_exporter and our own daemon, side by side: the same modules, the same names."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import aiohttp

from tests.real.process import Process
from tests.real.server import Server
from tests.require import free_port, require

# What both find in /etc/hosts: one family, both, several addresses of one.
HOSTS = """\
127.0.0.1 localhost four.test both.test many.test a.shop.test
::1 six.test both.test
127.0.0.2 many.test
127.0.0.3 many.test
"""
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Case:
    """One question to both. `header` is the scrape's time-out, in seconds."""

    name: str
    module: str
    target: str
    hostname: str = ""
    header: str = ""


class Page(NamedTuple):
    """What one of them answered: `series` by family and labels."""

    status: int
    text: str
    series: Mapping[str, Mapping[Labels, float]]


class Exporter(Server):
    """Something that answers /probe."""

    async def ask(self, case: Case) -> Page:
        """One scrape."""
        query = {"module": case.module, "target": case.target, "hostname": case.hostname}
        headers = {"X-Prometheus-Scrape-Timeout-Seconds": case.header} if case.header else {}
        async with aiohttp.ClientSession() as session:
            answer = await session.get(f"{self.url}/probe", params=query, headers=headers)
            text = await answer.text()
            return Page(answer.status, text, read_series(text) if answer.ok else {})


class BlackboxExporter(Exporter):
    """Debian's prometheus-blackbox-exporter."""

    def __init__(self, modules: str, *, folder: Path) -> None:
        program = shutil.which("prometheus-blackbox-exporter")
        require("prometheus-blackbox-exporter", present=program is not None)
        folder.mkdir(parents=True)
        (folder / "blackbox.yml").write_text(modules)
        port = free_port()
        argv = (
            str(program),
            f"--config.file={folder / 'blackbox.yml'}",
            f"--web.listen-address=127.0.0.1:{port}",
        )
        process = Process(*among_hosts(folder, argv), log=folder / "blackbox.log")
        super().__init__(process, port=port, ready_path="/-/healthy", headers={})


class Ours(Exporter):
    """`responder run` with the same file as its `probes.modules_file`."""

    def __init__(self, modules: str, *, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "blackbox.yml").write_text(modules)
        port = free_port()
        config = {
            "daemon": {"listen": f"127.0.0.1:{port}", "store": "sqlite:///responder.db"},
            "probes": {"modules_file": "blackbox.yml"},
        }
        (folder / "responder.yaml").write_text(json.dumps(config))
        argv = (sys.executable, "-m", "responder", "run", "-c", str(folder / "responder.yaml"))
        process = Process(*among_hosts(folder, argv), log=folder / "responder.log")
        super().__init__(process, port=port, ready_path="/-/healthy", headers={})


def read_series(text: str) -> dict[str, dict[Labels, float]]:
    """The series of a page in Prometheus' text format."""
    series: dict[str, dict[Labels, float]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            found = _SAMPLE.fullmatch(line)
            assert found is not None, line
            labels = tuple(sorted(_LABEL.findall(found[2] or "")))
            family = series.setdefault(found[1], {})
            assert labels not in family, line
            family[labels] = float(found[3])
    return series


def among_hosts(folder: Path, argv: Sequence[str]) -> tuple[str, ...]:
    """The command with an /etc/hosts of its own, in a mount namespace of its own."""
    require("a mount namespace (root)", present=_may_mount())
    (folder / "hosts").write_text(HOSTS)
    wrapped = 'mount --bind "$0" /etc/hosts && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", wrapped, str(folder / "hosts"), *argv)


@cache
def _may_mount() -> bool:
    if os.geteuid() != 0:
        return False
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    return tried.returncode == 0
