"""Letters of the desk: decided in a transaction, handed over out of the outbox, each once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, Final

from alerts.model import DAEMON
from playbooks.mail import MailServer, blank, fill, hand_over, message_id
from playbooks.outside import GoneError, OutsideError
from playbooks.plain import in_header
from playbooks.ports import Change, ChangeKind, Note, TicketRef, TicketState, TicketSystem
from responder.customers.brands import Brand, is_address
from responder.customers.discretion import Discretion
from responder.customers.letters import Letter
from responder.desk import taking
from responder.desk.abroad import is_filed, told_there
from responder.desk_values import Case
from responder.outbox import Done, Dropped, Outcome
from responder.plan import Plan
from responder.store import Tx, outbox, records
from responder.store import tickets as ticket_rows
from responder.tickets.desk import SYSTEM
from responder.values import Effect, EffectKind, Figure, Job, TicketRecord

_SUBJECT: Final = 150  # characters
_BY_MAIL: Final = (SYSTEM, "email")  # where a customer is answered by a mail of ours


def letter_to_customer(
    ticket: TicketRecord,
    case: Case,
    *,
    key: str,
    subject: str,
    text: str,
    plan: Plan,
    written: bool = False,
) -> Effect | None:
    """To whoever wrote the request, in his brand's name: an answer in the ticket system that keeps
    it, else a mail. None when nothing reaches him. The same key never sends two. A ticket of no
    brand is written in no brand's name. `written`: these words stand in the ticket's log already.
    """
    letter = Letter(_numbered(ticket, subject), text)
    there = ticket.system not in _BY_MAIL and not is_filed(ticket)
    if there and ticket.system == plan.clientele.system:
        return _effect(ticket, key, letter, to="", language=case.language)
    if not is_address(case.requester) or mailbox(plan, ticket.brand) is None:
        return None
    answers = str(case.facts.get("message_id") or "")
    to, language = case.requester, case.language
    mail = _effect(ticket, key, letter, to=to, language=language, answers=answers)
    return replace(mail, payload={**mail.payload, "written": written})


def _numbered(ticket: TicketRecord, subject: str) -> str:
    """With the number by which an answer finds its ticket."""
    number = f"[#{ticket.id if is_filed(ticket) else ticket.ref or ticket.id}]"
    if number in subject:
        return in_header(subject, limit=_SUBJECT)
    return f"{in_header(subject, limit=_SUBJECT - len(number))} {number}"


def letter_to(
    ticket: TicketRecord, to: str, *, key: str, letter: Letter, plan: Plan
) -> tuple[Effect, ...]:
    """The same to somebody else who belongs to this brand; nothing when no mail reaches him."""
    if not is_address(to) or mailbox(plan, ticket.brand) is None:
        return ()
    return (_effect(ticket, key, letter, to=to, private=True),)


def mailbox(plan: Plan, brand: str | None) -> MailServer | None:
    """Who takes the desk's letters to customers of this brand, and from whom they are; None while
    nobody can write.
    """
    clientele = plan.clientele
    if brand in clientele.brands:
        return clientele.server(str(brand))
    return clientele.relay.server() if clientele.relay and not brand else None


def leaks(plan: Plan, text: str, *, brand: str) -> str:
    """What stands in this text that customers of this brand must not read, "" for nothing. For no
    brand every brand is another one.
    """
    discretion = plan.clientele.discretion
    if brand not in discretion.brands:
        known = {**discretion.brands, brand: Brand()}
        discretion = Discretion(known, discretion.names)
    found = discretion.leaks(text, brand=brand)
    return str(found[0]) if found else ""


class DeskMail:
    """The outbox handler for letters. Payload: `to`, `subject`, `text`; for customers also `brand`
    ("" is none) and `ticket`; without `brand` it is a plain mail to staff. `system` keeps the
    tickets, now.
    """

    kinds = (EffectKind.DESK_MAIL,)
    hands = 4
    deadline = timedelta(hours=12)

    def __init__(self, *, plan: Callable[[], Plan], system: Callable[[], TicketSystem]) -> None:
        self._plan = plan
        self._system = system

    @property
    def quiet_seconds(self) -> float:
        return self._system().quiet_seconds

    async def perform(self, job: Job) -> Outcome:
        plan, told = self._plan(), job.payload
        words = f"{told['subject']}\n{told['text']}"
        if "brand" in told and (found := leaks(plan, words, brand=told["brand"])):
            raise OutsideError(f"kept back: {found}", transient=False)
        if not told["to"]:
            return await self._answer(job)
        server = mailbox(plan, told.get("brand"))
        if server is None:
            return Dropped("nobody can write in this name")
        mail = composed(told, plan, sender=server.sender, key=job.key, at=job.created_at)
        await hand_over(server, mail, to=told["to"])
        return Done({"reference": str(mail["Message-ID"])})

    def record(
        self, tx: Tx, job: Job, outcome: Done | Dropped, *, now: datetime
    ) -> Sequence[Figure]:
        """The letter stands in the ticket's log; a robot's answer is no reaction of anybody."""
        told = job.payload
        if isinstance(outcome, Dropped) or "ticket" not in told or told.get("written"):
            return ()
        note = Note(job.key, told["text"], public=not told.get("private"))
        return self._written(tx, told["ticket"], note, now=now)

    def trouble(self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: datetime) -> None:
        """Who works on the ticket must know that the customer has not read it, wherever he does."""
        if not dead or "ticket" not in job.payload:
            return
        text = f"A letter could not be sent ({job.payload['subject']}): {error}"
        note = Note(f"{job.key}/dead", text)
        self._written(tx, job.payload["ticket"], note, now=now)
        ticket = ticket_rows.by_id(tx, job.payload["ticket"])
        if ticket is not None and is_filed(ticket):
            outbox.add(tx, told_there(ticket, note.key), now=now)

    async def _answer(self, job: Job) -> Outcome:
        """In the ticket itself, where another system keeps it."""
        told, system = job.payload, self._system()
        if told["system"] != system.name:
            return Dropped(f"its ticket is kept in {told['system']}, not here")
        ref = TicketRef(told["system"], told["ref"])
        try:
            if not (job.ambiguous and await system.noted(ref, job.key)):
                await system.note(ref, Note(job.key, told["text"], public=True))
        except GoneError:
            return Dropped("its ticket was deleted")
        return Done({"reference": told["ref"]})

    def _written(self, tx: Tx, number: int, note: Note, *, now: datetime) -> Sequence[Figure]:
        records.one_at_a_time(tx)
        ticket = ticket_rows.by_id(tx, number)
        if ticket is None:
            return ()
        changes = taking.by_daemon(TicketRef(ticket.system, ticket.ref), note, at=now)
        return taking.take_in(tx, ticket, changes).figures


def composed(
    told: Mapping[str, Any], plan: Plan, *, sender: str, key: str, at: datetime
) -> EmailMessage:
    """The mail, the same byte for byte on every attempt; nothing in its head names us."""
    brand = plan.clientele.brands.get(told.get("brand") or "", Brand())
    mail = blank()
    name, _, domain = sender.rpartition("@")
    title = in_header(brand.title or told.get("brand") or "", limit=100)
    mail["From"] = Address(display_name=title, username=name, domain=domain)
    mail["To"] = told["to"]
    if reply_to := brand.reply_to or (brand.mail if is_address(brand.mail or "") else None):
        mail["Reply-To"] = reply_to
    mail["Subject"] = in_header(told["subject"])
    mail["Date"] = at
    kind = f"desk.{told['ticket']}" if "ticket" in told else "desk"  # an answer names it again
    mail["Message-ID"] = message_id(kind, key, sender=sender)
    if answers := in_header(told.get("answers") or "", limit=250):
        mail["In-Reply-To"] = answers
        mail["References"] = answers
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, no loops
    fill(mail, told["text"])
    if language := told.get("language"):
        mail["Content-Language"] = language
    return mail


def solved_by_us(ticket: TicketRecord, *, why: str, at: datetime) -> Change:
    """Nothing is left to do for us."""
    ref, told = TicketRef(ticket.system, ticket.ref), {"state": TicketState.SOLVED}
    return Change(f"{ticket.key}/solved", ref, at, ChangeKind.STATE, DAEMON, why, told)


def _effect(
    ticket: TicketRecord,
    key: str,
    letter: Letter,
    *,
    to: str,
    language: str = "",
    answers: str = "",
    private: bool = False,
) -> Effect:
    payload = {
        "ticket": ticket.id,
        "system": ticket.system,
        "ref": ticket.ref,
        "brand": ticket.brand or "",
        "to": to,
        "subject": letter.subject,
        "text": letter.text,
        "language": language,
        "answers": answers,
        "private": private,
    }
    return Effect(key, EffectKind.DESK_MAIL, 0, payload, lane=f"desk/{ticket.id}/{to}")
