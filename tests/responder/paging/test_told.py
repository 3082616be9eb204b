"""What a woken person reads, from a real store: this episode, what else waits, whom it hurts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.model import Actor, person
from responder import acts
from responder.paging.delivery import Ways
from responder.paging.sms import segments
from responder.store import Store
from tests.responder.estate import INVENTORY, NIGHT
from tests.responder.paging.duty import NEVER, Duty

MIRA: Actor = person("mira")


@pytest.fixture
def duty(file_store: Store) -> Duty:
    return Duty(file_store)


async def test_the_first_line_is_the_link_and_the_rest_is_what_is_known(duty: Duty) -> None:
    await duty.fires("web1")
    await duty.works()
    (page,) = duty.email.taken
    assert page.text.splitlines()[0] == f"Acknowledge: {page.link}"
    assert "Since: 2026-11-21 03:10 UTC" in page.text
    assert page.short == f"CRITICAL: web1 does not answer\n{page.link}"
    assert segments(page.short) == 1


async def test_since_is_the_beginning_of_this_episode_and_not_of_the_first(duty: Duty) -> None:
    await duty.fires("web1")
    await duty.works()
    await duty.ends("web1")
    await duty.passes(minutes=30, every=60)
    await duty.fires("web1")
    again = duty.clock.now()
    assert again == NIGHT + timedelta(minutes=30)
    await duty.works()
    page = duty.email.taken[-1]
    assert (await duty.incident()).episode == 2
    assert f"Since: {again:%Y-%m-%d %H:%M} UTC" in page.text
    assert page.at == again


async def test_what_else_waits_for_the_same_person_is_counted(duty: Duty) -> None:
    for server in ("web1", "db1", "far1"):
        await duty.fires(server)
        await duty.works()
    first, second, third = duty.email.taken
    assert "acknowledgement." not in first.text
    assert "\n1 more of yours waits for an acknowledgement.\n" in second.text
    assert "\n2 more of yours wait for an acknowledgement.\n" in third.text
    assert third.short.splitlines()[0] == "CRITICAL: far1 does not answer (+2 more)"
    await duty.does(acts.acknowledge, id_=1, actor=MIRA)
    await duty.passes(minutes=6)
    assert "\n1 more of yours waits for an acknowledgement.\n" in duty.email.taken[-1].text


async def test_news_of_an_end_counts_nothing(duty: Duty) -> None:
    await duty.fires("web1")
    await duty.fires("db1")
    await duty.works()
    await duty.ends("web1")
    await duty.works()
    assert duty.email.taken[-1].event == "recovered"
    assert "waits for" not in duty.email.taken[-1].text


async def test_whom_it_hurts_is_told_as_far_as_it_is_known(duty: Duty) -> None:
    rich = replace(INVENTORY, accounts={"db1": 412})
    duty.pager.ways = Ways(duty.pager.ways.methods, duty.pager.ways.notifiers, rich)
    await duty.fires("db1")
    await duty.fires("web1")
    await duty.works()
    texts = {page.server: page.text for page in duty.email.taken}
    assert "\nAffected: 2 resellers, 412 accounts\n" in texts["db1"]
    assert "Affected" not in (texts["web1"] or "")


async def test_the_second_way_says_the_same(duty: Duty) -> None:
    duty.email.trouble = NEVER
    await duty.fires("web1")
    await duty.works()
    (page,) = duty.pagerduty.taken
    assert page.short.startswith("CRITICAL: web1 does not answer\n")
