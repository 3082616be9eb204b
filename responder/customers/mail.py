"""A message to a customer as a mail: from the brand alone, one thread an incident (pure)."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage

from playbooks.mail import blank, fill, message_id
from playbooks.plain import in_header
from responder.customers.audience import Customer
from responder.customers.brands import Brand, is_address
from responder.customers.letters import Letter


def compose(
    letter: Letter, to: Customer, brand: Brand, *, sender: str, key: str, thread: str, at: datetime
) -> EmailMessage:
    """The same letter gives the same mail, byte for byte. `thread` is one for an incident and
    customer; whatever names us stands in no header.
    """
    title = in_header(brand.title or to.brand, limit=100)
    mailbox, _, domain = sender.rpartition("@")
    head = message_id("thread", thread, sender=sender)
    mail = blank()
    mail["From"] = Address(display_name=title, username=mailbox, domain=domain)
    mail["To"] = to.to
    if reply_to := brand.reply_to or (brand.mail if is_address(brand.mail or "") else None):
        mail["Reply-To"] = reply_to
    mail["Subject"] = in_header(letter.subject)
    mail["Date"] = at
    mail["Message-ID"] = message_id("notice", key, sender=sender)
    mail["In-Reply-To"] = head
    mail["References"] = head
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, no loops
    fill(mail, letter.text)
    mail["Content-Language"] = to.language  # after the text, which takes such headers away
    return mail
