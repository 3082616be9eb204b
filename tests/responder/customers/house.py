"""A hosting company with two brands, and everything that its customers read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from typing_extensions import override

from alerts.inventory import Inventory, Reseller, Server
from responder import notices, telling, watch
from responder.company import ResellerPart
from responder.customers.audience import Untold
from responder.customers.brands import Brand
from responder.customers.clientele import Clientele, clients_of
from responder.customers.discretion import Discretion
from responder.customers.letters import Letter
from responder.customers.wording import Change
from responder.paging.smtp import EmailPaging
from responder.plan import Plan
from responder.store import Tx, customers
from responder.store.customers import Told
from responder.values import EffectKind, Job, OutboxState
from tests.responder.estate import ESCALATIONS, plan
from tests.responder.room import MIRA, Room

ACME = {
    "title": "Acme Hosting",
    "url": "https://acme.example",
    "from": "support@acme.example",
    "zone": "Europe/Sofia",
    "tell": {},
}
BLUE = {
    "title": "Blau & Grün",
    "from": "hilfe@blau.example",
    "language": "de",
    "zone": "Europe/Berlin",
    "tell": {},
}
RESELLERS = {
    "anna": {"server": "web1", "mail": "anna@customer.example"},
    "bert": {"server": "web1", "brand": "blau", "mail": "bert@kunde.example"},
    "carl": {"server": "web2", "mail": "carl@customer.example", "language": "fr"},
    "carl-two": {"server": "web3", "mail": "Carl@customer.example", "language": "fr"},
    "dora": {"server": "web2"},
}
SERVERS = {
    f"web{number}": Server(f"web{number}", datacentre="fra1", rack="r1", brand="acme")
    for number in range(1, 41)
}


def brands(**told: dict[str, Any]) -> dict[str, Brand]:
    """As the configuration would have them."""
    both = {"acme": ACME | told.pop("acme", {}), "blau": BLUE | told.pop("blau", {})}
    return {name: Brand.model_validate(one) for name, one in (both | told).items()}


def clientele(
    inventory: Inventory, *, told: dict[str, dict[str, Any]], port: int = 25
) -> Clientele:
    """Who is told, in whose name."""
    known = brands(**told)
    names = dict.fromkeys(inventory.servers, "a server of ours") | {"fra1": "a data centre"}
    parts = {name: ResellerPart.model_validate(one) for name, one in RESELLERS.items()}
    relay = EmailPaging.model_validate(
        {"host": "127.0.0.1", "port": port, "from": "responder@mothership.example"}
    )
    names |= {"mothership.example": "our own name", "mira": "one of our people"}
    return Clientele(known, clients_of(parts, inventory), Discretion(known, names), relay, "desk")


def house_plan(*, port: int = 25, **told: dict[str, Any]) -> Plan:
    """The company of these tests: a storm at five servers. `port` is that of its mail server."""
    resellers = {
        name: Reseller(name, one.get("server"), one.get("brand")) for name, one in RESELLERS.items()
    }
    inventory = Inventory(SERVERS, resellers, frozenset({"fra1"}))
    usual = plan(ESCALATIONS, flapping="off")
    return Plan(
        inventory, usual.rules, ESCALATIONS, clientele=clientele(inventory, told=told, port=port)
    )


@dataclass(frozen=True, slots=True)
class Read:
    """What one customer has read."""

    customer: str
    change: str
    letter: Letter
    key: str


class House(Room):
    """The alarm room, and the mailboxes of customers: `read` is all that they got, in order."""

    def __init__(self, how: Plan | None = None) -> None:
        super().__init__(how or house_plan())
        self.read: list[Read] = []
        self.refuses = False  # the mail server, for good

    @override
    def passes(self, *, every: float = 30, **span: float) -> None:
        end = self.now + timedelta(**span)
        while self.now < end:
            self.now = min(end, self.now + timedelta(seconds=every))
            self.do(watch.page_due)
            self.do(watch.tick)
            self.tells()
            self.works()

    def tells(self, *, blind: bool = False) -> None:
        """The duty's turn."""
        if self.do(notices.due, blind=blind):
            self.do(notices.tell_due, blind=blind)

    def says(self, text: str, id_: int = 1, **told: Any) -> None:
        """Mira writes to the customers."""
        self.do(notices.tell, id_=id_, actor=MIRA, words=notices.Words(text, **told))

    def ledger(self, id_: int = 1) -> list[Told]:
        """What is written down of it."""
        found: list[Told] = self.look(customers.of_incidents, [id_])
        return found

    def heard(self, customer: str) -> list[str]:
        """The changes that this customer has read of."""
        return [one.change for one in self.read if one.customer == customer]

    @override
    def _does(self, tx: Tx, job: Job) -> None:
        if job.kind is not EffectKind.CUSTOMER_TELL:
            super()._does(tx, job)
            return
        case, change = telling.case_of(tx, job=job), Change(job.payload["change"])
        to = telling.addressed(job.payload, case.ticket, self.plan.clientele)
        if telling.unwanted(case, change) or isinstance(to, Untold):
            customers.end(tx, job.key, state=customers.DROPPED, now=self.now)
            self._marks(tx, job, OutboxState.DROPPED)
        elif self.refuses:
            customers.end(tx, job.key, state=customers.FAILED, now=self.now)
            self._marks(tx, job, OutboxState.DEAD)
        else:
            words = telling.written(job.payload, to, self.plan.clientele)
            self.read.append(Read(to.name, change, words, job.key))
            customers.end(
                tx, job.key, state=customers.SENT, words=words.text, reference=to.to, now=self.now
            )
            self._marks(tx, job, OutboxState.DONE)


@contextmanager
def opened_house(how: Plan | None = None) -> Iterator[House]:
    """Closed at the end."""
    house = House(how)
    try:
        yield house
    finally:
        house.close()
