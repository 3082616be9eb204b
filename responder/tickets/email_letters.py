"""The mails to a ticket system: their words and headers, the same on every attempt (pure)."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from alerts.model import Priority
from playbooks.mail import blank, fill, message_id
from playbooks.plain import in_header, many_lines
from playbooks.ports import Draft, Note
from responder.tickets.email_settings import EmailTickets
from responder.tickets.keys import mark, tail, tailed

_LONGEST: Final = 250  # of a subject, before the other system's number
_URGENT: Final = (Priority.CRITICAL, Priority.HIGH)


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket that a mail is about. `number` is what the other system calls it, as it writes it
    into subjects, or "". `first`: the Message-ID that opened it, "" for our own.
    """

    key: str
    subject: str
    number: str = ""
    first: str = ""

    @property
    def ref(self) -> str:
        return tail(self.key)


def opening(draft: Draft, settings: EmailTickets, *, now: datetime) -> EmailMessage:
    """The mail that opens a ticket. Where answers are read it is not marked as automatic: ticket
    systems would not answer with their number (RFC 3834, 2).
    """
    mail = _begun(opening_id(draft.key, settings), settings, now=now)
    mail["To"] = settings.address(draft.queue, public=True)
    mail["Subject"] = in_header(tailed(draft.subject, draft.key, longest=_LONGEST), limit=300)
    mail["X-Priority"] = str(1 + list(Priority).index(draft.priority))
    if draft.priority in _URGENT:
        mail["Importance"] = "high"
    if settings.imap is None:
        mail["Auto-Submitted"] = "auto-generated"
    fill(mail, _signed(draft.text or draft.subject, draft.key))
    return mail


def letter(
    note: Note, about: Thread, settings: EmailTickets, *, to: str, wish: str = "", now: datetime
) -> EmailMessage:
    """A mail about a ticket that was opened before; `wish` begins its words."""
    first = about.first or opening_id(about.key, settings)
    mail = _begun(note_id(about.ref, note.key, settings), settings, now=now)
    mail["To"] = to
    subject = tailed(about.subject, about.key, longest=_LONGEST)
    named = f"{about.number} Re: {subject}" if about.number else f"Re: {subject}"
    mail["Subject"] = in_header(named, limit=400)
    mail["In-Reply-To"] = mail["References"] = first
    mail["Auto-Submitted"] = "auto-generated"
    fill(mail, _signed("\n\n".join(filter(None, [wish, note.text])), note.key))
    return mail


def opening_id(key: str, settings: EmailTickets) -> str:
    """The Message-ID of the mail that opens the ticket of this key."""
    return message_id(tail(key), key, sender=settings.sender)


def note_id(ref: str, key: str, settings: EmailTickets) -> str:
    """The Message-ID of the note of this key on the ticket `ref`."""
    return message_id(ref, f"note/{key}", sender=settings.sender)


def ref_in(ids: tuple[str, ...], settings: EmailTickets) -> str:
    """The ticket of the latest of these Message-IDs that is ours, or ""."""
    domain = re.escape(settings.sender.rpartition("@")[2])
    ours = re.compile(rf"<(RR-[0-9a-f]{{16}})\.[0-9a-f]+@{domain}>")
    found = (ours.fullmatch(one) for one in reversed(ids))
    return next((match[1] for match in found if match), "")


def is_echo(text: str) -> bool:
    """Do these words carry the mark that stands under all of ours?"""
    return re.search(r"(?m)^ref-[0-9a-f]{16}\s*$", text) is not None


def _begun(own_id: str, settings: EmailTickets, *, now: datetime) -> EmailMessage:
    mail = blank()
    mail["From"] = settings.sender
    if settings.smtp.reply_to:
        mail["Reply-To"] = settings.smtp.reply_to
    mail["Date"] = now
    mail["Message-ID"] = own_id
    return mail


def _signed(text: str, key: str) -> str:
    return f"{many_lines(text)}\n\n{mark(key)}"
