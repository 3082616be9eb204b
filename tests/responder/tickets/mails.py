"""Mails as they come back from ticket systems, made up for tests."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

from playbooks.datacentre.incoming import Incoming, read_mail

NOW = datetime(2026, 11, 21, 3, 20, tzinfo=UTC)
DANA = "Dana via RT <rr@hosting.test>"


def mail(
    subject: str, text: str = "", *, sender: str = DANA, id_: str = "<1@rt>", **headers: str
) -> EmailMessage:
    """A mail; a header's name is written with `_` for `-`."""
    made = EmailMessage(policy=SMTP.clone(max_line_length=998))
    made["From"] = sender
    made["To"] = headers.pop("to", "responder@hosting.test")
    made["Subject"] = subject
    made["Message-ID"] = id_
    made["Date"] = NOW
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def incoming(subject: str, text: str = "", **told: str) -> Incoming:
    """The same as we read it."""
    return read_mail(mail(subject, text, **told).as_bytes())
