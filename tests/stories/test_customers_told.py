"""An outage as two brands' customers live through it, with a daemon that dies in the middle."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope, Session
from prometheus_client import generate_latest
from typing_extensions import override

from responder.clock import HandClock
from tests.real.process import Process
from tests.real.smtp import Connection, Mailbox
from tests.stories.brands import ANNA, BERT, BRANDS
from tests.stories.night import FRIDAY, Night
from tests.stories.stage import FILE, TOKEN, begin, firing, write_config

TURNS = ("page", "tick", "customers")
SWIFT = "alerts: {watch: 1s}\n" + BRANDS.replace("tell: {}", "tell: {after: 0s}")


class Outage(Night):
    """A night in which the customers' duty takes its turns too."""

    @override
    async def passes(self, *, every: float = 30, **span: float) -> None:
        for _ in range(int(span["minutes"] * 60 / every)):
            self.clock.move(seconds=every)
            for name in TURNS:
                await self.stage.daemon.world.duties[name].turn()
            await self.works()


def mails_to(mailbox: Mailbox, address: str) -> list[EmailMessage]:
    return [one for one in mailbox.messages if one["X-RcptTo"] == address]


@pytest.fixture
async def outage(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Outage]:
    """A whole daemon at ten past three."""
    path = write_config(tmp_path, smtp=mailbox.port, more=BRANDS)
    clock = HandClock(FRIDAY)
    stage = await begin(path, clock=clock)
    yield Outage(path, mailbox, clock, stage)
    await stage.daemon.end()


async def test_an_outage_is_one_opening_and_one_end_for_each_in_his_own_words(
    outage: Outage,
) -> None:
    """R72, R10."""
    await outage.hears("web1")
    await outage.passes(minutes=15)
    await outage.recover("web1")
    await outage.passes(minutes=30)
    anna, bert = mails_to(outage.mailbox, ANNA), mails_to(outage.mailbox, BERT)
    assert [(one["From"], one["Subject"]) for one in (*anna, *bert)] == [
        ("Acme Hosting <support@acme.example>", "Acme Hosting: disruption of your services"),
        ("Acme Hosting <support@acme.example>", "Acme Hosting: your services work again"),
        ("Blau und Weiss <hilfe@blau.example>", "Blau und Weiss: Störung Ihrer Dienste"),
        (
            "Blau und Weiss <hilfe@blau.example>",
            "Blau und Weiss: Ihre Dienste funktionieren wieder",
        ),
    ]
    assert "since 2026-11-20 05:10 (EET)" in anna[0].get_content()
    assert "endete am 2026-11-20 04:25 (CET)" in bert[1].get_content()
    (incident,) = await outage.incidents()
    _, told = await outage.stage.ask("GET", f"/api/v1/incidents/{incident['id']}/customers")
    assert sorted((one["customer"], one["change"], one["state"]) for one in told["told"]) == [
        ("reseller:anna", "open", "sent"),
        ("reseller:anna", "recovery", "sent"),
        ("reseller:bert", "open", "sent"),
        ("reseller:bert", "recovery", "sent"),
    ]
    shown = generate_latest(outage.stage.daemon.world.metrics.registry).decode()
    sent = 'responder_customer_messages_total{change="open",outcome="delivered",way="mail"} 2.0'
    assert sent in shown


async def test_a_reload_gives_a_brand_new_words_from_the_next_message_on(outage: Outage) -> None:
    await outage.hears("web1")
    await outage.passes(minutes=3)
    text = outage.path.read_text().replace("title: Acme Hosting", "title: Acme Servers")
    outage.path.write_text(text)
    await outage.stage.daemon.reload()
    await outage.recover("web1")
    await outage.passes(minutes=10)
    subjects = [str(one["Subject"]) for one in mails_to(outage.mailbox, ANNA)]
    assert [one.partition(":")[0] for one in subjects] == ["Acme Hosting", "Acme Servers"]


class Deadly(Mailbox):
    """Kills whoever hands over the first mail to a customer, before it can say that it has it."""

    def __init__(self) -> None:
        super().__init__()
        self.victims: list[Process] = []
        self.killed = 0

    @override
    async def handle_DATA(self, server: Connection, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if envelope.rcpt_tos == [ANNA] and not self.killed:
            self.killed += 1
            for victim in self.victims:
                await asyncio.to_thread(victim.end, signal.SIGKILL)
        return answer


@asynccontextmanager
async def deadly() -> AsyncIterator[Deadly]:
    mailbox = Deadly()
    await mailbox.start()
    try:
        yield mailbox
    finally:
        await mailbox.stop()


def instance(folder: Path, name: str, *, smtp: int, store: str) -> tuple[Process, int]:
    """One daemon as a real process, and its port."""
    place = folder / name
    place.mkdir()
    file = FILE.replace('store: "', f'member: {name}, key_file: ../links.key, store: "')
    path = write_config(place, smtp=smtp, store=store, more=SWIFT, file=file)
    port = int(path.read_text().split('listen: "127.0.0.1:')[1].split('"')[0])
    argv = (sys.executable, "-m", "responder", "run", "-c", str(path))
    return Process(*argv, log=place / "log"), port


def post(port: int, status: str) -> None:
    """An alert, as soon as the daemon listens."""
    body = json.dumps(firing(status=status)).encode()
    told = {"Authorization": f"Bearer {TOKEN}"}
    connection = HTTPConnection("127.0.0.1", port, timeout=45)
    connection.request("POST", "/api/v1/alertmanager", body, told)
    assert connection.getresponse().status == 200
    connection.close()


async def hears(port: int, status: str = "firing") -> None:
    for _ in range(450):
        try:
            await asyncio.to_thread(post, port, status)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return
    raise TimeoutError("the daemon does not listen")


async def quiet(mailbox: Mailbox, address: str, count: int) -> Sequence[EmailMessage]:
    """All mails to this customer, once there are so many and no more follow."""
    for _ in range(600):
        if len(mails_to(mailbox, address)) >= count:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)
    return mails_to(mailbox, address)


async def test_killed_between_the_mail_and_our_mark_it_comes_twice_under_one_id(
    tmp_path: Path,
) -> None:
    async with deadly() as mailbox:
        process, port = instance(tmp_path, "one", smtp=mailbox.port, store="sqlite:///responder.db")
        mailbox.victims = [process]
        process.start()
        try:
            await hears(port)
            await quiet(mailbox, ANNA, 1)
            assert mailbox.killed == 1
            process.start()
            again = await quiet(mailbox, ANNA, 2)
            assert len({one["Message-ID"] for one in again}) == 1
            bert = mails_to(mailbox, BERT)  # his may have been under way as well
            assert len({one["Message-ID"] for one in bert}) == 1
            assert len(bert) <= 2
            await hears(port, "resolved")
            both = await quiet(mailbox, ANNA, 3)
            assert [one["Subject"] for one in both][2:] == [
                "Acme Hosting: your services work again"
            ]
        finally:
            process.end()
