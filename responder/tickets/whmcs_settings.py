"""How WHMCS is set up here: its address, who opens our tickets, and its words in ours."""

from collections.abc import Mapping
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat

from alerts.model import Priority
from playbooks.ports import TicketState
from responder.desk.levels import RAPID_RESPONSE
from responder.secrets import SecretFile
from responder.tickets.address import Address

Urgency = Literal["Low", "Medium", "High"]


def _zone(told: str) -> str:
    try:
        ZoneInfo(told)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone such as Europe/Berlin") from None
    return told


def _states(told: Mapping[str, TicketState]) -> Mapping[str, TicketState]:
    # Told ones first: `status_there` takes the first word that fits.
    return {**told, **{word: means for word, means in _STATUSES.items() if word not in told}}


_URGENCIES: Mapping[Priority, Urgency] = {
    Priority.CRITICAL: "High",
    Priority.HIGH: "High",
    Priority.MEDIUM: "Medium",
    Priority.LOW: "Low",
}
_STATUSES: Mapping[str, TicketState] = {
    "Open": TicketState.NEW,
    "In Progress": TicketState.OPEN,
    "Answered": TicketState.OPEN,
    "Customer-Reply": TicketState.OPEN,
    "On Hold": TicketState.WAITING_CUSTOMER,
    "Closed": TicketState.SOLVED,
}


class WhmcsTickets(BaseModel):
    """The settings under `tickets:` for WHMCS over its API (developers.whmcs.com/api-reference).

    `identifier` and `secret_file` are API credentials of an admin user for the responder alone;
    `access_key_file` is the key of configuration.php where the address of the responder can't be
    allowed. `name` and `email` open our tickets: they are no client of the company. `zone` is the
    one in which WHMCS tells its times. `queues` names the department where it differs from our
    word. WHMCS knows three urgencies: critical is High in the department of rapid response.

    `answered` and `answered_by_client` are the statuses that WHMCS sets by itself. `unseen_at_once`
    bounds how many tickets are read at a poll though nothing in the list tells that they have news:
    the list is silent about notes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    system: Literal["whmcs"]
    url: Address
    identifier: str = Field(min_length=1)
    secret_file: SecretFile
    access_key_file: SecretFile | None = None
    name: str = Field(default="Monitoring", min_length=1)
    email: str = Field(min_length=3)
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    admin_path: str = "admin"
    queues: Mapping[str, str] = {}
    statuses: Annotated[Mapping[str, TicketState], AfterValidator(_states)] = _STATUSES
    answered: str = "Answered"
    answered_by_client: str = "Customer-Reply"
    unseen_at_once: int = Field(default=20, ge=1, le=200)
    within_seconds: PositiveFloat = Field(default=10.0, le=30)
    quiet_seconds: NonNegativeFloat = Field(default=60.0, le=80)

    def queue_there(self, ours: str) -> str:
        """The department for our word; the same word where nothing else is said."""
        return self.queues.get(ours, ours)

    def queue_here(self, theirs: str) -> str:
        """Our word for a department; its own name where we have no word for it."""
        return next((ours for ours, name in self.queues.items() if name == theirs), theirs)

    def state_here(self, status: str) -> TicketState:
        """Our word for a status; one that the configuration does not know means open."""
        return self.statuses.get(status, TicketState.OPEN)

    def status_there(self, state: TicketState) -> str:
        """The status for our state: the first in `statuses` that means it, else our own word."""
        return next((told for told, means in self.statuses.items() if means is state), state.value)

    def urgency(self, priority: Priority) -> Urgency:
        """WHMCS's word for our priority."""
        return _URGENCIES[priority]

    def priority_here(self, urgency: str, queue: str) -> Priority:
        """High in our queue of rapid response is critical."""
        if urgency == "High":
            return Priority.CRITICAL if queue == RAPID_RESPONSE else Priority.HIGH
        return Priority.LOW if urgency == "Low" else Priority.MEDIUM
