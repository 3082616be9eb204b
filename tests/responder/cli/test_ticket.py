"""Can an agent work a ticket from a shell, from the call that opened it to the customer's vote?"""

import getpass
from pathlib import Path

from alerts.model import Category, Priority
from playbooks.ports import TicketState
from responder.cli import incident, ticket
from responder.clock import HandClock
from responder.kpi.figures import CHANNELS
from responder.values import IncidentState
from tests.require import free_port
from tests.responder.cli.conftest import START, Desk
from tests.stories.brands import ANNA, BRANDS
from tests.stories.stage import begin, firing, write_config

ME = getpass.getuser()


def test_the_words_are_those_of_the_daemon() -> None:
    """They stand twice, so that help need not load what knows them."""
    assert tuple(TicketState) == ticket.STATES
    assert tuple(Category) == ticket.CATEGORIES
    assert tuple(Priority) == ticket.PRIORITIES == incident.PRIORITIES
    assert ticket.CHANNELS == CHANNELS
    assert ("active", *IncidentState) == incident.STATES


async def opened(desk: Desk, *words: str) -> str:
    told = await desk.told("ticket", "open", "no mail", "Nothing comes in since noon.", *words)
    number: str = told["id"]
    return number


async def test_a_call_becomes_a_ticket(desk: Desk) -> None:
    number = await opened(desk, "--for", "Mrs Moss", "--priority", "high", "--server", "web1")
    told = await desk.told("ticket", "show", number)
    facts = ("subject", "channel", "priority", "queue", "state", "owner", "server")
    assert [told[fact] for fact in facts] == [
        "no mail", "phone", "high", "level-1", "new", None, "web1",
    ]  # fmt: skip
    (event,) = told["events"]
    assert event["actor"] == {"kind": "person", "name": ME}
    lines = (await desk.call("ticket", "show", number)).stdout.splitlines()
    assert lines[0] == f"ticket {number}: no mail"
    assert "queue:     level-1" in lines


async def test_r9_who_asks_what_and_whose_customer_he_is_is_shown(tmp_path: Path) -> None:
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=BRANDS))
    order = {"subject": "Invoice", "text": "Which one?", "caller": ANNA, "category": "billing"}
    status, _ = await stage.ask("POST", "/api/v1/requests", body=order)
    shown = (await Desk(stage, HandClock(START)).call("ticket", "show", 1)).stdout.splitlines()
    await stage.daemon.end()
    assert status == 201
    told = ("category:  billing", f"requester: {ANNA}", "brand:     acme (by sender)")
    assert [line for line in shown if line in told] == list(told)


async def test_what_was_written_is_shown_to_its_end_and_in_its_lines(desk: Desk) -> None:
    words = f"Nothing comes in.\r\n\n{'since noon ' * 30}today\n"
    number = (await desk.told("ticket", "open", "no mail", words))["id"]
    shown = (await desk.call("ticket", "show", number)).stdout.splitlines()
    begin = next(at for at, line in enumerate(shown) if "Nothing comes in." in line)
    assert shown[begin].startswith("   1  ")
    assert shown[begin + 1 :] == [f"{' ' * 27}{'since noon ' * 30}today"]


async def test_it_is_taken_answered_moved_and_solved(desk: Desk) -> None:
    number = await opened(desk)
    taken = await desk.call("ticket", "take", number)
    assert taken.stdout == f"ticket {number} is open in level-1, {ME}'s\n"
    await desk.told("ticket", "note", number, "the queue is full")
    desk.clock.move(minutes=7)
    why = await desk.refused("ticket", "move", number, "level-2", "--text", "why was it full?")
    assert "by transfer" in why
    up = ("--reason", "no_solution", "--impact", "low", "--urgency", "low", "--tried", "flushed")
    moved = await desk.told("ticket", "transfer", number, "level-2", *up)
    assert (moved["queue"], moved["level"]) == ("level-2", "level-2")
    replied = await desk.told("ticket", "reply", number, "We have emptied the queue.")
    assert replied["replied_at"] == "2026-11-22T03:17:00.000Z"
    waiting = await desk.told("ticket", "state", number, "waiting-customer")
    assert waiting["state"] == "waiting-customer"
    solved = await desk.told("ticket", "solve", number, "The disk was too small.")
    assert (solved["state"], solved["solved_by"]) == ("solved", "level-2")


