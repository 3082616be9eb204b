"""A real Prometheus that scrapes, evaluates rules and posts alerts."""

import shutil
from pathlib import Path
from typing import Any

from tests.real.process import Process
from tests.real.server import Server
from tests.require import free_port, require


class Prometheus(Server):
    """Debian's prometheus; the configuration names its rules as `rule_files: [rules.yml]`."""

    def __init__(self, config: str, *, rules: str, folder: Path) -> None:
        program = shutil.which("prometheus")
        require("prometheus", present=program is not None)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "prometheus.yml").write_text(config)
        (folder / "rules.yml").write_text(rules)
        port = free_port()
        process = Process(
            str(program),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-lifecycle",
            log=folder / "prometheus.log",
        )
        super().__init__(process, port=port, ready_path="/-/ready", headers={})

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """The instant vector of a PromQL expression: `[{"metric": {...}, "value": [t, "1"]}]`."""
        answer = await self.call("GET", "/api/v1/query", params={"query": expression})
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result
