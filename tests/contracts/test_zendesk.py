"""What Zendesk alone does to us, as far as its documents tell: the emulator does it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from playbooks.outside import GoneError, LoginRefusedError, OutsideError
from playbooks.ports import ChangeKind, Note, TicketRef, TicketState
from responder.emulators.ticket_faults import Fault
from responder.emulators.zendesk import TOKEN
from responder.emulators.zendesk_book import BOT
from responder.secrets import Secret
from tests.contracts.house_zendesk import ZendeskHouse, emulated_zendesk
from tests.contracts.ticket_houses import CUSTOMER, QUEUE, draft


@pytest.fixture
async def house() -> AsyncIterator[ZendeskHouse]:
    """The emulator and who works in it."""
    async with emulated_zendesk() as house:
        yield house


async def texts(house: ZendeskHouse, cursor: str) -> list[str]:
    """What was written since."""
    changes, _ = await house.system.changes(cursor)
    return [change.text for change in changes if change.text]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.HANG, Fault.LATE])
@pytest.mark.parametrize("forgets", [False, True])
async def test_a_ticket_whose_answer_was_lost_is_found_and_not_opened_again(
    house: ZendeskHouse, fault: Fault, forgets: bool
) -> None:
    wanted, system = draft(), house.another(within_seconds=0.2)
    house.emulator.faults.next = [fault]
    with pytest.raises(OutsideError) as lost:
        await system.open(wanted)
    assert (lost.value.transient, lost.value.ambiguous) == (True, True)
    async with asyncio.timeout(45):
        while await house.system.find(wanted.key) is None:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)
    if forgets:
        house.emulator.forget_keys()
    await system.open(replace(wanted, text="In other words."))
    assert await house.people.find(wanted) == 1


async def test_a_repeat_that_finds_nothing_yet_makes_no_second_ticket(house: ZendeskHouse) -> None:
    wanted = draft()
    house.emulator.faults.lag_seconds = 60
    first = await house.system.open(wanted)
    assert await house.another().open(wanted) == first  # by the header alone
    with pytest.raises(OutsideError) as refused:
        await house.another().open(replace(wanted, text="In other words."))
    assert (refused.value.transient, refused.value.ambiguous) == (True, True)
    house.emulator.faults.lag_seconds = 0
    assert await house.another().open(replace(wanted, text="In other words.")) == first
    assert await house.people.find(wanted) == 1


async def test_a_note_whose_answer_was_lost_is_known(house: ZendeskHouse) -> None:
    ref, note = await house.system.open(draft()), Note("n", "Words.")
    house.emulator.faults.next = [Fault.RESET]
    with pytest.raises(OutsideError) as lost:
        await house.system.note(ref, note)
    assert lost.value.ambiguous
    assert await house.system.noted(ref, note.key)


async def test_words_and_status_are_one_update(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    house.emulator.log.clear()
    await house.system.solve(ref, Note("s", "Well."))
    assert [line.split()[0] for line in house.emulator.log].count("PUT") == 1


async def test_a_solve_that_was_lost_on_its_way_is_completed_by_its_repeat(
    house: ZendeskHouse,
) -> None:
    ref, note = await house.system.open(draft()), Note("s", "Well.")
    _, cursor = await house.system.changes("")
    house.emulator.faults.next = [Fault.RESET]
    with pytest.raises(OutsideError):
        await house.system.solve(ref, note)
    await house.system.solve(ref, note)
    assert (await house.system.read(ref)).state is TicketState.SOLVED
    assert len(await texts(house, cursor)) == 1


async def test_a_page_of_html_with_a_200_is_no_yes_and_no_no(house: ZendeskHouse) -> None:
    house.emulator.faults.next = [Fault.LOGIN_PAGE]
    with pytest.raises(OutsideError, match="is `url` right") as unread:
        await house.system.open(draft())
    assert (unread.value.transient, unread.value.ambiguous) == (True, True)


async def test_an_unavailable_zendesk_has_surely_done_nothing(house: ZendeskHouse) -> None:
    house.emulator.faults.next = [Fault.UNAVAILABLE]
    with pytest.raises(OutsideError) as refused:
        await house.system.open(draft())
    assert (refused.value.transient, refused.value.ambiguous) == (True, False)


async def test_a_wrong_token_is_for_a_person_to_mend_and_loses_nothing(house: ZendeskHouse) -> None:
    with pytest.raises(LoginRefusedError, match="token_file") as refused:
        await house.another(token_file=Secret.of("wrong")).open(draft())
    assert refused.value.transient  # what waits goes on once a person has mended it


async def test_no_secret_stands_in_an_address(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    await house.system.solve(ref, Note("s", "Well."))
    await house.system.changes("")
    assert not [line for line in house.emulator.log if TOKEN in line]


@pytest.mark.parametrize("deaf", ["assignee_id", "group_id", "status"])
async def test_what_was_taken_with_a_yes_and_lost_is_an_error(
    house: ZendeskHouse, deaf: str
) -> None:
    ref = await house.system.open(draft())
    house.emulator.book.deaf = {deaf}
    wishes = {
        "assignee_id": house.system.assign(ref, "dana"),
        "group_id": house.system.move(ref, QUEUE),
        "status": house.system.solve(ref, Note("s", "Well.")),
    }
    wish = wishes.pop(deaf)
    for other in wishes.values():
        other.close()
    with pytest.raises(OutsideError, match="said yes, but did not") as refused:
        await wish
    assert not refused.value.transient


async def test_fields_that_were_dropped_are_noticed_and_the_ticket_stands(
    house: ZendeskHouse,
) -> None:
    house.emulator.book.deaf = {"priority", "external_id"}
    with capture_logs() as logs:
        await house.another(fields={"server": 360, "brand": 999}).open(draft())
    assert [line["event"] for line in logs] == ["ticket_key_refused"]
    house.emulator.book.deaf = {"priority"}
    with capture_logs() as logs:
        await house.another(fields={"server": 360, "brand": 999}).open(draft())
    assert [(line["event"], line["fields"]) for line in logs] == [
        ("ticket_fields_dropped", ["priority", "999"])
    ]


async def test_a_refused_change_tells_why(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    del house.emulator.book.users[901]
    house.emulator.book.users[77] = replace(house.emulator.book.users[902], id=1, email="x@y")
    with pytest.raises(OutsideError, match="Assignee: is invalid") as refused:
        await house.another(agent_domain="").assign(ref, "x@y")
    assert (refused.value.transient, refused.value.ambiguous) == (False, False)


async def test_solving_needs_an_assignee_and_we_are_nobody(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    await house.system.solve(ref, Note("s", "Well."))
    assert house.emulator.book.held(int(ref.id)).assignee == BOT
    assert (await house.system.read(ref)).owner is None
    changes, _ = await house.system.changes(cursor)
    assert [change.kind for change in changes] == [ChangeKind.NOTE, ChangeKind.STATE]


async def test_a_ticket_that_is_closed_for_good_can_only_be_replaced(house: ZendeskHouse) -> None:
    ref = await house.system.open(draft())
    house.emulator.book.held(int(ref.id)).status = "closed"
    for wish in (
        house.system.reopen(ref, Note("r", "Down again.")),
        house.system.note(ref, Note("n", "Words.")),
    ):
        with pytest.raises(GoneError):
            await wish


async def test_a_twin_that_is_closed_for_good_counts_no_more(house: ZendeskHouse) -> None:
    wanted, book = draft(), house.emulator.book
    first = await house.system.open(wanted)
    external = book.held(int(first.id)).external_id
    told = {"subject": "twin", "external_id": external, "comment": {"body": "twin"}}
    twin = book.open(BOT, told)
    book.held(int(first.id)).status = "closed"
    assert [ref.id for ref in await house.system.holders(wanted.key)] == [str(twin.id)]
    twin.status = "closed"
    assert await house.system.find(wanted.key) == first


async def test_a_deleted_ticket_is_gone_and_its_key_free(house: ZendeskHouse) -> None:
    wanted = draft()
    ref = await house.system.open(wanted)
    _, cursor = await house.system.changes("")
    house.emulator.book.held(int(ref.id)).deleted = True
    with pytest.raises(GoneError):
        await house.system.read(ref)
    assert await house.system.find(wanted.key) is None
    assert (await house.system.changes(cursor))[0] == []


async def test_too_many_updates_of_a_ticket_wait_and_others_go_on(house: ZendeskHouse) -> None:
    ref, other = await house.system.open(draft()), await house.system.open(draft())
    house.emulator.updates = 2
    for number in range(2):
        await house.system.note(ref, Note(f"n/{number}", "Words."))
    with pytest.raises(OutsideError) as limited:
        await house.system.note(ref, Note("n/3", "Words."))
    assert (limited.value.transient, limited.value.ambiguous) == (True, False)
    assert 500 < (limited.value.retry_after or 0) <= 601
    house.emulator.log.clear()
    with pytest.raises(OutsideError, match="asked us to wait") as again:
        await house.system.note(ref, Note("n/3", "Words."))
    assert (again.value.retry_after or 0) > 500
    assert not [line for line in house.emulator.log if line.startswith("PUT")]
    await house.system.note(other, Note("n", "Words."))


@pytest.mark.parametrize("merging", [0, 2, None])
async def test_a_twin_is_folded_however_zendesk_takes_the_merge(
    house: ZendeskHouse, merging: int | None
) -> None:
    wanted, book = draft(), house.emulator.book
    house.emulator.merging = merging
    first = await house.system.open(wanted)
    external = book.held(int(first.id)).external_id
    told = {"subject": "twin", "external_id": external, "comment": {"body": "twin"}}
    twin = TicketRef("zendesk", str(book.open(BOT, told).id))
    assert await house.system.holders(wanted.key) == [first, twin]
    await house.another(within_seconds=1).fold(twin, first)
    assert await house.system.holders(wanted.key) == [first]
    assert book.held(int(twin.id)).status == ("solved" if merging is None else "closed")


async def test_an_examination_says_what_to_create_and_mends_it(house: ZendeskHouse) -> None:
    assert await house.system.examine() == []
    del house.emulator.book.groups[28]
    system = house.another(fields={"server": 360, "brand": 999})
    lacks = {(lack.part, lack.name): lack for lack in await system.examine()}
    assert lacks.keys() == {("queue", "abuse"), ("field", "999")}
    assert "created the group abuse" in await system.mend(lacks["queue", "abuse"])
    with pytest.raises(OutsideError, match="by hand"):
        await system.mend(lacks["field", "999"])
    assert [lack.name for lack in await system.examine()] == ["999"]


async def test_accounts_of_people_are_looked_up(house: ZendeskHouse) -> None:
    await house.people.open("Hello")  # makes John a user, but none of the staff
    assert await house.system.knows("dana")
    assert not await house.system.knows("dan")
    assert not await house.system.knows(CUSTOMER)


async def test_an_examination_wants_an_administrator(house: ZendeskHouse) -> None:
    users = house.emulator.book.users
    users[BOT] = replace(users[BOT], role="agent")
    (lack,) = await house.system.examine()
    assert (lack.part, lack.mendable) == ("right", False)
    (lack,) = await house.another(token_file=Secret.of("wrong")).examine()
    assert lack.part == "access"
