"""The mails of customers to our queues that open tickets in a system that takes mail (pure)."""

from collections.abc import Iterable
from datetime import datetime

from playbooks.brought import Brought
from playbooks.datacentre.incoming import Incoming
from playbooks.ports import TicketRef, TicketState
from responder.tickets.email_letters import is_echo
from responder.tickets.email_replies import (
    SYSTEM,
    Known,
    about,
    answered,
    is_ours,
    key_of,
    number_in,
    ref_of,
)
from responder.tickets.email_settings import EmailTickets


def brought(
    mails: Iterable[Incoming], known: Known, settings: EmailTickets, *, now: datetime
) -> list[Brought]:
    """Those that go on with no ticket, ours or theirs, and that a person wrote who is none of the
    staff. A copy must come to our mailbox of whatever is sent to the addresses of our queues.
    """
    found = dict[str, Brought]()
    for mail in mails:
        address = _queue_address(mail, settings)
        goes_on = answered(mail, {*known.brought, *found}) or about(mail, settings)
        if not address or goes_on or not _is_request(mail, settings):
            continue
        ref = ref_of(mail.id)
        found.setdefault(ref, _read(mail, ref, address, settings, now))
    return list(found.values())


def _is_request(mail: Incoming, settings: EmailTickets) -> bool:
    """Nobody's machine, nobody of the staff, and no answer in a ticket that is there already."""
    machine = mail.automatic or mail.bounced or mail.bulk or is_echo(mail.text)
    staff = settings.is_staff(mail.sender) or is_ours(mail, settings)
    return not (machine or staff or number_in(mail.subject, settings)) and "@" in mail.sender


def _queue_address(mail: Incoming, settings: EmailTickets) -> str:
    queues = {address.lower() for address in settings.queues.values()}
    return next((one for one in mail.to if one in queues), "")


def _read(mail: Incoming, ref: str, address: str, settings: EmailTickets, now: datetime) -> Brought:
    queues = {theirs.lower(): ours for ours, theirs in reversed([*settings.queues.items()])}
    return Brought(
        id=mail.id,
        ticket=TicketRef(SYSTEM, ref),
        at=min(mail.sent_at or now, now),
        subject=mail.subject,
        text=mail.fresh("") or mail.text,
        sender=mail.sender,
        queue=queues[address],
        state=TicketState.NEW,
        sender_name=mail.name,
        to=address,
        key=key_of(mail.id),
        message_id=mail.id,
    )
