"""The demo's mail server, as a real client speaks to it."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import pytest

from responder.emulators.post_office import PostOffice


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    one = PostOffice()
    await one.start()
    yield one
    await one.stop()


def mail(text: str, *, subject: str = "Hello") -> EmailMessage:
    one = EmailMessage()
    one["From"], one["To"], one["Subject"] = "a@acme.example", "b@blue.example", subject
    one.set_content(text)
    return one


async def test_what_is_sent_is_read_as_it_was_written(office: PostOffice) -> None:
    text = "One line\n.\n..two dots\nGr\u00fc\u00dfe\n"
    sent = mail(text, subject="It\u2019s back")
    await aiosmtplib.send(sent, hostname="127.0.0.1", port=office.port, start_tls=False)
    (taken,) = office.taken
    assert (taken.to, taken.mail["Subject"]) == (("b@blue.example",), "It\u2019s back")
    assert taken.text == text


async def test_several_mails_over_one_connection_stay_apart(office: PostOffice) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=office.port, start_tls=False) as client:
        for number in range(3):
            to = f"{number}@blue.example"
            await client.send_message(mail(f"mail {number}"), recipients=[to])
    assert [one.text.strip() for one in office.to("1@blue.example")] == ["mail 1"]
    assert len(office.taken) == 3


async def test_who_leaves_in_the_middle_leaves_nothing(office: PostOffice) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", office.port)
    await reader.readline()
    writer.write(b"RCPT TO:<b@blue.example>\r\nDATA\r\nhalf a ma")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await aiosmtplib.send(mail("whole"), hostname="127.0.0.1", port=office.port, start_tls=False)
    assert [one.text.strip() for one in office.taken] == ["whole"]
