"""Does what people do in another ticket system come home, each act once?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from alerts.model import DAEMON
from playbooks.outside import OutsideError
from playbooks.ports import Change, TicketRef
from responder.judge import judge
from responder.store import Store, cursors, kpis
from responder.store import tickets as rows
from responder.sync import HELD_FOR, Sync
from responder.tickets.desk import Desk
from responder.values import TicketRecord
from tests.contracts.house_rt import RtHouse
from tests.responder.desk.company import PLAN, Company, add_ticket, company
from tests.responder.desk.followed import PEOPLE, following
from tests.responder.desk.tickets import ANA, JOHN, OPENED, change, minutes, ticket, told


@dataclass
class Elsewhere(Desk):
    """A ticket system that tells what a test has it tell, from number to number."""

    def __init__(self, store: Store, *changes: Change) -> None:
        super().__init__(store)
        self.told = list(changes)
        self.away = False

    async def changes(self, cursor: str) -> tuple[Sequence[Change], str]:
        if self.away:
            raise OutsideError("elsewhere: connection refused", transient=True)
        start = int(cursor or 0)
        return self.told[start:], str(len(self.told))


@dataclass
class Home:
    """What follows an Elsewhere. `counted`: the figures that reached the counters."""

    store: Store
    elsewhere: Elsewhere
    house: Company
    counted: dict[str, float] = field(default_factory=dict)
    due: int = 0
    polls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sync = self.restarted()

    def restarted(self) -> Sync:
        """A new process follows the same store."""
        return Sync(
            self.store,
            self.elsewhere,
            plan=lambda: PLAN,
            people=lambda: PEOPLE,
            clock=self.house.clock,
            counted=lambda figures: self.counted.update(told(tuple(figures))),
            due=self._due,
            polled=self.polls.append,
        )

    def _due(self) -> None:
        self.due += 1

    async def tells(self, *changes: Change) -> None:
        """People do something, and we poll."""
        self.elsewhere.told += changes
        await self.sync.turn()

    async def record(self, number: int = 7) -> TicketRecord:
        """Our record."""
        found = await self.store.read(rows.by_id, number)
        assert found is not None
        return found


@pytest.fixture
async def home(store: Store) -> Home:
    """Ticket 42 over there is ours; it is 03:40."""
    house = company(store)
    house.clock.move(minutes=30)
    await house.store.write(add_ticket, ticket(system="desk", ref="42", level="level-1"))
    return Home(store, Elsewhere(store), house)


async def test_what_people_do_there_is_told_here_by_our_names(home: Home) -> None:
    await home.tells(
        change("owner", replace(ANA, name="dana"), at=5, id="1", owner="albert"),
        change("reply", replace(ANA, name="zoe"), at=6, id="2", text="The disk is full."),
    )
    record = await home.record()
    assert (record.owner, record.reacted_at, record.replied_at) == ("bob", minutes(5), minutes(6))
    assert [(kind, actor) for kind, actor, _ in await home.house.log(7)] == [
        ("opened", "responder"),
        ("owner", "ana"),
        ("reply", "zoe"),
    ]
    assert home.counted == {"reaction": 5, "first_reply": 6}


async def test_the_same_changes_told_again_change_nothing(home: Home) -> None:
    history = [
        change("owner", at=5, id="1", owner="ana"),
        change("queue", at=6, id="2", queue="level-2"),
        change("state", at=9, id="3", state="solved"),
        change("vote", JOHN, at=10, id="4", score="5"),
    ]
    await home.tells(*history)
    first, log = await home.record(), await home.house.log(7)
    home.counted.clear()
    await home.store.write(cursors.move, "tickets/desk", "0", now=OPENED)
    await home.restarted().turn()
    assert (await home.record(), await home.house.log(7)) == (first, log)
    assert home.counted == {}


async def test_the_same_change_twice_in_one_poll_is_taken_once(home: Home) -> None:
    one = change("note", at=5, id="1", text="Load is 80.")
    await home.tells(one, one)
    assert len(await home.house.log(7)) == 2


async def test_a_restart_goes_on_where_it_stood(home: Home) -> None:
    await home.tells(change("note", at=5, id="1"))
    home.elsewhere.told.append(change("note", at=6, id="2"))
    await home.restarted().turn()
    assert await home.store.read(cursors.read, "tickets/desk") == "2"
    assert len(await home.house.log(7)) == 3


@pytest.mark.parametrize("kind", ["opened", "note", "reply"])
async def test_our_own_words_are_not_taken_in_again(home: Home, kind: str) -> None:
    await home.tells(change(kind, DAEMON, at=5, id="1", text="All alerts ended."))
    assert len(await home.house.log(7)) == 1
    assert await home.store.read(cursors.read, "tickets/desk") == "1"


async def test_how_we_set_a_ticket_is_taken_in_with_what_people_do(home: Home) -> None:
    await home.tells(
        change("state", at=5, id="1", state="solved"),
        change("state", DAEMON, at=6, id="2", state="open"),
    )
    assert (await home.record()).state == "open"


async def test_a_ticket_system_that_is_away_is_asked_again(home: Home) -> None:
    home.elsewhere.away = True
    await home.tells(change("note", at=5, id="1"))
    home.elsewhere.away = False
    assert home.polls == ["failed"]
    await home.sync.turn()
    assert len(await home.house.log(7)) == 2


async def test_a_system_without_changes_is_left_alone(file_store: Store) -> None:
    house = company(file_store)
    desk = Desk(file_store)
    sync = Sync(file_store, desk, plan=lambda: PLAN, people=dict, clock=house.clock)
    await sync.turn()
    assert await file_store.read(cursors.read, "tickets/desk") == ""


async def test_a_merged_ticket_is_followed(home: Home) -> None:
    there = TicketRef("rt", "50")
    await home.tells(
        replace(change("note", at=3, id="1"), ticket=there),  # of a ticket that was none of ours
        change("note", at=4, id="2"),
        change("merged", at=5, id="3", into="50"),
        replace(change("owner", at=7, id="4", owner="ana"), ticket=there),
    )
    record = await home.record()
    assert (record.ref, record.gone, record.owner) == ("50", "", "ana")
    assert record.reacted_at == minutes(4)
    assert [kind for kind, _, _ in await home.house.log(7)] == ["opened", "note", "merged", "owner"]


async def test_a_ticket_merged_into_another_of_ours_counts_nowhere(home: Home) -> None:
    other = ticket(id=8, key="f00-8/ticket", system="desk", ref="50")
    await home.store.write(add_ticket, other)
    await home.tells(change("owner", at=2, id="1", owner="ana"))
    await home.tells(change("merged", at=5, id="2", into="50"))
    await home.tells(
        replace(change("reply", at=9, id="3", text="Done."), ticket=TicketRef("rt", "50"))
    )
    lost, kept = await home.record(7), await home.record(8)
    assert (lost.ref, lost.gone, kept.gone) == ("50", "merged", "")
    assert (lost.replied_at, kept.replied_at) == (None, minutes(9))
    summary = await home.store.read(kpis.summary, since=OPENED, until=minutes(99))
    assert {
        (one.figure, one.count) for one in summary if one.figure != "opened/hosting/monitoring"
    } == {
        ("reaction", 1),
        ("first_reply", 1),
    }


async def test_whoever_works_on_a_merged_ticket_answers_both_incidents(home: Home) -> None:
    house = home.house
    await house.breaks("web1")
    await house.breaks("web2")
    for number, ref in ((1, "60"), (2, "61")):
        one = ticket(id=10 + number, key=f"k{number}", system="desk", ref=ref, incident=number)
        await home.store.write(add_ticket, one)
    await home.tells(
        replace(change("merged", at=31, id="1", into="61"), ticket=TicketRef("rt", "60")),
        replace(change("owner", at=32, id="2", owner="ana"), ticket=TicketRef("rt", "61")),
    )
    states = [(await house.incident(number)).state for number in (1, 2)]
    assert states == ["acknowledged", "acknowledged"]


async def test_an_act_on_the_ticket_acknowledges_its_incident_at_its_time(home: Home) -> None:
    house = home.house
    await house.breaks()
    one = ticket(id=11, key="k", system="desk", ref="60", incident=1)
    await home.store.write(add_ticket, one)
    house.clock.move(minutes=10)
    act = change("owner", at=33, id="1", owner="ana")
    await home.tells(replace(act, ticket=TicketRef("rt", "60")))
    incident = await house.incident()
    assert (incident.state, incident.acknowledged_by) == ("acknowledged", "ana")
    assert incident.acknowledged_at == minutes(33)
    assert (home.counted["ack"], home.due) == (3, 0)


async def test_a_change_of_an_unknown_ticket_waits_while_one_is_being_opened(home: Home) -> None:
    house = home.house
    incident = await house.breaks()
    strange = replace(change("owner", at=30, id="2", owner="ana"), ticket=TicketRef("rt", "99"))
    await home.tells(change("note", at=29, id="1"), strange)
    assert await home.store.read(cursors.read, "tickets/desk") == ""
    assert len(await house.log(7)) == 2  # what is known is taken in meanwhile
    opened = ticket(id=8, key=f"{incident.ref}/ticket", system="desk", ref="99", incident=1)
    await home.store.write(add_ticket, opened)
    await home.sync.turn()
    assert (await home.record(8)).owner == "ana"
    assert (await house.incident()).acknowledged_by == "ana"
    assert await home.store.read(cursors.read, "tickets/desk") == "2"
    assert len(await house.log(7)) == 2


async def test_an_unknown_ticket_holds_nothing_for_ever(home: Home) -> None:
    await home.house.breaks()
    strange = replace(change("note", at=30, id="1"), ticket=TicketRef("rt", "99"))
    await home.tells(strange)
    home.house.clock.move(seconds=HELD_FOR / timedelta(seconds=1))
    await home.sync.turn()
    assert await home.store.read(cursors.read, "tickets/desk") == "1"


async def test_an_unknown_ticket_holds_nothing_when_none_is_being_opened(home: Home) -> None:
    await home.tells(replace(change("note", at=30, id="1"), ticket=TicketRef("rt", "99")))
    assert await home.store.read(cursors.read, "tickets/desk") == "1"


# With a Request Tracker


async def test_a_technician_of_request_tracker_answers_the_incident(
    file_store: Store, tracker: RtHouse
) -> None:
    house, sync = await following(file_store, tracker.system)
    await house.breaks()
    await house.works()
    (record,) = await house.tickets()
    ref, people = TicketRef("rt", record.ref), tracker.people
    await people.take("dana", ref)
    await people.reply("dana", ref, "We are on it.", useful="no")
    await people.reply("dana", ref, "The disk was full.", useful="yes")
    await people.change("dana", ref, Status="resolved")
    house.clock.move(minutes=20)
    await sync.turn()
    (record,) = await house.tickets()
    assert (record.owner, record.state, record.solved_by) == ("ana", "solved", "rapid-response")
    assert (await house.incident()).acknowledged_by == "ana"
    assert [(kind, actor) for kind, actor, _ in await house.log()] == [
        ("opened", "responder"),
        ("owner", "ana"),
        ("reply", "ana"),
        ("state", "RT_System"),
        ("reply", "ana"),
        ("state", "ana"),
    ]
    assert {"reaction", "first_reply", "solved", "ack"} <= told(house.counted).keys()
    assert list(told(await file_store.write(judge, now=house.clock.now()))) == ["useful_response"]


async def test_what_the_daemon_solves_in_request_tracker_is_automation(
    file_store: Store, tracker: RtHouse
) -> None:
    house, sync = await following(file_store, tracker.system)
    await house.breaks()
    await house.works()
    await house.recovers()
    await house.works()
    await sync.turn()
    (record,) = await house.tickets()
    assert (record.state, record.solved_by) == ("solved", "automation")
    assert "solved" in told(house.counted)
    assert [kind for kind, _, _ in await house.log()] == ["opened", "note", "note", "state"]


async def test_a_ticket_deleted_in_request_tracker_is_opened_again_once(
    file_store: Store, tracker: RtHouse
) -> None:
    house, sync = await following(file_store, tracker.system)
    await house.breaks()
    await house.works()
    (record,) = await house.tickets()
    await tracker.people.change("root", TicketRef("rt", record.ref), Status="deleted")
    await house.decide("noted", 1, ANA, words="The switch is dead.")
    await house.works()
    (again,) = await house.tickets()
    assert again.ref != record.ref
    assert (await tracker.system.read(TicketRef("rt", again.ref))).state == "new"
    await sync.turn()
    assert (await house.incident()).state == "open"
