"""Is a ticket followed, whatever people do to it: merge, move, delete, reopen, close too early?"""

from playbooks.ports import ChangeKind, TicketRef, TicketState
from responder.store import Store
from responder.values import IncidentState, TicketRecord
from tests.contracts.house_rt import RtHouse
from tests.responder.desk.company import Company
from tests.responder.desk.followed import following
from tests.responder.desk.tickets import ANA, told


async def opened(house: Company, server: str = "web1") -> tuple[int, TicketRecord]:
    """An incident with its ticket."""
    incident = await house.breaks(server)
    await house.works()
    (record,) = await house.tickets(incident.id)
    return incident.id, record


def ref(record: TicketRecord) -> TicketRef:
    return TicketRef("rt", record.ref)


async def test_the_first_of_two_incidents_that_ends_leaves_their_one_ticket_open(
    file_store: Store, tracker: RtHouse
) -> None:
    house, sync = await following(file_store, tracker.system)
    first, one = await opened(house)
    second, two = await opened(house, "web2")
    await tracker.people.merge("dana", ref(one), ref(two))
    await sync.turn()
    (one,), (two,) = await house.tickets(first), await house.tickets(second)
    assert (one.ref, one.gone, two.gone) == (two.ref, "merged", "")
    await house.recovers(second)
    await house.works()
    assert (await tracker.system.read(ref(two))).state is not TicketState.SOLVED
    await house.recovers(first)
    await house.works()
    assert (await tracker.system.read(ref(two))).state is TicketState.SOLVED
    assert (await house.incident(first)).state is IncidentState.RESOLVED


async def test_a_ticket_merged_into_a_customers_lives_on_as_that(
    file_store: Store, tracker: RtHouse
) -> None:
    house, sync = await following(file_store, tracker.system)
    incident, record = await opened(house)
    foreign = await tracker.people.open("My shop is down!")
    await tracker.people.merge("dana", ref(record), foreign)
    await tracker.people.reply("dana", foreign, "We are on it.")
    await sync.turn()
    (record,) = await house.tickets(incident)
    assert (record.ref, record.gone) == (foreign.id, "")
    assert (await house.incident(incident)).acknowledged_by == "ana"
    await house.decide("noted", incident, ANA, words="The switch is dead.")
    await house.works()
    assert await tracker.system.noted(foreign, f"{(await house.incident(incident)).ref}/note/4")


async def test_a_moved_ticket_counts_where_it_lies(file_store: Store, tracker: RtHouse) -> None:
    house, sync = await following(file_store, tracker.system)
    incident, record = await opened(house)
    await tracker.people.move("dana", ref(record), "level-2")
    await tracker.people.move("bob", ref(record), "level-1")
    await sync.turn()
    (record,) = await house.tickets(incident)
    assert (record.queue, record.level) == ("level-1", "level-2")
    await house.recovers(incident)
    await house.works()
    assert (await tracker.system.read(ref(record))).state is TicketState.SOLVED


async def test_a_ticket_that_was_deleted_is_not_missed_when_its_trouble_ends(
    file_store: Store, tracker: RtHouse
) -> None:
    house, sync = await following(file_store, tracker.system)
    incident, record = await opened(house)
    await tracker.people.change("root", ref(record), Status="deleted")
    await sync.turn()
    await house.recovers(incident)
    await house.works()
    (same,) = await house.tickets(incident)
    assert same.ref == record.ref
    assert (await house.incident(incident)).state is IncidentState.RESOLVED
    await house.returns(incident)
    await house.works()
    (again,) = await house.tickets(incident)
    assert again.ref != record.ref
    await tracker.people.change("root", ref(again), Status="deleted")
    await house.decide("noted", incident, ANA, words="The switch is dead.")
    await house.works()
    assert [one.ref for one in await house.tickets(incident)] == [again.ref]


async def test_a_ticket_closed_while_the_outage_lives_ends_no_outage(
    file_store: Store, tracker: RtHouse
) -> None:
    house, sync = await following(file_store, tracker.system)
    incident, record = await opened(house)
    await tracker.people.turn("dana", ref(record), TicketState.SOLVED)
    await sync.turn()
    (record,) = await house.tickets(incident)
    assert (record.state, record.solved_by) == (TicketState.SOLVED, "rapid-response")
    assert (await house.incident(incident)).state is IncidentState.OPEN
    await house.decide("noted", incident, ANA, words="It is still down.")
    await house.works()  # what is said about it is told to the closed ticket
    await house.recovers(incident)
    await house.works()
    assert (await house.incident(incident)).state is IncidentState.RESOLVED


async def test_a_ticket_that_a_customer_reopens_touches_no_incident_that_is_over(
    file_store: Store, tracker: RtHouse
) -> None:
    house, sync = await following(file_store, tracker.system)
    incident, record = await opened(house)
    await tracker.people.name_customer(ref(record))
    await house.recovers(incident)
    await house.works()
    await sync.turn()
    await tracker.people.write_as_customer(ref(record), "It is down again!")
    await sync.turn()
    (record,) = await house.tickets(incident)
    assert (record.state, record.solved_at) == (TicketState.OPEN, None)
    assert "reopened" in told(house.counted)
    assert [kind for kind, _, _ in await house.log()][-2:] == [
        ChangeKind.CUSTOMER,
        ChangeKind.STATE,
    ]
    assert (await house.incident(incident)).state is IncidentState.RESOLVED


async def test_an_agent_who_reopens_a_ticket_wakes_no_incident(
    file_store: Store, tracker: RtHouse
) -> None:
    house, sync = await following(file_store, tracker.system)
    incident, record = await opened(house)
    await house.recovers(incident)
    await house.works()
    await sync.turn()
    before = await house.incident(incident)
    await tracker.people.turn("dana", ref(record), TicketState.OPEN)
    await tracker.people.take("dana", ref(record))
    await tracker.people.reply("dana", ref(record), "Tell us if it comes back.")
    await sync.turn()
    (record,) = await house.tickets(incident)
    assert (record.state, record.owner) == (TicketState.OPEN, "ana")
    assert (await house.incident(incident)).state is before.state
    assert "reopened" not in told(house.counted)  # we correct ourselves
