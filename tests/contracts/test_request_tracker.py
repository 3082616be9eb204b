"""What Request Tracker alone does to us: the real one, and the emulator that stands in for it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from playbooks.outside import GoneError, OutsideError
from playbooks.ports import ChangeKind, Note, TicketState
from responder.secrets import Secret
from tests.contracts.house_rt import RtHouse, emulated, in_reality
from tests.contracts.ticket_houses import QUEUE, draft
from tests.raw import raw_server
from tests.real.rt import RequestTracker as RealTracker


@pytest.fixture(params=["emulator", pytest.param("rt", marks=pytest.mark.xdist_group("rt"))])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[RtHouse]:
    """The emulator must do as the real thing does."""
    if request.param == "rt":
        async with in_reality(request.getfixturevalue("request_tracker")) as house:
            yield house
    else:
        async with emulated() as (_, house):
            yield house


class Cutter:
    """Stands before a server. `cut_after`: how many answers pass until one is lost on its way."""

    def __init__(self, url: str) -> None:
        self.host, _, port = url.removeprefix("http://").partition(":")
        self.port = int(port)
        self.cut_after: int | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length or 0))
        behind, before = await asyncio.open_connection(self.host, self.port)
        before.write(head + body)
        answer = await behind.read()
        before.close()
        if self.cut_after == 0:
            self.cut_after = None
            writer.transport.abort()
            return
        if self.cut_after is not None:
            self.cut_after -= 1
        writer.write(answer)
        await writer.drain()


async def test_a_ticket_whose_answer_was_lost_is_found_and_not_opened_again(house: RtHouse) -> None:
    wanted, cutter = draft(), Cutter(house.settings.url)
    async with raw_server(cutter.serve) as port:
        system = house.another(url=f"http://127.0.0.1:{port}")
        cutter.cut_after = 0
        with pytest.raises(OutsideError) as lost:
            await system.open(wanted)
        assert (lost.value.transient, lost.value.ambiguous) == (True, True)
        assert await system.find(wanted.key) is not None
        await system.open(wanted)  # and even who does not look makes no second one
    assert await house.people.find(wanted) == 1


async def test_a_note_whose_answer_was_lost_is_known(house: RtHouse) -> None:
    ref, note = await house.system.open(draft()), Note("n", "Words.")
    cutter = Cutter(house.settings.url)
    async with raw_server(cutter.serve) as port:
        system = house.another(url=f"http://127.0.0.1:{port}")
        cutter.cut_after = 1  # it looks whether the ticket is there, then writes
        with pytest.raises(OutsideError) as lost:
            await system.note(ref, note)
        assert lost.value.ambiguous
        assert await system.noted(ref, note.key)


async def test_a_solve_that_is_lost_at_any_call_is_completed_by_its_repeat(house: RtHouse) -> None:
    ref, note = await house.system.open(draft()), Note("s", "Well.")
    _, cursor = await house.system.changes("")
    cutter = Cutter(house.settings.url)
    async with raw_server(cutter.serve) as port:
        system = house.another(url=f"http://127.0.0.1:{port}")
        for place in (0, 1, 2, 2):  # the third call writes; in the last round it looks again
            cutter.cut_after = place
            with pytest.raises(OutsideError):
                await system.solve(ref, note)
        await system.solve(ref, note)
    assert (await house.system.read(ref)).state is TicketState.SOLVED
    changes, _ = await house.system.changes(cursor)
    assert [change.kind for change in changes].count(ChangeKind.NOTE) == 1


async def test_fields_that_were_dropped_are_noticed_and_the_ticket_stands(house: RtHouse) -> None:
    wanted = draft()
    system = house.another(
        fields={"brand": "No Such Field", "severity": "CSAT", "server": "Server"}
    )
    with capture_logs() as logs:
        ref = await system.open(wanted)
    assert [(line["event"], line["fields"]) for line in logs] == [
        ("ticket_fields_dropped", ["No Such Field", "CSAT"])
    ]
    assert (await system.read(ref)).subject == wanted.subject


async def test_a_key_field_that_does_not_exist_is_said_and_the_ticket_stands(
    house: RtHouse,
) -> None:
    wanted = draft()
    system = house.another(key_field="No Such Field")
    with capture_logs() as logs:
        ref = await system.open(wanted)
    assert [(line["event"], line["field"]) for line in logs] == [
        ("ticket_key_refused", "No Such Field")
    ]
    assert (await system.read(ref)).subject == wanted.subject


async def test_a_status_that_is_refused_with_a_200_is_an_error(house: RtHouse) -> None:
    ref = await house.system.open(draft())
    system = house.another(statuses={"frobbed": "solved"})
    with pytest.raises(OutsideError, match="isn't a valid status") as refused:
        await system.solve(ref, Note("s", "Well."))
    assert not refused.value.transient
    assert (await house.system.read(ref)).state is TicketState.NEW


async def test_a_queue_that_is_not_there_is_an_error_that_no_repeat_mends(house: RtHouse) -> None:
    system = house.another(queues={"rapid-response": "nowhere"})
    with pytest.raises(OutsideError, match="nowhere") as refused:
        await system.open(draft())
    assert (refused.value.transient, refused.value.ambiguous) == (False, False)


async def test_a_wrong_token_holds_what_waits_until_a_person_mends_it(house: RtHouse) -> None:
    system = house.another(token_file=Secret.of(f"1-14-{'0' * 32}"))
    with pytest.raises(OutsideError, match="token_file") as refused:
        await system.open(draft())
    assert (refused.value.transient, refused.value.ambiguous) == (True, False)


async def test_a_deleted_ticket_is_gone_though_rt_would_take_words_for_it(house: RtHouse) -> None:
    wanted = draft()
    ref = await house.system.open(wanted)
    await house.people.change("root", ref, Status="deleted")
    note = Note("n", "words")
    for wish in (
        house.system.read(ref),
        house.system.note(ref, note),
        house.system.solve(ref, note),
    ):
        with pytest.raises(GoneError):
            await wish
    assert await house.system.find(wanted.key) is None


async def test_queues_keep_their_own_names_in_rt(house: RtHouse) -> None:
    system = house.another(queues={"rapid-response": QUEUE})
    ref = await system.open(draft())
    assert (await system.read(ref)).queue == "rapid-response"
    assert (await house.system.read(ref)).queue == QUEUE


async def test_transactions_too_young_to_be_in_order_wait_for_the_next_poll(house: RtHouse) -> None:
    _, cursor = await house.system.changes("")
    ref = await house.system.open(draft())
    await house.people.take("dana", ref)
    cautious = house.another(settle_seconds=3600)
    assert await cautious.changes(cursor) == ([], cursor)
    changes, _ = await house.system.changes(cursor)
    assert [change.data for change in changes] == [{}, {"owner": "dana"}]


async def test_more_than_a_page_of_news_is_read_at_once(house: RtHouse) -> None:
    ref = await house.system.open(draft())
    _, cursor = await house.system.changes("")
    for number in range(51):
        await house.people.change("dana", ref, Priority=70 + number % 2)
        await house.people.change("dana", ref, Status=("open", "stalled")[number % 2])
    changes, after = await house.system.changes(cursor)
    assert len(changes) == 102
    assert changes[-1].id == after


@pytest.mark.xdist_group("rt")
async def test_a_frozen_rt_takes_the_ticket_late_and_still_there_is_one(
    request_tracker: RealTracker,
) -> None:
    wanted = draft()
    async with in_reality(request_tracker) as house:
        impatient = house.another(within_seconds=0.5)
        request_tracker.pause()
        with pytest.raises(OutsideError) as lost:
            await impatient.open(wanted)
        assert (lost.value.transient, lost.value.ambiguous) == (True, True)
        request_tracker.resume()
        async with asyncio.timeout(45):
            while not await house.people.find(wanted):  # noqa: ASYNC110 - RT tells nobody
                await asyncio.sleep(0.1)
        ref = await house.system.find(wanted.key)
        assert await house.system.open(wanted) == ref
        assert await house.people.find(wanted) == 1


@pytest.mark.xdist_group("rt")
async def test_a_stopped_rt_refuses_surely_and_takes_the_ticket_when_it_is_back(
    request_tracker: RealTracker,
) -> None:
    wanted = draft()
    async with in_reality(request_tracker) as house:
        await request_tracker.stop()
        with pytest.raises(OutsideError) as refused:
            await house.system.open(wanted)
        assert (refused.value.transient, refused.value.ambiguous) == (True, False)
        await request_tracker.start()
        await house.system.open(wanted)
        assert await house.people.find(wanted) == 1
