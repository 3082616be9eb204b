"""The configurations under measurement, and how each program is started on them."""

from pathlib import Path

from benchmarks.machine import Program, free_port, python, wait_for

TOKEN = "bench-token"

_OURS = """
daemon: {{listen: "127.0.0.1:{port}", store: "{store}", log: warning}}
senders:
  bench: {{kind: alertmanager, token_file: token}}
access: {{tokens: {{bench-ops: {{role: admin, token_file: admin}}}}}}
servers: {{{servers}}}
people:
  ana: {{methods: [{{kind: pagerduty, routing_key_file: key}}]}}
teams: {{rapid-response: {{members: [ana]}}}}
paging: {{pagerduty: {{url: "http://127.0.0.1:{pager}/v2/enqueue"}}}}
alerts: {{storm: "off"}}
"""
_PEER = """
route:
  {receiver: nobody, group_by: ['...'], group_wait: 1h, group_interval: 1h, repeat_interval: 4h}
receivers: [{name: nobody}]
"""


class Ours:
    """Our daemon in a folder of its own; `doors_only`: it decides, but delivers nothing."""

    def __init__(
        self,
        folder: Path,
        *,
        servers: int = 0,
        pager: int = 9,
        store: str = "",
        doors_only: bool = False,
        more: str = "",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        for name, text in {"token": TOKEN, "admin": f"{TOKEN}-admin", "key": "k" * 32}.items():
            secret = folder / name
            secret.write_text(text + "\n")
            secret.chmod(0o600)
        listed = ", ".join(f"srv{i:05d}: {{}}" for i in range(servers))
        store = store or "sqlite:///responder.db"
        self.path = folder / "responder.yaml"
        told = _OURS.format(port=self.port, store=store, servers=listed, pager=pager)
        self.path.write_text(told + more)
        module = ["-m", "benchmarks.doors"] if doors_only else ["-m", "responder", "run", "-c"]
        self._argv = [python(), *module, str(self.path)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> tuple[Program, float]:
        """The program, and the seconds until it was ready."""
        program = Program(self._argv, log=self.folder / "log", cwd=self.folder)
        return program, wait_for(
            f"{self.url}/-/{'healthy' if 'benchmarks.doors' in self._argv else 'ready'}"
        )


def alertmanager(folder: Path) -> tuple[Program, str]:
    """The real Alertmanager, which never sends anything; the program and its address."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alertmanager.yml").write_text(_PEER)
    port = free_port()
    argv = [
        "prometheus-alertmanager",
        "--config.file=alertmanager.yml",
        "--storage.path=data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    program = Program(argv, log=folder / "log", cwd=folder)
    wait_for(f"http://127.0.0.1:{port}/-/ready")
    return program, f"http://127.0.0.1:{port}"
