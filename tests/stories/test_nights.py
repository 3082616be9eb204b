"""Nights of a hosting company, lived through with the whole daemon."""

import asyncio
from pathlib import Path

from tests.real.smtp import Mailbox, Trouble
from tests.stories.night import link_in, night

MANY = [f"web{number}" for number in range(2, 14)]


async def test_friday_03_10_web1_goes_down(tmp_path: Path, mailbox: Mailbox) -> None:
    """R17."""
    async with night(tmp_path, mailbox) as friday:
        await friday.hears("web1")
        assert friday.mails() == ["opened ana@example.net"]
        (ticket,) = await friday.tickets()
        assert (ticket["queue"], ticket["priority"]) == ("rapid-response", "critical")
        await friday.passes(minutes=5)
        assert friday.mails() == ["repeated ana@example.net"]
        link = link_in(mailbox.messages[-1])
        assert await friday.follows(link) == 200  # her mail scanner looks at it first
        assert (await friday.incidents())[0]["state"] == "open"
        assert await friday.follows(link, method="POST") == 303
        (incident,) = await friday.incidents()
        assert (incident["state"], incident["acknowledged_by"]) == ("acknowledged", "ana")
        await friday.passes(minutes=20)
        assert friday.mails() == []
        await friday.recover("web1")
        assert friday.mails() == ["recovered ana@example.net"]
        await friday.passes(minutes=6)
        assert (await friday.incidents())[0]["state"] == "resolved"
        assert (await friday.tickets())[0]["state"] == "solved"


async def test_saturday_the_mail_server_is_away_for_ten_minutes(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with night(tmp_path, mailbox) as saturday:
        await mailbox.stop()
        await saturday.hears("web1")
        await saturday.passes(minutes=3)
        assert await saturday.metric("responder_unpaged_critical_incidents") == 1
        await mailbox.start()
        await saturday.passes(minutes=2)
        assert saturday.mails()[0] == "opened ana@example.net"
        assert await saturday.metric("responder_unpaged_critical_incidents") == 0
        assert await saturday.metric('responder_outbox_depth{kind="page"}') == 0


async def test_sunday_the_daemon_dies_and_nobody_is_told_twice(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with night(tmp_path, mailbox) as sunday:
        await sunday.hears("web1")
        await sunday.dies_and_comes_back()
        await sunday.hears("web1")
        await sunday.passes(minutes=4)
        assert sunday.mails() == ["opened ana@example.net"]
        await sunday.dies_and_comes_back()
        await sunday.passes(minutes=1)
        assert sunday.mails() == ["repeated ana@example.net"]
        await sunday.recover("web1")
        await sunday.dies_and_comes_back()
        await sunday.passes(minutes=6)
        assert sunday.mails() == ["recovered ana@example.net"]
        assert [one["state"] for one in await sunday.incidents()] == ["resolved"]
        assert len(await sunday.tickets()) == 1


async def test_monday_it_is_already_over_when_the_mail_server_comes_back(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    async with night(tmp_path, mailbox) as monday:
        mailbox.trouble = Trouble.REFUSE_451
        await monday.hears("web1")
        await monday.recover("web1")
        mailbox.trouble = Trouble.NONE
        await monday.passes(minutes=10)
        assert monday.mails() == []
        assert (await monday.incidents())[0]["state"] == "resolved"


async def test_tuesday_two_people_answer_at_once(tmp_path: Path, mailbox: Mailbox) -> None:
    """F58: the first one has it, and the other is told so."""
    async with night(tmp_path, mailbox) as tuesday:
        await tuesday.hears("web1")
        (incident,) = await tuesday.incidents()
        path = f"/api/v1/incidents/{incident['id']}/ack"
        answers = await asyncio.gather(
            *(tuesday.stage.ask("POST", path, body={"note": f"me {n}"}) for n in range(5))
        )
        assert {status for status, _ in answers} == {200}
        _, told = await tuesday.stage.ask("GET", f"/api/v1/incidents/{incident['id']}/events")
        assert [one["kind"] for one in told["events"]].count("acknowledged") == 1


async def test_wednesday_the_power_fails(tmp_path: Path, mailbox: Mailbox) -> None:
    servers = "".join(f"  {name}: {{datacentre: fra1}}\n" for name in MANY)
    async with night(tmp_path, mailbox) as wednesday:
        file = tmp_path / "responder.yaml"
        text = file.read_text().replace("servers:\n", f"servers:\n{servers}")
        file.write_text(text + "\ndatacentres: {fra1: {}}\n")
        await wednesday.stage.daemon.reload()
        await wednesday.hears(*MANY)
        assert wednesday.mails() == ["opened ana@example.net"]
        site = next(one for one in await wednesday.incidents() if one["key"] == "dc:fra1")
        assert site["title"] == "5 servers of dc:fra1 went down at once"
        assert [one["incident"] for one in await wednesday.tickets()] == [site["id"]]
        await wednesday.recover(*MANY)
        assert wednesday.mails() == ["recovered ana@example.net"]
        await wednesday.passes(minutes=6)
        assert {one["state"] for one in await wednesday.incidents()} == {"resolved"}


async def test_thursday_nothing_happens_that_was_not_planned(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    work = (
        "maintenance: [{scope: 'server:web1', starts: 2026-11-20T03:00:00Z,"
        " ends: 2026-11-20T04:00:00Z, reason: disks}]"
    )
    async with night(tmp_path, mailbox, more=work) as thursday:
        await thursday.hears("web1")
        await thursday.passes(minutes=49, every=60)
        assert thursday.mails() == []
        assert await thursday.tickets() == []
        assert await thursday.metric("responder_unpaged_critical_incidents") == 0
        await thursday.passes(minutes=2, every=60)
        assert thursday.mails() == ["opened ana@example.net"]
        assert len(await thursday.tickets()) == 1
