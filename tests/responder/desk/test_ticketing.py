"""Does every incident get its one ticket, told what happens, and solved when nobody has it?"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.model import Category, Priority, person
from playbooks.client import open_session
from playbooks.ports import Page, Receipt, TicketState
from responder import deskwork as desk
from responder import watch
from responder.emulators import ticket_book
from responder.emulators.ticket_faults import Fault
from responder.emulators.tickets import TicketEmulator
from responder.links import Links
from responder.outbox import Runner
from responder.paging.delivery import Pager, Ways
from responder.paging.smtp import EmailMethod
from responder.secrets import Secret
from responder.store import Store, outbox, quiet
from responder.store import tickets as rows
from responder.tickets.rt import RequestTracker
from responder.tickets.rt_settings import RtTickets
from responder.values import EffectKind, OutboxState
from tests.responder.desk.company import PLAN, Company, company, effects
from tests.responder.desk.tickets import ANA, BOB, OPENED, minutes, told


@pytest.fixture
def house(store: Store) -> Company:
    """The company with the built-in desk."""
    return company(store)


@pytest.fixture
async def emulator() -> AsyncIterator[TicketEmulator]:
    """A Request Tracker that fails as it is told."""
    emulator = TicketEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def tracked(store: Store, emulator: TicketEmulator) -> AsyncIterator[Company]:
    """The company with a Request Tracker."""
    async with open_session() as session:
        settings = RtTickets.model_validate(
            {
                "system": "rt",
                "url": emulator.url,
                "token_file": Secret.of(emulator.token),
                "quiet_seconds": 5,
                "within_seconds": 0.5,
                "settle_seconds": 0,
            }
        )
        yield company(store, RequestTracker(settings, session))


async def test_a_critical_incident_has_one_ticket_at_the_rapid_response_desk(
    house: Company,
) -> None:
    await house.breaks(title="web1 does not answer")
    await house.works()
    (ticket,) = await house.tickets()
    assert (ticket.queue, ticket.priority, ticket.state) == ("rapid-response", "critical", "new")
    assert (ticket.system, ticket.incident, ticket.brand, ticket.server) == (
        "desk",
        1,
        "acme",
        "web1",
    )
    assert (ticket.channel, ticket.detected_at) == ("monitoring", OPENED)
    assert ticket.subject == f"web1 does not answer [INC {(await house.incident()).ref}]"
    (opened,) = await house.log()
    assert opened[:2] == ("opened", "responder")
    for fact in ("Server: web1", "Place: fra1, r7", "Paged: ana, bob", "https://r.example.net"):
        assert fact in opened[2]


@pytest.mark.parametrize(
    ("category", "priority", "queue"),
    [
        (Category.HOSTING, Priority.HIGH, "level-1"),
        (Category.SALES, Priority.MEDIUM, "sales-billing"),
        (Category.BILLING, Priority.MEDIUM, "sales-billing"),
        (Category.ABUSE, Priority.MEDIUM, "abuse"),
    ],
)
async def test_each_category_has_its_desk(
    file_store: Store, category: Category, priority: Priority, queue: str
) -> None:
    house = company(file_store)
    await house.breaks(category=category, priority=priority)
    await house.works()
    assert [ticket.queue for ticket in await house.tickets()] == [queue]


async def test_an_opened_ticket_is_counted_once(house: Company) -> None:
    await house.breaks()
    await house.works()
    assert list(told(house.counted)) == ["opened/critical/monitoring"]


async def test_a_ticket_opened_before_a_crash_is_found_and_not_opened_again(
    tracked: Company, emulator: TicketEmulator
) -> None:
    await tracked.breaks()
    emulator.faults.next = [Fault.RESET]
    await tracked.works()
    assert (len(emulator.tickets), await tracked.tickets()) == (1, [])
    tracked.clock.move(seconds=10)
    await tracked.works()
    assert len(emulator.tickets) == 1
    (ticket,) = await tracked.tickets()
    assert (ticket.system, ticket.ref) == ("rt", str(emulator.tickets[0].id))
    assert list(told(tracked.counted)) == ["opened/critical/monitoring"]


async def test_a_desk_ticket_whose_marking_was_lost_is_the_same_ticket(house: Company) -> None:
    incident = await house.breaks()
    job = await house.claimed(f"{incident.ref}/ticket")
    await house.handler.perform(job)  # and here the process dies
    house.clock.move(minutes=5)
    await house.works()
    (ticket,) = await house.tickets()
    assert (ticket.id, ticket.opened_at) == (1, OPENED)
    assert await house.state_of(f"{incident.ref}/ticket") is OutboxState.DONE


async def test_the_ticket_hears_what_people_say_about_the_incident(house: Company) -> None:
    await house.breaks()
    await house.works()
    await house.decide("noted", 1, person("mira"), words="The switch is dead.")
    await house.decide("acknowledged", 1, ANA)
    await house.works()
    assert [words for kind, _, words in await house.log() if kind == "note"] == [
        "mira wrote:\n\nThe switch is dead.",
        "Acknowledged by ana.",
    ]


async def test_what_becomes_critical_comes_to_the_rapid_response_desk(house: Company) -> None:
    await house.breaks(
        title="web1: certificate is self-signed",
        category=Category.HOSTING,
        priority=Priority.MEDIUM,
    )
    await house.works()
    assert [ticket.queue for ticket in await house.tickets()] == ["level-1"]
    await house.gets_worse(title="web1 is down")
    await house.works()
    (ticket,) = await house.tickets()
    assert ticket.queue == "rapid-response"
    assert [words for kind, _, words in await house.log() if kind == "note"] == [
        "Now critical (severity critical).\n\nweb1 is down"
    ]


async def test_a_request_tracker_moves_what_becomes_critical_once(
    tracked: Company, emulator: TicketEmulator
) -> None:
    await tracked.breaks(category=Category.HOSTING, priority=Priority.MEDIUM)
    await tracked.works()
    emulator.faults.next = [Fault.RESET]
    await tracked.gets_worse(title="web1 is down")
    await tracked.works()
    tracked.clock.move(seconds=10)
    await tracked.works()
    assert [one.queue for one in emulator.tickets] == ["rapid-response"]


async def test_a_note_written_before_a_crash_is_not_written_again(
    tracked: Company, emulator: TicketEmulator
) -> None:
    await tracked.breaks()
    await tracked.works()
    await tracked.decide("noted", 1, person("mira"), words="The switch is dead.")
    emulator.faults.next = [Fault.RESET]
    await tracked.works()
    tracked.clock.move(seconds=10)
    await tracked.works()
    said = [one.text for one in emulator.book.transactions if one.type == "Comment"]
    assert [text.count("The switch is dead.") for text in said] == [1]
    assert [kind for kind, _, _ in await tracked.log()] == ["opened", "note"]


async def test_an_acknowledgement_before_the_ticket_is_a_reaction_to_it(house: Company) -> None:
    await house.breaks()
    house.clock.move(minutes=2)
    await house.decide("acknowledged", 1, ANA)
    house.clock.move(minutes=3)
    await house.works()
    (ticket,) = await house.tickets()
    assert (ticket.opened_at, ticket.reacted_at) == (minutes(5), minutes(2))
    assert told(house.counted)["reaction"] == 2


async def test_an_acknowledged_page_is_a_reaction_to_the_ticket(house: Company) -> None:
    await house.breaks()
    await house.works()
    house.clock.move(minutes=4)
    saved = await house.decide("acknowledged", 1, ANA)
    assert {(one.about, one.figure, one.seconds) for one in saved.figures} == {
        ("incident:1", "ack", 240),
        ("ticket:1", "reaction", 240),
    }
    again = await house.decide("noted", 1, BOB, words="I help.")
    assert again.figures == ()


async def test_what_nobody_has_is_solved_by_the_daemon(house: Company) -> None:
    await house.breaks()
    await house.works()
    await house.recovers()
    await house.works()
    (ticket,) = await house.tickets()
    assert (ticket.state, ticket.solved_by) == (TicketState.SOLVED, "automation")
    kinds = [(kind, actor) for kind, actor, _ in await house.log()]
    assert kinds[-2:] == [("note", "responder"), ("state", "responder")]
    assert {one.by for one in house.counted if one.figure in ("solved", "reaction/automation")} == {
        "automation"
    }
    assert "reaction" not in told(house.counted)


async def test_whoever_has_the_ticket_solves_it_himself(house: Company) -> None:
    await house.breaks()
    await house.works()
    await house.store.write(desk.take, 1, by=house.by())
    await house.recovers()
    await house.works()
    (ticket,) = await house.tickets()
    assert (ticket.state, ticket.owner) == (TicketState.OPEN, "ana")
    assert "left to whoever works on it" in (await house.log())[-1][2]


async def test_a_ticket_solved_by_a_person_is_left_alone(house: Company) -> None:
    await house.breaks()
    await house.works()
    await house.store.write(desk.solve, 1, "Changed the disk.", by=house.by())
    assert (await house.incident()).active
    await house.recovers()
    await house.works()
    (ticket,) = await house.tickets()
    assert (ticket.solved_by, ticket.solved_at) == ("rapid-response", OPENED)
    assert [words for kind, _, words in await house.log() if kind == "state"] == [
        "Changed the disk."
    ]


async def test_a_solve_is_dropped_when_the_trouble_is_back(house: Company) -> None:
    incident = await house.breaks()
    await house.works()
    await house.recovers()
    await house.returns()
    await house.works()
    (ticket,) = await house.tickets()
    assert ticket.state is TicketState.NEW
    assert await house.state_of(f"{incident.ref}/solve/1") is OutboxState.DROPPED
    assert (await house.log())[-1][2].startswith("It is back.")


async def test_a_trouble_that_returns_reopens_its_ticket(house: Company) -> None:
    await house.breaks()
    await house.works()
    await house.recovers()
    await house.works()
    house.clock.move(minutes=30)
    await house.returns()
    await house.works()
    (ticket,) = await house.tickets()
    assert (ticket.state, ticket.solved_at) == (TicketState.OPEN, None)
    assert "reopened" not in told(house.counted)


async def test_a_ticket_waits_while_its_incident_is_muted(house: Company) -> None:
    incident = await house.breaks()
    await plan_work(house, minutes_long=60)
    await house.works()
    assert await house.tickets() == []
    house.clock.move(minutes=60)
    await house.store.write(watch.mute_anew, plan=PLAN, now=house.clock.now())
    await house.works()
    assert len(await house.tickets()) == 1
    assert await house.state_of(f"{incident.ref}/ticket") is OutboxState.DONE


async def test_what_was_over_before_its_mute_needs_no_ticket_until_it_returns(
    house: Company,
) -> None:
    incident = await house.breaks()
    await plan_work(house, minutes_long=60)
    await house.works()
    await house.recovers()
    await house.works()
    assert await house.tickets() == []
    assert await house.state_of(f"{incident.ref}/ticket") is OutboxState.DROPPED
    assert await house.state_of(f"{incident.ref}/solve/1") is OutboxState.DROPPED
    house.clock.move(hours=1)
    await house.store.write(watch.mute_anew, plan=PLAN, now=house.clock.now())
    await house.returns()
    await house.works()
    (ticket,) = await house.tickets()
    assert ticket.key == f"{incident.ref}/ticket"


async def test_a_deleted_ticket_is_opened_again_once(
    tracked: Company, emulator: TicketEmulator
) -> None:
    incident = await tracked.breaks()
    await tracked.works()
    emulator.book.tickets.clear()
    await tracked.decide("noted", 1, person("mira"), words="The switch is dead.")
    await tracked.works()
    (ticket,) = await tracked.tickets()
    assert (ticket.id, ticket.key) == (2, f"{incident.ref}/ticket/again")
    told_there = emulator.book.transactions[-1].text
    assert told_there.startswith("Ticket 1 about this was deleted; this one replaces it.")
    lost = await tracked.store.read(rows.by_id, 1)
    assert lost is not None
    assert lost.gone == "deleted"
    emulator.book.tickets.clear()
    await tracked.decide("acknowledged", 1, ANA)
    await tracked.works()
    assert emulator.tickets == ()
    assert [ticket.id for ticket in await tracked.tickets()] == [2]


async def test_a_refused_token_holds_all_tickets_and_pages_once_a_day(
    tracked: Company, emulator: TicketEmulator
) -> None:
    token, emulator.token = emulator.token, "1-14-another"
    incident = await tracked.breaks("web1")
    await tracked.breaks("web2")
    for _ in range(3):
        await tracked.works()
        tracked.clock.move(hours=1)
    assert tracked.ended == {}
    assert await alarms(tracked) == ["refused/rt/2026-11-21/ana/0", "refused/rt/2026-11-21/bob/0"]
    emulator.token = token
    await tracked.works()
    assert await tracked.state_of(f"{incident.ref}/ticket") is OutboxState.DONE
    assert len(emulator.tickets) == 2


async def test_dead_letters_page_once_an_hour_for_all_tickets(
    tracked: Company, emulator: TicketEmulator
) -> None:
    for server in ("web1", "web2"):  # there is no queue abuse
        await tracked.breaks(server, category=Category.ABUSE, priority=Priority.HIGH)
    await tracked.works()
    assert set(tracked.ended.values()) == {"dead"}
    assert await alarms(tracked) == [
        "dead-letter/rt/2026-11-21T03/ana/0",
        "dead-letter/rt/2026-11-21T03/bob/0",
    ]
    tracked.clock.move(hours=1)
    await tracked.breaks("web3", category=Category.ABUSE, priority=Priority.HIGH)
    await tracked.works()
    assert len(await alarms(tracked)) == 4


async def test_the_page_about_dead_letters_says_what_is_wrong(
    tracked: Company, emulator: TicketEmulator
) -> None:
    emulator.token = "1-14-another"
    await tracked.breaks()
    await tracked.works()
    phone = Phone()
    ana = {"ana": [EmailMethod(kind="email", to="ana@example.net")]}
    pager = Pager(
        tracked.store,
        ways=Ways(ana, {"email": phone}, PLAN.inventory),
        links=Links(b"key", url="https://r.example.net"),
        clock=tracked.clock,
    )
    runner = Runner(tracked.store, [pager], member="one", clock=tracked.clock, watcher=tracked)
    await runner.turn()
    await runner.settle()
    (page,) = [one for one in phone.pages if one.event == "dead-letter"]
    assert page.title == (
        "UNDELIVERED: web1: Request Tracker answered 401: it does not accept our token; is"
        " token_file right and our user enabled?"
    )


class Phone:
    """Whoever is paged reads this."""

    keyed = True

    def __init__(self) -> None:
        self.pages: list[Page] = []

    async def page(self, page: Page, method: EmailMethod) -> Receipt:
        self.pages.append(page)
        return Receipt()


async def test_a_note_waits_for_a_ticket_that_could_not_be_opened(
    tracked: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = await tracked.breaks(category=Category.ABUSE, priority=Priority.HIGH)
    await tracked.decide("noted", 1, person("mira"), words="The switch is dead.")
    await tracked.works()
    assert await tracked.state_of(f"{incident.ref}/ticket") is OutboxState.DEAD
    assert await tracked.state_of(f"{incident.ref}/note/2") is OutboxState.DUE
    monkeypatch.setitem(ticket_book.QUEUES, "abuse", 8)  # somebody creates it
    await tracked.store.write(outbox.revive, ids=None, now=tracked.clock.now())
    tracked.clock.move(seconds=30)
    await tracked.works()
    assert await tracked.state_of(f"{incident.ref}/note/2") is OutboxState.DONE


async def test_what_waits_in_vain_for_three_days_is_a_dead_letter(
    tracked: Company, emulator: TicketEmulator
) -> None:
    emulator.token = "1-14-another"
    incident = await tracked.breaks()
    await tracked.decide("noted", 1, person("mira"), words="The switch is dead.")
    await tracked.works()
    tracked.clock.move(hours=72)
    await tracked.works()
    assert await tracked.state_of(f"{incident.ref}/note/3") is OutboxState.DEAD


async def test_a_ticket_system_that_is_away_is_asked_for_three_days(
    tracked: Company, emulator: TicketEmulator
) -> None:
    await emulator.stop()
    incident = await tracked.breaks()
    await tracked.works()
    assert await tracked.state_of(f"{incident.ref}/ticket") is OutboxState.DUE
    assert await alarms(tracked) == []
    await emulator.start()
    tracked.clock.move(minutes=2)
    await tracked.works()
    assert len(emulator.tickets) == 1


async def test_the_tickets_of_another_system_are_left_alone(tracked: Company) -> None:
    incident = await tracked.breaks()
    await tracked.works()
    (ticket,) = await tracked.tickets()
    await tracked.store.write(rows.change, replace(ticket, system="desk"))
    await tracked.decide("acknowledged", 1, ANA)
    await tracked.works()
    assert tracked.ended[f"{incident.ref}/note/3"] == "dropped"


async def test_the_ticket_of_a_drill_counts_nowhere(house: Company) -> None:
    await house.breaks(drill=True)
    await house.works()
    await house.store.write(desk.take, 1, by=house.by())
    await house.recovers()
    await house.works()
    assert house.counted == []


async def test_hostile_words_stay_words(house: Company) -> None:
    title = "</pre>\r\nX-Header: 1\x01\u202e<script>alert(1)</script> " + "x" * 10_000
    await house.breaks(title=title)
    await house.works()
    (ticket,) = await house.tickets()
    assert len(ticket.subject) <= 200
    assert ticket.subject.endswith(f"[INC {(await house.incident()).ref}]")
    assert ticket.subject.isprintable()


async def plan_work(house: Company, *, minutes_long: float) -> None:
    """Somebody works on web1 from now on, for so long."""
    now = house.clock.now()
    work = {"scope": "server:web1", "reason": "new disk", "by": "mira"}
    ends_at = now + timedelta(minutes=minutes_long)
    await house.store.write(quiet.add_work, starts_at=now, ends_at=ends_at, **work)
    await house.store.write(watch.mute_anew, plan=PLAN, now=now)


async def alarms(house: Company) -> list[str]:
    """The pages about dead letters."""
    pages = await house.store.read(effects, EffectKind.PAGE)
    return [key for key in pages if key.startswith(("dead-letter/", "refused/"))]
