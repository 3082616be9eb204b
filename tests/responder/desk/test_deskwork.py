"""What can people do at the built-in desk, and what follows from it?"""

import asyncio
from dataclasses import replace

import pytest

from alerts.model import Actor, ActorKind, Category, Priority, person
from playbooks.ports import TicketState
from responder import deskwork as desk
from responder.deskwork import Acted, Conflict, NoSuchTicket, Refused, Request
from responder.store import Store, Tx, logs
from responder.store import tickets as rows
from responder.store.standing import Share, standing
from responder.store.tickets import Wanted
from tests.responder.desk.company import Company, add_ticket, company
from tests.responder.desk.tickets import ANA, BOB, JOHN, OPENED, minutes, ticket, told

CALL = Request(
    subject="My shop is slow",
    text="Since this morning.",
    channel="phone",
    brand="acme",
    account="john7",
    on_behalf_of="john@customer.example",
)


@pytest.fixture
def house(store: Store) -> Company:
    """The company on both engines."""
    return company(store)


async def opened(house: Company, request: Request = CALL) -> Acted:
    """A ticket opened by ana."""
    return await house.store.write(desk.open_by_hand, request, by=house.by())


async def test_a_request_by_phone_becomes_a_ticket_of_its_customer(house: Company) -> None:
    acted = await opened(house)
    one = acted.ticket
    assert (one.subject, one.channel, one.brand, one.account) == (
        "My shop is slow",
        "phone",
        "acme",
        "john7",
    )
    assert (one.queue, one.state, one.owner, one.priority) == ("level-1", "new", None, "medium")
    assert (one.detected_at, one.incident, one.reacted_at) == (OPENED, None, None)
    (line,) = await house.store.read(logs.read, "ticket", one.id)
    assert (line.kind, line.actor, line.words) == ("opened", ANA, "Since this morning.")
    assert line.data["on_behalf_of"] == "john@customer.example"
    assert list(told(acted.figures)) == ["opened/hosting/phone"]


async def test_the_same_request_told_again_is_the_same_ticket(house: Company) -> None:
    request = Request("Slow", "Very slow.", channel="email", key="<1@customer.example>")
    first, second = await opened(house, request), await opened(house, request)
    assert first.ticket.id == second.ticket.id
    assert second.figures == ()
    assert len(await house.store.read(rows.listed, Wanted())) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        Request("Slow", " \n "),
        Request("", "text"),
        Request("Slow", "text", channel="pigeon"),
        Request("Slow", "text", incident=41),
    ],
)
async def test_a_request_without_words_or_with_wrong_ones_is_refused(
    file_store: Store, wrong: Request
) -> None:
    with pytest.raises(Refused):
        await opened(company(file_store), wrong)


async def test_a_request_names_its_category_and_priority(file_store: Store) -> None:
    request = Request("Spam", "He spams.", category=Category.ABUSE, priority=Priority.HIGH)
    acted = await opened(company(file_store), request)
    assert (acted.ticket.queue, acted.ticket.priority) == ("abuse", "high")


async def test_no_word_of_a_request_is_too_odd_to_be_kept(house: Company) -> None:
    odd = "a\x00b\ud800\n" + "x" * 1000
    request = Request(odd, odd, brand=odd, account=odd, on_behalf_of=odd, server=odd, key=odd)
    acted = await opened(house, request)
    assert acted.ticket.brand == acted.ticket.account == acted.ticket.server
    assert len(str(acted.ticket.brand)) == len(acted.ticket.subject) == 200
    assert (await opened(house, request)).ticket.id == acted.ticket.id
    assert (await opened(house, replace(request, key=odd + "!"))).ticket.id != acted.ticket.id
    given = await house.store.write(desk.assign, 1, odd, by=house.by())
    assert len(str(given.ticket.owner)) == 200


async def test_of_two_who_take_a_ticket_at_once_one_gets_it(house: Company) -> None:
    await opened(house)
    outcomes = await asyncio.gather(
        *(house.store.write(desk.take, 1, by=house.by(person(name))) for name in "abcdefgh"),
        return_exceptions=True,
    )
    winners = [one for one in outcomes if isinstance(one, Acted)]
    losers = [one for one in outcomes if isinstance(one, Conflict)]
    assert (len(winners), len(losers)) == (1, 7)
    owner = winners[0].ticket.owner
    assert {str(one) for one in losers} == {f"{owner} has it"}
    assert [kind for kind, _, _ in await house.log()] == ["opened", "owner", "state"]


