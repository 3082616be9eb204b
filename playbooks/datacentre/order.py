"""An order to a data centre as it is remembered: its words, where it stands, and what it wants."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from playbooks.datacentre.message import Letter
from playbooks.datacentre.tasks import Task


class OrderState(StrEnum):
    """Where an order stands."""

    COMPOSED = "composed"  # written, and nothing sent
    SENDING = "sending"  # written down before it is sent: after a crash nobody knows
    SENT = "sent"
    CALLING = "calling"  # no channel took it: a person has the call sheet
    UNKNOWN = "unknown"  # it may have been sent: a person asks them, nothing sends it again
    ACKNOWLEDGED = "acknowledged"
    STOPPING = "stopping"  # the machine has healed: they must hear "please stop"
    DONE = "done"
    REFUSED = "refused"
    STOPPED = "stopped"


OPEN = (
    OrderState.COMPOSED,
    OrderState.SENDING,
    OrderState.SENT,
    OrderState.CALLING,
    OrderState.UNKNOWN,
    OrderState.ACKNOWLEDGED,
    OrderState.STOPPING,
)
THEIRS = (OrderState.SENT, OrderState.CALLING, OrderState.UNKNOWN, OrderState.ACKNOWLEDGED)
"""They have it, or may have it."""


class Want(StrEnum):
    """What an order asks of the world. The last four are for a person."""

    SEND = "send"
    STOP = "stop"
    CALL = "call"  # ring them and order, or ask whether they have it
    CALL_STOP = "call_stop"  # ring them and say "please stop"
    SUPERVISOR = "supervisor"  # it is not done in time: ring their supervisor
    READ = "read"  # they wrote something that only a person can answer


PERSONAL = (Want.CALL, Want.CALL_STOP, Want.SUPERVISOR, Want.READ)


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `channel` is its place in the site's list, `ticket` their name for it.

    `due_at` is when time alone makes something of it. `called`: a person was given the call sheet;
    `raised`: the supervisor's, too. `seen` are the replies that were heard. `why` is what last
    happened, in words.
    """

    key: str
    incident: int
    run: int | None
    server: str
    site: str
    task: Task
    state: OrderState
    letter: Letter
    changed_at: datetime
    channel: int = 0
    ticket: str = ""
    tries: int = 0
    called: bool = False
    raised: bool = False
    seen: tuple[str, ...] = ()
    why: str = ""
    stop: Letter | None = None
    sent_at: datetime | None = None
    ack_by: datetime | None = None
    done_by: datetime | None = None
    acked_at: datetime | None = None
    done_at: datetime | None = None
    stopped_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Step:
    """What one event made of an order, in one line, and what it wants now."""

    order: Order
    said: str = ""
    wants: tuple[Want, ...] = ()
