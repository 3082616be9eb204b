"""Hands one mail to a mail server, and says what each of its answers means."""

import asyncio
import hashlib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP
from typing import Annotated, Literal

import aiosmtplib
from pydantic import AfterValidator

from playbooks.outside import OutsideError
from playbooks.plain import one_line
from probes.credentials import Secret

_LONGEST_LINE = 998  # RFC 5322, 2.1.1

# As plain text these two would be folded and encoded when long, and no mail reader would thread.
_HEADERS = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    # typeshed: a header class is mixed with BaseHeader by the registry itself
    _HEADERS.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type]
_POLICY = SMTP.clone(header_factory=_HEADERS)


def _address(told: str) -> str:
    if not re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+", told, re.ASCII):
        raise ValueError("is not a plain mail address such as ana@example.net")
    return told


# The type of settings that hold a mail address.
Address = Annotated[str, AfterValidator(_address)]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our mails, and in whose name.

    `starttls: auto` encrypts where the server can, without a look at its certificate: better than
    nothing. With a `username` it is required and checked, so that no stranger hears the password.
    `tls` speaks TLS from the first byte (port 465).
    """

    host: str
    port: int
    sender: str
    username: str | None = None
    password: Secret | None = None
    starttls: bool | Literal["auto"] = "auto"
    tls: bool = False
    helo: str | None = None


def blank() -> EmailMessage:
    """An empty mail whose headers are folded as mail readers need them."""
    return EmailMessage(policy=_POLICY)


def message_id(kind: str, key: str, *, sender: str) -> str:
    """The same key gives the same Message-ID on every attempt."""
    digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f"<{kind}.{digest}@{sender.rpartition('@')[2]}>"


def fill(mail: EmailMessage, text: str) -> None:
    """The text as it is where it may be, so that no link is ever broken up."""
    short = all(len(line) < _LONGEST_LINE for line in text.split("\n"))
    plain = text.isascii() and short
    mail.set_content(text + "\n", cte="7bit" if plain else "quoted-printable")


async def hand_over(
    server: MailServer,
    mail: EmailMessage,
    *,
    to: str,
    copy_to: str | None = None,
    offer_seconds: float = 10.0,
    hand_over_seconds: float = 20.0,
) -> str:
    """Give the mail to the server on a connection of its own; what the server said to it.

    A copy goes to nobody, or to `copy_to` by the very same hand-over: both get it or neither does.

    Raises OutsideError: 4xx is transient, 5xx permanent (RFC 5321, 4.2.1); a lost connection is
    transient, and ambiguous from the final dot on.
    """
    where = f"the mail server ({server.host}:{server.port})"
    smtp = _client(server)
    try:
        with _trouble_told(where, unsure=False):
            await _offer(smtp, server.sender, [to, *filter(None, [copy_to])], offer_seconds)
        with _trouble_told(where, unsure=True):
            answer = await _send(smtp, mail.as_bytes(), hand_over_seconds)
    finally:
        smtp.close()
    return one_line(answer)


def _client(server: MailServer) -> aiosmtplib.SMTP:
    checked = server.tls or server.starttls is True or server.username is not None
    starttls = None if server.starttls == "auto" else server.starttls
    if server.username is not None and not server.tls and starttls is None:
        starttls = True
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password.reveal() if server.password else None,
        use_tls=server.tls,
        start_tls=starttls,
        validate_certs=checked,
        local_hostname=server.helo or _own_name(),
        timeout=None,
    )


async def would_take(server: MailServer, *, to: str, within: float = 10.0) -> None:
    """Ask whether the server would take a mail from us to this address, and send none.

    Raises OutsideError as hand_over does.
    """
    smtp = _client(server)
    try:
        with _trouble_told(f"the mail server ({server.host}:{server.port})", unsure=False):
            async with asyncio.timeout(within):
                await _introduce(smtp, server.sender, [to])
                await smtp.rset()
    finally:
        smtp.close()


async def _introduce(smtp: aiosmtplib.SMTP, sender: str, to: Sequence[str]) -> None:
    await smtp.connect()
    await smtp.mail(sender)
    for one in to:
        await smtp.rcpt(one)


async def _offer(smtp: aiosmtplib.SMTP, sender: str, to: Sequence[str], within: float) -> None:
    """Everything up to the server's "go ahead": until here nothing can have been delivered."""
    async with asyncio.timeout(within):
        await _introduce(smtp, sender, to)
        code, text = await smtp.execute_command(b"DATA")
    if code != aiosmtplib.SMTPStatus.start_input:
        raise aiosmtplib.SMTPDataError(code, text)


async def _send(smtp: aiosmtplib.SMTP, message: bytes, within: float) -> str:
    """Send the mail and its final dot; the server's yes. From here silence proves nothing."""
    if smtp.protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("lost before the mail was sent")
    smtp.protocol.write(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
    async with asyncio.timeout(within):
        code, text = await smtp.protocol.read_response()
    if code != aiosmtplib.SMTPStatus.completed:
        raise aiosmtplib.SMTPDataError(code, text)
    with suppress(aiosmtplib.SMTPServerDisconnected):
        smtp.protocol.write(b"QUIT\r\n")  # politeness; nothing hangs on its answer
    return text


def _own_name() -> str:
    """Asks no name server; RFC 5321, 4.1.4 allows an address where there is no full name."""
    name = socket.gethostname()
    return name if "." in name else "[127.0.0.1]"


@contextmanager
def _trouble_told(where: str, *, unsure: bool) -> Iterator[None]:
    try:
        yield
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise _trouble(error, where, unsure=unsure) from error


def _trouble(error: Exception, where: str, *, unsure: bool) -> OutsideError:
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return _answered(where, error.code, "login refused", unsure=unsure)
        case aiosmtplib.SMTPResponseException():
            return _answered(where, error.code, error.message, unsure=unsure)
        case _ if _is_about_certificate(error):
            return OutsideError(f"{where}: its certificate is not valid", transient=False)
        case OSError():
            message = f"{where}: {'no answer to the mail' if unsure else 'no connection'}"
            return OutsideError(message, transient=True, ambiguous=unsure)
        case _:
            return OutsideError(f"{where}: {one_line(str(error))}", transient=False)


def _answered(where: str, code: int, text: str, *, unsure: bool) -> OutsideError:
    refused = 400 <= code < 600
    return OutsideError(
        f"{where} answered {code}: {one_line(text)}",
        transient=code < 500 or not refused,
        ambiguous=unsure and not refused,
    )


def _is_about_certificate(error: Exception) -> bool:
    causes = (error, error.__cause__)
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)
