"""The demo's company: its configuration, its servers, its pager, and the daemon that watches it."""

import contextlib
import json
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiohttp

from responder.app import Daemon
from responder.config import Config
from responder.configfile import load
from responder.demo.machines import Missing, Powered, machines, require_real_bmc
from responder.emulators.hosting import HostingCompany, WebServer
from responder.emulators.pager import PagerEmulator
from responder.emulators.post_office import PostOffice
from responder.emulators.whm import WhmEmulator
from responder.emulators.whm_book import Token, WhmBook

SERVERS = {"web1": "127.0.0.11", "web2": "127.0.0.12", "mail1": "127.0.0.13"}
REFERENCES = {"transit1": "127.0.0.21", "transit2": "127.0.0.22", "peering": "127.0.0.23"}
USUAL_PORT = 9095
CUSTOMERS_PORT = 9096
SITES_PORT = 8095
PLAYBOOK = "host-down.yaml"
TOKENS = ("ops", "ana", "mira", "grafana", "panel")


class Unexpected(Exception):
    """The story did not go as it must; the message says what came instead."""


@dataclass
class Stage:
    """Everything that lives during the demo, and how to speak to the daemon."""

    folder: Path
    company: HostingCompany
    machines: Mapping[str, Powered]
    pager: PagerEmulator
    post: PostOffice
    daemon: Daemon
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.daemon.port}"

    @property
    def customers_url(self) -> str:
        """Where customers reach it."""
        return f"http://127.0.0.1:{self.daemon.public_port}"

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

    async def press(self, link: str, **form: str) -> None:
        """Send the form of a page behind a signed link. Raises Unexpected for a refusal."""
        async with self.session.post(link, data=form, allow_redirects=False) as answer:
            if answer.status not in (200, 303):
                raise Unexpected(f"the link was answered {answer.status}: {await answer.text()}")


@contextlib.asynccontextmanager
async def raised(folder: Path, *, real_bmc: bool = False) -> AsyncIterator[Stage]:
    """Build the company in this folder, start all of it, and take it down at the end. Raises
    Unexpected when the real BMC can't be had.
    """
    async with contextlib.AsyncExitStack() as exits:
        port = _free_port(SITES_PORT, *SERVERS.values(), *REFERENCES.values())
        company, pager = HostingCompany(SERVERS | REFERENCES, port=port), PagerEmulator()
        post = PostOffice()
        company.servers["web2"].panel = WhmEmulator(_accounts())
        await company.open()
        exits.push_async_callback(company.close)
        await pager.start()
        exits.push_async_callback(pager.stop)
        await post.start()
        exits.push_async_callback(post.stop)
        powered = await exits.enter_async_context(_powered(company, folder, real_bmc=real_bmc))
        path = write(folder, company.servers["web2"], powered, pager=pager, post=post)
        daemon = Daemon(path, load(path, Config).value, version=version("rapid-responder"))
        await daemon.begin()
        exits.push_async_callback(daemon.end)
        daemon.work()
        await daemon.ready()
        session = await exits.enter_async_context(aiohttp.ClientSession())
        yield Stage(folder, company, powered, pager, post, daemon, session)


@contextlib.asynccontextmanager
async def _powered(
    company: HostingCompany, folder: Path, *, real_bmc: bool
) -> AsyncIterator[Mapping[str, Powered]]:
    async with contextlib.AsyncExitStack() as exits:
        try:
            if real_bmc:
                require_real_bmc()
            under = machines(company, folder, real_bmc=real_bmc)
            powered = await exits.enter_async_context(under)
        except (Missing, RuntimeError) as error:
            raise Unexpected(str(error)) from None
        yield powered


def _accounts() -> WhmBook:
    """What lives on web2: two resellers with a customer each."""
    book = WhmBook(hostname="web2")
    for name in ("blue", "green"):
        book.add_reseller(name, f"{name}.example", sites=1, now=datetime.now(UTC))
    for account in book.accounts:
        account.ip = SERVERS["web2"]
    return book


def write(
    folder: Path, web2: WebServer, powered: Mapping[str, Powered], *,
    pager: PagerEmulator, post: PostOffice,
) -> Path:  # fmt: skip
    """The company's configuration, its playbook and its secrets (mode 0600); the path of the
    configuration.
    """
    (folder / "secrets").mkdir(parents=True, exist_ok=True)
    for name in TOKENS:
        file = folder / "secrets" / name
        file.touch(mode=0o600)
        token = secrets.token_urlsafe(24)
        file.write_text(token + "\n")
        if name == "panel" and web2.panel is not None:
            web2.panel.book.tokens = [Token("responder", token)]
    ours = resources.files("responder.demo")
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / "playbooks" / PLAYBOOK).write_text(ours.joinpath(PLAYBOOK).read_text())
    template, path = ours.joinpath("company.yaml").read_text(), folder / "responder.yaml"
    told = {
        **{f"POWER OF {name}": one.settings for name, one in powered.items()},
        "127.0.0.1:PORT": f"127.0.0.1:{_free_port(USUAL_PORT)}",
        "127.0.0.1:STATUS": f"127.0.0.1:{_free_port(CUSTOMERS_PORT)}",
        "PAGER": pager.hook_url,
        "POST": str(post.port),
        "SITES": str(web2.port),
        "FINGERPRINT OF PANEL": web2.panel.fingerprint if web2.panel else "",
        "PANEL": web2.panel.url if web2.panel else "",
    }
    for word, meaning in told.items():
        template = template.replace(word, meaning)
    path.write_text(template)
    return path


def _free_port(usual: int, *addresses: str) -> int:
    """The usual port if nobody has it at these addresses (127.0.0.1 by default), else another one
    that is free at all of them, below the range that Linux gives to outgoing calls.
    """
    at = addresses or ("127.0.0.1",)
    for port in (usual, *(20000 + secrets.randbelow(12000) for _ in range(20))):
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            for address in at:
                held.enter_context(socket.create_server((address, port)))
            return port
    raise Unexpected(f"no free port at {', '.join(at)}")
