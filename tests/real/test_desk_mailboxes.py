"""R3: mails in a real Dovecot become tickets and comments, each once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from responder.clock import HandClock
from tests.real.mail_servers import Dovecot
from tests.real.smtp import Mailbox
from tests.real.targets import Identity
from tests.real.test_mailbox import _session
from tests.stories.brands import BRANDS
from tests.stories.stage import Stage, begin, write_config

pytestmark = pytest.mark.xdist_group("targets")  # each worker would start all of them

MAIL = (
    "From: Mara <mara@gina.example>\r\nTo: support@acme.example\r\nSubject: {subject}\r\n"
    "Message-ID: <{id}@gina.example>\r\n{more}\r\n{body}\r\n"
)


@pytest.fixture
def folder(dovecot: Dovecot, identity: Identity) -> Iterator[str]:
    """A folder of its own for each test."""
    name = f"desk{datetime.now(UTC):%H%M%S%f}"
    with _session(dovecot, identity) as imap:
        imap.create(name)
    yield name
    with _session(dovecot, identity) as imap:
        imap.delete(name)


async def test_mails_become_tickets_and_answers_become_comments_each_once(
    dovecot: Dovecot, identity: Identity, folder: str, mailbox: Mailbox, tmp_path: Path
) -> None:
    """R3, R64: the letter thanks him; his answer to it finds its ticket."""

    def deliver(id_: str, subject: str, body: str, more: str = "") -> None:
        text = MAIL.format(id=id_, subject=subject, body=body, more=more).encode()
        with _session(dovecot, identity) as imap:
            imap.append(folder, "", "", text)

    (tmp_path / "password").write_text("sesame\n")
    (tmp_path / "password").chmod(0o600)
    box = (
        f"desk: {{mailboxes: {{acme: {{host: 127.0.0.1, port: {dovecot.imaps}, user: watch,"
        f" password_file: password, ca_file: {identity.certificate}, folder: {folder}}}}}}}\n"
    )
    clock = HandClock(datetime.now(UTC))
    path = write_config(tmp_path, smtp=mailbox.port, more=f"{BRANDS}\n{box}")
    stage = await begin(path, clock=clock)
    try:
        deliver("1", "Where is my password?", "Where do I change it?")
        deliver("1", "Where is my password?", "Where do I change it?")
        deliver("2", "Out of office", "I am away.", "Auto-Submitted: auto-replied\r\n")
        await _passes(stage, clock)
        assert [one["subject"] for one in await _tickets(stage)] == ["Where is my password?"]
        (mail,) = [one for one in mailbox.messages if one["X-RcptTo"] == "mara@gina.example"]
        assert mail["In-Reply-To"] == "<1@gina.example>"
        deliver("3", f"Re: {mail['Subject']}", "Found it, thank you.")
        await _passes(stage, clock)
        await _passes(stage, clock)
        (ticket,) = await _tickets(stage)
        _, told = await stage.ask("GET", f"/api/v1/tickets/{ticket['id']}/events")
        said = [one for one in told["events"] if one["kind"] == "customer"]
        assert len(said) == 1
        assert ticket["brand"] == "acme"
    finally:
        await stage.daemon.end()


async def _passes(stage: Stage, clock: HandClock) -> None:
    clock.move(seconds=31)
    await stage.daemon.world.duties["mailboxes"].turn()
    for _ in range(3):
        await stage.daemon.world.duties["outbox"].turn()
        await stage.daemon.world.runner.settle()


async def _tickets(stage: Stage) -> list[dict[str, str]]:
    _, told = await stage.ask("GET", "/api/v1/tickets")
    listed: list[dict[str, str]] = told["tickets"]
    return listed
