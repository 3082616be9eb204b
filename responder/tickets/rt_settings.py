"""How Request Tracker is set up here: its address, and its words and numbers in ours."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat

from alerts.model import Priority
from playbooks.ports import TicketState
from responder.secrets import SecretFile
from responder.tickets.address import Address

FieldWord = Literal["brand", "server", "account", "severity"]


def _field_name(told: str) -> str:
    # The name stands between braces in TicketSQL, which has no escape for them.
    if not told or set(told) & set("{}'\"\\\n"):
        raise ValueError("must be the name of a custom field, without quotes, braces or backslash")
    return told


def _numbers(told: Mapping[Priority, int]) -> Mapping[Priority, int]:
    return {**_PRIORITIES, **told}


def _states(told: Mapping[str, TicketState]) -> Mapping[str, TicketState]:
    # Told ones first: `status_there` takes the first word that fits.
    return {**told, **{word: means for word, means in _STATUSES.items() if word not in told}}


FieldName = Annotated[str, AfterValidator(_field_name)]
_FIELDS: Mapping[FieldWord, FieldName] = {
    "brand": "Brand",
    "server": "Server",
    "account": "Account",
    "severity": "Severity",
}
_PRIORITIES: Mapping[Priority, int] = {
    Priority.CRITICAL: 100,
    Priority.HIGH: 70,
    Priority.MEDIUM: 40,
    Priority.LOW: 10,
}
_STATUSES: Mapping[str, TicketState] = {
    "new": TicketState.NEW,
    "open": TicketState.OPEN,
    "stalled": TicketState.WAITING_CUSTOMER,
    "resolved": TicketState.SOLVED,
    "rejected": TicketState.CLOSED,
    "deleted": TicketState.CLOSED,
}


class RtTickets(BaseModel):
    """The settings under `tickets:` for Request Tracker 5 over REST2.

    `key_field` should be a custom field of one value with "unique values" on, so that RT itself
    lets one ticket hold a key. `queues` names RT's queue where it differs from our word.
    `technicians` are the users whose acts count as a person's; when empty, everybody does who is
    not a requestor of the ticket.

    `within_seconds` is for one call; with RT's default bcrypt cost each takes 0.2-0.65 s.
    `quiet_seconds` (facts/reliability.md, T5): RT searches its own database, so there is no index
    to wait for; 60 s cover a request that waits in RT's listen queue after we gave up.
    `settle_seconds`: transactions younger than this are left for the next poll, since on PostgreSQL
    and MySQL a lower number may become visible after a higher one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    system: Literal["rt"]
    url: Address
    token_file: SecretFile
    queues: Mapping[str, str] = {}
    key_field: FieldName = "Incident Key"
    fields: Mapping[FieldWord, FieldName] = _FIELDS
    useful_field: FieldName = "Useful"
    vote_field: FieldName = "CSAT"
    priorities: Annotated[Mapping[Priority, int], AfterValidator(_numbers)] = _PRIORITIES
    statuses: Annotated[Mapping[str, TicketState], AfterValidator(_states)] = _STATUSES
    technicians: tuple[str, ...] = ()
    within_seconds: PositiveFloat = Field(default=10.0, le=60)
    quiet_seconds: NonNegativeFloat = Field(default=60.0, le=80)
    settle_seconds: NonNegativeFloat = 2.0

    def queue_there(self, ours: str) -> str:
        """RT's queue for our word; the same word where nothing else is said."""
        return self.queues.get(ours, ours)

    def queue_here(self, theirs: str) -> str:
        """Our word for RT's queue; RT's own name for a queue that we have no word for."""
        return next((ours for ours, name in self.queues.items() if name == theirs), theirs)

    def state_here(self, status: str) -> TicketState:
        """Our word for RT's status; a word of a lifecycle that we do not know means open."""
        return self.statuses.get(status, TicketState.OPEN)

    def status_there(self, state: TicketState) -> str:
        """RT's status for our state: the first in `statuses` that means it, else our own word."""
        return next((told for told, means in self.statuses.items() if means is state), state.value)

    def priority_there(self, priority: Priority) -> int:
        """RT's number for our priority."""
        return self.priorities[priority]

    def priority_here(self, number: int) -> Priority:
        """The worst priority whose number is reached; low when none is."""
        reached = (ours for ours, at_least in self.priorities.items() if number >= at_least)
        return max(reached, key=lambda ours: ours.rank, default=Priority.LOW)
