"""What Zammad alone does to us, on an emulator after its documents and its source."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from playbooks.outside import GoneError, LoginRefusedError, OutsideError
from playbooks.ports import Note, TicketRef, TicketState
from responder.emulators.ticket_faults import Fault
from responder.secrets import Secret
from responder.tickets.keys import mark, tail
from responder.tickets.zammad_rest import Rest
from tests.contracts.house_zammad import ZammadHouse, emulated_zammad
from tests.contracts.ticket_houses import CUSTOMER, QUEUE, draft


@pytest.fixture
async def house() -> AsyncIterator[ZammadHouse]:
    async with emulated_zammad() as house:
        yield house


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.NO_ID, Fault.LOGIN_PAGE])
async def test_a_create_whose_answer_is_lost_is_unsure_and_never_doubled(
    house: ZammadHouse, fault: Fault
) -> None:
    wanted = draft()
    house.emulator.faults.next = [fault]
    with pytest.raises(OutsideError) as lost:
        await house.system.open(wanted)
    assert (lost.value.transient, lost.value.ambiguous) == (True, True)
    await house.system.open(wanted)
    assert await house.people.find(wanted) == 1


async def test_a_create_that_comes_late_is_found_after_its_rest(house: ZammadHouse) -> None:
    wanted = draft()
    house.emulator.faults.late_seconds = (0.2, 0.2)
    house.emulator.faults.next = [Fault.LATE]
    with pytest.raises(OutsideError) as lost:
        await house.another(within_seconds=0.1).open(wanted)
    assert lost.value.ambiguous
    async with asyncio.timeout(45):
        while not await house.people.find(wanted):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
    assert await house.system.find(wanted.key) is not None


async def test_a_create_that_is_lost_while_the_index_lags_is_found_among_the_newest(
    house: ZammadHouse,
) -> None:
    house.emulator.faults.lag_seconds = 3600
    wanted = draft()
    house.emulator.faults.next = [Fault.RESET]
    with pytest.raises(OutsideError):
        await house.system.open(wanted)
    assert await house.system.find(wanted.key) == await house.another().open(wanted)
    assert await house.people.find(wanted) == 1


async def test_racers_agree_on_one_ticket_though_no_index_shows_it(house: ZammadHouse) -> None:
    house.emulator.faults.lag_seconds = 3600
    wanted = draft()
    refs = await asyncio.gather(*(house.another().open(wanted) for _ in range(8)))
    assert await house.people.find(wanted) == 1
    assert len({(await house.system.read(ref)).ref for ref in refs}) == 1


@pytest.mark.parametrize(
    ("status", "transient"), [(Fault.UNAVAILABLE, True), (Fault.RATE_LIMIT, True)]
)
async def test_a_refusal_for_now_is_sure_and_says_how_long(
    house: ZammadHouse, status: Fault, transient: bool
) -> None:
    wanted = draft()
    house.emulator.faults.next = [status]
    with pytest.raises(OutsideError) as refused:
        await house.system.open(wanted)
    assert (refused.value.transient, refused.value.ambiguous) == (transient, False)
    assert refused.value.retry_after == (7 if status is Fault.RATE_LIMIT else None)
    assert await house.people.find(wanted) == 0


async def test_a_group_that_is_not_there_is_for_a_person_to_mend(house: ZammadHouse) -> None:
    with pytest.raises(OutsideError, match="nowhere") as refused:
        await house.another(queues={"rapid-response": "nowhere"}).open(draft())
    assert (refused.value.transient, refused.value.ambiguous) == (False, False)


async def test_a_wrong_token_is_for_a_person_to_mend_and_is_not_told(house: ZammadHouse) -> None:
    system = house.another(token_file=Secret.of("s3cret-token"))
    with pytest.raises(LoginRefusedError, match="token_file") as refused:
        await system.open(draft())
    assert refused.value.transient  # what waits goes on once a person has mended it
    assert "s3cret" not in str(refused.value)
    assert not [call for call in house.emulator.calls if "s3cret" in call]


async def test_an_attribute_that_nobody_defined_is_noticed_and_the_ticket_is_found(
    house: ZammadHouse,
) -> None:
    system, wanted = house.another(key_field="no_such", fields={"brand": "nor_this"}), draft()
    with capture_logs() as logs:
        ref = await system.open(wanted)
    assert [line["event"] for line in logs if line["event"] != "ticket_key_unsearchable"] == [
        "ticket_key_refused",
        "ticket_fields_dropped",
    ]
    assert await system.find(wanted.key) == ref


async def test_a_title_that_a_person_has_rewritten_does_not_hide_the_ticket(
    house: ZammadHouse,
) -> None:
    wanted = draft()
    ref = await house.system.open(wanted)
    house.emulator.person("dana").change(ref.id, title="Disk of web1")
    assert await house.system.find(wanted.key) == ref
    assert (await house.system.read(ref)).subject == "Disk of web1"


async def test_a_long_subject_keeps_its_key(house: ZammadHouse) -> None:
    wanted = replace(draft(), subject="x" * 400)
    ref = await house.system.open(wanted)
    (ticket,) = [one for one in house.emulator.book.tickets.values() if str(one.id) == ref.id]
    assert len(ticket.title) == 250
    assert ticket.title.endswith(f"[{tail(wanted.key)}]")


async def test_internal_words_are_never_sent_as_an_email(house: ZammadHouse) -> None:
    ref, rest = await house.system.open(draft()), Rest(house.settings, house.session)
    with pytest.raises(OutsideError, match="never sent as email") as refused:
        await rest.say(ref.id, "The customer has not paid.", internal=True, kind="email")
    assert not refused.value.transient
    assert [one.body for one in house.emulator.book.articles.values() if "paid" in one.body] == []


async def test_public_words_go_to_the_customer_and_notes_to_nobody(house: ZammadHouse) -> None:
    ref = await house.system.open(draft())
    await house.people.name_customer(ref)
    await house.system.note(ref, Note("a", "We work on it.", public=True))
    await house.system.note(ref, Note("b", "Rack 4."))
    said = {one.body.partition("\n")[0]: one for one in house.emulator.book.articles.values()}
    mail, note = said["We work on it."], said["Rack 4."]
    assert (mail.type, mail.internal, mail.to) == ("email", False, CUSTOMER)
    assert (note.type, note.internal, note.to) == ("note", True, "")


async def test_words_for_a_ticket_without_a_customer_are_not_mailed_to_ourselves(
    house: ZammadHouse,
) -> None:
    ref = await house.system.open(draft())
    await house.system.note(ref, Note("a", "We work on it.", public=True))
    last = house.emulator.book.articles[max(house.emulator.book.articles)]
    assert (last.type, last.internal, last.to) == ("note", False, "")


@pytest.mark.parametrize("name", ["state", "group", "owner"])
async def test_a_change_that_a_rule_puts_back_with_a_200_is_an_error(
    house: ZammadHouse, name: str
) -> None:
    ref = await house.system.open(draft())
    house.emulator.book.refuses = {name}
    wish = {
        "state": house.system.solve(ref, Note("s", "Well.")),
        "group": house.system.move(ref, QUEUE),
        "owner": house.system.assign(ref, "dana"),
    }
    for other, unasked in wish.items():
        if other != name:
            unasked.close()
    with pytest.raises(OutsideError, match="did not give ticket") as refused:
        await wish[name]
    assert not refused.value.transient


async def test_an_owner_who_may_not_work_in_the_group_is_an_error(house: ZammadHouse) -> None:
    ref = await house.system.open(draft())
    house.emulator.book.agents = {"Rapid Response": {"alice"}}
    with pytest.raises(OutsideError, match="owner dana"):
        await house.system.assign(ref, "dana")
    await house.system.assign(ref, "alice")


async def test_a_merge_that_is_refused_with_a_200_closes_the_loser_with_a_note(
    house: ZammadHouse,
) -> None:
    kept, lost = await house.system.open(draft()), await house.system.open(draft())
    house.emulator.book.refuses = {"merge"}
    for _ in range(2):
        await house.system.fold(lost, kept)
    assert (await house.system.read(lost)).state is TicketState.SOLVED
    said = [one.body for one in house.emulator.book.articles.values() if one.ticket == int(lost.id)]
    assert sum("goes on" in body for body in said) == 1


async def test_twins_are_found_oldest_first_and_folded(house: ZammadHouse) -> None:
    wanted = draft()
    first = await house.system.open(wanted)
    title = house.emulator.book.tickets[int(first.id)].title
    body = {"title": title, "group": "Users", "customer_id": 2}
    await house.people.open(f"Re: {title}")  # a customer's
    twin = TicketRef("zammad", str(house.emulator.book.create("alice", body).id))
    assert await house.system.holders(wanted.key) == [first, twin]
    await house.system.fold(twin, first)
    assert await house.system.holders(wanted.key) == [first]
    assert (await house.system.read(twin)).ref == first


async def test_a_deleted_ticket_is_gone_and_not_found(house: ZammadHouse) -> None:
    wanted = draft()
    ref = await house.system.open(wanted)
    house.emulator.book.delete(int(ref.id))
    with pytest.raises(GoneError):
        await house.system.read(ref)
    assert await house.system.find(wanted.key) is None


async def test_high_means_critical_only_in_the_queue_of_the_critical(house: ZammadHouse) -> None:
    ref = await house.system.open(draft())
    assert (await house.system.read(ref)).priority == "critical"
    await house.system.move(ref, QUEUE)
    assert (await house.system.read(ref)).priority == "high"


async def test_a_solve_that_was_cut_after_its_words_says_them_once(house: ZammadHouse) -> None:
    ref, note = await house.system.open(draft()), Note("s", "Well.")
    for faults in ([Fault.RESET], [Fault.RESET], []):  # after the words, after the state, none
        house.emulator.faults.next = faults
        if faults:
            with pytest.raises(OutsideError) as lost:
                await house.system.solve(ref, note)
            assert lost.value.ambiguous
        else:
            await house.system.solve(ref, note)
    said = [one for one in house.emulator.book.articles.values() if mark(note.key) in one.body]
    assert len(said) == 1


async def test_it_says_what_is_missing_and_creates_what_it_may(house: ZammadHouse) -> None:
    assert list(await house.system.examine()) == []
    system = house.another(
        key_field="rr_key", queues={"level-1": "Desk"}, priorities={"low": "0 none"}
    )
    lacks = {(lack.part, lack.name): lack for lack in await system.examine()}
    assert set(lacks) == {
        ("queue", "Desk"),
        ("queue", "rapid-response"),
        ("priority", "0 none"),
        ("field", "rr_key"),
    }
    for lack in lacks.values():
        if lack.mendable:
            assert lack.name in await system.mend(lack)
    assert [lack.part for lack in await system.examine()] == ["priority"]


async def test_it_knows_who_has_an_account(house: ZammadHouse) -> None:
    assert await house.system.knows("Dana")
    assert not await house.system.knows("dan")


async def test_no_secret_ever_stands_in_an_address(house: ZammadHouse) -> None:
    ref = await house.system.open(draft())
    await house.system.solve(ref, Note("s", "Well."))
    await house.system.examine()
    calls = house.emulator.calls
    assert calls
    assert not [call for call in calls if house.emulator.token in call or "token" in call]


async def test_without_rights_it_looks_at_a_ticket_instead(house: ZammadHouse) -> None:
    house.emulator.admin = False
    await house.system.open(draft())
    system = house.another(key_field="rr_key")
    (lack,) = await system.examine()
    assert (lack.part, lack.name) == ("field", "rr_key")
    with pytest.raises(OutsideError):
        await system.mend(lack)


async def test_a_wrong_token_is_a_lack_of_access(house: ZammadHouse) -> None:
    (lack,) = await house.another(token_file=Secret.of("x")).examine()
    assert (lack.part, lack.mendable) == ("access", False)
