"""Does `responder oncall` show who is on call, draw the coming days, and change them?"""

import os
import pwd
from collections.abc import AsyncIterator
from pathlib import Path

import click
import pytest
import structlog

from responder.cli.rota_chart import drawn
from tests.responder.cli.asking import call
from tests.responder.cli.conftest import Desk
from tests.responder.web.duty import ROTAS, START, company, on_duty

GAP = ROTAS.replace('"19:00", to: "07:00"', '"19:00", to: "07:00", days: [mon, wed, fri, sat, sun]')
RR = "rapid-response"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A shell beside a company with rotas."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    async with on_duty(tmp_path, rotas=GAP) as (stage, clock):
        yield Desk(stage, clock)


async def said(desk: Desk, *words: object) -> list[str]:
    result = await desk.call("oncall", *words)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


async def test_without_a_verb_it_says_who_is_on_call_and_who_comes_next(desk: Desk) -> None:
    assert await said(desk) == [
        "rapid-response (Europe/Sofia, team rapid-response)",
        "  now   clara (nights) until Sun 22 Nov 07:00",
        "  then  ana from Sun 22 Nov 07:00",
        "",
        "hardware (UTC)",
        "  now   nobody, and nobody is promised",
        "  then  dora from Mon 23 Nov 08:00",
    ]


async def test_another_time_and_a_gap_are_loud(desk: Desk) -> None:
    lines = await said(desk, "--at", "2026-11-24T20:00:00Z", "--rota", RR)
    assert lines[1] == (
        "  now   NOBODY: a GAP until Wed 25 Nov 07:00. Pages go to the team rapid-response"
    )
    assert (await said(desk, "--team", RR))[0].startswith(RR)


async def test_the_coming_days_are_a_line_each_with_a_bar_a_shift(desk: Desk) -> None:
    await desk.call("oncall", "override", RR, "dora", "--from", "2026-11-23T10:00:00Z",
                    "--for", "3h", "--instead-of", "boris", "--reason", "dentist")  # fmt: skip
    lines = await said(desk, "--next", "3d", "--rota", RR)
    assert lines[4:] == [
        "            00    03    06    09    12    15    18    21",
        ">Sun 22 Nov |clara--------|ana--------------------|boris----",
        " Mon 23 Nov |boris--------|boris----|dora*|boris--|clara----",
        "                                |clara----------",
        " Tue 24 Nov |clara--------|ana--------------------!! GAP !!!",
        "                                |clara----------",
        " Wed 25 Nov !!!! GAP !!!!!|boris------------------|boris----",
        "* dora instead of boris, Mon 23 Nov 12:00 to Mon 23 Nov 15:00"
        f" (change 1 by {pwd.getpwuid(os.getuid()).pw_name}): dentist",
        "! GAP: nobody is on call, Tue 24 Nov 19:00 to Wed 25 Nov 07:00",
    ]


async def test_programs_get_what_the_api_says(desk: Desk) -> None:
    told = await desk.told("oncall", "--next", "14d")
    assert told["source"] == "daemon"
    assert [one["rota"] for one in told["rotas"]] == [RR, "hardware"]
    assert len(told["rotas"][0]["gaps"]) == 4  # two Tuesdays, two Thursdays


def test_without_a_daemon_the_file_is_read_and_that_is_said(tmp_path: Path) -> None:
    file = company(tmp_path)
    result = call("oncall", "--at", "2026-11-22T03:10:00Z", "-c", file)
    assert result.exit_code == 0
    assert "now   clara (nights) until Sun 22 Nov 07:00" in result.stdout
    assert "no responder runs here" in result.stderr
    result = call("oncall", "--rota", "x", "-c", file)
    assert (result.exit_code, "there are: rapid-response, hardware" in result.stderr) == (1, True)
    result = call("oncall", "hours", "--since", "2026-11-16T00:00:00Z", "-c", file)
    assert "ana     2026-W47  48     0       1               -" in result.stdout


async def test_two_swap_and_it_is_taken_back(desk: Desk) -> None:
    words = ("oncall", "swap", RR, "ana", "2026-11-22T10:00:00Z", "boris", "2026-11-23T10:00:00Z")
    result = await desk.call(*words)
    sunday, monday = (f"2026-11-{day} 05:00 to 2026-11-{day} 17:00 UTC" for day in (22, 23))
    assert result.stdout.splitlines() == [
        f"change 1: boris in rapid-response instead of ana, {sunday}",
        f"change 2: ana in rapid-response instead of boris, {monday}",
    ]
    listed = await said(desk, "overrides", "--rota", RR)
    assert [line.split()[0] for line in listed] == ["ID", "0", "1", "2"]
    assert listed[2].endswith("  swap")
    assert (await desk.call("oncall", "cancel", "1")).stdout == "change 1 is taken back\n"
    assert len(await said(desk, "overrides")) == 2
    assert "no change 1" in await desk.refused("oncall", "cancel", "1")


async def test_what_makes_no_sense_is_refused_in_the_daemons_words(desk: Desk) -> None:
    told = await desk.refused("oncall", "override", RR, "otto", "--for", "1h")
    assert told == "otto has no methods: a page cannot reach this person"
    assert "no rota is called" in await desk.refused("oncall", "--rota", "x")
    result = await desk.call("oncall", "override", RR, "dora")
    assert result.exit_code == 2


def test_options_before_a_verb_are_no_secret_nothing(tmp_path: Path) -> None:
    result = call("oncall", "-c", company(tmp_path), "who")
    assert result.exit_code == 2
    assert "options come after who" in result.stderr


def chart(*, colours: bool, columns: int = 80) -> list[str]:
    rota = {
        "zone": "Europe/Sofia",
        "starts_at": "2026-10-24T21:00:00Z",
        "ends_at": "2026-10-25T22:00:00Z",
        "shifts": [
            {
                "layer": "days",
                "person": "an\x1b[31ma",
                "instead_of": None,
                "starts_at": "2026-10-24T21:00:00Z",
                "ends_at": "2026-10-25T10:00:00Z",
            }
        ],
        "gaps": [{"starts_at": "2026-10-25T10:00:00Z", "ends_at": "2026-10-25T22:00:00Z"}],
        "away": [
            {
                "person": "ana",
                "starts_at": "2026-10-25T10:00:00Z",
                "ends_at": "2026-10-25T12:00:00Z",
                "why": "holidays",
                "covered": False,
            }
        ],
        "overrides": [],
    }
    return list(drawn(rota, columns=columns, at=START, colours=colours))


def test_the_long_night_says_so_and_foreign_words_are_harmless() -> None:
    head, day, away, gap = chart(colours=False)
    assert day == " Sun 25 Oct |an[31ma----------------!!!!!!!!! GAP !!!!!!!!!!  25 h"
    assert head.endswith("18    21")
    assert away.startswith("~ ana is away (holidays), Sun 25 Oct 12:00 to Sun 25 Oct 14:00: NOBODY")
    assert gap.startswith("! GAP")


def test_colours_add_nothing_that_must_be_seen() -> None:
    plain, coloured = chart(colours=False), chart(colours=True)
    assert [click.unstyle(line) for line in coloured] == plain
    assert coloured != plain
    assert chart(colours=False, columns=200)[0].index("03") == 12 + 3 * 6
