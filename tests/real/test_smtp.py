"""Does the mailbox take mail, and fail in each way that a mail server fails?"""

import asyncio
from email.message import EmailMessage

import aiosmtplib
import pytest

from tests.real.smtp import Mailbox, Trouble


async def send(mailbox: Mailbox, *, within: float = 45.0) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "responder@hosting.test", "dana@hosting.test"
    mail["Subject"] = "[critical] web1 is down"
    mail.set_content("Ärger mit web1\n")
    await aiosmtplib.send(mail, hostname=mailbox.host, port=mailbox.port, timeout=within)


async def test_a_mail_arrives_parsed(mailbox: Mailbox) -> None:
    await send(mailbox)
    [mail] = await mailbox.wait_for(1)
    assert mail["Subject"] == "[critical] web1 is down"
    assert mail["X-RcptTo"] == "dana@hosting.test"
    assert mail.get_content() == "Ärger mit web1\n"


@pytest.mark.parametrize("trouble", [Trouble.REFUSE_451, Trouble.REFUSE_550])
async def test_a_refusal_is_heard_with_its_code(mailbox: Mailbox, trouble: Trouble) -> None:
    mailbox.trouble = trouble
    with pytest.raises(aiosmtplib.SMTPDataError) as refusal:
        await send(mailbox)
    assert f"{refusal.value.code} {refusal.value.message}" == trouble
    assert (mailbox.attempts, mailbox.messages) == (1, [])


async def test_a_hanging_server_keeps_nothing(mailbox: Mailbox) -> None:
    mailbox.trouble = Trouble.HANG
    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await send(mailbox, within=0.3)
    assert mailbox.messages == []


async def test_a_dropped_connection_hides_that_the_mail_was_kept(mailbox: Mailbox) -> None:
    mailbox.trouble = Trouble.DROP_AFTER_DATA
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(mailbox)
    assert len(mailbox.messages) == 1


async def test_a_stopped_server_refuses_and_comes_back(mailbox: Mailbox) -> None:
    await mailbox.stop()
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await send(mailbox)
    await mailbox.start()
    await asyncio.gather(send(mailbox), send(mailbox))
    assert len(await mailbox.wait_for(2)) == 2


async def test_waiting_for_a_mail_that_does_not_come_says_how_many_came(mailbox: Mailbox) -> None:
    await send(mailbox)
    with pytest.raises(TimeoutError, match="1 of 2 mails"):
        await mailbox.wait_for(2, within=0.05)
