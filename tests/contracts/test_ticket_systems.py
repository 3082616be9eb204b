"""What every ticket system must do for us, whoever made it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.model import ActorKind, Priority
from playbooks.outside import GoneError, OutsideError
from playbooks.ports import Change, ChangeKind, ListsChanges, Note, TicketRef, TicketState
from tests.contracts.ticket_houses import (
    CUSTOMER,
    QUEUE,
    House,
    System,
    at_the_desk,
    draft,
    emulated,
    in_reality,
)

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


@pytest.fixture(
    params=["desk", "emulator", pytest.param("rt", marks=pytest.mark.xdist_group("rt"))]
)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """Every ticket system in turn."""
    if request.param == "desk":
        async with at_the_desk(tmp_path) as house:
            yield house
    elif request.param == "rt":
        async with in_reality(request.getfixturevalue("request_tracker")) as house:
            yield house
    else:
        async with emulated() as (_, house):
            yield house


async def poll(system: System, cursor: str) -> tuple[list[Change], str]:
    """One poll; the test is skipped where nothing needs to be polled."""
    if not isinstance(system, ListsChanges):
        pytest.skip(f"{system.name} lists no changes")
    changes, after = await system.changes(cursor)
    return list(changes), after


async def start(house: House) -> str:
    """The cursor of now."""
    changes, cursor = await poll(house.system, "")
    assert changes == []
    return cursor


async def news(house: House, cursor: str) -> list[Change]:
    """What the poller sees after the cursor."""
    changes, _ = await poll(house.system, cursor)
    return changes


def must_merge(house: House) -> None:
    if not house.merges:
        pytest.skip(f"{house.system.name} merges no tickets")


def by_people(changes: Sequence[Change]) -> list[tuple[ChangeKind, str, dict[str, str | None]]]:
    """What persons did, in order."""
    return [
        (change.kind, change.actor.name, dict(change.data))
        for change in changes
        if change.actor.kind is ActorKind.PERSON
    ]


async def test_an_opened_ticket_reads_as_it_was_drafted(house: House) -> None:
    wanted = draft()
    ref = await house.system.open(wanted)
    ticket = await house.system.read(ref)
    assert (ticket.ref, ticket.key, ticket.subject) == (ref, wanted.key, wanted.subject)
    assert (ticket.queue, ticket.owner, ticket.state) == ("rapid-response", None, TicketState.NEW)
    assert ticket.priority is Priority.CRITICAL
    assert ticket.url.startswith(house.url)


async def test_the_same_key_opens_one_ticket(house: House) -> None:
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


async def test_a_public_note_does_not_show_its_key(house: House) -> None:
    cursor = await start(house)
    ref = await house.system.open(draft())
    await house.system.note(ref, Note("server:web1-of-acme", "We work on it.", public=True))
    assert await house.system.noted(ref, "server:web1-of-acme")
    said = [change for change in await news(house, cursor) if change.kind is ChangeKind.REPLY]
    assert [change.actor.kind for change in said] == [ActorKind.DAEMON]
    assert "acme" not in said[0].text


@pytest.mark.parametrize("public", [False, True])
async def test_a_solved_ticket_is_solved_and_says_why_once(house: House, public: bool) -> None:
    cursor = await start(house)
    ref = await house.system.open(draft())
    for _ in range(2):  # as after a crash
        await house.system.solve(ref, Note("a/solve/1", "It answers again.", public=public))
    assert (await house.system.read(ref)).state is TicketState.SOLVED
    kind = ChangeKind.REPLY if public else ChangeKind.NOTE
    assert [change.kind for change in await news(house, cursor)].count(kind) == 1


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
    await house.system.assign(ref, "dana")
    await house.system.move(ref, QUEUE)
    ticket = await house.system.read(ref)
    assert (ticket.owner, ticket.queue) == ("dana", QUEUE)


async def test_a_refused_wish_is_an_error_that_no_repeat_mends(house: House) -> None:
    ref = await house.system.open(draft())
    wishes = [house.system.move(ref, "nowhere")]
    if house.knows_people:
        wishes.append(house.system.assign(ref, "nobody-of-this-name"))
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


async def test_what_people_do_is_seen_once_and_in_order(house: House) -> None:
    cursor = await start(house)
    ref = await house.system.open(draft())
    await house.people.take("dana", ref)
    await house.people.reply("dana", ref, "We are on it.", useful="no")
    await house.people.note("dana", ref, "The disk is full.")
    await house.people.change("dana", ref, Queue=QUEUE)
    await house.people.change("bob", ref, Owner="bob")
    await house.people.reply("bob", ref, "Freed 10 GB.", useful="yes")
    await house.people.change("bob", ref, Status="resolved")
    changes = await news(house, cursor)
    assert by_people(changes) == [
        (ChangeKind.OWNER, "dana", {"owner": "dana"}),
        (ChangeKind.REPLY, "dana", {"useful": "no"}),
        (ChangeKind.NOTE, "dana", {}),
        (ChangeKind.QUEUE, "dana", {"queue": QUEUE}),
        (ChangeKind.OWNER, "bob", {"owner": "bob"}),
        (ChangeKind.REPLY, "bob", {"useful": "yes"}),
        (ChangeKind.STATE, "bob", {"state": "solved", "was": "open"}),
    ]
    words = [
        change.text for change in changes if change.kind in {ChangeKind.REPLY, ChangeKind.NOTE}
    ]
    assert words == ["We are on it.", "The disk is full.", "Freed 10 GB."]
    assert {change.ticket for change in changes} == {ref}
    ids = [int(change.id) for change in changes]
    assert ids == sorted(set(ids))


async def test_priority_and_vote_of_a_ticket_are_seen(house: House) -> None:
    ref = await house.system.open(draft())
    cursor = await start(house)
    await house.people.change("dana", ref, Priority=70)
    await house.people.change("dana", ref, CustomFields={"CSAT": "5"})
    assert by_people(await news(house, cursor)) == [
        (ChangeKind.PRIORITY, "dana", {"priority": "high"}),
        (ChangeKind.VOTE, "dana", {"score": "5"}),
    ]


async def test_what_we_do_is_never_a_persons_act(house: House) -> None:
    cursor = await start(house)
    ref = await house.system.open(draft())
    await house.system.note(ref, Note("n", "Words.", public=True))
    await house.system.assign(ref, "dana")
    await house.system.move(ref, QUEUE)
    await house.system.solve(ref, Note("s", "Well."))
    changes = await news(house, cursor)
    assert by_people(changes) == []
    ours = [change.kind for change in changes if change.actor.kind is ActorKind.DAEMON]
    assert ours == [
        ChangeKind.OPENED,
        ChangeKind.REPLY,
        ChangeKind.OWNER,
        ChangeKind.QUEUE,
        ChangeKind.NOTE,
        ChangeKind.STATE,
    ]


async def test_a_customers_mail_is_the_customers_and_reopens_the_ticket(house: House) -> None:
    ref = await house.system.open(draft())
    await house.people.name_customer(ref)
    await house.system.solve(ref, Note("s", "Well."))
    cursor = await start(house)
    await house.people.write_as_customer(ref, "It is down again!")
    mail, opened = await news(house, cursor)
    assert (mail.kind, mail.actor.kind) == (ChangeKind.CUSTOMER, ActorKind.CUSTOMER)
    assert (mail.actor.name, mail.text.strip()) == (CUSTOMER, "It is down again!")
    assert (opened.kind, opened.actor.kind) == (ChangeKind.STATE, ActorKind.SYSTEM)
    assert dict(opened.data) == {"state": "open", "was": "solved"}
    assert (await house.system.read(ref)).state is TicketState.OPEN


async def test_a_released_ticket_has_no_owner(house: House) -> None:
    ref = await house.system.open(draft())
    await house.people.take("dana", ref)
    cursor = await start(house)
    await house.people.change("dana", ref, Owner="Nobody")
    assert by_people(await news(house, cursor)) == [(ChangeKind.OWNER, "dana", {"owner": None})]
    assert (await house.system.read(ref)).owner is None


async def test_tickets_that_are_not_ours_are_none_of_our_business(house: House) -> None:
    cursor = await start(house)
    foreign = await house.people.open("Please send me an offer")
    await house.people.take("alice", foreign)
    changes, after = await poll(house.system, cursor)
    assert changes == []
    assert int(after) > int(cursor)


async def test_every_change_is_seen_once_however_often_the_poller_dies(house: House) -> None:
    cursor = await start(house)
    ref = await house.system.open(draft())
    seen = list[Change]()
    for number in range(6):
        await house.people.note("dana", ref, f"note {number}")
        fresh, after = await poll(house.another(), cursor)
        if number % 2:  # else the poller dies before it has stored what it read
            seen, cursor = [*seen, *fresh], after
    texts = [change.text for change in seen if change.kind is ChangeKind.NOTE]
    assert texts == [f"note {number}" for number in range(6)]
    assert len({change.id for change in seen}) == len(seen)


async def test_without_news_the_cursor_stays(house: House) -> None:
    await house.system.open(draft())
    _, cursor = await poll(house.system, await start(house))
    assert await poll(house.system, cursor) == ([], cursor)


async def test_a_merged_ticket_is_followed_to_its_survivor(house: House) -> None:
    must_merge(house)
    wanted = draft()
    ref = await house.system.open(wanted)
    foreign = await house.people.open("My shop is down!")
    cursor = await start(house)
    await house.people.take("dana", ref)
    await house.people.change("dana", ref, MergeInto=int(foreign.id))
    await house.people.reply("dana", foreign, "We are on it.")
    changes = await news(house, cursor)
    assert by_people(changes)[1] == (ChangeKind.MERGED, "dana", {"into": foreign.id})
    assert [change.ticket for change in changes] == [ref, ref, foreign, foreign]
    assert (await house.system.read(ref)).ref == foreign
    assert await house.system.find(wanted.key) == foreign
    await house.system.solve(ref, Note("s", "Well."))
    assert await house.system.noted(foreign, "s")
    assert (await house.system.read(foreign)).state is TicketState.SOLVED


async def test_a_merged_ticket_is_not_opened_again(house: House) -> None:
    must_merge(house)
    wanted = draft()
    ref = await house.system.open(wanted)
    foreign = await house.people.open("My shop is down!")
    await house.people.change("dana", ref, MergeInto=int(foreign.id))
    assert await house.another().open(wanted) == foreign
    assert await house.people.find(wanted) == 0
