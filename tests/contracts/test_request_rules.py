"""R1: whose tickets each system brings to us, and where our key stands on them."""

from collections.abc import Sequence

import pytest

from playbooks.brought import Brought, ListsRequests
from playbooks.outside import OutsideError
from playbooks.ports import TicketRef
from responder.tickets.keys import tail
from tests.contracts.house_freescout import emulated_freescout
from tests.contracts.house_rt import emulated
from tests.contracts.house_whmcs import emulated_whmcs
from tests.contracts.house_zammad import emulated_zammad
from tests.contracts.house_zendesk import emulated_zendesk
from tests.contracts.ticket_houses import CUSTOMER

KEY = "ticket/it/1/brought"


async def begun(system: ListsRequests) -> str:
    _, cursor = await system.requests("")
    return cursor


async def refs(system: ListsRequests, cursor: str) -> list[TicketRef]:
    return [one.ticket for one in await listed(system, cursor)]


async def listed(system: ListsRequests, cursor: str) -> Sequence[Brought]:
    found, _ = await system.requests(cursor)
    return found


async def test_rt_leaves_what_staff_asks_and_what_nobody_asked() -> None:
    async with emulated() as (emulator, house):
        system = house.another(technicians=("alice",))
        cursor = await begun(system)
        told = {"Queue": "level-1", "Subject": "x", "Content": "y"}
        emulator.book.create("alice", {**told, "Requestor": "alice"})
        emulator.book.create("alice", told)
        phoned = emulator.book.create("alice", {**told, "Requestor": CUSTOMER, "Priority": 70})
        (one,) = await listed(system, cursor)
        assert (one.ticket.id, one.sender, one.priority) == (str(phoned), CUSTOMER, "high")


async def test_rt_takes_what_lies_in_a_queue_that_has_a_word_here() -> None:
    async with emulated() as (_, house):
        system = house.another(queues={"level-1": "General"})
        cursor = await begun(system)
        ref = await house.people.ask("x", "y", "General")
        (one,) = await listed(system, cursor)
        assert (one.ticket, one.queue, one.to) == (ref, "level-1", "General@hosting.test")


async def test_rt_says_when_it_did_not_take_our_key() -> None:
    async with emulated() as (_, house):
        ref = await house.people.ask("x", "y")
        with pytest.raises(OutsideError) as refused:
            await house.another(key_field="No Such Field").adopt(ref, KEY)
        assert not refused.value.transient


async def test_zammad_has_our_key_in_the_title_where_it_has_no_attribute() -> None:
    async with emulated_zammad() as house:
        house.emulator.book.attributes.remove("incident_key")
        cursor = await begun(house.system)
        ref = await house.people.ask("My shop is down", "Help!", "level-1")
        await house.system.adopt(ref, KEY)
        assert house.emulator.book.tickets[int(ref.id)].title == f"My shop is down [{tail(KEY)}]"
        assert (await house.system.read(ref)).subject == "My shop is down"
        assert await refs(house.another(), cursor) == []  # that key is another one's


async def test_zammad_leaves_the_customers_title_where_it_has_an_attribute() -> None:
    async with emulated_zammad() as house:
        ref = await house.people.ask("My shop is down", "Help!", "level-1")
        await house.system.adopt(ref, KEY)
        ticket = house.emulator.book.tickets[int(ref.id)]
        assert (ticket.title, ticket.own["incident_key"]) == ("My shop is down", KEY)


async def test_zammad_says_when_it_did_not_take_our_key() -> None:
    async with emulated_zammad() as house:
        ref = await house.people.ask("x", "y", "level-1")
        house.emulator.book.refuses.add("incident_key")
        with pytest.raises(OutsideError):
            await house.system.adopt(ref, KEY)


async def test_freescout_leaves_what_staff_begins_and_the_customers_subject() -> None:
    async with emulated_freescout() as house:
        cursor = await begun(house.system)
        thread = {"type": "message", "text": "Hello", "user": house.emulator.book.users["dana"]}
        told = {"mailboxId": 1, "subject": "x", "customer": {"email": CUSTOMER}}
        house.emulator.book.create({**told, "threads": [thread]})
        ref = await house.people.ask("My shop is down", "Help!")
        (one,) = await listed(house.system, cursor)
        assert (one.ticket, one.to) == (ref, "sales-billing@hosting.example")
        await house.system.adopt(ref, KEY)
        held = house.emulator.book.conversations[int(ref.id)]
        assert held.subject == "My shop is down"
        notes = [one.type for one in house.emulator.book.threads_of(held.id)]
        assert notes == ["note", "customer"]


async def test_freescout_leaves_spam() -> None:
    async with emulated_freescout() as house:
        cursor = await begun(house.system)
        ref = await house.people.ask("Cheap pills", "Buy!")
        house.emulator.person("dana").change(ref.id, status="spam")
        assert await refs(house.system, cursor) == []


async def test_whmcs_leaves_what_is_ours_and_ends_the_subject_with_our_key() -> None:
    async with emulated_whmcs() as house:
        cursor = await begun(house.system)
        told = {"deptid": "3", "subject": "x", "message": "y", "name": "Monitoring"}
        house.emulator.book.open({**told, "email": "responder@hosting.example"})
        ref = await house.people.ask("Größe & <b>Preis</b>?", "Wie viel?")
        (one,) = await listed(house.system, cursor)
        assert (one.ticket, one.subject, one.text) == (ref, "Größe & <b>Preis</b>?", "Wie viel?")
        assert one.sender_name == ""  # it tells the address alone
        await house.system.adopt(ref, KEY)
        assert (await house.system.read(ref)).subject == one.subject
        assert house.emulator.book.held(ref.id).subject.endswith(f"[{tail(KEY)}]")


async def test_zendesk_leaves_staff_and_what_others_have_marked() -> None:
    async with emulated_zendesk() as house:
        cursor, book = await begun(house.system), house.emulator.book
        told = {"subject": "x", "comment": {"body": "y"}, "group_id": 23}
        book.open(house.emulator.person("dana").number, told)
        book.open(book.user(CUSTOMER).id, {**told, "external_id": "shop-17"})
        book.open(book.user(CUSTOMER).id, {**told, "group_id": None})
        mine = book.open(book.user(CUSTOMER).id, told)
        assert await refs(house.system, cursor) == [TicketRef("zendesk", str(mine.id))]


async def test_zendesk_does_not_take_the_mark_of_others_away() -> None:
    async with emulated_zendesk() as house:
        ref = await house.people.ask("x", "y")
        held = house.emulator.book.held(int(ref.id))
        held.external_id = "shop-17"
        with pytest.raises(OutsideError) as refused:
            await house.system.adopt(ref, KEY)
        assert not refused.value.transient
        assert held.external_id == "shop-17"
