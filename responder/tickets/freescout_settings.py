"""How FreeScout is set up here: its address, its mailboxes, and its words in ours."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat

from alerts.model import Priority
from playbooks.ports import TicketState
from responder.secrets import SecretFile
from responder.tickets.address import Address

Status = Literal["active", "pending", "closed", "spam"]

_STATES: Final[Mapping[Status, TicketState]] = {
    "active": TicketState.OPEN,
    "pending": TicketState.WAITING_CUSTOMER,
    "closed": TicketState.SOLVED,
    "spam": TicketState.CLOSED,
}
_WORDS: Final[Mapping[Priority, str]] = {
    Priority.CRITICAL: "CRITICAL",
    Priority.HIGH: "HIGH",
    Priority.LOW: "low",
}


def _states(told: Mapping[Status, TicketState]) -> Mapping[Status, TicketState]:
    return {**_STATES, **told}


def _words(told: Mapping[Priority, str]) -> Mapping[Priority, str]:
    if len(set(told.values())) < len(told):
        raise ValueError("must be a word of its own for each priority")
    return told


def _signature(app_key: str, body: bytes) -> bytes:
    """With a key that FreeScout makes of its APP_KEY (its module, Entities/Webhook)."""
    key = hashlib.md5(f"{app_key}webhook_key".encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha1).digest())


class FreeScoutTickets(BaseModel):
    """The settings under `tickets:` for FreeScout with its module API & Webhooks.

    `user` is the address of the FreeScout user in whose name we act; `customer` the address under
    which conversations are opened. A queue of ours is the mailbox of that name, or the one that
    `queues` names; a ticket for a queue without one comes into the mailbox of its brand (`brands`),
    else into `mailbox`. FreeScout has no priorities: `priorities` are words before the subject,
    none means medium. `app_key_file` holds FreeScout's APP_KEY (its `.env`, with `base64:` and
    all), of which the key of its webhooks is made. `overlap_seconds`: how far each poll looks back
    behind the last one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    system: Literal["freescout"]
    url: Address
    api_key_file: SecretFile
    app_key_file: SecretFile | None = None
    user: str
    customer: str
    mailbox: str
    queues: Mapping[str, str] = {}
    brands: Mapping[str, str] = {}
    priorities: Annotated[Mapping[Priority, str], AfterValidator(_words)] = _WORDS
    states: Annotated[Mapping[Status, TicketState], AfterValidator(_states)] = _STATES
    within_seconds: PositiveFloat = Field(default=10.0, le=60)
    quiet_seconds: NonNegativeFloat = Field(default=60.0, le=300)
    overlap_seconds: PositiveFloat = Field(default=30.0, le=3600)

    def verifies(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Is this call signed by FreeScout's webhook (`X-FreeScout-Signature`)? Without its key
        nothing is. Raises SecretUnreadable.
        """
        if self.app_key_file is None:
            return False
        told = headers.get("X-FreeScout-Signature", "").encode(errors="replace")
        good = (_signature(key, body) for key in self.app_key_file.each())
        return any(hmac.compare_digest(told, one) for one in good)

    def mailbox_there(self, queue: str) -> str:
        """The mailbox of our queue; the same word where nothing else is said."""
        return self.queues.get(queue, queue)

    def fallback(self, brand: str | None) -> str:
        """Where a ticket goes whose queue has no mailbox."""
        return self.brands.get(brand or "", self.mailbox)

    def queue_here(self, mailbox: str) -> str:
        """Our queue of a mailbox. One of a brand, or of everybody, is the first line's."""
        for ours, theirs in self.queues.items():
            if theirs == mailbox:
                return ours
        return "level-1" if mailbox in {self.mailbox, *self.brands.values()} else mailbox

    def state_here(self, status: str) -> TicketState:
        """Our word for a status; one that we do not know means open."""
        return dict[str, TicketState](self.states.items()).get(status, TicketState.OPEN)

    def status_there(self, state: TicketState) -> str:
        """The first status that means ours; active where none does."""
        return next((told for told, means in self.states.items() if means is state), "active")

    def subject_there(self, subject: str, priority: Priority) -> str:
        """A subject with the word of its priority before it."""
        word = self.priorities.get(priority, "")
        return f"[{word}] {subject}" if word else subject

    def subject_here(self, subject: str) -> tuple[str, Priority]:
        """A subject without the word, and what the word says."""
        for priority, word in self.priorities.items():
            if word and subject.startswith(f"[{word}] "):
                return subject.removeprefix(f"[{word}] "), priority
        return subject, Priority.MEDIUM