async def test_whoever_has_a_ticket_may_take_it_again(house: Company) -> None:
    await opened(house)
    await house.store.write(desk.take, 1, by=house.by())
    again = await house.store.write(desk.take, 1, by=house.by())
    assert (again.ticket.owner, again.figures) == ("ana", ())
    assert len(await house.log()) == 3


async def test_a_ticket_is_given_to_somebody_and_back_to_the_queue(house: Company) -> None:
    await opened(house)
    given = await house.store.write(desk.assign, 1, "bob", by=house.by())
    assert given.ticket.owner == "bob"
    back = await house.store.write(desk.assign, 1, None, by=house.by(BOB))
    assert back.ticket.owner is None
    taken = await house.store.write(desk.take, 1, by=house.by())
    assert taken.ticket.owner == "ana"


async def test_notes_are_for_the_staff_and_replies_for_the_customer(house: Company) -> None:
    await opened(house)
    house.clock.move(minutes=3)
    noted = await house.store.write(desk.note, 1, "Load is 80.", by=house.by())
    house.clock.move(minutes=3)
    replied = await house.store.write(desk.note, 1, "We moved it.", public=True, by=house.by())
    assert (noted.ticket.state, replied.ticket.state) == (TicketState.NEW, TicketState.OPEN)
    assert (replied.ticket.reacted_at, replied.ticket.replied_at) == (minutes(3), minutes(6))
    assert [(kind, words) for kind, _, words in await house.log()][1:3] == [
        ("note", "Load is 80."),
        ("reply", "We moved it."),
    ]


async def test_a_ticket_that_goes_up_and_down_was_solved_by_its_highest_level(
    house: Company,
) -> None:
    await opened(house)
    up = await house.store.write(desk.move, 1, "level-2", text="Needs root.", by=house.by())
    assert list(told(up.figures)) == ["reaction", "escalated/level-1/level-2", "misscoped"]
    await house.store.write(desk.move, 1, "level-1", by=house.by(BOB))
    solved = await house.store.write(desk.solve, 1, "It was the cache.", by=house.by())
    assert (solved.ticket.queue, solved.ticket.solved_by) == ("level-1", "level-2")


async def test_to_solve_takes_words_once(house: Company) -> None:
    await opened(house)
    with pytest.raises(Refused):
        await house.store.write(desk.solve, 1, "", by=house.by())
    with pytest.raises(Refused):
        await house.store.write(desk.turn, 1, TicketState.SOLVED, by=house.by())
    with pytest.raises(Refused):
        await house.store.write(desk.turn, 1, TicketState.CLOSED, by=house.by())
    await house.store.write(desk.solve, 1, "Restarted.", by=house.by())
    again = await house.store.write(desk.solve, 1, "Restarted.", by=house.by(BOB))
    assert again.figures == ()
    assert [actor for kind, actor, _ in await house.log() if kind == "state"] == ["ana"]
    closed = await house.store.write(desk.turn, 1, TicketState.CLOSED, by=house.by())
    assert closed.ticket.solved_by == "level-1"


@pytest.mark.parametrize("state", ["waiting-customer", "waiting-vendor", "answering", "open"])
async def test_a_ticket_stands_where_people_say(file_store: Store, state: str) -> None:
    house = company(file_store)
    await opened(house)
    acted = await house.store.write(desk.turn, 1, TicketState(state), by=house.by())
    assert acted.ticket.state == state


async def test_unknown_tickets_and_queues_are_refused(house: Company) -> None:
    with pytest.raises(NoSuchTicket):
        await house.store.write(desk.take, 1, by=house.by())
    await opened(house)
    with pytest.raises(Refused, match="level-1, level-2"):
        await house.store.write(desk.move, 1, "level-9", by=house.by())


async def test_the_ticket_of_another_system_is_worked_there(house: Company) -> None:
    await house.store.write(add_ticket, ticket())
    with pytest.raises(Refused, match="kept in rt as 42"):
        await house.store.write(desk.take, 7, by=house.by())
    voted = await house.store.write(desk.vote, 7, 5, by=house.by(JOHN))
    assert list(told(voted.figures)) == ["csat/5/"]


