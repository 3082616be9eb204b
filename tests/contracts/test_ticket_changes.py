"""What every ticket system that is polled must tell us of what was done there."""

from collections.abc import Awaitable, Sequence

import pytest

from alerts.model import ActorKind, Priority
from playbooks.ports import Change, ChangeKind, ListsChanges, Note, TicketState
from tests.contracts.ticket_houses import CUSTOMER, QUEUE, House, System, assigning, draft


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


async def watched(house: House, cursor: str, *acts: Awaitable[None]) -> list[Change]:
    """What the poller sees of these acts: together, or one by one where nothing is kept of them."""
    seen = list[Change]()
    for act in acts:
        await act
        if not house.system.capabilities.history:
            fresh, cursor = await poll(house.system, cursor)
            seen += fresh
    return seen + await news(house, cursor)


def must_merge(house: House) -> None:
    if not house.system.capabilities.merges:
        pytest.skip(f"{house.system.name} merges no tickets")


def by_people(changes: Sequence[Change]) -> list[tuple[ChangeKind, str, dict[str, str | None]]]:
    """What persons did, in order; who opens a ticket by writing is told apart elsewhere."""
    return [
        (change.kind, change.actor.name, {k: v for k, v in change.data.items() if k != "was"})
        for change in changes
        if change.actor.kind is ActorKind.PERSON
    ]


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


async def test_what_people_do_is_seen_once_and_in_order(house: House) -> None:
    cursor = await start(house)
    ref = await house.system.open(draft())
    people = house.people
    changes = await watched(
        house,
        cursor,
        people.take("dana", ref),
        people.reply("dana", ref, "We are on it.", useful="no"),
        people.note("dana", ref, "The disk is full."),
        people.move("dana", ref, QUEUE),
        people.give("bob", ref, "bob"),
        people.reply("bob", ref, "Freed 10 GB.", useful="yes"),
        people.turn("bob", ref, TicketState.SOLVED),
    )
    assert by_people(changes) == [
        (ChangeKind.OWNER, "dana", {"owner": "dana"}),
        (ChangeKind.REPLY, "dana", {"useful": "no"} if house.marks else {}),
        (ChangeKind.NOTE, "dana", {}),
        (ChangeKind.QUEUE, "dana", {"queue": QUEUE}),
        (ChangeKind.OWNER, "bob", {"owner": "bob"}),
        (ChangeKind.REPLY, "bob", {"useful": "yes"} if house.marks else {}),
        (ChangeKind.STATE, "bob", {"state": "solved"}),
    ]
    words = [
        change.text for change in changes if change.kind in {ChangeKind.REPLY, ChangeKind.NOTE}
    ]
    assert words == ["We are on it.", "The disk is full.", "Freed 10 GB."]
    assert {change.ticket for change in changes} == {ref}
    times = [change.at for change in changes]
    assert times == sorted(times)
    assert len({change.id for change in changes}) == len(changes)


async def test_the_priority_of_a_ticket_is_seen(house: House) -> None:
    if house.system.capabilities.levels < 2:
        pytest.skip(f"{house.system.name} has no priorities")
    ref = await house.system.open(draft())
    await house.people.take("dana", ref)
    cursor = await start(house)
    await house.people.press("dana", ref, Priority.MEDIUM)
    assert by_people(await news(house, cursor)) == [
        (ChangeKind.PRIORITY, "dana", {"priority": "medium"})
    ]
    assert (await house.system.read(ref)).priority is Priority.MEDIUM


async def test_a_vote_is_seen(house: House) -> None:
    if not house.votes:
        pytest.skip(f"{house.system.name} has no place for votes")
    ref = await house.system.open(draft())
    cursor = await start(house)
    await house.people.vote("dana", ref, 5)
    assert by_people(await news(house, cursor)) == [(ChangeKind.VOTE, "dana", {"score": "5"})]


async def test_what_we_do_is_never_a_persons_act(house: House) -> None:
    cursor = await start(house)
    ref = await house.system.open(draft())
    await house.system.note(ref, Note("n", "Words.", public=True))
    await assigning(house).assign(ref, "dana")
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
    told = {change.kind: change for change in await news(house, cursor)}
    mail, opened = told.pop(ChangeKind.CUSTOMER), told.pop(ChangeKind.STATE)
    assert not told
    assert mail.actor.kind is ActorKind.CUSTOMER
    assert (mail.actor.name, mail.text.strip()) == (CUSTOMER, "It is down again!")
    assert opened.actor.kind in {ActorKind.SYSTEM, ActorKind.CUSTOMER}  # life counts both alike
    assert dict(opened.data) == {"state": "open", "was": "solved"}
    assert (await house.system.read(ref)).state is TicketState.OPEN


async def test_a_released_ticket_has_no_owner(house: House) -> None:
    ref = await house.system.open(draft())
    await house.people.take("dana", ref)
    cursor = await start(house)
    await house.people.give("dana", ref, None)
    assert by_people(await news(house, cursor)) == [(ChangeKind.OWNER, "dana", {"owner": None})]
    assert (await house.system.read(ref)).owner is None


async def test_tickets_that_are_not_ours_are_none_of_our_business(house: House) -> None:
    cursor = await start(house)
    foreign = await house.people.open("Please send me an offer")
    await house.people.take("alice", foreign)
    changes, after = await poll(house.system, cursor)
    assert changes == []
    assert await poll(house.system, after) == ([], after)


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
    changes = await watched(
        house,
        cursor,
        house.people.take("dana", ref),
        house.people.merge("dana", ref, foreign),
        house.people.reply("dana", foreign, "We are on it."),
    )
    assert by_people(changes)[1] == (ChangeKind.MERGED, "dana", {"into": foreign.id})
    assert [change.ticket for change in changes[:3]] == [ref, ref, foreign]
    assert {change.ticket for change in changes[3:]} <= {foreign}
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
    await house.people.merge("dana", ref, foreign)
    assert await house.another().open(wanted) == foreign
    assert await house.people.find(wanted) == 0
