"""Mail servers that take a page, refuse it, fall silent or hang up, and what each of it means."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import ValidationError

from playbooks.outside import OutsideError
from responder.paging.smtp import Email, EmailMethod, EmailPaging
from responder.secrets import Secret
from tests.certificates import self_signed
from tests.raw import raw_server
from tests.real.smtp import Mailbox, Trouble
from tests.require import free_port
from tests.responder.paging.pages import PAGE

ANA = EmailMethod(kind="email", to="ana@example.net")


def settings(**told: Any) -> EmailPaging:
    return EmailPaging.model_validate({"host": "127.0.0.1", "from": "responder@example.net"} | told)


def email_to(port: int, **told: Any) -> Email:
    return Email(settings(port=port, **told))


async def refused(email: Email) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await email.page(PAGE, ANA)
    return caught.value


@asynccontextmanager
async def scripted(script: Mapping[str, bytes | None]) -> AsyncIterator[tuple[int, list[str]]]:
    """A mail server that answers by this script, politely where it says nothing; None hangs up.

    The key is a verb, "" for the greeting or "." for the end of the mail. Yields the port, and the
    lines that were heard, the mail itself excepted.
    """
    polite = {"": b"220 hello\r\n", "EHLO": b"250 hello\r\n", "DATA": b"354 go ahead\r\n"}
    heard: list[str] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        verb = ""
        while True:
            answer = script.get(verb, polite.get(verb, b"250 fine\r\n"))
            if answer is None:
                return
            writer.write(answer)
            if verb == "DATA" and answer.startswith(b"354"):
                await reader.readuntil(b"\r\n.\r\n")
                verb = "."
                continue
            heard.append((await reader.readuntil(b"\r\n")).decode().strip())
            verb = heard[-1].split()[0].upper()

    async with raw_server(converse) as port:
        yield port, heard


async def test_a_page_arrives_at_one_person(mailbox: Mailbox) -> None:
    receipt = await email_to(mailbox.port).page(PAGE, ANA)
    [mail] = await mailbox.wait_for(1)
    assert mail["X-RcptTo"] == "ana@example.net"
    assert mail["X-MailFrom"] == "responder@example.net"
    assert mail["Message-ID"] == receipt.reference
    assert receipt.detail == "2.0.0 Kept"
    assert PAGE.link in mail.get_content()


async def test_a_line_that_begins_with_a_dot_arrives_whole(mailbox: Mailbox) -> None:
    await email_to(mailbox.port).page(replace(PAGE, text=".\n..two\n.three\nend"), ANA)
    [mail] = await mailbox.wait_for(1)
    assert mail.get_content().split() == [".", "..two", ".three", "end"]


async def test_pages_at_once_do_not_wait_for_each_other(mailbox: Mailbox) -> None:
    email = email_to(mailbox.port)
    await asyncio.gather(*(email.page(PAGE, ANA) for _ in range(20)))
    assert len(await mailbox.wait_for(20)) == 20


@pytest.mark.parametrize("verb", ["", "EHLO", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(
    ("answer", "transient"),
    [
        (b"421 4.3.2 closing\r\n", True),
        (b"451 4.7.1 later\r\n", True),
        (b"550 5.1.1 no\r\n", False),
    ],
)
async def test_a_refusal_is_sure_at_every_step(verb: str, answer: bytes, transient: bool) -> None:
    async with scripted({verb: answer, "HELO": answer}) as (port, _):
        error = await refused(email_to(port))
    assert (error.transient, error.ambiguous) == (transient, False)
    code, _, text = answer.decode().strip().partition(" ")
    assert str(error) == f"the mail server (127.0.0.1:{port}) answered {code}: {text}"


@pytest.mark.parametrize("verb", ["", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_connection_lost_before_the_mail_delivered_nothing(verb: str) -> None:
    async with scripted({verb: None}) as (port, _):
        error = await refused(email_to(port))
    assert (error.transient, error.ambiguous) == (True, False)


async def test_a_connection_lost_after_the_final_dot_may_have_delivered() -> None:
    async with scripted({".": None}) as (port, _):
        error = await refused(email_to(port))
    assert (error.transient, error.ambiguous) == (True, True)


async def test_a_real_server_that_drops_the_line_did_deliver(mailbox: Mailbox) -> None:
    mailbox.trouble = Trouble.DROP_AFTER_DATA
    error = await refused(email_to(mailbox.port))
    assert (error.transient, error.ambiguous) == (True, True)
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize("answer", [b"what?\r\n", b"354 more?\r\n", b"200 perhaps\r\n"])
async def test_an_odd_answer_to_the_mail_may_be_a_yes(answer: bytes) -> None:
    async with scripted({".": answer}) as (port, _):
        error = await refused(email_to(port))
    assert (error.transient, error.ambiguous) == (True, True)


@pytest.mark.parametrize("answer", [b"what?\r\n", b"299 perhaps\r\n"])
async def test_an_odd_answer_before_the_mail_is_a_no(answer: bytes) -> None:
    async with scripted({"RCPT": answer}) as (port, _):
        error = await refused(email_to(port))
    assert (error.transient, error.ambiguous) == (True, False)


async def test_silence_before_the_mail_delivered_nothing() -> None:
    async with scripted({"RCPT": b""}) as (port, _):
        error = await refused(Email(settings(port=port), offer_seconds=0.3))
    assert (error.transient, error.ambiguous) == (True, False)


async def test_silence_after_the_final_dot_may_have_delivered(mailbox: Mailbox) -> None:
    mailbox.trouble = Trouble.HANG
    error = await refused(Email(settings(port=mailbox.port), hand_over_seconds=0.3))
    assert (error.transient, error.ambiguous) == (True, True)


async def test_nobody_listens() -> None:
    error = await refused(email_to(free_port()))
    assert (error.transient, error.ambiguous) == (True, False)
    assert "no connection" in str(error)


async def test_the_greeting_is_a_name_or_an_address_and_asks_no_name_server() -> None:
    async with scripted({}) as (port, heard):
        await email_to(port).page(PAGE, ANA)
        await email_to(port, helo="mail.example.net").page(PAGE, ANA)
    greetings = [line.split()[1] for line in heard if line.startswith("EHLO")]
    assert "." in greetings[0]
    assert greetings[1] == "mail.example.net"


class Guarded:
    """A mail server with TLS and a login, and what it saw."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.tls = tls
        self.logins: list[bytes] = []
        self.encrypted: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.encrypted.append(session.ssl is not None)
        return "250 kept"

    def login(self, server: SMTP, session: Session, envelope: Envelope, how: str, who: Any) -> Any:
        assert isinstance(who, LoginPassword)
        self.logins.append(who.password)
        return AuthResult(success=who.password == b"canary", handled=True)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._session, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    def _session(self) -> SMTP:
        return SMTP(self, tls_context=self.tls, authenticator=self.login)


