"""What orders to data centres ask of the daemon: who stands where, and a memory that keeps them."""

from typing import Protocol

from playbooks.datacentre.by_call import CallSheet
from playbooks.datacentre.channel import Means
from playbooks.datacentre.message import Spot, Trouble
from playbooks.datacentre.order import Order, Step, Want
from playbooks.datacentre.site import Site


class Desk(Protocol):
    """The orders of one incident at the data centre of its server."""

    @property
    def site(self) -> Site: ...
    @property
    def spot(self) -> Spot: ...
    def means(self) -> Means: ...
    async def trouble(self, text: str) -> Trouble:
        """What is wrong, and what was done so far."""
        ...

    async def find(self, key: str) -> Order | None: ...
    async def add(self, order: Order) -> Order:
        """Keep it, unless there is one with this key: that one counts."""
        ...

    async def move(self, before: Order, step: Step) -> bool:
        """Keep what became of it, and let people hear what is wanted of them, all at once. False,
        and nothing is kept, where somebody else has moved it meanwhile.
        """
        ...


_REASONS = {
    Want.CALL: "please ring the data centre",
    Want.CALL_STOP: 'please ring the data centre and say "stop": the machine answers again',
    Want.SUPERVISOR: "please ring the data centre's supervisor",
    Want.READ: "the data centre wrote, please read and answer",
}


def call_sheet(order: Order, site: Site, want: Want) -> CallSheet:
    """What the person holds who rings them. The PIN is not on it."""
    number, hours = _number(site, want)
    letter = order.stop if want is Want.CALL_STOP and order.stop else order.letter
    fields = letter.fields
    account, who = fields.get("account", ""), fields.get("authorised contact", "")
    reference = order.letter.reference
    script = (
        f"I am calling for {who}, account {account}. (The PIN: responder order pin {reference})",
        f"It is about our order {reference}"
        + (f", your ticket {order.ticket}." if order.ticket else "."),
        *_SCRIPTS[want],
        "Write down who answered, when, and what was promised:"
        f" responder order call {reference} --help",
    )
    reason = f"{_REASONS[want]} ({order.why})" if order.why else _REASONS[want]
    return CallSheet(reference, number, hours, reason, script, letter.body, ticket=order.ticket)


_SCRIPTS = {
    Want.CALL: (
        "Do you have this order already? If not, please take it now: I read it to you.",
        "When will it be done, and what is your ticket number?",
    ),
    Want.CALL_STOP: (
        "Please stop this order: the machine answers again. Has anybody begun?",
        "If so: please leave the machine under power, and tell me what was done.",
    ),
    Want.SUPERVISOR: (
        "This order is not done, and its time is over. Who is on it, and when will it be done?",
    ),
    Want.READ: ("You have written to us about it. I answer to that.",),
}


def _number(site: Site, want: Want) -> tuple[str, str]:
    """Whom to ring: their supervisor when it is late, else the first number; "" where none is."""
    calls = [(one.number, one.hours) for one in site.calls()]
    supervisor = [(site.supervisor.number, "supervisor")] if site.supervisor else []
    first = [*supervisor, *calls] if want is Want.SUPERVISOR else [*calls, *supervisor]
    return first[0] if first else ("", "")
