"""A page by mail, and what each answer of a mail server means for it."""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Literal, Self

import aiosmtplib
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from playbooks.outside import OutsideError
from playbooks.ports import Page, Receipt
from responder.paging.mail import compose
from responder.paging.texts import one_line
from responder.secrets import SecretFile


def _address(told: str) -> str:
    if not re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+", told, re.ASCII):
        raise ValueError("is not a plain mail address such as ana@example.net")
    return told


Address = Annotated[str, AfterValidator(_address)]


class EmailPaging(BaseModel):
    """`paging.email`: the mail server that takes our pages.

    `starttls: auto` encrypts where the server can, without a look at its certificate: better than
    nothing. With a `username` it is required and checked, so that no stranger hears the password.
    `tls` speaks TLS from the first byte (port 465).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str
    port: int = Field(default=25, ge=1, le=65535)
    sender: Address = Field(alias="from")
    reply_to: Address | None = None
    username: str | None = None
    password_file: SecretFile | None = None
    starttls: bool | Literal["auto"] = "auto"
    tls: bool = False
    helo: str | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file belong together")
        if self.tls and self.starttls is True:
            raise ValueError("tls and starttls exclude each other")
        return self


class EmailMethod(BaseModel):
    """A person's mailbox."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["email"]
    to: Address


class Email:
    """Hands each page to the mail server on a connection of its own.

    Not keyed: a mail server delivers the same Message-ID twice. Mail readers show it once at best.
    """

    keyed = False

    def __init__(
        self, settings: EmailPaging, *, offer_seconds: float = 10.0, hand_over_seconds: float = 20.0
    ) -> None:
        self._settings = settings
        self._offer_seconds = offer_seconds
        self._hand_over_seconds = hand_over_seconds  # it may scan the mail before it answers

    async def page(self, page: Page, method: EmailMethod) -> Receipt:
        """The receipt has our Message-ID and what the server said. Takes 30 s at most.

        Raises OutsideError: 4xx is transient, 5xx permanent (RFC 5321, 4.2.1); a lost connection is
        transient, and ambiguous from the final dot on.
        """
        told = self._settings
        mail = compose(page, sender=told.sender, to=method.to, reply_to=told.reply_to)
        where = f"the mail server ({told.host}:{told.port})"
        smtp = self._client()
        try:
            with _trouble_told(where, unsure=False):
                await self._offer(smtp, method.to)
            with _trouble_told(where, unsure=True):
                answer = await self._hand_over(smtp, mail.as_bytes())
        finally:
            smtp.close()
        return Receipt(reference=str(mail["Message-ID"]), detail=one_line(answer))

    def _client(self) -> aiosmtplib.SMTP:
        told = self._settings
        checked = told.tls or told.starttls is True or told.username is not None
        starttls = None if told.starttls == "auto" else told.starttls
        if told.username is not None and not told.tls and starttls is None:
            starttls = True
        return aiosmtplib.SMTP(
            hostname=told.host,
            port=told.port,
            username=told.username,
            password=told.password_file.reveal() if told.password_file else None,
            use_tls=told.tls,
            start_tls=starttls,
            validate_certs=checked,
            local_hostname=told.helo or _own_name(),
            timeout=None,
        )

    async def _offer(self, smtp: aiosmtplib.SMTP, to: str) -> None:
        """Everything up to the server's "go ahead": until here nothing can have been delivered."""
        async with asyncio.timeout(self._offer_seconds):
            await smtp.connect()
            await smtp.mail(self._settings.sender)
            await smtp.rcpt(to)
            code, text = await smtp.execute_command(b"DATA")
        if code != aiosmtplib.SMTPStatus.start_input:
            raise aiosmtplib.SMTPDataError(code, text)

    async def _hand_over(self, smtp: aiosmtplib.SMTP, message: bytes) -> str:
        """Send the mail and its final dot; the server's yes. From here silence proves nothing."""
        if smtp.protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("lost before the mail was sent")
        smtp.protocol.write(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
        async with asyncio.timeout(self._hand_over_seconds):
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
