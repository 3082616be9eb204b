"""A data centre is asked by mail, once, and its answer in a real Dovecot moves the run on."""

import asyncio
import imaplib
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from playbooks.datacentre.message import PIN_MARK
from tests.playbooks.datacentre.scene import HARDWARE, MAIL, PIN, site_written
from tests.real.mail_servers import Dovecot
from tests.real.smtp import Mailbox
from tests.real.targets import Identity
from tests.stories.stage import FILE, Stage, begin, firing, write_config

pytestmark = pytest.mark.xdist_group("targets")  # each worker would start all of them

PLAYBOOK = """
playbook: hands
safety: {mode: ask}
steps:
  - {id: ask, uses: datacentre.contact, with: {task: power_cycle}}
  - {id: reply, uses: datacentre.wait_reply, with: {task: power_cycle}}
  - {id: tell, uses: ticket.note, with: {text: "{{ steps.reply.text }}"}}
"""


@pytest.fixture
def folder(dovecot: Dovecot, identity: Identity) -> Iterator[str]:
    """A folder of its own for each test."""
    name = f"hands{datetime.now(UTC):%H%M%S%f}"
    with session(dovecot, identity) as imap:
        imap.create(name)
    yield name
    with session(dovecot, identity) as imap:
        imap.delete(name)


def session(dovecot: Dovecot, identity: Identity) -> imaplib.IMAP4:
    trust = ssl.create_default_context(cafile=identity.certificate)
    imap = imaplib.IMAP4_SSL("127.0.0.1", dovecot.imaps, ssl_context=trust, timeout=10)
    imap.login("watch", "sesame")
    return imap


def settled(here: Path, mailbox: Mailbox, dovecot: Dovecot, identity: Identity, box: str) -> Path:
    """The company's configuration with a data centre that answers to this folder."""
    answers = {
        "host": "127.0.0.1",
        "port": dovecot.imaps,
        "user": "watch",
        "password_file": "secrets/imap",
        "folder": box,
        "ca_file": str(identity.certificate),
    }
    site = site_written(here, channels=[MAIL | {"mailbox": answers}])
    told = {"address": "127.0.0.2", "datacentre": "fra1", "rack": "r12", "hardware": HARDWARE}
    (here / "books").mkdir()
    (here / "books" / "hands.yaml").write_text(PLAYBOOK)
    file = FILE.replace("web1: {{address: 127.0.0.2}}", f"web1: {_braced(told)}")
    more = f"datacentres: {{fra1: {{contact: {_flow(site)}}}}}\nplaybooks: {{files: books/*.yaml}}"
    path = write_config(here, smtp=mailbox.port, file=file, more=more)
    for name, secret in (("secrets/imap", "sesame"), ("pin", PIN)):
        (here / name).write_text(f"{secret}\n")
        (here / name).chmod(0o600)
    return path


def _flow(told: Any) -> str:
    """JSON is YAML."""
    return json.dumps(told)


def _braced(told: Any) -> str:
    return _flow(told).replace("{", "{{").replace("}", "}}")


@asynccontextmanager
async def living(path: Path) -> AsyncIterator[Stage]:
    stage = await begin(path)
    stage.daemon.work()
    try:
        await stage.daemon.ready()
        yield stage
    finally:
        await stage.daemon.end()


async def until(ask: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    async with asyncio.timeout(seconds):
        while True:
            if found := await ask():
                return found
            await asyncio.sleep(0.05)


async def run_is(stage: Stage, **wanted: str) -> Any:
    _, run = await stage.ask("GET", "/api/v1/runs/1")
    return run if all(run[name] == value for name, value in wanted.items()) else None


def orders(mailbox: Mailbox) -> list[EmailMessage]:
    return [one for one in mailbox.messages if one["X-Responder-Order"]]


async def asked(stage: Stage, mailbox: Mailbox) -> EmailMessage:
    """web1 is down, and a person begins the playbook; the order as it arrived."""
    assert await stage.send(firing()) == 200
    body = {"playbook": "hands", "server": "web1", "confirm": "web1", "reason": "BMC is silent",
            "overrules": ["blind", "second_opinion"]}  # fmt: skip
    status, told = await stage.ask("POST", "/api/v1/runs", body=body)
    assert status == 200, told

    async def arrived() -> list[EmailMessage]:
        return orders(mailbox)

    found: list[EmailMessage] = await until(arrived)
    return found[0]


def answered(dovecot: Dovecot, identity: Identity, box: str, mail: EmailMessage, text: str) -> None:
    """The technician answers with a subject of his own."""
    reply = EmailMessage()
    reply["From"] = "noc@dc.example"
    reply["Subject"] = "[Ticket 4711] your machine"
    reply["In-Reply-To"] = mail["Message-ID"]
    reply.set_content(text)
    with session(dovecot, identity) as imap:
        imap.append(box, "", imaplib.Time2Internaldate(datetime.now(UTC)), reply.as_bytes())


async def test_a_reply_by_mail_moves_the_run_on(
    tmp_path: Path, mailbox: Mailbox, dovecot: Dovecot, identity: Identity, folder: str
) -> None:
    async with living(settled(tmp_path, mailbox, dovecot, identity, folder)) as stage:
        mail = await asked(stage, mailbox)
        assert f"PIN: {PIN}" in mail.get_content()
        await until(lambda: run_is(stage, state="waiting", step="reply"))
        answered(dovecot, identity, folder, mail, "Done at 03:31.")
        stage.daemon.world.duties["replies"].wake.set()
        run = await until(lambda: run_is(stage, state="done"))
        [reply] = [one for one in run["steps"] if one["id"] == "reply"]
        assert "Done at 03:31." in reply["text"]
        assert len(orders(mailbox)) == 1
        await _hides_the_pin(stage, mailbox)


async def test_a_machine_that_heals_makes_the_daemon_say_stop(
    tmp_path: Path, mailbox: Mailbox, dovecot: Dovecot, identity: Identity, folder: str
) -> None:
    async with living(settled(tmp_path, mailbox, dovecot, identity, folder)) as stage:
        mail = await asked(stage, mailbox)
        await until(lambda: run_is(stage, state="waiting", step="reply"))
        assert await stage.send(firing(status="resolved")) == 200
        stage.daemon.world.duties["replies"].wake.set()

        async def stopped() -> bool:
            return len(orders(mailbox)) == 2

        await until(stopped)
        stop = orders(mailbox)[1]
        assert "STOP REMOTE HANDS" in stop["Subject"]
        assert stop["In-Reply-To"] == mail["Message-ID"]
        await until(lambda: run_is(stage, state="done"))


async def _hides_the_pin(stage: Stage, mailbox: Mailbox) -> None:
    """Nowhere but in the order itself."""
    for path in ("/api/v1/runs/1", "/api/v1/runs/1/events", "/api/v1/incidents/1/events"):
        _, told = await stage.ask("GET", path)
        assert PIN not in str(told)
    others = [one for one in mailbox.messages if not one["X-Responder-Order"]]
    assert others
    assert not any(PIN in one.as_string() for one in others)
    store = b"".join(file.read_bytes() for file in _files(stage.folder))
    assert PIN.encode() not in store
    assert PIN_MARK.encode() in store


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("responder.db*"))
