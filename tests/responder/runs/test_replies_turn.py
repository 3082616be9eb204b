"""The duty itself, on a stage: what it reads, and when it leaves a mailbox alone."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playbooks.datacentre import orders as life
from playbooks.datacentre.order import Order, OrderState
from playbooks.ports import Receipt
from responder.clock import HandClock
from responder.runs.replies import REFUSED
from responder.store import orders
from tests.playbooks.datacentre.imap import scripted
from tests.playbooks.datacentre.scene import MAIL, NIGHT, a_site, an_order, site_written
from tests.require import free_port
from tests.stories.stage import FILE, Stage, begin, firing, write_config


@asynccontextmanager
async def staged(folder: Path, imap: int) -> AsyncIterator[tuple[Stage, HandClock]]:
    """web1 is down in fra1, whose answers stand in this mailbox."""
    box = {"host": "127.0.0.1", "port": imap, "user": "watch", "password_file": "secrets/imap",
           "security": "none"}  # fmt: skip
    site = site_written(folder, channels=[MAIL | {"mailbox": box}])
    server = "web1: {{address: 127.0.0.2, datacentre: fra1}}"
    file = FILE.replace("web1: {{address: 127.0.0.2}}", server)
    more = f"datacentres: {json.dumps({'fra1': {'contact': site}})}"
    path = write_config(folder, smtp=free_port(), file=file, more=more)
    (folder / "secrets" / "imap").write_text("sesame\n")
    clock = HandClock(NIGHT)
    stage = await begin(path, clock=clock)
    try:
        assert await stage.send(firing()) == 200
        yield stage, clock
    finally:
        await stage.daemon.end()


async def ordered(stage: Stage, folder: Path) -> Order:
    site = a_site(folder)
    sending = life.begun(an_order(site), site, now=NIGHT).order
    sent = life.taken(sending, Receipt("DC-1"), site, now=NIGHT).order
    kept: Order = await stage.daemon.world.store.write(orders.add, sent)
    return kept


async def test_without_an_order_no_mailbox_is_read(tmp_path: Path) -> None:
    async with scripted({}) as (port, heard), staged(tmp_path, port) as (stage, _):
        await stage.daemon.world.works.replies.turn()
        assert heard == []


async def test_an_answer_in_the_mailbox_moves_the_order(tmp_path: Path) -> None:
    letter = an_order(a_site(tmp_path)).letter
    mail = f"Subject: [{letter.reference}]\r\n\r\nWe have power cycled it.\r\n"
    fetched = f"* 1 FETCH (UID 5 BODY[]<0> {{{len(mail)}}}\r\n{mail})\r\n".encode()
    script = {"SEARCH": b"* SEARCH 5\r\n", "FETCH": fetched}
    async with scripted(script) as (port, _), staged(tmp_path, port) as (stage, _):
        order = await ordered(stage, tmp_path)
        await stage.daemon.world.works.replies.turn()
        kept = await stage.daemon.world.store.read(orders.by_key, order.key)
        assert kept is not None
        assert kept.state is OrderState.DONE


async def test_a_mailbox_that_refuses_our_login_is_left_alone_for_a_while(tmp_path: Path) -> None:
    async with (
        scripted({"LOGIN": b"NO wrong"}) as (port, heard),
        staged(tmp_path, port) as (stage, clock),
    ):
        await ordered(stage, tmp_path)
        replies = stage.daemon.world.works.replies
        for _ in range(3):
            await replies.turn()
        assert sum("LOGIN" in line for line in heard) == 1
        clock.move(seconds=REFUSED.total_seconds())
        await replies.turn()
        assert sum("LOGIN" in line for line in heard) == 2
