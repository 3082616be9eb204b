"""R3: does one mail that nobody can read leave all others of a mailbox alone?"""

import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PosixPath
from typing import Any

import pytest
from typing_extensions import override

from playbooks.datacentre.mailbox import Mail
from responder.clock import HandClock
from responder.deskwork import Hand
from responder.mailboxes import WRITER, Mailboxes, read_mail, take_mail
from responder.store import Tx, quarantine
from responder.store import tickets as rows
from responder.values import TicketRecord
from tests.playbooks.datacentre.imap import scripted
from tests.require import free_port
from tests.stories.stage import Stage, begin, write_config

THREADS = set[str]()
NIGHT = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
MAIL = (
    "From: Mara <{who}@gina.example>\r\nTo: support@acme.example\r\nSubject: Password\r\n"
    "Message-ID: <{who}@gina.example>\r\n\r\nWhere do I change it?\r\n"
)


def fetched(uid: int, who: str) -> bytes:
    raw = MAIL.format(who=who).encode()
    return b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%b)\r\n" % (uid, len(raw), raw)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A daemon with a mailbox of two mails."""
    (tmp_path / "password").write_text("sesame\n")
    (tmp_path / "password").chmod(0o600)
    async with scripted({"FETCH": [fetched(5, "mara"), fetched(6, "nora")]}) as (port, _):
        box = (
            f"desk: {{mailboxes: {{help: {{host: 127.0.0.1, port: {port}, user: watch,"
            " password_file: password, security: none}}}\n"
        )
        clock = HandClock(NIGHT)
        stage = await begin(write_config(tmp_path, smtp=free_port(), more=box), clock=clock)
        yield stage
        await stage.daemon.end()


def _there(tx: Tx) -> tuple[list[str], int]:
    found = [one for number in (1, 2) if (one := rows.by_id(tx, number))]
    return [one.key for one in found], quarantine.count(tx)


async def test_a_mail_that_breaks_us_is_kept_aside_and_the_next_is_taken(stage: Stage) -> None:
    """R3: nothing is lost, and nothing waits behind it for ever."""

    def breaks_at_first(_: TicketRecord) -> str:
        if not seen:
            seen.append(1)
            raise RecursionError("deep")
        return ""

    seen = list[int]()
    await Mailboxes(stage.daemon.world, link=breaks_at_first).turn()
    keys, aside = await stage.daemon.world.store.read(_there)
    assert keys == ["email/<nora@gina.example>"]
    assert aside == 1


class Watched(PosixPath):
    """A file that knows which threads have asked for it."""

    @override
    def stat(self, **how: Any) -> Any:
        THREADS.add(threading.current_thread().name)
        return super().stat(**how)


async def test_what_strangers_write_is_read_before_the_transaction_and_beside_the_loop(
    stage: Stage, tmp_path: Path
) -> None:
    """The rules are asked wherever words are read: hostile ones would keep every alert waiting."""
    rules, world = tmp_path / "requests.yml", stage.daemon.world
    rules.write_text("version: one\nrules: []\n")
    desk = world.live.plan.desk.model_copy(update={"rules_file": Watched(rules)})
    world.live.plan = replace(world.live.plan, desk=desk)
    THREADS.clear()
    await Mailboxes(world).turn()
    order = {"subject": "Help", "text": "My mail bounces."}
    assert (await stage.ask("POST", "/api/v1/requests", body=order))[0] == 201
    assert (await world.store.read(_there))[0] != []
    assert THREADS
    assert not THREADS & {"store-writer", threading.main_thread().name}


@pytest.mark.parametrize(
    ("date", "opened_at"),
    [
        ("Thu, 01 Jan 1970 00:00:00 +0000", NIGHT - timedelta(seconds=30)),
        ("Sun, 22 Nov 2026 03:09:50 +0000", NIGHT - timedelta(seconds=10)),
        ("Mon, 01 Jan 2035 00:00:00 +0000", NIGHT),
        ("", NIGHT),
    ],
)
async def test_nobody_waits_since_before_we_looked_last(
    stage: Stage, date: str, opened_at: datetime
) -> None:
    """R23: a mail says itself when it was written; no promise is broken by a wrong clock."""
    world = stage.daemon.world
    raw = f"Date: {date}\r\n{MAIL.format(who='zora')}".encode()
    box, by = world.live.config.desk.mailboxes["help"], Hand(WRITER, world.live.plan, NIGHT)
    read = read_mail(Mail(raw, "77:9"), box=box, by=by, since=NIGHT - timedelta(seconds=30))
    acted = await world.store.write(take_mail, read, "77:9", cursor="mailbox/help", by=by)
    assert acted is not None
    assert acted.ticket.opened_at == opened_at
