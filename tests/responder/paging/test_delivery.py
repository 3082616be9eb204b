"""Is a page still wanted when its turn comes, and does it find another way when one is closed?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.model import Actor, person
from playbooks.outside import OutsideError
from playbooks.ports import PageEvent
from responder import acts, watch
from responder.outbox import Dropped, Later
from responder.paging.delivery import Ways, case_of
from responder.paging.escalation import page
from responder.paging.wanted import unwanted
from responder.store import Store, outbox, pages, quiet
from responder.values import EffectKind, Incident, IncidentState, Job, Reached
from tests.responder.estate import INVENTORY, NIGHT
from tests.responder.paging.duty import LINKS, LOST, NEVER, REFUSED, Duty, Method, Provider, events
from tests.responder.test_steps import fresh

MIRA: Actor = person("mira")
ROUND = {"episode": 1, "step": 0, "person": "ana", "place": 0, "method": "email"}


@pytest.fixture
def duty(file_store: Store) -> Duty:
    return Duty(file_store)


def refused(
    incident: Incident, event: str, *, told: bool = True, waiting: bool = False
) -> str | None:
    """Why a page must not go out now."""
    found = unwanted(incident, PageEvent(event), ROUND, told=told, waiting=waiting)
    return found.reason if isinstance(found, Dropped | Later) else None


def stands(state: IncidentState, **more: object) -> Incident:
    return replace(fresh().incident, state=state, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("event", ["opened", "repeated", "escalated"])
def test_a_call_is_wanted_only_while_nobody_has_answered(event: str) -> None:
    assert refused(stands(IncidentState.OPEN), event) is None
    taken = stands(IncidentState.ACKNOWLEDGED, acknowledged_by="mira")
    assert refused(taken, event) == "acknowledged by mira"
    assert refused(stands(IncidentState.MITIGATED), event) == "mitigated"
    muted = stands(IncidentState.OPEN, muted_by=("silence:1", "part of dc:fra1"))
    assert refused(muted, event) == "muted by silence:1, part of dc:fra1"
    assert refused(stands(IncidentState.OPEN, episode=2), event) == "an earlier episode"


def test_a_call_that_a_newer_one_has_overtaken_is_dropped() -> None:
    open_, page = stands(IncidentState.OPEN), {"told": True, "waiting": False}
    dropped = unwanted(open_, PageEvent.ESCALATED, ROUND, overtaken=True, **page)
    assert dropped == Dropped("a newer round has overtaken it")
    assert unwanted(open_, PageEvent.HANDED_OVER, ROUND, overtaken=True, **page) != dropped


def test_a_recovery_is_told_when_it_is_over_to_whoever_was_called() -> None:
    well, open_ = stands(IncidentState.MITIGATED), stands(IncidentState.OPEN)
    assert refused(well, "recovered") is None
    assert refused(open_, "recovered") == "it is not over"
    assert refused(well, "recovered", told=False) == "this person was never paged"
    for event in ("recovered", "acknowledged"):
        assert refused(well, event, waiting=True) == "the page before it is still under way"


def test_the_recovery_of_an_earlier_episode_is_still_told() -> None:
    assert refused(stands(IncidentState.OPEN, episode=2), "recovered") is None


def test_other_news_is_always_wanted() -> None:
    assert refused(stands(IncidentState.CLOSED), "dead-letter", told=False) is None
    assert refused(stands(IncidentState.RESOLVED), "acknowledged", told=False) is not None


async def test_a_page_says_what_is_broken_and_how_to_answer(duty: Duty) -> None:
    await duty.fires("web1")
    await duty.works()
    (page,) = duty.email.taken
    assert (page.event, page.person, page.step, page.server) == ("opened", "ana", 1, "web1")
    assert "web1 does not answer" in page.title
    assert "fra1, r1" in page.text
    assert page.link in page.text
    grant = LINKS.read(page.link.rsplit("/", 1)[1], now=NIGHT)
    assert (grant.incident, grant.episode, grant.person) == (1, 1, "ana")
    assert grant.expires_at == NIGHT + timedelta(hours=24)


async def test_all_pages_of_an_episode_are_one_thread(duty: Duty) -> None:
    await duty.fires("web1")
    await duty.passes(minutes=6)
    await duty.ends("web1")
    await duty.works()
    assert sorted(events(duty.email)) == [
        "escalated ana", "escalated bob", "opened ana", "recovered ana", "recovered bob",
    ]  # fmt: skip
    assert len({page.thread for page in duty.email.taken}) == 1
    assert len({page.key for page in duty.email.taken}) == 5


async def test_the_ledger_knows_what_the_provider_said(duty: Duty) -> None:
    await duty.fires("web1")
    assert await duty.states() == [("opened", "email", "queued")]
    await duty.works()
    assert await duty.states() == [("opened", "email", "delivered")]
    assert set(duty.ended.values()) == {"done"}


async def test_an_answer_that_came_first_suppresses_the_page(duty: Duty) -> None:
    await duty.fires("web1")
    await duty.does(acts.acknowledge, id_=1, actor=MIRA)
    await duty.works()
    assert (duty.email.taken, await duty.states()) == ([], [("opened", "email", "suppressed")])
    assert set(duty.ended.values()) == {"dropped"}


async def test_a_mute_that_came_first_suppresses_the_page(duty: Duty) -> None:
    await duty.fires("web1")
    span = {"starts_at": NIGHT, "ends_at": NIGHT + timedelta(minutes=2)}
    await duty.store.write(quiet.add_work, scope="all", reason="", by="mira", **span)
    await duty.does(watch.mute_anew)
    await duty.works()
    assert await duty.states() == [("opened", "email", "suppressed")]
    await duty.passes(minutes=3)
    assert "escalated ana" in events(duty.email)


async def test_a_provider_that_is_down_is_tried_again_and_then_another_way(duty: Duty) -> None:
    """F56."""
    duty.email.trouble = REFUSED
    await duty.fires("web1")
    await duty.passes(seconds=20, every=5)
    assert events(duty.pagerduty) == []
    await duty.passes(seconds=40, every=5)
    assert events(duty.pagerduty) == ["opened ana"]
    duty.email.trouble = None
    await duty.passes(seconds=70)
    assert events(duty.email) == ["opened ana"]


async def test_a_round_that_was_late_stays_away_when_a_newer_one_has_come(duty: Duty) -> None:
    await duty.fires("web1")
    await duty.passes(minutes=6)
    first, second = (one for one in await duty.ledger() if one.person == "ana")
    for one, overtaken in ((first, True), (second, False)):
        told = {**ROUND, "step": one.step, "event": one.event}
        job = Job(1, one.key, EffectKind.PAGE, 1, told, 0, 0, 1, NIGHT)
        case = await duty.store.read(case_of, job=job, now=duty.clock.now())
        assert case.overtaken is overtaken


async def test_a_provider_that_refuses_for_good_loses_no_minute(duty: Duty) -> None:
    duty.email.trouble = NEVER
    await duty.fires("web1")
    await duty.works()
    assert events(duty.pagerduty) == ["opened ana"]
    assert await duty.states() == [
        ("opened", "email", "failed"), ("opened", "pagerduty", "delivered"),
    ]  # fmt: skip
    assert sorted(duty.ended.values()) == ["dead", "done"]


async def test_a_provider_that_asks_for_a_long_wait_is_not_waited_for(duty: Duty) -> None:
    duty.email.trouble = OutsideError("429", transient=True, retry_after=600)
    await duty.fires("web1")
    await duty.works()
    assert events(duty.pagerduty) == ["opened ana"]


async def test_the_last_way_is_tried_for_an_hour_and_then_a_dead_letter(duty: Duty) -> None:
    duty.email.trouble = duty.pagerduty.trouble = REFUSED
    await duty.fires("web1")
    await duty.does(acts.snooze, id_=1, actor=MIRA, until=NIGHT + timedelta(hours=9))
    await duty.passes(minutes=59, every=60)
    assert "dead" not in duty.ended.values()
    await duty.passes(minutes=5, every=60)
    assert sorted(duty.ended.values()) == ["dead", "dead"]
    dead = await duty.store.read(outbox.dead)
    assert [row["error"] for row in dead] == ["503 from the provider"] * 2


async def test_a_lost_answer_is_asked_again_and_the_repeat_is_counted(duty: Duty) -> None:
    duty.email.trouble, duty.email.takes_and_fails = LOST, True
    await duty.fires("web1")
    await duty.works()
    duty.email.trouble = None
    await duty.works(seconds=5)
    assert len({page.key for page in duty.email.taken}) == 1
    (page,) = await duty.ledger()
    assert (page.state, page.repeats) == ("delivered", 1)


async def test_a_provider_that_knows_the_key_repeats_nothing(duty: Duty) -> None:
    duty.email.trouble = NEVER
    duty.pagerduty.trouble = LOST
    await duty.fires("web1")
    await duty.works()
    duty.pagerduty.trouble = None
    await duty.works(seconds=5)
    assert [(one.method, one.repeats) for one in await duty.ledger()][1] == ("pagerduty", 0)


async def test_the_recovery_goes_over_the_way_that_reached_him_and_no_other(duty: Duty) -> None:
    duty.email.trouble = NEVER
    await duty.fires("web1")
    await duty.works()
    duty.email.trouble = None
    await duty.ends("web1")
    await duty.works()
    assert events(duty.pagerduty) == ["opened ana", "recovered ana"]
    assert events(duty.email) == []


async def test_a_recovery_does_not_overtake_its_page(duty: Duty) -> None:
    duty.email.trouble, duty.email.takes_and_fails = LOST, True
    await duty.fires("web1")
    await duty.works()
    await duty.ends("web1")
    duty.email.trouble = None
    await duty.passes(seconds=20, every=1)
    assert events(duty.email) == ["opened ana", "recovered ana"]


async def test_a_recovery_that_does_not_get_through_goes_nowhere_else(duty: Duty) -> None:
    await duty.fires("web1")
    await duty.works()
    duty.email.trouble = NEVER
    await duty.ends("web1")
    await duty.works()
    assert events(duty.pagerduty) == []


async def test_a_dead_letter_is_told_over_any_way_that_is_open(duty: Duty) -> None:
    await duty.fires("web1")
    await duty.works()
    duty.email.trouble = NEVER
    news = page(await duty.incident(), Reached("ana", "email", 0), event=PageEvent.DEAD_LETTER)
    await duty.store.write(outbox.add, [news], now=NIGHT)
    await duty.store.write(pages.queue, [news], now=NIGHT)
    await duty.works()
    assert events(duty.pagerduty) == ["dead-letter ana"]


async def test_an_acknowledgement_is_told_to_a_provider_that_rings_on(duty: Duty) -> None:
    duty.email.trouble = NEVER
    await duty.fires("web1")
    await duty.works()
    await duty.does(acts.acknowledge, id_=1, actor=MIRA)
    await duty.works()
    assert events(duty.pagerduty) == ["opened ana", "acknowledged ana"]


async def test_a_way_that_a_reload_took_away_is_replaced_by_the_first_that_there_is(
    duty: Duty,
) -> None:
    await duty.fires("web1")
    hook = Provider()
    duty.pager.ways = Ways({"ana": [Method("webhook")]}, {"webhook": hook}, INVENTORY)
    await duty.works()
    assert events(hook) == ["opened ana"]


async def test_a_person_who_is_gone_is_not_paged(duty: Duty) -> None:
    await duty.fires("web1")
    duty.pager.ways = Ways({}, {}, INVENTORY)
    await duty.works()
    assert await duty.states() == [("opened", "email", "suppressed")]


async def test_a_way_without_a_provider_is_a_dead_letter_and_the_next_is_taken(duty: Duty) -> None:
    duty.pager.ways = Ways(duty.pager.ways.methods, {"pagerduty": duty.pagerduty}, INVENTORY)
    await duty.fires("web1")
    await duty.works()
    assert events(duty.pagerduty) == ["opened ana"]
    (dead,) = await duty.store.read(outbox.dead)
    assert dead["error"] == "no provider for email pages is configured"
