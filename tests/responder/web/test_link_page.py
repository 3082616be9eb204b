"""Does a link let its person take an incident with one press, and nobody else do anything?"""

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from responder.clock import HandClock
from responder.links import Grant
from responder.store import StoreUnavailable
from responder.web.pages import Pages
from tests.require import free_port
from tests.responder.web.reading import Read, read
from tests.stories.stage import Stage, begin, firing, write_config

SMALL = 20_000  # bytes of a page with its style sheet


def path(stage: Stage, *, person: str = "ana", incident: int = 1, episode: int = 1) -> str:
    """The path of a link as it stands in a page."""
    world = stage.daemon.world
    until = world.clock.now() + timedelta(hours=24)
    url = world.links.acknowledge(Grant(incident, episode, person, until))
    return url[url.index("/a/") :]


async def get(stage: Stage, where: str) -> tuple[int, Read]:
    status, told = await stage.ask("GET", where, token="")
    return status, read(told)


async def press(stage: Stage, where: str) -> tuple[int, Any]:
    return await stage.ask("POST", where, token="")


async def incident(stage: Stage) -> Any:
    return (await stage.ask("GET", "/api/v1/incidents/1"))[1]


async def texts(stage: Stage) -> list[str]:
    _, told = await stage.ask("GET", "/api/v1/incidents/1/events")
    return [event["text"] for event in told["events"]]


async def test_a_look_shows_what_is_wrong_and_changes_nothing(
    stage: Stage, clock: HandClock
) -> None:
    await stage.send(firing())
    link = path(stage)
    clock.move(minutes=4)
    before = await texts(stage)
    for method in ("GET", "HEAD", "GET"):
        assert (await stage.ask(method, link, token=""))[0] == 200
    status, page = await get(stage, link)
    assert status == 200
    for words in (
        "▲ open",
        "web1 does not answer",
        "Acknowledge",
        "You acknowledge as ana",
        "Server web1",
        "Since 2026-11-22 03:10 UTC, 4 min ago",
        "Who has it nobody",
        "Alerts that fire: 1",
        "HostDown",
        "opened as critical by the alert HostDown",
    ):
        assert words in page.text, words
    assert page.tags.count("button") == 1
    assert await texts(stage) == before
    assert (await incident(stage))["state"] == "open"


async def test_one_press_takes_it_and_the_page_says_so(stage: Stage, clock: HandClock) -> None:
    await stage.send(firing())
    link = path(stage)
    clock.move(minutes=2)
    async with aiohttp.ClientSession() as session:  # as a browser: it follows the answer
        answer = await session.post(stage.url + link)
        assert (answer.status, str(answer.url)) == (200, stage.url + link)
        page = read(await answer.text())
    assert "You have it since 2026-11-22 03:12 UTC." in page.text
    assert "button" not in page.tags
    taken = await incident(stage)
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", "ana")
    assert (await texts(stage))[-1] == "acknowledged by ana (link)"


async def test_a_second_press_changes_nothing(stage: Stage, clock: HandClock) -> None:
    await stage.send(firing())
    link = path(stage)
    assert (await press(stage, link))[0] == 303
    first, lines = await incident(stage), await texts(stage)
    clock.move(minutes=3)
    assert (await press(stage, link))[0] == 303
    assert (await incident(stage), await texts(stage)) == (first, lines)


async def test_of_many_presses_at_once_one_is_first_and_the_others_are_told(stage: Stage) -> None:
    file = stage.folder / "responder.yaml"
    petar = "people:\n  petar: {methods: [{kind: email, to: p@example.net}]}\n"
    file.write_text(file.read_text().replace("people:\n", petar))
    assert (await stage.ask("POST", "/-/reload"))[0] == 200
    await stage.send(firing())
    links = {name: path(stage, person=name) for name in ("ana", "petar")}
    await asyncio.gather(*(press(stage, link) for link in (*links.values(),) * 5))
    first = (await incident(stage))["acknowledged_by"]
    (second,) = set(links) - {first}
    assert [line for line in await texts(stage) if "acknowledged" in line] == [
        f"acknowledged by {first} (link)"
    ]
    assert "You have it" in (await get(stage, links[first]))[1].text
    assert f"{first} has it since" in (await get(stage, links[second]))[1].text
    assert "and was first" in (await get(stage, links[second]))[1].text


async def test_another_site_or_a_mail_scanner_may_look_but_not_harm(stage: Stage) -> None:
    """The address is the proof: who knows it may press, whatever page he comes from."""
    await stage.send(firing())
    async with aiohttp.ClientSession() as session:
        headers = {"Sec-Fetch-Site": "cross-site"}
        answer = await session.post(stage.url + path(stage), headers=headers, allow_redirects=False)
    assert answer.status == 303


