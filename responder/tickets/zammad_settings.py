"""How Zammad is set up here: its address, and its words in ours."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    StringConstraints,
)

from alerts.model import Priority
from playbooks.ports import TicketState
from responder.desk.levels import RAPID_RESPONSE
from responder.secrets import SecretFile
from responder.tickets.address import Address

FieldWord = Literal["brand", "server", "account", "severity"]
Attribute = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]

_PRIORITIES: Final[Mapping[Priority, str]] = {
    Priority.CRITICAL: "3 high",
    Priority.HIGH: "3 high",
    Priority.MEDIUM: "2 normal",
    Priority.LOW: "1 low",
}
_STATES: Final[Mapping[str, TicketState]] = {
    "new": TicketState.NEW,
    "open": TicketState.OPEN,
    "pending reminder": TicketState.WAITING_CUSTOMER,
    "pending close": TicketState.WAITING_CUSTOMER,
    "closed": TicketState.SOLVED,
    "merged": TicketState.CLOSED,
}


def _priorities(told: Mapping[Priority, str]) -> Mapping[Priority, str]:
    return {**_PRIORITIES, **told}


def _states(told: Mapping[str, TicketState]) -> Mapping[str, TicketState]:
    # Told ones first: `state_there` takes the first word that fits.
    return {**told, **{word: means for word, means in _STATES.items() if word not in told}}


def _signature(secret: str, body: bytes) -> bytes:
    return f"sha1={hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}".encode()


class ZammadTickets(BaseModel):
    """The settings under `tickets:` for Zammad over its REST API (docs.zammad.org, api).

    `key_field` is an object attribute of the ticket (text, 255) that holds our key; our key stands
    at the end of the title too. `customer` is the e-mail address under which tickets are opened;
    none: our own user. `replies`: public words go out as an e-mail, or are a note that the customer
    sees when he looks. `quiet_seconds`: a create may wait in a proxy's line for a minute; the
    search index need not be waited for, since find() also lists the newest tickets.
    `overlap_seconds`: how far each poll looks back behind the last one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    system: Literal["zammad"]
    url: Address
    token_file: SecretFile
    webhook_secret_file: SecretFile | None = None
    customer: str = ""
    queues: Mapping[str, str] = {}
    key_field: Attribute = "incident_key"
    fields: Mapping[FieldWord, Attribute] = {}
    vote_field: Attribute | None = None
    priorities: Annotated[Mapping[Priority, str], AfterValidator(_priorities)] = _PRIORITIES
    states: Annotated[Mapping[str, TicketState], AfterValidator(_states)] = _STATES
    replies: Literal["email", "note"] = "email"
    within_seconds: PositiveFloat = Field(default=10.0, le=60)
    quiet_seconds: NonNegativeFloat = Field(default=60.0, le=300)
    overlap_seconds: PositiveFloat = Field(default=30.0, le=3600)

    def verifies(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Is this call signed by Zammad's webhook (`X-Hub-Signature: sha1=...`)? Without a secret
        of ours nothing is. Raises SecretUnreadable.
        """
        if self.webhook_secret_file is None:
            return False
        told = headers.get("X-Hub-Signature", "").encode(errors="replace")
        good = (_signature(secret, body) for secret in self.webhook_secret_file.each())
        return any(hmac.compare_digest(told, one) for one in good)

    def queue_there(self, ours: str) -> str:
        """Zammad's group for our queue; the same word where nothing else is said."""
        return self.queues.get(ours, ours)

    def queue_here(self, theirs: str) -> str:
        """Our word for a group; Zammad's own for one that we have no word for."""
        return next((ours for ours, name in self.queues.items() if name == theirs), theirs)

    def state_here(self, state: str) -> TicketState:
        """Our word for a state; one that we do not know means open."""
        return self.states.get(state, TicketState.OPEN)

    def state_there(self, state: TicketState) -> str:
        """The first state that means ours, else our own word."""
        return next((told for told, means in self.states.items() if means is state), state.value)

    def priority_here(self, priority: str, queue: str) -> Priority:
        """Our word for a priority. Zammad has three: one that stands for several of ours is the
        worst of them in the queue of the critical, elsewhere the least.
        """
        fits = [ours for ours, theirs in self.priorities.items() if theirs == priority]
        fits.sort(key=lambda ours: ours.rank, reverse=queue == RAPID_RESPONSE)
        return fits[0] if fits else Priority.MEDIUM
