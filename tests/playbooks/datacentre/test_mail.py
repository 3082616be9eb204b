"""Orders by mail at a real mail server: once, threaded, and the PIN in the mail alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from playbooks.client import open_session
from playbooks.datacentre.by_mail import MailChannel
from playbooks.datacentre.channel import Means
from playbooks.datacentre.message import Letter, Trouble, compose_stop
from playbooks.hands import Hands
from playbooks.mail import MailServer
from playbooks.outside import OutsideError
from probes.credentials import FileSecret
from tests.playbooks.datacentre.scene import MAIL, NIGHT, PIN, a_letter, a_site, pin_file

from tests.real.smtp import Mailbox, Trouble as Fault  # isort: skip


@pytest.fixture
async def means(mailbox: Mailbox, tmp_path: Path) -> AsyncIterator[Means]:
    async with open_session() as session:
        post = MailServer("127.0.0.1", mailbox.port, "responder@example.net")
        yield Means(Hands(session), post=post, pin_file=FileSecret(pin_file(tmp_path)))


@pytest.fixture
def letter(tmp_path: Path) -> Letter:
    return a_letter(a_site(tmp_path))


def channel(**told: Any) -> MailChannel:
    return MailChannel.model_validate(MAIL | told)


async def test_an_order_arrives_whole_with_its_pin(
    mailbox: Mailbox, means: Means, letter: Letter
) -> None:
    """R65."""
    receipt = await channel().send(letter, means)
    [mail] = await mailbox.wait_for(1)
    assert mail["X-RcptTo"] == "noc@dc.example"
    assert mail["Subject"] == letter.subject
    assert mail["Reply-To"] == "dc-replies@example.net"
    assert mail["Message-ID"] == receipt.reference
    assert mail["X-Responder-Order"] == letter.reference
    assert mail["Auto-Submitted"] is None
    assert mail.get_content().strip() == letter.with_pin(PIN)


async def test_the_same_order_is_the_same_mail(letter: Letter) -> None:
    """R65."""
    one, two = (channel().written(letter, sender="a@example.net", pin=PIN) for _ in range(2))
    assert one.as_bytes() == two.as_bytes()


async def test_stop_threads_into_the_order(
    mailbox: Mailbox, means: Means, letter: Letter, tmp_path: Path
) -> None:
    await channel().send(letter, means)
    stop = compose_stop(letter, a_site(tmp_path), now=NIGHT)
    await channel().send(stop, means, ticket="DC-10001")
    first, second = await mailbox.wait_for(2)
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert second["Message-ID"] != first["Message-ID"]
    assert "STOP REMOTE HANDS" in second["Subject"]
    assert second["Subject"].endswith("[DC-10001]")


async def test_a_site_may_know_us_by_another_sender(
    mailbox: Mailbox, means: Means, letter: Letter
) -> None:
    await channel(**{"from": "hands@example.net"}).send(letter, means)
    [mail] = await mailbox.wait_for(1)
    assert mail["From"] == "hands@example.net"
    assert mail["Message-ID"].endswith("@example.net>")


@pytest.mark.parametrize(
    ("fault", "transient", "ambiguous"),
    [
        (Fault.REFUSE_451, True, False),
        (Fault.REFUSE_550, False, False),
        (Fault.DROP_AFTER_DATA, True, True),
    ],
)
async def test_what_the_mail_server_says_decides_whether_it_may_be_tried_again(
    fault: Fault, transient: bool, ambiguous: bool, mailbox: Mailbox, means: Means, letter: Letter
) -> None:
    mailbox.trouble = fault
    with pytest.raises(OutsideError) as caught:
        await channel().send(letter, means)
    assert (caught.value.transient, caught.value.ambiguous) == (transient, ambiguous)
    assert PIN not in str(caught.value)


async def test_without_a_mail_server_it_says_which_key_is_missing(letter: Letter) -> None:
    async with open_session() as session:
        with pytest.raises(OutsideError, match=r"paging\.email"):
            await channel().send(letter, Means(Hands(session)))


async def test_labels_reach_no_header(mailbox: Mailbox, means: Means, tmp_path: Path) -> None:
    evil = Trouble("x\r\nBcc: all@example.net =?utf-8?q?=0D=0ABcc:_all?=", NIGHT)
    await channel().send(a_letter(a_site(tmp_path), trouble=evil), means)
    [mail] = await mailbox.wait_for(1)
    assert mail["Bcc"] is None
    assert mail["X-RcptTo"] == "noc@dc.example"


def test_the_pin_is_in_no_repr(means: Means, letter: Letter) -> None:
    assert PIN not in repr(means)
    assert PIN not in repr(letter)
    assert PIN not in repr(channel())
