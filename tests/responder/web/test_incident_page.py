"""Does the page of an incident tell what is wrong, who has it, who was reached, what was done?"""

from datetime import timedelta

from alerts.model import person
from responder import acts
from responder.clock import HandClock
from responder.store import Tx, customers
from responder.store.customers import Told
from responder.web.incident_page import SHOWN_LINES
from tests.responder.estate import NIGHT
from tests.responder.web.hostile import CORPUS
from tests.responder.web.reading import Read, read
from tests.stories.stage import Stage, firing


async def page(stage: Stage, incident: int = 1) -> Read:
    status, told = await stage.ask("GET", f"/incidents/{incident}", token="")
    assert status == 200, told
    return read(told)


async def test_it_tells_what_is_wrong_and_that_nobody_has_it(
    stage: Stage, clock: HandClock
) -> None:
    await stage.send(firing())
    clock.move(minutes=3)
    shown = await page(stage)
    for words in (
        "▲ open critical web1 does not answer",
        "Server web1",
        "Since 2026-11-22 03:10 UTC, 3 min ago",
        "Who has it nobody",
        "Decided by severity critical",
        "Alerts that fire: 1 HostDown",
        "ana by email: 1 queued",
        "What was done 2026-11-22 03:10 UTC paged ana (step 1)",
        "opened as critical by the alert HostDown",
    ):
        assert words in shown.text, words
    assert shown.values("a", "href") == ["../"]
    assert "button" not in shown.tags


async def test_it_tells_who_has_it_and_what_came_of_the_page(
    stage: Stage, clock: HandClock
) -> None:
    await stage.send(firing())
    runner = stage.daemon.world.runner
    await runner.turn()
    await runner.settle()
    clock.move(minutes=1)
    status, _ = await stage.ask("POST", "/api/v1/incidents/1/ack", body={"note": "I look"})
    assert status == 200
    shown = await page(stage)
    for words in (
        "● acknowledged critical",
        "since 2026-11-22 03:11 UTC",
        "Ticket desk 1 (new)",
        "2026-11-22 03:10 UTC: failed ",
    ):
        assert words in shown.text, words


async def test_what_is_over_waits_for_nobody(stage: Stage) -> None:
    await stage.send(firing())
    assert "next in" in (await page(stage)).text
    await stage.ask("POST", "/api/v1/incidents/1/resolve", body={"note": "a cable"})
    shown = await page(stage)
    assert "✔ resolved critical web1 does not answer Incident 1" in shown.text
    assert "Resolved 2026-11-22 03:10 UTC" in shown.text


async def test_what_customers_were_told_is_counted_by_brand(stage: Stage) -> None:
    await stage.send(firing())

    def letters(tx: Tx) -> None:
        customers.add(tx, (_letter(number, brand) for number, brand in enumerate("aab")))

    await stage.daemon.world.store.write(letters)
    shown = await page(stage)
    assert "What Brand Customers open a 2 queued open b 1 queued" in shown.text


async def test_a_long_story_is_cut_and_the_rest_is_where_it_says(
    stage: Stage, clock: HandClock
) -> None:
    await stage.send(firing())
    world = stage.daemon.world

    def notes(tx: Tx) -> None:
        for number in range(SHOWN_LINES):
            acts.note(
                tx, id_=1, actor=person("ana"), words=f"note {number}.", plan=world.live.plan,
                now=clock.now() + timedelta(seconds=number),
            )  # fmt: skip

    await world.store.write(notes)
    shown = await page(stage)
    assert f"note {SHOWN_LINES - 1}." in shown.text
    assert "and 2 older: responder incident show 1" in shown.text
    assert "opened as critical" not in shown.text


async def test_what_is_not_there_is_said(stage: Stage) -> None:
    assert (await stage.ask("GET", "/incidents/7", token=""))[0] == 404
    assert (await stage.ask("GET", "/incidents/nan", token=""))[0] == 404


async def test_hostile_text_changes_nothing_about_the_page(stage: Stage) -> None:
    async def shaped(server: str, summary: str) -> Read:
        body = firing(server)
        body["alerts"][0]["annotations"] = {"summary": summary}
        await stage.send(body)
        found = (await stage.ask("GET", "/api/v1/incidents?limit=1"))[1]["incidents"]
        return await page(stage, int(found[0]["id"]))

    plain = (await shaped("host-plain", "plain")).skeleton
    for number, text in enumerate(CORPUS[::6]):
        assert (await shaped(f"host-{number}", text)).skeleton == plain, text


def _letter(number: int, brand: str) -> Told:
    return Told(
        key=f"letter-{number}", incident=1, episode=1, customer=f"reseller:{number}",
        change="open", seq=1, way="mail", state="queued", at=NIGHT, brand=brand,
    )  # fmt: skip
