"""A page as a mail: safe headers, one thread per incident, the same on every attempt."""

import hashlib
from email.headerregistry import HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP

from playbooks.ports import Page
from responder.paging.texts import many_lines, one_line

_SUBJECT_LENGTH = 200
_LONGEST_LINE = 998  # RFC 5322, 2.1.1

# As plain text these two would be folded and encoded when long, and no mail reader would thread.
_HEADERS = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    # typeshed: a header class is mixed with BaseHeader by the registry itself
    _HEADERS.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type]
_POLICY = SMTP.clone(header_factory=_HEADERS)


def compose(page: Page, *, sender: str, to: str, reply_to: str | None = None) -> EmailMessage:
    """The mail for a page; the same page gives the same mail, byte for byte."""
    domain = sender.rpartition("@")[2]
    thread = f"<thread.{_digest(page.thread)}@{domain}>"
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = to
    if reply_to:
        mail["Reply-To"] = reply_to
    mail["Subject"] = _header(page.title, limit=_SUBJECT_LENGTH)
    if page.at:
        mail["Date"] = page.at
    mail["Message-ID"] = f"<page.{_digest(page.key)}@{domain}>"
    mail["In-Reply-To"] = thread
    mail["References"] = thread
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, no loops
    mail["X-Responder-Incident"] = _header(page.incident, limit=50)
    mail["X-Responder-Step"] = str(page.step)
    mail["X-Responder-Event"] = page.event
    _fill(mail, many_lines(page.text))
    return mail


def _fill(mail: EmailMessage, text: str) -> None:
    """As it is where it may be, so that no link is ever broken up."""
    short = all(len(line) < _LONGEST_LINE for line in text.split("\n"))
    plain = text.isascii() and short
    mail.set_content(text + "\n", cte="7bit" if plain else "quoted-printable")


def _header(text: str, *, limit: int) -> str:
    """Python 3.11.7 and 3.12.1 decode a `=?...?=` that they are given, line breaks included."""
    return one_line(text, limit=limit).replace("=?", "= ?")


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=12).hexdigest()
