"""R1: what customers open in a ticket system comes to us, from every system that can tell it."""

import secrets
from collections.abc import Sequence

import pytest

from alerts.model import ActorKind
from playbooks.brought import Brought, ListsRequests, key_of, own_key
from playbooks.outside import GoneError
from playbooks.ports import Change, ChangeKind, ListsChanges, Note, TicketState
from tests.contracts.house_rt import RealPeople
from tests.contracts.ticket_houses import CUSTOMER, QUEUE, House, System, draft

TEXT = "Nothing answers since this morning. Please help!"


def asking(system: System) -> ListsRequests:
    """The system; the test is skipped where nobody can tell what customers opened."""
    if not isinstance(system, ListsRequests):
        pytest.skip(f"{system.name} does not tell what customers open there")
    return system


def subject() -> str:
    """One that no other test has."""
    return f"My shop is down {secrets.token_hex(4)}"


async def start(house: House) -> str:
    """The cursor of now."""
    found, cursor = await asking(house.system).requests("")
    assert list(found) == []
    return cursor


async def brought(house: House, cursor: str) -> Sequence[Brought]:
    """What is listed after the cursor, by another process."""
    found, _ = await asking(house.another()).requests(cursor)
    return found


async def changes_since(house: House, cursor: str) -> Sequence[Change]:
    assert isinstance(house.system, ListsChanges)
    changes, _ = await house.system.changes(cursor)
    return changes


async def test_r1_a_customers_ticket_is_listed_once_with_all_that_he_said(house: House) -> None:
    asking(house.system)
    await house.people.ask(subject(), "This one is older than we.")
    cursor = await start(house)
    about = subject()
    ref = await house.people.ask(about, TEXT)
    found, after = await asking(house.system).requests(cursor)
    (one,) = found
    assert (one.ticket, one.subject, one.text.strip()) == (ref, about, TEXT)
    assert (one.sender, one.queue, one.owner) == (CUSTOMER, QUEUE, None)
    assert one.state is TicketState.NEW
    assert await asking(house.another()).requests(after) == ([], after)


async def test_r1_a_reader_that_dies_before_it_has_stored_reads_the_same_again(
    house: House,
) -> None:
    cursor = await start(house)
    first = await house.people.ask(subject(), TEXT)
    (lost,) = await brought(house, cursor)
    second = await house.people.ask(subject(), TEXT)
    again = await brought(house, cursor)
    assert [one.ticket for one in again] == [first, second]
    assert (again[0], key_of(again[0])) == (lost, key_of(lost))


async def test_r1_what_we_opened_ourselves_is_nobodys_request(house: House) -> None:
    cursor = await start(house)
    ref = await house.system.open(draft())
    await house.people.name_customer(ref)
    assert list(await brought(house, cursor)) == []


async def test_r1_tickets_elsewhere_and_those_that_went_away_are_left_alone(house: House) -> None:
    cursor = await start(house)
    await house.people.open("Please send me an offer")
    gone = await house.people.ask(subject(), TEXT)
    await house.people.delete(gone)
    if house.system.capabilities.merges:
        double, kept = [await house.people.ask(subject(), TEXT) for _ in range(2)]
        await house.people.merge("dana", double, kept)
        assert [one.ticket for one in await brought(house, cursor)] == [kept]
    else:
        assert list(await brought(house, cursor)) == []
    with pytest.raises(GoneError):
        await asking(house.system).adopt(gone, "gone/brought")


async def test_r1_an_adopted_ticket_is_followed_as_one_of_ours(house: House) -> None:
    cursor, place = await start(house), (await _begun(house))
    ref = await house.people.ask(subject(), TEXT)
    (one,) = await brought(house, cursor)
    assert await changes_since(house, place) == []
    for _ in range(2):  # as after a crash
        await asking(house.system).adopt(ref, own_key(ref))
    assert await brought(house, cursor) == [one]  # for a store that was put back
    await house.people.take("dana", ref)
    await house.people.reply("dana", ref, "The disk was full.")
    await house.people.write_as_customer(ref, "It works, thank you.")
    await house.system.note(ref, Note("seen", "Words of ours."))
    await house.system.solve(ref, Note("end", "Well."))
    changes = await changes_since(house, place)
    told = {change.kind for change in changes if change.actor.kind is ActorKind.PERSON}
    assert {ChangeKind.OWNER, ChangeKind.REPLY} <= told
    said = [one for one in changes if one.kind is ChangeKind.CUSTOMER]
    assert [(one.actor.name, one.text.strip()) for one in said] == [
        (CUSTOMER, "It works, thank you.")
    ]
    assert {change.ticket for change in changes} == {ref}
    assert (await house.system.read(ref)).state is TicketState.SOLVED


async def test_r1_a_ticket_with_another_key_of_ours_is_nobodys_request(house: House) -> None:
    cursor = await start(house)
    ref = await house.people.ask(subject(), TEXT)
    await asking(house.system).adopt(ref, f"other/{secrets.token_hex(4)}")
    assert list(await brought(house, cursor)) == []


async def test_r1_nothing_that_was_said_before_we_adopted_it_is_lost(house: House) -> None:
    cursor, place = await start(house), (await _begun(house))
    ref = await house.people.ask(subject(), TEXT)
    await house.people.write_as_customer(ref, "And mail is down too.")
    (one,) = await brought(house, cursor)
    assert isinstance(house.system, ListsChanges)
    _, place = await house.system.changes(place)  # it passes by what is not ours yet
    await house.people.write_as_customer(ref, "Hello?")
    before = await asking(house.system).adopt(ref, key_of(one))
    after = await changes_since(house, place)
    said = {
        change.id: change.text.strip()
        for change in (*before, *after)
        if change.kind is ChangeKind.CUSTOMER
    }
    assert list(said.values()) == ["And mail is down too.", "Hello?"]
    assert one.text.strip() == TEXT


async def test_r1_a_hundred_tickets_are_a_hundred_requests(house: House) -> None:
    cursor = await start(house)
    if isinstance(house.people, RealPeople):
        pytest.skip("other tests share this Request Tracker")
    refs = [await house.people.ask(subject(), TEXT) for _ in range(120)]
    found, seen = list[Brought](), cursor
    for _ in range(3):
        fresh, seen = await asking(house.system).requests(seen)
        found += fresh
    assert [one.ticket for one in found] == refs


async def _begun(house: House) -> str:
    assert isinstance(house.system, ListsChanges)
    _, cursor = await house.system.changes("")
    return cursor
