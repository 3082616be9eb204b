"""Nights with rotas: who is on call is called, a swap holds at once, a gap is told in daylight."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from responder.rota_values import Override, Span
from responder.store import rotas
from tests.real.smtp import Mailbox
from tests.stories.night import FRIDAY, Night, night
from tests.stories.stage import FILE

COMPANY = """\
rotas:
  rapid-response:
    zone: Europe/Sofia
    promise: {promise}
    team: rapid-response
    layers:
      - name: all
        people: [bob, carl]
        begins: 2026-11-16
        rotate: shift
        shifts: [{{from: "07:00", to: "19:00"{days}}}, {{from: "19:00", to: "07:00"{days}}}]
"""
PEOPLE = """\
  ana: {{methods: [{{kind: email, to: ana@example.net}}]}}
"""
MORE_PEOPLE = """\
  ana: {{methods: [{{kind: email, to: ana@example.net}}]}}
  bob: {{methods: [{{kind: email, to: bob@example.net}}]}}
  carl: {{methods: [{{kind: email, to: carl@example.net}}]}}
  dora: {{methods: [{{kind: email, to: dora@example.net}}], manager: true}}
"""


def company(*, promise: str = "always", days: str = "") -> str:
    return COMPANY.format(promise=promise, days=days)


@pytest.fixture
async def friday(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Night]:
    """03:10 UTC is 05:10 in Sofia: the night shift that began on Thursday at 19:00."""
    file = FILE.replace(PEOPLE, MORE_PEOPLE)
    async with night(tmp_path, mailbox, more=company(), file=file) as one:
        yield one


async def test_the_one_on_call_then_the_next_then_everybody_and_the_manager(
    friday: Night,
) -> None:
    await friday.hears("web1")
    first = friday.mails()
    assert len(first) == 1
    on_call = first[0].split()[1].split("@")[0]
    other = {"bob": "carl", "carl": "bob"}[on_call]
    await friday.passes(minutes=5)
    assert friday.mails() == sorted([f"escalated {other}@example.net", "escalated ana@example.net"])
    await friday.passes(minutes=5)
    everybody = ("ana", "bob", "carl", "dora")
    assert friday.mails() == [f"escalated {one}@example.net" for one in everybody]
    await friday.passes(minutes=5)
    assert friday.mails() == [f"repeated {one}@example.net" for one in everybody]
    await friday.recover("web1")
    assert friday.mails() == [f"recovered {one}@example.net" for one in everybody]


async def test_whoever_stands_in_is_called_from_that_moment_on(friday: Night) -> None:
    wish = Override(0, "rapid-response", "dora", Span(FRIDAY, FRIDAY + timedelta(hours=2)))
    world = friday.stage.daemon.world
    kept = await world.store.write(rotas.add, wish, now=FRIDAY)
    await friday.hears("web1")
    assert friday.mails() == ["opened dora@example.net"]
    await world.store.write(rotas.end, kept, by="mira", now=FRIDAY)
    await friday.hears("web1", name="Other", instance="other")
    assert [one.split()[0] for one in friday.mails()] == ["opened"]


async def test_the_next_shift_is_called_when_the_night_is_over(friday: Night) -> None:
    """07:00 in Sofia is 05:00 UTC."""
    await friday.hears("web1")
    (before,) = friday.mails()
    await friday.recover("web1")
    await friday.passes(minutes=130, every=300)
    friday.mails()
    await friday.hears("web1", name="Second")
    (after,) = friday.mails()
    assert {before.split()[1], after.split()[1]} == {"bob@example.net", "carl@example.net"}


async def test_who_has_taken_it_and_shows_no_work_is_asked_again(friday: Night) -> None:
    await friday.hears("web1")
    friday.mails()
    await friday.acts("ack")
    await friday.passes(minutes=59, every=60)
    assert friday.mails() == []
    await friday.passes(minutes=2, every=60)
    assert {one.split()[0] for one in friday.mails()} == {"lapsed"}
    assert "had taken it, and no sign of work" in str(friday.mailbox.messages[-1].get_content())
    assert (await friday.incidents())[0]["state"] == "open"
    assert await friday.metric("responder_unpaged_critical_incidents") == 0


async def test_a_hand_over_is_told_to_who_has_it_now(friday: Night) -> None:
    await friday.hears("web1")
    friday.mails()
    await friday.acts("handover", to="carl", note="the disk is ordered")
    await friday.works()
    assert friday.mails() == ["handed-over carl@example.net"]
    assert "the disk is ordered" in friday.mailbox.messages[-1].get_content()
    await friday.recover("web1")
    assert "recovered carl@example.net" in friday.mails()


@pytest.mark.parametrize("promise", ["always", "layers"])
async def test_a_gap_is_a_metric_an_alarm_and_a_page_a_day(
    tmp_path: Path, mailbox: Mailbox, promise: str
) -> None:
    """R74. Without anybody on weekends; a rota that promises no weekends has no gap in them."""
    file = FILE.replace(PEOPLE, MORE_PEOPLE)
    days = ", days: [mon, tue, wed, thu, fri]"
    more = company(promise=promise, days=days)
    async with night(tmp_path, mailbox, more=more, file=file) as friday:
        lookout = friday.stage.daemon.world.duties["lookout"]
        name = 'responder_oncall_gap_seconds{rota="rapid-response"}'
        await lookout.turn()
        await friday.works()
        if promise == "layers":
            assert await friday.metric(name) == 0
            return
        assert await friday.metric(name) == 2 * 48 * 3600
        (incident,) = await friday.incidents()
        assert (incident["priority"], incident["category"]) == ("high", "hosting")
        assert friday.mails() == []  # at ten past three nobody is woken for a gap
        told = list[str]()
        for _ in range(30):
            friday.clock.move(hours=1)
            await lookout.turn()
            await friday.works()
            told += friday.mails()
        assert told == ["needed dora@example.net"] * 2  # Friday at 9, Saturday at 9
        assert "nobody is on call" in friday.mailbox.messages[-1]["Subject"]
        await fill(friday, FRIDAY)
        await lookout.turn()
        assert await friday.metric(name) == 0
        await friday.passes(minutes=6, every=60)
        assert (await friday.incidents())[0]["state"] == "resolved"


async def fill(friday: Night, since: datetime) -> None:
    """Somebody takes the whole fortnight."""
    wish = Override(0, "rapid-response", "ana", Span(since, since + timedelta(days=20)))
    await friday.stage.daemon.world.store.write(rotas.add, wish, now=since)
