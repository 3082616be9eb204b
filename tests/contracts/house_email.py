"""A ticket system that takes mail, with people in it, for the contract suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from alerts.model import Priority
from playbooks.ports import Draft, TicketRef, TicketState
from responder.store import Store
from responder.store.opening import open_store
from responder.tickets.email import MailTickets
from responder.tickets.email_settings import EmailTickets
from responder.tickets.own_record import OwnRecord
from tests.contracts.ticket_houses import QUEUE, House
from tests.real.smtp import Mailbox

_UNASKED = "the suite asks this only where changes are polled"
SMTP = {"host": "127.0.0.1", "from": "responder@hosting.test"}
QUEUES = {
    "rapid-response": "rr@hosting.test",
    "level-1": "support@hosting.test",
    "sales-billing": "sales@hosting.test",
}
COMMENTS = {"rapid-response": "rr-comment@hosting.test"}


def settings(port: int, **told: object) -> EmailTickets:
    """How the queues of a small company are reached."""
    smtp = {**SMTP, "port": port}
    base = {"system": "email", "smtp": smtp, "queues": QUEUES, "comments": COMMENTS}
    return EmailTickets.model_validate(base | told)


@dataclass(frozen=True)
class EmailHouse:
    """Mails to queues whose answers nobody reads."""

    store: Store
    mailbox: Mailbox
    url: str = ""
    knows_people: bool = False
    marks: bool = False
    votes: bool = False
    tells_key: bool = True

    @property
    def system(self) -> MailTickets:
        return self.another()

    @property
    def people(self) -> "MailReaders":
        return MailReaders(self.mailbox)

    def another(self) -> MailTickets:
        """The same addresses written to by another process of ours."""
        return MailTickets(settings(self.mailbox.port), OwnRecord(self.store, "email"))


@dataclass(frozen=True)
class MailReaders:
    """Who reads the mails; what they do about them we never hear."""

    mailbox: Mailbox

    async def find(self, draft: Draft) -> int:
        mails = [one for one in self.mailbox.messages if draft.subject in one["Subject"]]
        return sum(one["In-Reply-To"] is None for one in mails)

    async def take(self, who: str, ticket: TicketRef) -> None:
        """We never hear of it."""

    async def reply(self, who: str, ticket: TicketRef, text: str, *, useful: str = "") -> None:
        raise AssertionError(_UNASKED)

    async def note(self, who: str, ticket: TicketRef, text: str) -> None:
        raise AssertionError(_UNASKED)

    async def move(self, who: str, ticket: TicketRef, queue: str) -> None:
        raise AssertionError(_UNASKED)

    async def give(self, who: str, ticket: TicketRef, owner: str | None) -> None:
        raise AssertionError(_UNASKED)

    async def turn(self, who: str, ticket: TicketRef, state: TicketState) -> None:
        raise AssertionError(_UNASKED)

    async def press(self, who: str, ticket: TicketRef, priority: Priority) -> None:
        raise AssertionError(_UNASKED)

    async def vote(self, who: str, ticket: TicketRef, score: int) -> None:
        raise AssertionError(_UNASKED)

    async def merge(self, who: str, ticket: TicketRef, into: TicketRef) -> None:
        raise AssertionError(_UNASKED)

    async def open(self, subject: str) -> TicketRef:
        raise AssertionError(_UNASKED)

    async def ask(self, subject: str, text: str, queue: str = QUEUE) -> TicketRef:
        raise AssertionError(_UNASKED)

    async def delete(self, ticket: TicketRef) -> None:
        raise AssertionError(_UNASKED)

    async def name_customer(self, ticket: TicketRef) -> None:
        """We never hear of it."""

    async def write_as_customer(self, ticket: TicketRef, text: str) -> None:
        raise AssertionError(_UNASKED)


@asynccontextmanager
async def by_email(folder: Path) -> AsyncIterator[House]:
    """A real mail server, and our own record of what was sent to it."""
    store = open_store(f"sqlite:///{folder / 'responder.db'}", ballast=0)
    mailbox = Mailbox()
    await mailbox.start()
    yield EmailHouse(store, mailbox)
    await mailbox.stop()
    await store.close()