async def test_what_is_over_needs_no_button(stage: Stage) -> None:
    await stage.send(firing())
    link = path(stage)
    await stage.send(firing(status="resolved"))
    status, page = await get(stage, link)
    assert status == 200
    assert "button" not in page.tags
    assert "Nothing needs to be acknowledged: it is mitigated." in page.text
    assert (await press(stage, link))[0] == 303
    assert (await incident(stage))["acknowledged_by"] is None


async def unusable(stage: Stage, link: str, status: int, words: str) -> None:
    """Neither shows nor does anything; says why on a page of its own."""
    before = await incident(stage)
    for method in ("GET", "POST"):
        answered, told = await stage.ask(method, link, token="")
        assert answered == status, (method, link)
        page = read(told)
        assert words in page.text
        assert "web1" not in page.text
        assert "form" not in page.tags
    assert await incident(stage) == before


async def test_a_link_is_good_for_a_day(stage: Stage, clock: HandClock) -> None:
    await stage.send(firing())
    link = path(stage)
    clock.move(hours=23, minutes=59)
    assert (await get(stage, link))[0] == 200
    clock.move(minutes=1)
    await unusable(stage, link, 410, "too old")


async def test_a_link_that_was_altered_opens_nothing(stage: Stage) -> None:
    await stage.send(firing())
    good = path(stage)
    body, _, signature = good.removeprefix("/a/").partition(".")
    other = path(stage, incident=2).removeprefix("/a/").partition(".")[0]
    altered = [
        f"{other}.{signature}",
        f"{body}.{signature[:-1]}",
        f"{body}.{signature}x",
        f"{body}.",
        body,
        f"{body}.{'A' * 24}",
        f"{body[:-1]}.{signature}",
        f"{body}%00.{signature}",
        f"{body}.{signature}.{signature}",
        "%F0%9F%94%A5.%F0%9F%94%A5",
        "x" * 5000,
    ]
    for place in range(0, len(good) - 4, 5):
        letter = "A" if good[3 + place] != "A" else "B"
        altered.append(good[3 : 3 + place] + letter + good[4 + place :])
    for token in altered:
        await unusable(stage, f"/a/{token}", 403, "This is no link of ours")


async def test_a_link_of_an_earlier_episode_takes_nothing_of_this_one(
    stage: Stage, clock: HandClock
) -> None:
    await stage.send(firing())
    link = path(stage)
    await stage.ask("POST", "/api/v1/incidents/1/resolve", body={"note": "done"})
    await stage.send(firing(status="resolved"))
    clock.move(hours=1)
    await stage.send(firing(at=clock.now()))
    assert (await incident(stage))["state"] == "open"
    await unusable(stage, link, 410, "earlier episode")
    assert (await get(stage, path(stage, episode=2)))[0] == 200


async def test_a_link_of_somebody_who_left_or_of_a_lost_incident_is_of_no_use(
    stage: Stage,
) -> None:
    await stage.send(firing())
    await unusable(stage, path(stage, person="gone"), 403, "gone is not on the team any more")
    await unusable(stage, path(stage, incident=99), 410, "This incident is gone")


async def test_while_nothing_can_be_stored_the_page_says_so(tmp_path: Path) -> None:
    stage = await begin(write_config(tmp_path, smtp=free_port()))
    await stage.send(firing())
    link = path(stage)
    await stage.daemon.world.store.close()
    for method in ("GET", "POST"):
        status, told = await stage.ask(method, link, token="")
        assert status == 503
        assert "It could not be stored" in read(told).text
    with contextlib.suppress(StoreUnavailable):  # it cannot even say that it leaves
        await stage.daemon.end()


async def test_the_page_stays_small_however_much_burns(stage: Stage) -> None:
    alerts = [
        {"labels": {"alertname": f"A{number}", "server": "web1", "severity": "critical"},
         "annotations": {"summary": "words " * 300}}
        for number in range(500)
    ]  # fmt: skip
    assert (await stage.ask("POST", "/api/v2/alerts", token="stage-sender-token", body=alerts))[
        0
    ] == 200
    for _ in range(15):
        body = {"note": "a long note " * 500}
        await stage.ask("POST", "/api/v1/incidents/1/note", body=body)
    _, told = await stage.ask("GET", path(stage), token="")
    _, style = await stage.ask("GET", "/static/page.css", token="")
    assert len(told.encode()) + len(style.encode()) < SMALL
    assert "and 492 more" in read(told).text


async def test_nobody_keeps_or_indexes_the_page_and_the_sheet_is_kept_for_long(
    stage: Stage,
) -> None:
    await stage.send(firing())
    async with aiohttp.ClientSession() as session:
        page = await session.get(stage.url + path(stage))
        assert page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        (sheet,) = [one for one in read(await page.text()).values("link", "href") if "css" in one]
        style = await session.get(stage.url + "/a/" + sheet)
        assert style.status == 200
        assert style.headers["Content-Type"].startswith("text/css")
        assert "immutable" in style.headers["Cache-Control"]
    assert [route.path for route in Pages().routes()] == ["/static/page.css"]
