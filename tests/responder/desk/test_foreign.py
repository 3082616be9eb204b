"""R1: does a ticket that a customer opens elsewhere become ours, once, and followed since?"""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from playbooks.brought import Brought
from playbooks.outside import OutsideError
from playbooks.ports import Change, TicketRef, TicketState, TicketSystem
from responder.clock import Clock
from responder.desk.section import Desk as Section
from responder.foreign import TRIED_FOR, Foreign
from responder.foreign_progress import Progress, name_of
from responder.plan import Plan
from responder.store import Store, cases, cursors
from responder.store import tickets as rows
from responder.store.tickets import Wanted
from responder.sync import Sync
from responder.values import TicketRecord
from tests.contracts.house_freescout import FreeScoutHouse, emulated_freescout
from tests.contracts.house_rt import RtHouse, emulated_rt
from tests.contracts.house_whmcs import WhmcsHouse, emulated_whmcs
from tests.contracts.house_zammad import ZammadHouse, emulated_zammad
from tests.contracts.house_zendesk import ZendeskHouse, emulated_zendesk
from tests.contracts.ticket_houses import CUSTOMER
from tests.responder.desk.company import PLAN, Company, company
from tests.responder.desk.followed import PEOPLE
from tests.responder.desk.tickets import OPENED

OFFER = "Please send me an offer for two more servers with 64 GB RAM, and your prices."
HELP = "How do I set up an email account in Outlook?"

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
        self.foreign = Foreign(self.store, system or self.house.another(), **told)
        self.sync = Sync(self.store, self.house.another(), **told)

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


@pytest.fixture(params=HOUSES)
async def home(request: pytest.FixtureRequest, file_store: Store) -> AsyncIterator[Home]:
    """A company whose tickets are kept elsewhere, by now."""
    async with HOUSES[request.param]() as house:
        made = company(file_store, house.system)
        made.clock.move(seconds=(Clock().now() - OPENED).total_seconds())
        home = Home(file_store, house, made)
        if isinstance(house, FreeScoutHouse):
            house.emulator.book.mailboxes.append("level-1")
        await home.looks()
        yield home


async def test_r1_a_customers_ticket_is_ours_with_his_words_and_his_case(home: Home) -> None:
    ref = await home.asked()
    await home.looks()
    (record,) = await home.records()
    assert (record.system, record.ref, record.channel) == (ref.system, ref.id, "ticket")
    assert record.category == "sales"
    case = await home.store.read(cases.by_ticket, record.id)
    assert case is not None
    assert case.requester == CUSTOMER
    opened = [words for kind, _, words in await home.log() if kind == "opened"]
    assert [words.strip() for words in opened] == [OFFER]
    assert await home.waiting() == []


async def test_r1_however_often_it_is_read_it_is_one_ticket(home: Home) -> None:
    await home.asked()
    for _ in range(3):
        home.restart()
        await home.looks()
    assert len(await home.records()) == 1


async def test_r15_a_question_of_sales_goes_there_in_one_hop(home: Home) -> None:
    ref = await home.asked()
    await home.looks()
    await home.looks()
    (record,) = await home.records()
    there = await home.house.system.read(ref)
    assert (record.queue, there.queue) == ("sales-billing", "sales-billing")
    assert record.level == "sales-billing"


async def test_r13_the_staff_there_read_what_we_know_once(home: Home) -> None:
    ref = await home.asked()
    await home.looks()
    (record,) = await home.records()
    assert await home.house.system.noted(ref, f"{record.key}/known")
    notes = [who for kind, who, _ in await home.log() if kind == "note"]
    await home.looks()
    assert [who for kind, who, _ in await home.log() if kind == "note"] == notes


async def test_what_people_do_with_it_comes_home(home: Home) -> None:
    ref = await home.asked(HELP)
    await home.looks()
    people = home.house.people
    await people.take("dana", ref)
    await home.looks()
    await people.reply("dana", ref, "Here is how: ...")
    await home.looks()
    await people.write_as_customer(ref, "Thank you!")
    await home.looks()
    await people.turn("dana", ref, TicketState.SOLVED)
    await home.looks()
    (record,) = await home.records()
    assert (record.owner, record.state) == ("ana", "solved")
    log = await home.log()
    assert [words.strip() for kind, _, words in log if kind == "customer"] == ["Thank you!"]
    assert [words.strip() for kind, _, words in log if kind == "reply"] == ["Here is how: ..."]


async def test_words_between_the_opening_and_our_key_are_not_lost(home: Home) -> None:
    ref = await home.asked(HELP)
    await home.house.people.write_as_customer(ref, "Hello?")
    home.restart(refusing(home.house))
    await home.looks()
    assert await home.waiting() == [ref.id]
    await home.house.people.write_as_customer(ref, "Anybody?")
    await home.looks()
    home.restart()
    await home.looks()
    await home.looks()
    log = await home.log()
    said = [words.strip() for kind, _, words in log if kind == "customer"]
    assert said == ["Hello?", "Anybody?"]


async def test_a_process_that_dies_before_the_key_loses_and_doubles_nothing(home: Home) -> None:
    refs = [await home.asked(HELP), await home.asked(OFFER)]
    home.restart(refusing(home.house, transient=True))
    await home.looks()
    assert await home.waiting() == [ref.id for ref in refs]
    home.restart()
    await home.looks()
    assert await home.waiting() == []
    assert [record.ref for record in await home.records()] == [ref.id for ref in refs]


async def test_one_that_was_deleted_before_it_got_our_key_counts_nowhere(home: Home) -> None:
    ref = await home.asked(HELP)
    home.restart(refusing(home.house, transient=True))
    await home.looks()
    await home.house.people.delete(ref)
    home.restart()
    await home.looks()
    (record,) = await home.records()
    assert record.gone == "deleted"
    assert await home.waiting() == []


async def test_it_can_be_switched_off_and_begins_anew(home: Home) -> None:
    home.plan = replace(PLAN, desk=Section(take_foreign=False))
    await home.asked()
    await home.looks()
    assert await home.records() == []
    home.plan = PLAN
    await home.looks()
    assert await home.records() == []
    await home.asked(HELP)
    await home.looks()
    assert len(await home.records()) == 1


async def test_a_refused_key_is_tried_for_three_days(home: Home) -> None:
    ref = await home.asked(HELP)
    home.restart(refusing(home.house))
    await home.looks()
    home.company.clock.move(seconds=TRIED_FOR.total_seconds() - 60)
    await home.foreign.turn()
    assert await home.waiting() == [ref.id]
    home.company.clock.move(minutes=10)
    await home.foreign.turn()
    assert await home.waiting() == []


def refusing(house: House, *, transient: bool = False) -> TicketSystem:
    """The same ticket system, which takes no key of ours."""
    return cast("TicketSystem", Refusing(house, transient=transient))


class Refusing:
    """All that it is asked goes to the house, but for `adopt`."""

    def __init__(self, house: House, *, transient: bool) -> None:
        self._system = house.another()
        self._transient = transient

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        return await self._system.requests(cursor)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        raise OutsideError("no right to modify it", transient=self._transient)