async def test_what_went_up_comes_back_and_is_answered(desk: Desk) -> None:
    """R35, R41: over the shell as over the API."""
    number = await opened(desk)
    up = ("--reason", "needs_root", "--impact", "high", "--urgency", "high", "--tried", "flushed")
    assert "nothing that level-1 did" in await desk.refused(
        "ticket", "transfer", number, "level-3", *up
    )
    await desk.told("ticket", "transfer", number, "level-3", *up, "--log", "the disk is full")
    await desk.told("ticket", "review", number)
    told = ("handback", number, "was the disk", "a larger disk")
    assert "prevention" in await desk.refused("ticket", *told)
    back = await desk.told("ticket", *told, "--prevention", "rule", "--why", "alert at 80 %")
    assert (back["queue"], back["state"]) == ("level-1", "answering")
    over = await desk.told("ticket", "answer", number, "There is room.", "--article", "none")
    assert (over["state"], over["solved_by"]) == ("solved", "level-3")


async def test_the_customer_votes_and_a_reply_is_marked(desk: Desk) -> None:
    number = await opened(desk)
    await desk.told("ticket", "reply", number, "We have emptied the queue.")
    shown = (await desk.call("ticket", "show", number)).stdout.splitlines()
    (line,) = (line for line in shown if "We have emptied the queue" in line)
    await desk.told("ticket", "useful", number, line.split()[0], "--yes")
    events = (await desk.told("ticket", "show", number))["events"]
    assert (events[-1]["kind"], events[-1]["data"]["useful"]) == ("useful", "yes")
    opening = await desk.refused("ticket", "useful", number, 1, "--no")
    assert opening == f"line 1 of ticket {number} is no reply"
    await desk.told("ticket", "solve", number, "It was full.", "--article", "none")
    assert (await desk.call("ticket", "vote", number, 5, "--comment", "quick")).exit_code == 0
    assert (await desk.call("ticket", "vote", number, 6)).exit_code == 2


async def test_it_belongs_to_one_person_or_to_nobody(desk: Desk) -> None:
    number = await opened(desk)
    assert (await desk.told("ticket", "assign", number, "ana"))["owner"] == "ana"
    assert await desk.refused("ticket", "take", number) == "ana has it"
    free = await desk.call("ticket", "assign", number, "--nobody")
    assert free.stdout.endswith(", nobody's\n")
    assert (await desk.call("ticket", "assign", number)).exit_code == 2


async def test_the_list_shows_what_is_not_over_unless_it_is_asked_for(desk: Desk) -> None:
    first, second = await opened(desk), await opened(desk)
    await desk.told("ticket", "take", second)
    await desk.told("ticket", "solve", first, "It was full.", "--article", "none")

    async def ids(*words: object) -> list[str]:
        return [one["id"] for one in (await desk.told("ticket", "list", *words))["tickets"]]

    assert await ids() == [second]
    assert await ids("--all") == [second, first]
    assert await ids("--state", "solved") == [first]
    assert await ids("--owner", ME) == [second]
    assert await ids("--queue", "abuse") == []
    part = await desk.told("ticket", "list", "--all", "--limit", 1)
    assert await ids("--all", "--after", part["next"]) == [first]
    head = (await desk.call("ticket", "list")).stdout.splitlines()[0]
    assert head.split() == [
        "ID", "REF", "QUEUE", "PRIORITY", "STATE", "OWNER", "SUBJECT", "INCIDENT",
    ]  # fmt: skip


async def test_taking_the_ticket_of_an_incident_acknowledges_it(desk: Desk) -> None:
    await desk.stage.send(firing())
    runner = desk.stage.daemon.world.runner
    await runner.turn()
    await runner.settle()
    ((number, about),) = [
        (one["id"], one["incident"]) for one in (await desk.told("ticket", "list"))["tickets"]
    ]
    await desk.told("ticket", "take", number)
    shown = await desk.told("incident", "show", about)
    assert (shown["state"], shown["acknowledged_by"]) == ("acknowledged", ME)


async def test_what_the_desk_does_not_do_is_said_so(desk: Desk) -> None:
    number = await opened(desk)
    assert "no queue is called level-9" in await desk.refused("ticket", "move", number, "level-9")
    assert await desk.refused("ticket", "take", 99) == "there is no ticket 99"
