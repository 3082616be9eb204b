"""A page as a mail: safe headers, one thread per incident, the same on every attempt."""

from email.message import EmailMessage

from playbooks.mail import blank, fill, message_id
from playbooks.plain import in_header, many_lines
from playbooks.ports import Page


def compose(page: Page, *, sender: str, to: str, reply_to: str | None = None) -> EmailMessage:
    """The mail for a page; the same page gives the same mail, byte for byte."""
    thread = message_id("thread", page.thread, sender=sender)
    mail = blank()
    mail["From"] = sender
    mail["To"] = to
    if reply_to:
        mail["Reply-To"] = reply_to
    mail["Subject"] = in_header(page.title)
    if page.at:
        mail["Date"] = page.at
    mail["Message-ID"] = message_id("page", page.key, sender=sender)
    mail["In-Reply-To"] = thread
    mail["References"] = thread
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, no loops
    mail["X-Responder-Incident"] = in_header(page.incident, limit=50)
    mail["X-Responder-Step"] = str(page.step)
    mail["X-Responder-Event"] = page.event
    fill(mail, many_lines(page.text))
    return mail
