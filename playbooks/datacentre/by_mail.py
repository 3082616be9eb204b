"""Orders by mail: one mail, the same on every attempt, whose answers find back to us."""

from email.message import EmailMessage
from typing import Literal

from pydantic import ConfigDict, Field

from playbooks.datacentre.channel import Means
from playbooks.datacentre.mailbox import Mailbox
from playbooks.datacentre.message import Letter
from playbooks.mail import Address, blank, fill, hand_over, message_id
from playbooks.outside import OutsideError
from playbooks.plain import in_header
from playbooks.ports import Receipt
from probes.settings import Piece


class MailChannel(Piece):
    """`{kind: mail, to: noc@dc.example}`, over the mail server of `paging.email`."""

    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["mail"] = "mail"
    to: Address
    sender: Address | None = Field(
        None, alias="from", description="By default that of paging.email; some sites know us by it"
    )
    reply_to: Address | None = Field(None, description="Where answers go: the address of `mailbox`")
    mailbox: Mailbox | None = Field(None, description="Where answers are read")

    @property
    def wordy(self) -> bool:
        return True

    async def send(self, letter: Letter, means: Means, *, ticket: str = "") -> Receipt:
        """The receipt names our Message-ID. Takes 30 s at most. Raises OutsideError."""
        if means.post is None:
            told = "a data centre is asked by mail, but there is no paging.email to send it"
            raise OutsideError(told, transient=False)
        sender = self.sender or means.post.sender
        mail = self.written(letter, sender=sender, pin=means.pin(), ticket=ticket)
        answer = await hand_over(means.post, mail, to=self.to)
        return Receipt(reference=str(mail["Message-ID"]), detail=answer)

    def written(self, letter: Letter, *, sender: str, pin: str, ticket: str = "") -> EmailMessage:
        """The mail. Not marked as automatic: ticket systems would not answer with their number."""
        mail = blank()
        mail["From"] = sender
        mail["To"] = self.to
        if self.reply_to:
            mail["Reply-To"] = self.reply_to
        named = f" [{ticket}]" if ticket else ""
        mail["Subject"] = in_header(f"{letter.subject}{named}", limit=300)
        mail["Date"] = letter.written_at
        mail["Message-ID"] = order_id(letter.key, sender)
        if letter.answers:
            mail["In-Reply-To"] = mail["References"] = order_id(letter.answers, sender)
        mail["X-Responder-Order"] = letter.reference
        mail["Importance"] = "high"
        fill(mail, letter.with_pin(pin))
        return mail


def order_id(key: str, sender: str) -> str:
    """The Message-ID of the order with this key: answers name it."""
    return message_id("order", key, sender=sender)
