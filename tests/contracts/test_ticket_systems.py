"""What every ticket system must do for us, whoever made it."""

import asyncio
from dataclasses import replace

import pytest

from alerts.model import Priority
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Note, TicketRef, TicketState
from tests.contracts.ticket_houses import QUEUE, House, assigning, draft

KEYS = (
    'it\'s "quoted"',
    "back\\slash and \\' both",
    "100 % of _",
    "two\nlines",
    "x' OR id > 0 OR Subject = 'y",
    "CASE",
    "x" * 400,
    "größer als 😀",
)


async def test_an_opened_ticket_reads_as_it_was_drafted(house: House) -> None:
    wanted = draft()
    ref = await house.system.open(wanted)
    ticket = await house.system.read(ref)
    assert (ticket.ref, ticket.subject) == (ref, wanted.subject)
    assert ticket.key == (wanted.key if house.tells_key else "")
    assert (ticket.queue, ticket.owner, ticket.state) == ("rapid-response", None, TicketState.NEW)
    assert ticket.priority is Priority.CRITICAL
    assert ticket.url.startswith(house.url)


async def test_the_same_key_opens_one_ticket(house: House) -> None:
    """R29."""
    wanted = draft()
    first = await house.system.open(wanted)
    assert await house.another().open(wanted) == first
    assert await house.people.find(wanted) == 1


async def test_eight_racing_processes_open_one_ticket(house: House) -> None:
    wanted = draft()
    refs = await asyncio.gather(*(house.another().open(wanted) for _ in range(8)))
    assert await house.people.find(wanted) == 1
    held = [await house.system.read(ref) for ref in refs]
    assert {ticket.ref for ticket in held} == {await house.system.find(wanted.key)}


async def test_eight_racing_tasks_of_one_process_make_no_second_ticket(house: House) -> None:
    wanted = draft()
    refs = await asyncio.gather(*(house.system.open(wanted) for _ in range(8)))
    assert len(set(refs)) == 1
    assert await house.people.find(wanted) == 1


async def test_a_ticket_is_found_by_its_key_and_no_other(house: House) -> None:
    wanted = draft()
    assert await house.system.find(wanted.key) is None
    ref = await house.system.open(wanted)
    assert await house.system.find(wanted.key) == ref
    assert await house.system.find(wanted.key.upper()) is None
    assert await house.system.find(wanted.key + "x") is None


@pytest.mark.parametrize("odd", KEYS)
async def test_no_key_is_too_odd_to_be_found(house: House, odd: str) -> None:
    wanted = draft()
    wanted = replace(wanted, key=f"{wanted.key} {odd}")
    assert await house.system.find(wanted.key) is None
    ref = await house.system.open(wanted)
    assert await house.system.find(wanted.key) == ref
    assert await house.system.find(f"{wanted.key}'") is None


async def test_keys_that_differ_in_case_alone_are_two_tickets(house: House) -> None:
    wanted = draft()
    loud = replace(wanted, key=wanted.key.upper())
    small, large = await house.system.open(wanted), await house.system.open(loud)
    assert small != large
    assert await house.system.find(loud.key) == large


async def test_a_note_is_known_by_its_key(house: House) -> None:
    ref = await house.system.open(draft())
    note = Note("a/note/1", "Page sent to ana.")
    assert not await house.system.noted(ref, note.key)
    await house.system.note(ref, note)
    assert await house.system.noted(ref, note.key)
    assert not await house.system.noted(ref, "a/note/10")


async def test_a_note_of_one_ticket_is_not_known_on_another(house: House) -> None:
    ref, other = await house.system.open(draft()), await house.system.open(draft())
    await house.system.note(ref, Note("same", "Words."))
    assert not await house.system.noted(other, "same")


async def test_a_solve_that_lost_half_of_its_way_is_completed(house: House) -> None:
    ref = await house.system.open(draft())
    note = Note("a/solve/1", "It answers again.")
    await house.system.note(ref, note)
    await house.system.solve(ref, note)
    assert (await house.system.read(ref)).state is TicketState.SOLVED


async def test_a_reopened_ticket_is_open(house: House) -> None:
    ref = await house.system.open(draft())
    await house.system.solve(ref, Note("a/solve/1", "Well."))
    await house.system.reopen(ref, Note("a/reopen/2", "Down again."))
    assert (await house.system.read(ref)).state is TicketState.OPEN
    assert await house.system.noted(ref, "a/reopen/2")


async def test_a_ticket_is_given_to_a_person_and_to_another_queue(house: House) -> None:
    ref = await house.system.open(draft())
    await assigning(house).assign(ref, "dana")
    await house.system.move(ref, QUEUE)
    ticket = await house.system.read(ref)
    assert (ticket.owner, ticket.queue) == ("dana", QUEUE)


async def test_a_refused_wish_is_an_error_that_no_repeat_mends(house: House) -> None:
    ref = await house.system.open(draft())
    wishes = [house.system.move(ref, "nowhere")]
    if house.knows_people:
        wishes.append(assigning(house).assign(ref, "nobody-of-this-name"))
    for wish in wishes:
        with pytest.raises(OutsideError) as refused:
            await wish
        assert not refused.value.transient
    ticket = await house.system.read(ref)
    assert (ticket.owner, ticket.queue) == (None, "rapid-response")


async def test_a_ticket_that_is_not_there_is_said_to_be_gone(house: House) -> None:
    gone = TicketRef(house.system.name, "999999")
    note = Note("k", "words")
    for wish in (
        house.system.read(gone),
        house.system.note(gone, note),
        house.system.solve(gone, note),
        house.system.reopen(gone, note),
    ):
        with pytest.raises(GoneError):
            await wish