async def test_encryption_is_taken_where_it_is_offered_even_by_a_stranger(tmp_path: Path) -> None:
    guarded = Guarded(self_signed(tmp_path))
    async with guarded.listening() as port:
        await email_to(port).page(PAGE, ANA)
        await email_to(port, starttls=False).page(PAGE, ANA)
    assert guarded.encrypted == [True, False]


async def test_a_stranger_never_hears_the_password(tmp_path: Path) -> None:
    """With a username the certificate counts, and this one nobody signed."""
    guarded = Guarded(self_signed(tmp_path))
    login = {"username": "responder", "password_file": Secret.of("canary")}
    async with guarded.listening() as port:
        error = await refused(email_to(port, **login))
    assert (error.transient, error.ambiguous) == (False, False)
    assert "its certificate is not valid" in str(error)
    assert guarded.logins == []


async def test_a_server_without_encryption_never_hears_the_password(mailbox: Mailbox) -> None:
    login = {"username": "responder", "password_file": Secret.of("canary")}
    error = await refused(email_to(mailbox.port, **login))
    assert (error.transient, error.ambiguous) == (False, False)
    assert "STARTTLS extension not supported" in str(error)
    assert mailbox.messages == []


async def test_starttls_can_be_demanded(mailbox: Mailbox) -> None:
    error = await refused(email_to(mailbox.port, starttls=True))
    assert error.transient is False
    assert mailbox.messages == []


async def test_a_refused_login_is_for_a_person_and_keeps_the_secret() -> None:
    script = {"EHLO": b"250-hello\r\n250 AUTH PLAIN\r\n", "AUTH": b"535 no canary here\r\n"}
    login = {"username": "responder", "password_file": Secret.of("canary"), "starttls": False}
    async with scripted(script) as (port, _):
        error = await refused(email_to(port, **login))
    assert (error.transient, error.ambiguous) == (False, False)
    assert str(error).endswith("answered 535: login refused")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"from": "Responder <responder@example.net>"}, "not a plain mail address"),
        ({"from": "responder"}, "not a plain mail address"),
        ({"from": "a@b\r\nRCPT TO:<c@d>"}, "not a plain mail address"),
        ({"from": "bücher@example.net"}, "not a plain mail address"),
        ({"username": "responder"}, "belong together"),
        ({"tls": True, "starttls": True}, "exclude each other"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"hots": "x"}, "Extra inputs"),
    ],
)
def test_settings_that_can_not_work_are_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        settings(**told)


def test_a_person_is_reached_at_a_plain_address() -> None:
    with pytest.raises(ValidationError, match="not a plain mail address"):
        EmailMethod(kind="email", to="ana@example.net, bob@example.net")
