"""Does the page of rotas say who is on call now, and draw the fortnight, its gaps loud?"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from responder.clock import HandClock
from responder.rota.chart import A_DAY, Bar
from responder.web.oncall_page import COLUMNS, _cells
from tests.responder.web.duty import ROTAS, on_duty
from tests.responder.web.hostile import CORPUS
from tests.responder.web.reading import Read, read
from tests.stories.stage import RESPONDER, Stage

GAP = ROTAS.replace('"19:00", to: "07:00"', '"19:00", to: "07:00", days: [mon, wed, fri, sat, sun]')


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Stage, HandClock]]:
    async with on_duty(tmp_path, rotas=GAP) as one:
        yield one


@pytest.fixture
def duty(both: tuple[Stage, HandClock]) -> Stage:
    return both[0]


async def page(stage: Stage, path: str = "/oncall") -> Read:
    status, told = await stage.ask("GET", path, token="")
    assert status == 200, told
    return read(told)


async def test_it_says_who_is_on_call_now_and_who_comes_next(duty: Stage) -> None:
    shown = await page(duty)
    assert "clara until Sun 22 Nov 07:00 nights" in shown.text
    assert "Then ana from Sun 22 Nov 07:00." in shown.text
    assert "Nobody is on call now, and nobody is promised." in shown.text
    assert shown.values("h1", "class") == []
    assert "4 gaps in the coming fortnight" in shown.text


async def test_each_day_has_a_row_and_each_row_the_whole_day(duty: Stage) -> None:
    shown = await page(duty)
    assert shown.tags.count("tbody") == 2 * 14
    titles = shown.values("td", "title")
    assert "clara, 00:00 to 07:00, nights" in titles
    assert "GAP, 19:00 to 24:00" in titles
    widths = [int(one) for one in shown.values("td", "colspan")]
    assert sum(widths) % COLUMNS == 0


async def test_a_gap_that_lasts_is_an_alarm(both: tuple[Stage, HandClock]) -> None:
    stage, clock = both
    clock.move(days=2, hours=17)
    shown = await page(stage)
    assert shown.values("p", "role") == ["alert"]
    assert "Nobody is on call until Wed 25 Nov 07:00. Pages go to the team" in shown.text


async def test_a_change_bears_a_mark_and_hostile_words_add_nothing(duty: Stage) -> None:
    skeletons = set()
    for words in ("plain", *CORPUS[:20]):
        body = {"rota": "rapid-response", "person": "dora", "for": "1h", "reason": words}
        status, kept = await duty.ask(
            "POST", "/api/v1/oncall/overrides", token=RESPONDER, body=body
        )
        assert status == 200
        shown = await page(duty)
        skeletons.add(tuple(shown.skeleton))
        assert "dora*" in shown.text
        await duty.ask("DELETE", f"/api/v1/oncall/overrides/{kept['id']}", token=RESPONDER)
    assert len(skeletons) == 1


async def test_the_board_leads_to_it(duty: Stage) -> None:
    assert "oncall" in (await page(duty, "/")).values("a", "href")


async def test_it_needs_no_script_and_no_style_of_its_own(duty: Stage) -> None:
    shown = await page(duty)
    assert not {"script", "style", "img"} & set(shown.tags)
    assert "style" not in [name for _, names in shown.skeleton for name in names]


@pytest.mark.parametrize(
    "lane",
    [
        [Bar(0, 1, "ana"), Bar(1, 2, "boris"), Bar(2, A_DAY, "clara")],
        [Bar(A_DAY - 3, A_DAY - 2, "ana"), Bar(A_DAY - 2, A_DAY - 1, "boris")],
        [Bar(0, A_DAY, "ana")],
        [],
    ],
)
def test_a_row_is_always_as_wide_as_a_day(lane: list[Bar]) -> None:
    cells = list(_cells(lane, ["ana", "boris", "clara"]))
    assert sum(cell.columns for cell in cells) == COLUMNS
    assert all(cell.columns > 0 for cell in cells)
