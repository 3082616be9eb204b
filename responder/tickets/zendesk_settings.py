"""How Zendesk is set up here: its address, its API user, and its groups and fields in our words."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat

from alerts.model import Priority
from playbooks.ports import TicketState
from responder.secrets import SecretFile
from responder.tickets.address import Address

FieldWord = Literal["brand", "server", "account", "severity"]

_STATES: Final[Mapping[str, TicketState]] = {
    "new": TicketState.NEW,
    "open": TicketState.OPEN,
    "pending": TicketState.WAITING_CUSTOMER,
    "hold": TicketState.WAITING_VENDOR,
    "solved": TicketState.SOLVED,
    "closed": TicketState.CLOSED,
}
_PRIORITIES: Final[Mapping[Priority, str]] = {
    Priority.CRITICAL: "urgent",
    Priority.HIGH: "high",
    Priority.MEDIUM: "normal",
    Priority.LOW: "low",
}


class ZendeskTickets(BaseModel):
    """The settings under `tickets:` for Zendesk (developer.zendesk.com/api-reference/ticketing).

    `user` and `token_file`: the mail address of an administrator for the responder alone, and an
    API token. `queues` names the group where it differs from our word; `fields` gives the numbers
    of ticket fields to fill. Agents of `agent_domain` are called by what stands before the @,
    everybody else by the whole address. `webhook_secret_file` is the signing secret of a webhook.

    `quiet_seconds`: an unsure create may still be under way; Zendesk's own key drops the second one
    for some hours, but not one with other words. `overlap_seconds`: so late an event may show.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    system: Literal["zendesk"]
    url: Address
    user: str = Field(min_length=3)
    token_file: SecretFile
    webhook_secret_file: SecretFile | None = None
    agent_domain: str = ""
    queues: Mapping[str, str] = {}
    fields: Mapping[FieldWord, int] = {}
    within_seconds: PositiveFloat = Field(default=10.0, le=30)
    quiet_seconds: NonNegativeFloat = Field(default=30.0, le=80)
    overlap_seconds: PositiveFloat = Field(default=900.0, le=86400)

    def queue_there(self, ours: str) -> str:
        """The group for our word; the same word where nothing else is said."""
        return self.queues.get(ours, ours)

    def queue_here(self, theirs: str) -> str:
        """Our word for a group; its own name where we have no word for it."""
        return next((ours for ours, name in self.queues.items() if name == theirs), theirs)

    def state_here(self, status: str) -> TicketState:
        """Our word for a status; an unknown one means open."""
        return _STATES.get(status, TicketState.OPEN)

    def status_there(self, state: TicketState) -> str:
        """Zendesk's status for our state."""
        return next((word for word, means in _STATES.items() if means is state), "open")

    def priority_there(self, priority: Priority) -> str:
        """Zendesk's word for our priority."""
        return _PRIORITIES[priority]

    def priority_here(self, told: str) -> Priority:
        """Our priority for Zendesk's word; a ticket without one is of medium priority."""
        return next((ours for ours, word in _PRIORITIES.items() if word == told), Priority.MEDIUM)

    def agent(self, address: str) -> str:
        """What somebody of the staff is called here."""
        name, at, domain = address.partition("@")
        return name if at and domain == self.agent_domain else address

    def address(self, agent: str) -> str:
        """The mail address of somebody of the staff."""
        return agent if "@" in agent or not self.agent_domain else f"{agent}@{self.agent_domain}"

    def verifies(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Did Zendesk sign this? base64(HMAC-SHA256(secret, timestamp + body)).

        An old one is no worse than a new one: a webhook only makes us look. Raises
        SecretUnreadable.
        """
        if self.webhook_secret_file is None:
            return False
        told = {name.lower(): value for name, value in headers.items()}
        stamp = told.get("x-zendesk-webhook-signature-timestamp", "")
        given = told.get("x-zendesk-webhook-signature", "")
        if not stamp or not given:
            return False
        key = self.webhook_secret_file.reveal().encode()
        digest = hmac.new(key, stamp.encode(errors="surrogateescape") + body, hashlib.sha256)
        wanted = base64.b64encode(digest.digest())
        return hmac.compare_digest(wanted, given.encode(errors="surrogateescape"))
