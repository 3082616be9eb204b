"""The company with a Request Tracker whose people are followed."""

from playbooks.ports import TicketSystem
from responder.clock import Clock
from responder.store import Store
from responder.sync import Sync
from tests.responder.desk.company import PLAN, Company, company
from tests.responder.desk.tickets import OPENED

PEOPLE = {"dana": "ana", "albert": "bob"}


async def following(store: Store, system: TicketSystem) -> tuple[Company, Sync]:
    """The company at the hour of that Request Tracker, which has a clock of its own."""
    house = company(store, system)
    house.clock.move(seconds=(Clock().now() - OPENED).total_seconds())
    sync = Sync(
        store,
        system,
        plan=lambda: PLAN,
        people=lambda: PEOPLE,
        clock=house.clock,
        counted=house.counted.extend,
    )
    await sync.turn()
    return house, sync
