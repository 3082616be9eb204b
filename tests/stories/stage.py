"""A small hosting company on a stage: a configuration, a running daemon, a sender."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp

from responder.app import Daemon
from responder.clock import Clock
from responder.config import Config
from responder.configfile import load
from tests.require import free_port

TOKEN = "stage-sender-token"
VIEWER, AGENT, RESPONDER, ADMIN = "stage-viewer", "stage-agent", "stage-responder", "stage-admin"

FILE = """
daemon: {{listen: "127.0.0.1:{port}", store: "{store}"}}
senders:
  alertmanager: {{kind: alertmanager, token_file: secrets/alertmanager}}
access:
  tokens:
    viewer: {{role: viewer, token_file: secrets/viewer}}
    agent: {{role: agent, token_file: secrets/agent}}
    mira: {{role: responder, token_file: secrets/responder}}
    admin: {{role: admin, token_file: secrets/admin}}
servers:
  web1: {{address: 127.0.0.2}}
people:
  ana: {{methods: [{{kind: email, to: ana@example.net}}]}}
teams:
  rapid-response: {{members: [ana]}}
paging:
  email: {{host: 127.0.0.1, port: {smtp}, from: responder@example.net}}
{more}
"""


@dataclass
class Stage:
    """One running daemon and how to speak to it."""

    daemon: Daemon
    folder: Path
    url: str

    async def send(
        self,
        body: bytes | Mapping[str, Any],
        *,
        token: str = TOKEN,
        path: str = "/api/v1/alertmanager",
    ) -> int:
        """Post to a door; the status of the answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with aiohttp.ClientSession() as session:
            answer = await session.post(
                self.url + path, data=BytesIO(data), headers={"Authorization": f"Bearer {token}"}
            )
            return answer.status

    async def ask(
        self, method: str, path: str, *, token: str = ADMIN, body: Any = None
    ) -> tuple[int, Any]:
        """Call the API; status and answer (JSON, else text)."""
        async with aiohttp.ClientSession() as session:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = await session.request(
                method, self.url + path, json=body, headers=headers, allow_redirects=False
            )
            told = await answer.text()
            return answer.status, json.loads(
                told
            ) if told and "json" in answer.content_type else told


def write_config(
    folder: Path,
    *,
    smtp: int,
    store: str = "sqlite:///responder.db",
    more: str = "",
    file: str = FILE,
) -> Path:
    """The company's configuration and secrets; the path of the file."""
    (folder / "secrets").mkdir(exist_ok=True)
    secrets = {
        "alertmanager": TOKEN,
        "viewer": VIEWER,
        "agent": AGENT,
        "responder": RESPONDER,
        "admin": ADMIN,
    }
    for name, token in secrets.items():
        secret = folder / "secrets" / name
        secret.write_text(token + "\n")
        secret.chmod(0o600)
    path = folder / "responder.yaml"
    path.write_text(file.format(port=free_port(), store=store, smtp=smtp, more=more))
    return path


async def begin(path: Path, *, clock: Clock | None = None) -> Stage:
    """Start a daemon on this configuration; its duties stand still until `daemon.work()`."""
    config = load(path, Config).value
    daemon = Daemon(path, config, version="test", clock=clock)
    await daemon.begin()
    return Stage(daemon, path.parent, f"http://127.0.0.1:{daemon.port}")


def firing(
    server: str = "web1",
    *,
    name: str = "HostDown",
    severity: str = "critical",
    status: str = "firing",
    at: datetime | None = None,
    **labels: str,
) -> dict[str, Any]:
    """One Alertmanager webhook body with one alert."""
    begun = at.isoformat() if at else "2026-11-21T18:06:16.530804838Z"
    told = {"alertname": name, "instance": server, "severity": severity, **labels}
    alert = {
        "status": status,
        "labels": told,
        "annotations": {"summary": f"{server} does not answer"},
        "startsAt": begun,
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-21T18:16:16.530Z",
        "generatorURL": "",
        "fingerprint": "4e2abc73959dae73",
    }
    return {
        "version": "4", "status": status, "receiver": "responder",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "truncatedAlerts": 0, "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:9093", "alerts": [alert],
    }  # fmt: skip
