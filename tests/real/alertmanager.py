"""A real Alertmanager, and the amtool that people drive it with."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.real.process import Process
from tests.real.server import Server
from tests.require import free_port, require


class Alertmanager(Server):
    """Debian's prometheus-alertmanager, alone (no cluster), its files in one folder."""

    def __init__(self, config: str, *, folder: Path) -> None:
        program = shutil.which("prometheus-alertmanager")
        require("prometheus-alertmanager", present=program is not None)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "alertmanager.yml").write_text(config)
        port = free_port()
        process = Process(
            str(program),
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            log=folder / "alertmanager.log",
        )
        super().__init__(process, port=port, ready_path="/-/ready", headers={})

    async def post(self, alerts: Sequence[Mapping[str, object]]) -> None:
        """Post alerts as Prometheus does; each has at least `labels`."""
        await self.call("POST", "/api/v2/alerts", json=list(alerts))

    async def alerts(self) -> list[dict[str, Any]]:
        """All alerts that it holds, in the shape of its API v2."""
        held: list[dict[str, Any]] = await self.call("GET", "/api/v2/alerts")
        return held


class AmtoolError(Exception):
    """amtool said no; the message is what it wrote to stderr."""


async def amtool(url: str, *arguments: str) -> str:
    """Run Debian's amtool against a URL and return what it printed; AmtoolError when it fails."""
    program = shutil.which("amtool")
    require("amtool", present=program is not None)
    process = await asyncio.create_subprocess_exec(
        str(program),
        f"--alertmanager.url={url}",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode != 0:
        raise AmtoolError(err.decode())
    return out.decode()