# The incident


@pytest.mark.parametrize("act", ["take", "note", "reply", "assign"])
async def test_whoever_works_on_the_ticket_has_answered_the_incident(
    file_store: Store, act: str
) -> None:
    house = company(file_store)
    await house.breaks()
    await house.works()
    house.clock.move(minutes=2)
    acts = {
        "take": lambda: house.store.write(desk.take, 1, by=house.by()),
        "note": lambda: house.store.write(desk.note, 1, "On it.", by=house.by()),
        "reply": lambda: house.store.write(desk.note, 1, "On it.", public=True, by=house.by()),
        "assign": lambda: house.store.write(desk.assign, 1, "bob", by=house.by()),
    }
    acted = await acts[act]()
    incident = await house.incident()
    assert (incident.state, incident.acknowledged_by) == ("acknowledged", "ana")
    assert told(acted.figures)["ack"] == 2
    assert told(acted.figures)["reaction"] == 2
    before = len(await house.log())
    await house.works()
    assert len(await house.log()) == before  # the ticket is not told of its own news


async def test_to_move_or_release_a_ticket_is_no_answer(house: Company) -> None:
    await house.breaks()
    await house.works()
    await house.store.write(desk.move, 1, "level-2", by=house.by())
    await house.store.write(desk.assign, 1, None, by=house.by())
    assert (await house.incident()).state == "open"


async def test_a_solved_ticket_leaves_a_burning_incident_open(house: Company) -> None:
    await house.breaks()
    await house.works()
    await house.store.write(desk.solve, 1, "I think it was nothing.", by=house.by())
    assert (await house.incident()).state == "open"


# Votes and marks


async def test_the_last_vote_counts(house: Company) -> None:
    await opened(house)
    john = house.by(JOHN)
    first = await house.store.write(desk.vote, 1, 5, by=john)
    again = await house.store.write(desk.vote, 1, 5, by=john)
    house.clock.move(minutes=1)
    last = await house.store.write(desk.vote, 1, 2, comment="It broke again.", by=house.by(JOHN))
    assert [list(told(one.figures)) for one in (first, again, last)] == [
        ["csat/5/acme"],
        [],
        ["csat/2/acme"],
    ]
    found = await house.store.read(standing, now=minutes(2))
    assert found.votes == {"acme": Share(0, 1)}
    assert "reaction" not in told(last.figures)


@pytest.mark.parametrize("score", [0, 6, -1])
async def test_a_vote_is_from_one_to_five(file_store: Store, score: int) -> None:
    house = company(file_store)
    await opened(house)
    with pytest.raises(Refused):
        await house.store.write(desk.vote, 1, score, by=house.by(JOHN))


async def test_only_a_reply_can_be_marked(house: Company) -> None:
    await opened(house)
    await house.store.write(desk.note, 1, "Load is 80.", by=house.by())
    for line in (1, 2, 99):
        with pytest.raises(Refused):
            await house.store.write(desk.mark, 1, line, useful=True, by=house.by())


async def test_robots_open_nothing_by_their_acts(house: Company) -> None:
    await opened(house)
    robot = Actor(ActorKind.SYSTEM, "importer")
    acted = await house.store.write(desk.assign, 1, "bob", by=house.by(robot))
    assert (acted.ticket.state, acted.ticket.reacted_at) == (TicketState.NEW, None)


async def test_the_log_of_a_ticket_proves_itself(house: Company) -> None:
    await opened(house)
    await house.store.write(desk.take, 1, by=house.by())
    await house.store.write(desk.note, 1, "We moved it.", public=True, by=house.by())
    await house.store.write(desk.mark, 1, 4, useful=True, by=house.by())
    heads = await house.store.read(rows.heads)
    assert await house.store.read(broken, heads) == []
    await house.store.write(forge)
    assert await house.store.read(broken, heads) == ["ticket 1: line 2 was changed"]


def broken(tx: Tx, heads: list[tuple[int, int, str]]) -> list[str]:
    """What is wrong with the logs of all tickets."""
    return list(logs.broken(tx, "ticket", heads))


def forge(tx: Tx) -> None:
    """Somebody with a database shell makes bob the owner."""
    tx.exec_driver_sql("UPDATE ticket_event SET actor = 'bob' WHERE seq = 2")
