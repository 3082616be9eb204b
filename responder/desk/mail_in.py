"""A mail to one of our mailboxes: a request, a customer's comment, or nothing for us (R3)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from typing import Final

from playbooks.datacentre.incoming import Incoming, read_mail
from playbooks.plain import one_line

_REFERENCE: Final = re.compile(r"\[#(\d{1,10})\]")
_OURS: Final = re.compile(
    r"^<(desk(?:\.(\d{1,10}))?|thread|notice|page|ticket)\.[0-9a-f]{16,}@", re.IGNORECASE
)
_ROBOTS: Final = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply)@", re.IGNORECASE)
_TO: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_NEAREST: Final = 20
_LONGEST: Final = 4000  # characters of one such line
_OTHERS: Final = ("X-Responder-Incident", "X-Responder-Event", "X-Loop", "List-Id")


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody has written. `to`: every address to which it came, as the head tells.
    `reference`: the ticket that it names, 0 for none.
    """

    mail: Incoming
    to: tuple[str, ...]
    reference: int = 0

    @property
    def text(self) -> str:
        """His own words; of a mail that is nothing but quotations all of it."""
        return self.mail.fresh("") or self.mail.text or "(no text)"

    @property
    def subject(self) -> str:
        return self.mail.subject or "(no subject)"


def read_letter(raw: bytes, *, ours: Collection[str]) -> Letter | str:
    """The letter, or why it is none: machines' answers, bounces, lists and our own mails are not
    answered and open nothing, so that no two machines can write to each other for ever (RFC 3834).
    `ours`: addresses, in small letters, from which we write ourselves.
    """
    mail = read_mail(raw)
    head = message_from_bytes(raw[: 64 << 10])
    if why := _not_for_us(mail, ours) or _marked(head):
        return why
    found = _REFERENCE.findall(mail.subject)
    return Letter(mail, _recipients(head), int(found[-1]) if found else 0)


def answered(mail: Incoming) -> tuple[str, ...]:
    """The mails that this one answers, the nearest first."""
    first, older = mail.answers[:1], mail.answers[1:]
    return tuple(dict.fromkeys([*first, *reversed(older)]))[:_NEAREST]


def named_by(message_id: str) -> int:
    """The ticket that a letter of ours is about, 0 where it is none."""
    found = _OURS.match(message_id)
    return int(found[2] or 0) if found else 0


def recipient(letter: Letter, known: Collection[str], otherwise: str) -> str:
    """The address that tells the brand: the first that one of them has, by itself or its host."""
    for address in letter.to:
        if address in known or address.rpartition("@")[2] in known:
            return address
    return otherwise or next(iter(letter.to), "")


def _not_for_us(mail: Incoming, ours: Collection[str]) -> str:
    if mail.bounced or mail.automatic:
        return "sent by a machine"
    if mail.bulk:
        return "sent in bulk"
    if _OURS.match(mail.id) or mail.sender in ours:
        return "written by ourselves"
    if not mail.sender or _ROBOTS.match(mail.sender):
        return "nobody reads an answer to it"
    return ""


def _marked(head: Message) -> str:
    """Marks of programs and lists, and an envelope that wants no answer."""
    if any(head.get(name) is not None for name in _OTHERS):
        return "sent by a program or a list"
    return "wants no answer" if str(head.get("Return-Path") or "").strip() == "<>" else ""


def _recipients(head: Message) -> tuple[str, ...]:
    told = [str(one)[:_LONGEST] for name in _TO for one in head.get_all(name) or ()]
    try:
        read = getaddresses(told[:50])
    except RecursionError:  # comments within comments
        return ()
    found = (one_line(address, limit=250).casefold() for _, address in read)
    return tuple(dict.fromkeys(filter(None, found)))[:50]
