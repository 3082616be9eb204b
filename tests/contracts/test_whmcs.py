"""What WHMCS alone does to us, as far as its documents tell: the emulator does it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from alerts.model import Priority
from playbooks.outside import GoneError, LoginRefusedError, OutsideError
from playbooks.ports import Note, TicketState
from responder.emulators.ticket_faults import Fault
from responder.emulators.whmcs import SECRET
from responder.secrets import Secret
from tests.contracts.house_whmcs import WhmcsHouse, emulated_whmcs
from tests.contracts.ticket_houses import draft


@pytest.fixture
async def house() -> AsyncIterator[WhmcsHouse]:
    """The emulator and who works in it."""
    async with emulated_whmcs() as house:
        yield house


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.HANG, Fault.LATE])
async def test_a_ticket_whose_answer_was_lost_is_found_and_not_opened_again(
    house: WhmcsHouse, fault: Fault
) -> None:
    wanted, system = draft(), house.another(within_seconds=0.2)
    house.emulator.faults.next = [fault]
    with pytest.raises(OutsideError) as lost:
        await system.open(wanted)
    assert (lost.value.transient, lost.value.ambiguous) == (True, True)
    async with asyncio.timeout(45):
        while await house.system.find(wanted.key) is None:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)
    await system.open(wanted)  # and even who does not look makes no second one
    assert await house.people.find(wanted) == 1


async def test_a_ticket_that_is_there_is_found_without_a_create(house: WhmcsHouse) -> None:
    wanted = draft()
    first = await house.system.open(wanted)
    assert await house.another().open(wanted) == first
    assert house.emulator.asked.count("OpenTicket") == 1  # else the twin would have been merged


async def test_a_note_whose_answer_was_lost_is_known(house: WhmcsHouse) -> None:
    ref, note = await house.system.open(draft()), Note("n", "Words.")
    house.emulator.faults.next = [Fault.RESET]
    with pytest.raises(OutsideError) as lost:
        await house.system.note(ref, note)
    assert lost.value.ambiguous
    assert await house.system.noted(ref, note.key)


@pytest.mark.parametrize("public", [False, True])
async def test_a_solve_that_was_lost_on_its_way_is_completed_by_its_repeat(
    house: WhmcsHouse, public: bool
) -> None:
    ref, note = await house.system.open(draft()), Note("s", "Well.", public=public)
    house.emulator.faults.next = [Fault.RESET]
    with pytest.raises(OutsideError):
        await house.system.solve(ref, note)
    await house.system.solve(ref, note)
    assert (await house.system.read(ref)).state is TicketState.SOLVED
    words = house.emulator.book.held(ref.id).words
    assert sum("Well." in word.text for word in words) == 1


async def test_a_page_of_html_with_a_200_is_no_yes_and_no_no(house: WhmcsHouse) -> None:
    house.emulator.faults.next = [Fault.LOGIN_PAGE]
    with pytest.raises(OutsideError, match="is `url` right") as unread:
        await house.system.open(draft())
    assert (unread.value.transient, unread.value.ambiguous) == (True, True)


async def test_a_refusal_comes_with_a_200_and_is_an_error(house: WhmcsHouse) -> None:
    system = house.another(queues={"rapid-response": "nowhere"})
    with pytest.raises(OutsideError, match="no department nowhere") as refused:
        await system.open(draft())
    assert (refused.value.transient, refused.value.ambiguous) == (False, False)


async def test_an_unavailable_whmcs_has_surely_done_nothing(house: WhmcsHouse) -> None:
    house.emulator.faults.next = [Fault.UNAVAILABLE]
    with pytest.raises(OutsideError) as refused:
        await house.system.open(draft())
    assert (refused.value.transient, refused.value.ambiguous) == (True, False)


async def test_a_wrong_secret_is_for_a_person_to_mend_and_loses_nothing(house: WhmcsHouse) -> None:
    with pytest.raises(LoginRefusedError, match="secret_file") as refused:
        await house.another(secret_file=Secret.of("wrong")).open(draft())
    assert refused.value.transient  # what waits goes on once a person has mended it
    assert "wrong" not in str(refused.value)


async def test_no_secret_stands_in_an_address(house: WhmcsHouse) -> None:
    system = house.another(access_key_file=Secret.of("k" * 20))
    await system.open(draft())
    assert set(house.emulator.log) == {"/includes/api.php"}
    assert SECRET not in repr(system)


@pytest.mark.parametrize("deaf", ["flag", "deptid", "status"])
async def test_what_was_taken_with_a_yes_and_lost_is_an_error(house: WhmcsHouse, deaf: str) -> None:
    ref = await house.system.open(draft())
    house.emulator.book.deaf = {deaf}
    wishes = {
        "flag": house.system.assign(ref, "dana"),
        "deptid": house.system.move(ref, "level-2"),
        "status": house.system.solve(ref, Note("s", "Well.")),
    }
    wish = wishes.pop(deaf)
    for other in wishes.values():
        other.close()
    with pytest.raises(OutsideError, match="said yes, but did not") as refused:
        await wish
    assert not refused.value.transient


async def test_a_priority_that_was_lost_is_noticed_and_the_ticket_stands(house: WhmcsHouse) -> None:
    house.emulator.book.deaf = {"priority"}
    with capture_logs() as logs:
        ref = await house.system.open(draft())
    assert [(line["event"], line["fields"]) for line in logs] == [
        ("ticket_fields_dropped", ["priority"])
    ]
    assert (await house.system.read(ref)).priority is Priority.MEDIUM


async def test_critical_is_high_in_the_department_of_rapid_response(house: WhmcsHouse) -> None:
    ref = await house.system.open(draft())
    assert house.emulator.book.held(ref.id).urgency == "High"
    await house.system.move(ref, "level-2")
    assert (await house.system.read(ref)).priority is Priority.HIGH


async def test_a_ticket_is_called_by_its_id_and_not_by_the_number_that_people_see(
    house: WhmcsHouse,
) -> None:
    ref = await house.system.open(draft())
    ticket = house.emulator.book.held(ref.id)
    assert ref.id == str(ticket.id) != ticket.tid
    assert f"id={ticket.id}" in (await house.system.read(ref)).url


async def test_nobody_is_mailed_about_a_ticket_of_ours_but_for_a_reply(house: WhmcsHouse) -> None:
    ref = await house.system.open(draft())
    await house.system.note(ref, Note("n", "For the staff."))
    assert house.emulator.book.mails == []
    await house.system.note(ref, Note("p", "For the customer.", public=True))
    assert len(house.emulator.book.mails) == 1


async def test_a_reply_of_ours_leaves_the_ticket_as_it_stands(house: WhmcsHouse) -> None:
    ref = await house.system.open(draft())
    await house.system.note(ref, Note("p", "We look at it.", public=True))
    ticket = house.emulator.book.held(ref.id)
    assert ticket.status == "Open"  # else it would vanish from "awaiting reply"
    assert ticket.words[-1].by == "responder"


async def test_a_deleted_ticket_is_gone_and_its_key_free(house: WhmcsHouse) -> None:
    wanted = draft()
    ref = await house.system.open(wanted)
    _, cursor = await house.system.changes("")
    del house.emulator.book.tickets[int(ref.id)]
    with pytest.raises(GoneError):
        await house.system.read(ref)
    assert await house.system.find(wanted.key) is None
    assert (await house.system.changes(cursor))[0] == []


@pytest.mark.parametrize("merges", ["yes", "closed", "no"])
async def test_a_twin_is_folded_whatever_whmcs_leaves_of_it(house: WhmcsHouse, merges: str) -> None:
    wanted, book = draft(), house.emulator.book
    book.merges = merges
    first = await house.system.open(wanted)
    told = {"deptid": "6", "subject": book.held(first.id).asked_subject, "message": "twin"}
    await house.people.open(f"Re: {book.held(first.id).asked_subject}")  # a customer's
    twin = book.open({**told, "name": "x", "email": "x@hosting.example"})
    holders = await house.system.holders(wanted.key)
    assert [ref.id for ref in holders] == [first.id, str(twin.id)]
    await house.system.fold(holders[1], holders[0])
    assert await house.system.holders(wanted.key) == [first]
    left = book.tickets.get(twin.id)
    assert left is None or left.status == "Closed"
    if merges == "no":
        assert left is not None
        assert any(f"ticket {first.id}" in word.text for word in left.words)


async def test_an_examination_says_what_to_create(house: WhmcsHouse) -> None:
    assert await house.system.examine() == []
    del house.emulator.book.departments["8"]
    house.emulator.book.statuses[:] = ["Open", "Answered", "Customer-Reply", "Closed", "Waiting"]
    house.emulator.rights = "API Access,List Support Tickets,View Support Ticket"
    found = {(lack.part, lack.name) for lack in await house.another(zone="Asia/Tokyo").examine()}
    assert found == {
        ("right", "Open New Ticket"),
        ("queue", "abuse"),
        ("state", "In Progress"),
        ("state", "Waiting"),
        ("field", "zone"),
    }


async def test_accounts_of_people_are_looked_up(house: WhmcsHouse) -> None:
    assert await house.system.knows("dana")
    assert not await house.system.knows("Dana Doe")


async def test_an_examination_from_an_address_that_may_not_call_says_so(house: WhmcsHouse) -> None:
    house.emulator.allowed = False
    (lack,) = await house.system.examine()
    assert (lack.part, lack.mendable) == ("access", False)
    with pytest.raises(OutsideError):
        await house.system.mend(lack)
