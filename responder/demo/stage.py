"""The demo's company: its configuration, its servers, its pager, and the daemon that watches it."""

import contextlib
import json
import secrets
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiohttp

from responder.app import Daemon
from responder.config import Config
from responder.configfile import load
from responder.emulators.hosting import HostingCompany
from responder.emulators.pager import PagerEmulator

SERVERS = {"web1": "127.0.0.11", "web2": "127.0.0.12", "mail1": "127.0.0.13"}
USUAL_PORT = 9095
TOKENS = ("alertmanager", "ops", "mira", "grafana")


class Unexpected(Exception):
    """The story did not go as it must; the message says what came instead."""


@dataclass
class Stage:
    """Everything that lives during the demo, and how to speak to the daemon."""

    folder: Path
    company: HostingCompany
    pager: PagerEmulator
    daemon: Daemon
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.daemon.port}"

    async def ask(self, method: str, path: str, *, as_: str = "ops", body: Any = None) -> Any:
        """Call the API as one of the demo's tokens. Raises Unexpected for a refusal."""
        token = (self.folder / "secrets" / as_).read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        url = path if path.startswith("http") else self.url + path
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            told = await answer.text()
            if answer.status >= 400:
                raise Unexpected(f"{method} {path} was answered {answer.status}: {told}")
            return json.loads(told) if "json" in answer.content_type else told


@contextlib.asynccontextmanager
async def raised(folder: Path) -> AsyncIterator[Stage]:
    """Build the company in this folder, start all of it, and take it down at the end."""
    async with contextlib.AsyncExitStack() as exits:
        company, pager = HostingCompany(SERVERS), PagerEmulator()
        await company.open()
        exits.push_async_callback(company.close)
        await pager.start()
        exits.push_async_callback(pager.stop)
        path = write(folder, pager)
        daemon = Daemon(path, load(path, Config).value, version=version("rapid-responder"))
        await daemon.begin()
        exits.push_async_callback(daemon.end)
        daemon.work()
        await daemon.ready()
        session = await exits.enter_async_context(aiohttp.ClientSession())
        yield Stage(folder, company, pager, daemon, session)


def write(folder: Path, pager: PagerEmulator) -> Path:
    """The company's configuration and its secrets (mode 0600); the path of the file."""
    (folder / "secrets").mkdir(parents=True, exist_ok=True)
    for name in TOKENS:
        file = folder / "secrets" / name
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24) + "\n")
    template = resources.files("responder.demo").joinpath("company.yaml").read_text()
    path = folder / "responder.yaml"
    path.write_text(template.replace("PAGER", pager.hook_url).replace("PORT", str(_free_port())))
    return path


def _free_port() -> int:
    """The usual port if nobody has it, else any."""
    for wanted in (USUAL_PORT, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", wanted)) as probe:
            return int(probe.getsockname()[1])
    raise Unexpected("no free port on 127.0.0.1")
