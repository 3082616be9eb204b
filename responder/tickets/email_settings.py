"""How a ticket system that is reached by mail is set up here: its addresses, and our mailbox."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, model_validator

from playbooks.datacentre.mailbox import Mailbox
from playbooks.mail import Address
from probes.settings import Regexp
from responder.paging.smtp import EmailPaging

# As RT, FreeScout, Zammad, osTicket, OTRS and WHMCS write their numbers into subjects.
_NUMBER = r"\[[^\[\]#]{0,60}#[ ]?[0-9]{1,18}\]|\(#[0-9]{1,18}\)|\[Ticket ID: ?[0-9A-Z-]{1,18}\]"


class Sayings(BaseModel):
    """What a mail says that asks for something; a system that takes commands by mail (RT's
    CommandByMail, Zendesk's `#solved`) finds them here. `{queue}` is our word for a queue.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    solve: str = "Please close this ticket."
    reopen: str = "The trouble is back: please open this ticket again."
    move: str = "Please move this ticket to the queue {queue}."


class EmailTickets(BaseModel):
    """The settings under `tickets:` for any ticket system that takes mail.

    `queues` are the addresses that open tickets, `comments` those whose mails no customer reads.
    `smtp` hands our mails over; `imap` reads the answers that come to `smtp.reply_to`. `staff`:
    addresses, or domains after an `@`, whose mails are a person's acts; by default the domains of
    the queues. `number` finds the other system's number in a subject; `number_seconds` is how long
    a note waits for it, since many systems know a ticket by nothing else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    system: Literal["email"]
    smtp: EmailPaging
    queues: Mapping[str, Address] = Field(min_length=1)
    comments: Mapping[str, Address] = {}
    imap: Mailbox | None = None
    staff: tuple[str, ...] = ()
    number: Regexp = _NUMBER
    number_seconds: NonNegativeFloat = Field(default=300.0, le=3600)
    quiet_seconds: NonNegativeFloat = Field(default=30.0, le=50)
    sayings: Sayings = Sayings()

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if strange := self.comments.keys() - self.queues.keys():
            raise ValueError(f"comments names {', '.join(sorted(strange))}, queues does not")
        if self.imap is not None and self.smtp.reply_to is None:
            raise ValueError("imap needs smtp.reply_to: the address whose mails it reads")
        return self

    @property
    def sender(self) -> str:
        return self.smtp.sender

    @property
    def copy_to(self) -> str | None:
        """Where a copy of each mail of ours proves later that it was sent."""
        return self.smtp.reply_to if self.imap is not None else None

    def address(self, queue: str, *, public: bool) -> str:
        """Where a mail about a ticket of this queue goes; a queue without an address has that of
        the first one.
        """
        reply = self.queues.get(queue) or next(iter(self.queues.values()))
        return reply if public else self.comments.get(queue, reply)

    def is_staff(self, address: str) -> bool:
        """Do this address's mails count as a person's acts?"""
        own = {f"@{one.rpartition('@')[2]}" for one in self.queues.values()}
        allowed = {one.lower() for one in (self.staff or own)}
        return bool({address, f"@{address.rpartition('@')[2]}"} & allowed)
