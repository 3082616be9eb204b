"""A company whose tickets are kept elsewhere, where customers open some too."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from playbooks.brought import Brought
from playbooks.outside import OutsideError
from playbooks.ports import Change, TicketRef, TicketSystem
from responder.clock import Clock
from responder.foreign import Foreign
from responder.foreign_progress import Progress, name_of
from responder.plan import Plan
from responder.store import Store, cursors
from responder.store import tickets as rows
from responder.store.tickets import Wanted
from responder.sync import Sync
from responder.values import TicketRecord
from tests.contracts.house_freescout import FreeScoutHouse, emulated_freescout
from tests.contracts.house_rt import RtHouse, emulated_rt
from tests.contracts.house_whmcs import WhmcsHouse, emulated_whmcs
from tests.contracts.house_zammad import ZammadHouse, emulated_zammad
from tests.contracts.house_zendesk import ZendeskHouse, emulated_zendesk
from tests.responder.desk.company import PLAN, Company, company
from tests.responder.desk.followed import PEOPLE
from tests.responder.desk.tickets import OPENED

OFFER: Final = "Please send me an offer for two more servers with 64 GB RAM, and your prices."
HELP: Final = "How do I set up an email account in Outlook?"

House = RtHouse | WhmcsHouse | ZendeskHouse | ZammadHouse | FreeScoutHouse


HOUSES: Mapping[str, Callable[[], AbstractAsyncContextManager[House]]] = {
    "rt": lambda: emulated_rt(Path()),
    "whmcs": emulated_whmcs,
    "zendesk": emulated_zendesk,
    "zammad": emulated_zammad,
    "freescout": emulated_freescout,
}


@dataclass
class Home:
    """What follows a house, as the daemon does: new tickets of others, and what happens to ours."""

    store: Store
    house: House
    company: Company
    plan: Plan = PLAN

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, system: TicketSystem | None = None) -> None:
        """Another process on the same store."""
        told: dict[str, Any] = {
            "plan": lambda: self.plan,
            "people": lambda: PEOPLE,
            "clock": self.company.clock,
            "counted": self.company.counted.extend,
        }
        self.foreign = Foreign(self.store, system or forgetful(self.house), **told)
        self.sync = Sync(self.store, forgetful(self.house), **told)

    async def looks(self) -> None:
        """One turn of each duty."""
        await self.foreign.turn()
        await self.sync.turn()

    async def asked(self, text: str = OFFER, queue: str = "level-1") -> TicketRef:
        """A customer opens a ticket there."""
        return await self.house.people.ask(f"Question {secrets.token_hex(3)}", text, queue)

    async def records(self) -> list[TicketRecord]:
        found = await self.store.read(rows.listed, Wanted())
        return found[::-1]

    async def waiting(self) -> list[str]:
        """Which of them have not got our key."""
        text = await self.store.read(cursors.read, name_of(self.house.system.name))
        return [one.ref for one in Progress.read(text).adopting]

    async def log(self) -> list[tuple[str, str, str]]:
        (record,) = await self.records()
        return await self.company.log(record.id)


async def at_home(store: Store, house: House) -> Home:
    """That company at the hour of the house, having looked once."""
    made = company(store, house.system)
    made.clock.move(seconds=(Clock().now() - OPENED).total_seconds())
    home = Home(store, house, made)
    if isinstance(house, FreeScoutHouse):
        house.emulator.book.mailboxes.append("level-1")
    await home.looks()
    return home


class NoDesk:
    """A ticket system in which no queue can be moved to."""

    def __init__(self, house: House) -> None:
        self._system = house.another()
        self.asked = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        return await self._system.requests(cursor)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        return await self._system.adopt(ticket, key)

    async def move(self, ticket: TicketRef, queue: str) -> None:
        self.asked = True
        raise OutsideError(f"there is no queue {queue}", transient=False)


def forgetful(house: House) -> TicketSystem:
    """The house for a process that does not look back: what it passed by, it does not see again."""
    if isinstance(house, RtHouse | WhmcsHouse):
        return house.another()
    return house.another(overlap_seconds=0.001)


def refusing(
    house: House, *, transient: bool = False, only: TicketRef | None = None
) -> TicketSystem:
    """The same ticket system, which takes no key of ours (on `only` this ticket)."""
    return cast("TicketSystem", Refusing(house, transient=transient, only=only))


class Refusing:
    """All that it is asked goes to the house, but for `adopt`."""

    def __init__(self, house: House, *, transient: bool, only: TicketRef | None) -> None:
        self._system = house.another()
        self._transient = transient
        self._only = only

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        return await self._system.requests(cursor)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        if self._only not in (None, ticket):
            return await self._system.adopt(ticket, key)
        raise OutsideError("no right to modify it", transient=self._transient)
