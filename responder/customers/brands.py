"""A brand as the configuration has it: its name, its mailbox, its words, and when it speaks."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from alerts.model import Priority
from playbooks.mail import Address
from probes.durations import Duration
from responder.customers.replies import Answers, Replies, Reply, shipped_replies
from responder.customers.wording import Change, Language, Library, Texts, TextsFile, Words, shipped
from responder.desk.section import BrandDesk
from responder.paging.smtp import EmailPaging
from responder.parts import Part
from responder.staff import Zone

_ADDRESS: Final = TypeAdapter(Address)


class Way(StrEnum):
    """How a customer is reached."""

    MAIL = "mail"
    TICKET = "ticket"


class Tell(Part):
    """When the brand tells its customers by itself. `ways`: the first that reaches one is taken."""

    after: Duration = Field(
        timedelta(minutes=2), description="So long the trouble must have lasted"
    )
    priorities: tuple[Priority, ...] = (Priority.CRITICAL,)
    ways: tuple[Way, ...] = Field((Way.MAIL, Way.TICKET), min_length=1)


class Brand(BrandDesk):
    """One name under which customers are served."""

    title: str | None = None
    url: str | None = None
    mail: str | None = None
    mail_from: Address | None = Field(
        None, alias="from", description="Who writes to customers; by default smtp.from, else mail"
    )
    reply_to: Address | None = None
    smtp: EmailPaging | None = Field(
        None, description="Its own mail server, as paging.email, which is taken by default"
    )
    language: Language = Language.EN
    zone: Zone = Field("UTC", description="In which its messages tell the time")
    signature: str | None = Field(None, description="How they end; by default title, url and mail")
    tell: Tell | None = Field(None, description="Without it customers are told by hand alone")
    texts: Library = Field({}, description="Words of its own, by language and change")
    texts_file: TextsFile = Field({}, description="The same in a file; `texts` counts more")
    replies: Answers = Field({}, description="What the desk answers at once, by language")
    announce: tuple[Address, ...] = Field((), description="Lists that hear of every outage of its")
    never_say: tuple[str, ...] = Field((), description="More words that its customers never read")

    @property
    def sender(self) -> str | None:
        """Who its mails are from; None while it has nobody to write."""
        if self.mail_from or self.smtp:
            return self.mail_from or (self.smtp.sender if self.smtp else None)
        return self.mail if self.mail and is_address(self.mail) else None

    @property
    def rules(self) -> Tell:
        """How it tells; a person may have it tell where nothing is told by itself."""
        return self.tell or Tell()

    def words(self, language: Language, change: Change) -> Words:
        """Subject and text: its own, where it has any."""
        own = self.texts.get(language, Texts()).of(change)
        filed = self.texts_file.get(language, Texts()).of(change)
        usual = shipped()[language].of(change)
        return Words(
            subject=own.subject or filed.subject or usual.subject,
            text=own.text or filed.text or usual.text,
        )

    def reply(self, language: Language, reply: Reply) -> Words:
        """Subject and text of what the desk answers at once: its own, where it has any."""
        own, usual = (
            answers.get(language, Replies()).of(reply)
            for answers in (self.replies, shipped_replies())
        )
        return Words(subject=own.subject or usual.subject, text=own.text or usual.text)

    @model_validator(mode="after")
    def _says_something(self) -> "Brand":
        if any(not word.strip() for word in self.never_say):
            raise ValueError("never_say: an empty word stands everywhere")
        return self


def is_address(text: str) -> bool:
    """Is it a plain mail address?"""
    try:
        _ADDRESS.validate_python(text)
    except ValidationError:
        return False
    return True
