"""A page by mail: the mail server that takes our pages, and a person's mailbox."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from playbooks.mail import Address, MailServer, hand_over
from playbooks.ports import Page, Receipt
from responder.paging.mail import compose
from responder.secrets import SecretFile


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

    def server(self) -> MailServer:
        """The same for whoever hands a mail over."""
        return MailServer(
            host=self.host,
            port=self.port,
            sender=self.sender,
            username=self.username,
            password=self.password_file,
            starttls=self.starttls,
            tls=self.tls,
            helo=self.helo,
        )


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
        answer = await hand_over(
            told.server(),
            mail,
            to=method.to,
            offer_seconds=self._offer_seconds,
            hand_over_seconds=self._hand_over_seconds,
        )
        return Receipt(reference=str(mail["Message-ID"]), detail=answer)
