"""A ticket's way through the levels, from a shell: clocks, vendors, questions, what is learnt."""

import json
from typing import get_args

from responder.cli import ticket_levels
from responder.desk.closing_rules import PREVENTIONS
from responder.desk_values import Outcome
from responder.support import tierwork
from tests.responder.cli.conftest import Desk
from tests.responder.cli.test_ticket import opened

UP = ("--reason", "needs_root", "--impact", "high", "--urgency", "low", "--tried", "a reboot")


async def test_its_clocks_and_stays_are_shown(desk: Desk) -> None:
    """R23, R51."""
    number = await opened(desk)
    desk.clock.move(minutes=9)
    await desk.told("ticket", "transfer", number, "level-3", *UP, "--log", "looked")
    told = await desk.told("ticket", "levels", number)
    assert [(one["queue"], one["held_seconds"]) for one in told["stays"]] == [
        ("level-1", 540),
        ("level-3", 0),
    ]
    assert {one["target"] for one in told["clocks"]} >= {"reaction", "useful", "resolution"}
    shown = (await desk.call("ticket", "levels", number)).stdout
    assert "level-1         9 min" in shown


async def test_who_is_asked_outside_is_shown(desk: Desk) -> None:
    """R55, R59."""
    number = await opened(desk)
    await desk.told("ticket", "transfer", number, "level-3", *UP, "--log", "looked")
    asked = await desk.told("ticket", "clarify", number, "Since when?", "--within", "24h")
    assert asked["state"] == "waiting-customer"
    vendor = ("ticket", "vendor", number, "LiteSpeed", "--reference", "LS-1")
    assert (await desk.told(*vendor))["state"] == "waiting-vendor"
    assert "vendor case 1: LiteSpeed LS-1" in (await desk.call("ticket", "levels", number)).stdout
    ended = await desk.told("ticket", "vendor-end", number, 1, "mended in 6.2")
    assert ended["state"] == "open"


async def test_what_the_desk_learns_is_listed(desk: Desk) -> None:
    """R43, R60, R84, R86."""
    number = await opened(desk)
    await desk.told("ticket", "candidate", number)
    listed = await desk.told("ticket", "candidates")
    assert [one["ticket"] for one in listed["tickets"]] == [number]
    await desk.told("ticket", "transfer", number, "level-2", *UP, "--log", "looked")
    passed = await desk.told("ticket", "passed-on", "--days", 3)
    assert [one["how"] for one in passed["tickets"]] == ["escalated"]
    (task,) = (await desk.told("ticket", "scope", "migrate-one", "--accounts", 21))["tasks"]
    assert task["queue"] == "accounts"
    assert "htaccess" in (await desk.call("ticket", "scope")).stdout
    told = await desk.told("ticket", "complaint", number, "Nobody listens.", "--about", "zoe")
    assert told["queue"] == "supervisor"


async def test_everything_that_happened_leaves_as_json_lines(desk: Desk) -> None:
    """R36."""
    number = await opened(desk)
    await desk.told("ticket", "note", number, "looking")
    lines = (await desk.call("ticket", "export", number)).stdout.splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["opened", "note"]


async def test_what_one_has_is_given_back(desk: Desk) -> None:
    """R33."""
    number = await opened(desk)
    await desk.told("ticket", "take", number)
    assert (await desk.told("ticket", "release", number))["owner"] is None
    assert "not yours" in await desk.refused("ticket", "release", number)


def test_the_words_of_the_levels_are_those_of_the_daemon() -> None:
    """They stand twice, so that help need not load what knows them."""
    assert ticket_levels.REASONS == tierwork.REASONS
    assert get_args(tierwork.Grade) == ticket_levels.GRADES
    assert ticket_levels.PREVENTIONS == PREVENTIONS
    assert set(ticket_levels.OUTCOMES) < {str(one) for one in Outcome}
