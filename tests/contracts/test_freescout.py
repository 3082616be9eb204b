"""What FreeScout alone does to us, on an emulator after its documents and its source."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.model import ActorKind, Priority
from playbooks.outside import GoneError, LoginRefusedError, OutsideError
from playbooks.ports import Change, ChangeKind, Note, TicketRef, TicketState
from responder.emulators.ticket_faults import Fault
from responder.secrets import Secret
from responder.tickets.keys import mark, tail
from tests.contracts.house_freescout import FreeScoutHouse, emulated_freescout
from tests.contracts.ticket_houses import CUSTOMER, QUEUE, draft


@pytest.fixture
async def house() -> AsyncIterator[FreeScoutHouse]:
    async with emulated_freescout() as house:
        yield house


async def opened(house: FreeScoutHouse) -> tuple[TicketRef, str]:
    """A conversation of ours, and the cursor after its opening."""
    _, begin = await house.system.changes("")
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes(begin)
    return ref, cursor


def told(changes: list[Change]) -> list[tuple[str, str, dict[str, str | None]]]:
    return [(one.kind.value, one.actor.name, dict(one.data)) for one in changes]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.NO_ID, Fault.LOGIN_PAGE])
async def test_a_create_whose_answer_is_lost_is_unsure_and_never_doubled(
    house: FreeScoutHouse, fault: Fault
) -> None:
    wanted = draft()
    house.emulator.faults.next = [fault]
    with pytest.raises(OutsideError) as lost:
        await house.system.open(wanted)
    assert (lost.value.transient, lost.value.ambiguous) == (True, True)
    await house.system.open(wanted)
    assert await house.people.find(wanted) == 1


async def test_a_create_that_comes_late_is_found_after_its_rest(house: FreeScoutHouse) -> None:
    wanted = draft()
    await house.system.find(wanted.key)
    house.emulator.faults.late_seconds = (0.2, 0.2)
    house.emulator.faults.next = [Fault.LATE]
    with pytest.raises(OutsideError) as lost:
        await house.another(within_seconds=0.1).open(wanted)
    assert lost.value.ambiguous
    async with asyncio.timeout(45):
        while not await house.people.find(wanted):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
    assert await house.system.find(wanted.key) is not None


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.RATE_LIMIT])
async def test_a_refusal_for_now_is_sure(house: FreeScoutHouse, fault: Fault) -> None:
    house.emulator.faults.next = [fault]
    with pytest.raises(OutsideError) as refused:
        await house.system.open(draft())
    assert (refused.value.transient, refused.value.ambiguous) == (True, False)
    assert refused.value.retry_after == (7 if fault is Fault.RATE_LIMIT else None)


async def test_a_wrong_key_is_for_a_person_to_mend_and_stands_in_no_log(
    house: FreeScoutHouse,
) -> None:
    with pytest.raises(LoginRefusedError, match="api_key_file") as refused:
        await house.another(api_key_file=Secret.of("s3cret-key")).open(draft())
    assert refused.value.transient  # what waits goes on once a person has mended it
    assert "s3cret" not in str(refused.value)
    assert not [call for call in house.emulator.calls if "s3cret" in call]


async def test_the_reasons_of_a_refusal_are_told(house: FreeScoutHouse) -> None:
    ref = await house.system.open(draft())
    house.emulator.book.users["ghost"] = 99
    await house.another(user="ghost").note(ref, Note("n", "Words."))
    ghostly = house.another(user="ghost")
    await ghostly.note(ref, Note("m", "Words."))
    del house.emulator.book.users["ghost"]
    with pytest.raises(OutsideError, match="user: User does not exist") as refused:
        await ghostly.note(ref, Note("o", "Words."))
    assert not refused.value.transient


async def test_the_subject_carries_the_key_and_the_priority_and_shows_neither(
    house: FreeScoutHouse,
) -> None:
    wanted = replace(draft(), priority=Priority.HIGH, subject="x" * 400)
    ref = await house.system.open(wanted)
    subject = house.emulator.book.conversations[int(ref.id)].subject
    assert subject.startswith("[HIGH] xxx")
    assert subject.endswith(f"[{tail(wanted.key)}]")
    assert len(subject) == 250
    ticket = await house.system.read(ref)
    assert (set(ticket.subject), ticket.priority) == ({"x"}, Priority.HIGH)


async def test_a_subject_that_lost_its_key_is_an_error(house: FreeScoutHouse) -> None:
    house.emulator.book.cuts = 20
    with pytest.raises(OutsideError, match="subject with our key") as lost:
        await house.system.open(draft())
    assert lost.value.ambiguous


async def test_nobody_is_mailed_when_a_ticket_is_opened(house: FreeScoutHouse) -> None:
    await house.system.open(draft())
    assert [thread.type for thread in house.emulator.book.threads] == ["note"]


async def test_public_words_are_a_message_and_markup_in_them_is_words(
    house: FreeScoutHouse,
) -> None:
    ref = await house.system.open(draft())
    words = "if a < b & c:\n  <script>"
    await house.system.note(ref, Note("a", words, public=True))
    (thread,) = [one for one in house.emulator.book.threads if one.type == "message"]
    assert "<script>" not in thread.body
    assert thread.body.startswith("if a &lt; b &amp; c:<br>")


@pytest.mark.parametrize(
    ("queue", "brand", "box"),
    [
        ("rapid-response", "acme", "Emergency"),
        (QUEUE, None, QUEUE),
        ("level-2", "acme", "Acme"),
        ("level-2", "other", "Support"),
    ],
)
async def test_a_ticket_comes_into_the_mailbox_of_its_queue_or_brand(
    house: FreeScoutHouse, queue: str, brand: str | None, box: str
) -> None:
    ref = await house.system.open(replace(draft(), queue=queue, brand=brand))
    held = house.emulator.book.conversations[int(ref.id)]
    assert house.emulator.book.mailboxes[held.mailbox - 1] == box
    read = (await house.system.read(ref)).queue
    assert read == (queue if queue != "level-2" else "level-1")


async def test_a_change_that_was_not_made_though_it_says_204_is_an_error(
    house: FreeScoutHouse,
) -> None:
    ref = await house.system.open(draft())
    house.emulator.book.refuses = {"status", "assignTo", "mailboxId"}
    for wish, words in (
        (house.system.solve(ref, Note("s", "Well.")), "status closed"),
        (house.system.assign(ref, "dana"), "owner dana"),
        (house.system.move(ref, QUEUE), f"mailbox {QUEUE}"),
    ):
        with pytest.raises(OutsideError, match=words) as refused:
            await wish
        assert not refused.value.transient


async def test_twins_are_folded_once_and_are_twins_no_more(house: FreeScoutHouse) -> None:
    first = await house.system.open(wanted := draft())
    subject = house.emulator.book.conversations[int(first.id)].subject
    await house.people.open(f"Re: {subject}")  # a customer's
    body = {"mailboxId": 1, "subject": subject, "customer": {"email": CUSTOMER}}
    note = {"type": "note", "text": "by hand", "user": 2}
    made = house.emulator.book.create(body | {"threads": [note]})
    twin = TicketRef("freescout", str(made.id))
    assert await house.system.holders(wanted.key) == [first, twin]
    await house.system.fold(twin, first)
    await house.system.fold(twin, first)  # once more
    assert await house.system.holders(wanted.key) == [first]
    assert (await house.system.read(twin)).state is TicketState.SOLVED
    told = (one.body for one in house.emulator.book.threads if one.conversation == made.id)
    assert sum("goes on" in body for body in told) == 1


async def test_a_deleted_conversation_is_gone_and_not_found(house: FreeScoutHouse) -> None:
    wanted = draft()
    ref = await house.system.open(wanted)
    house.emulator.book.delete("dana", int(ref.id))
    for wish in (house.system.read(ref), house.system.note(ref, Note("n", "words"))):
        with pytest.raises(GoneError):
            await wish
    assert await house.system.find(wanted.key) is None


async def test_a_reply_that_closes_or_takes_is_words_and_change(house: FreeScoutHouse) -> None:
    ref, cursor = await opened(house)
    held = house.emulator.book.conversations[int(ref.id)]
    held.assignee = "bob"  # with the reply, as its page does it
    house.emulator.person("bob").reply(ref.id, "Done.", status="closed")
    changes, cursor = await house.system.changes(cursor)
    assert told(list(changes)) == [
        ("reply", "bob", {}),
        ("owner", "bob", {"owner": "bob"}),
        ("state", "bob", {"state": "solved", "was": "open"}),
    ]
    assert await house.system.changes(cursor) == ([], cursor)


async def test_many_acts_between_two_polls_come_in_their_order(house: FreeScoutHouse) -> None:
    ref, cursor = await opened(house)
    moment = datetime.now(UTC).replace(microsecond=0)
    house.emulator.book.clock = lambda: moment  # all under one time stamp
    await house.people.take("dana", ref)
    await house.people.note("dana", ref, "The disk is full.")
    await house.people.turn("dana", ref, TicketState.SOLVED)
    await house.people.write_as_customer(ref, "No!")
    changes, cursor = await house.system.changes(cursor)
    assert [one.kind.value for one in changes] == ["owner", "note", "state", "customer", "state"]
    await house.people.note("dana", ref, "Still under it.")
    (last,), _ = await house.system.changes(cursor)
    assert last.text == "Still under it."


async def test_a_change_that_the_list_shows_late_is_told_once(house: FreeScoutHouse) -> None:
    ref, cursor = await opened(house)
    other = await house.system.open(draft())
    await house.people.note("dana", ref, "first")
    await house.people.note("bob", other, "second")
    house.emulator.stale = {int(ref.id)}
    early, cursor = await house.system.changes(cursor)
    house.emulator.stale = set()
    late, cursor = await house.system.changes(cursor)
    notes = [change.text for change in (*early, *late) if change.kind is ChangeKind.NOTE]
    assert notes == ["second", "first"]
    assert await house.system.changes(cursor) == ([], cursor)


async def test_more_conversations_than_a_page_are_read(house: FreeScoutHouse) -> None:
    _, cursor = await opened(house)
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    house.emulator.book.clock = lambda: moment
    thread = {"type": "note", "text": "x", "user": 2}
    for number in range(120):
        body = {"mailboxId": 1, "subject": f"t [{tail(str(number))}]", "threads": [thread]}
        house.emulator.book.create(body | {"customer": {"email": CUSTOMER}})
    changes, after = await house.system.changes(cursor)
    assert len({change.ticket for change in changes}) == len(changes) == 120
    assert await house.system.changes(after) == ([], after)


async def test_the_survivor_of_a_merge_is_followed_over_a_restart(house: FreeScoutHouse) -> None:
    ref, cursor = await opened(house)
    foreign = await house.people.open("My shop is down!")
    await house.people.merge("dana", ref, foreign)
    (merged,), cursor = await house.system.changes(cursor)
    assert (merged.ticket, dict(merged.data)) == (ref, {"into": foreign.id})
    await house.people.reply("dana", foreign, "Back again.")
    changes, _ = await house.another().changes(cursor)
    assert [(change.ticket, change.text) for change in changes] == [(foreign, "Back again.")]


async def test_a_ticket_whose_subject_was_rewritten_is_still_followed(
    house: FreeScoutHouse,
) -> None:
    ref, cursor = await opened(house)
    house.emulator.person("dana").change(ref.id, subject="Disk of web1")
    await house.people.take("dana", ref)
    changes, _ = await house.system.changes(cursor)
    assert told(list(changes)) == [("owner", "dana", {"owner": "dana"})]
    assert changes[0].actor.kind is ActorKind.PERSON


async def test_a_solve_that_was_cut_after_its_words_says_them_once(house: FreeScoutHouse) -> None:
    ref, note = await house.system.open(draft()), Note("s", "Well.")
    for _ in range(2):  # after the words, after the status
        house.emulator.faults.next = [Fault.RESET]
        with pytest.raises(OutsideError) as lost:
            await house.system.solve(ref, note)
        assert lost.value.ambiguous
    await house.system.solve(ref, note)
    said = [one for one in house.emulator.book.threads if mark(note.key) in one.body]
    assert len(said) == 1


async def test_it_says_what_is_missing(house: FreeScoutHouse) -> None:
    assert list(await house.system.examine()) == []
    house.emulator.hooks = []
    system = house.another(user="nobody", mailbox="Nowhere")
    lacks = await system.examine()
    assert [(lack.part, lack.name, lack.mendable) for lack in lacks] == [
        ("right", "nobody", False),
        ("queue", "Nowhere", False),
        ("webhook", "webhooks", False),
    ]
    with pytest.raises(OutsideError, match="by hand"):
        await system.mend(lacks[1])
    (lack,) = await house.another(api_key_file=Secret.of("x")).examine()
    assert lack.part == "access"
    assert list(await house.another(app_key_file=None).examine()) == []
    assert await house.system.knows("dana")
    assert not await house.system.knows("dan")
    assert not [call for call in house.emulator.calls if house.emulator.api_key in call]
