"""Is somebody rung as often as he must be, and no oftener than he can bear?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts.model import Category, Priority
from playbooks.ports import PageEvent
from responder.outbox import Dropped, Later
from responder.paging.throttle import LIMITS, LONGEST, free_at
from responder.paging.wanted import held_back, unwanted
from responder.values import Incident, IncidentState
from tests.store.samples import MINUTE, NOW, incident

DOWN = incident(step=1)


def page(event: PageEvent, *, method: str = "voice", step: int = 0) -> dict[str, object]:
    return {"person": "ana", "method": method, "step": step, "episode": 1, "event": event}


def held(
    event: PageEvent, sent: list[datetime], *, one: Incident = DOWN, **more: object
) -> Later | Dropped | None:
    told = {**page(event), **more}
    return held_back(one, event, told, sent=sent, now=NOW)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - minute * MINUTE for minute in minutes]


@pytest.mark.parametrize("event", [PageEvent.OPENED, PageEvent.ESCALATED, PageEvent.LAPSED])
def test_the_first_critical_page_is_never_held_back(event: PageEvent) -> None:
    assert held(event, ago(*range(15))) is None


def test_a_follow_up_waits_until_there_is_room_for_it() -> None:
    told = held(PageEvent.REPEATED, ago(14, 9, 4))
    assert isinstance(told, Later)
    assert told.seconds == 60
    assert "rung too often" in told.reason


def test_with_room_it_goes_out_at_once() -> None:
    assert held(PageEvent.REPEATED, ago(9, 4)) is None
    assert held(PageEvent.REPEATED, ago(20, 14, 4)) is None


def test_an_overtaken_follow_up_is_dropped() -> None:
    one = replace(DOWN, step=5)
    assert isinstance(held(PageEvent.REPEATED, ago(0.5), one=one, step=2), Dropped)
    assert isinstance(held(PageEvent.REPEATED, ago(0.5), one=one, step=4), Later)


def test_the_latest_round_is_overtaken_by_none_and_news_by_no_round() -> None:
    rung, later = ago(14, 9, 4), replace(DOWN, step=2)
    assert isinstance(held(PageEvent.REPEATED, rung, step=1, one=later), Later)
    assert isinstance(held(PageEvent.REPEATED, rung, step=0, one=later), Dropped)
    sms = ago(*range(1, 30))
    assert isinstance(held(PageEvent.RECOVERED, sms, method="sms", one=later), Later)


def test_what_is_less_than_critical_waits_from_its_first_page_on() -> None:
    less = replace(DOWN, category=Category.HOSTING, priority=Priority.HIGH)
    assert isinstance(held(PageEvent.OPENED, ago(0.5), one=less), Later)
    assert held(PageEvent.OPENED, [], one=less) is None


def test_good_news_by_mail_comes_at_once_and_by_sms_when_there_is_room() -> None:
    lately = ago(*(0.1,) * 30)
    assert held(PageEvent.RECOVERED, lately, method="email") is None
    assert isinstance(held(PageEvent.RECOVERED, lately, method="sms"), Later)
    assert isinstance(held(PageEvent.REPEATED, lately, method="email"), Later)


@pytest.mark.parametrize("method", ["pagerduty", "webhook", "goalert", "apprise"])
def test_who_throttles_by_himself_is_not_throttled_by_us(method: str) -> None:
    assert held(PageEvent.REPEATED, ago(*range(60)), method=method) is None


@pytest.mark.parametrize("kind", sorted(LIMITS))
def test_no_window_is_ever_overfull(kind: str) -> None:
    """Somebody who wants to ring all the time, for twice the longest window."""
    now, sent = NOW, list[datetime]()
    end = NOW + 2 * max(window for _, window in LIMITS[kind])
    while now < end:
        now = free_at(kind, [one for one in sent if now - one < LONGEST], now=now)
        sent.append(now)
        now += timedelta(seconds=1)
    for count, window in LIMITS[kind]:
        for place in range(len(sent) - count):
            assert sent[place + count] - sent[place] >= window


def test_a_hand_over_is_told_to_whoever_has_it_by_now() -> None:
    taken = replace(DOWN, state=IncidentState.ACKNOWLEDGED, acknowledged_by="ana")
    told = page(PageEvent.HANDED_OVER)
    assert unwanted(taken, PageEvent.HANDED_OVER, told, told=False, waiting=False) is None
    over = replace(taken, state=IncidentState.RESOLVED)
    for other in (replace(taken, acknowledged_by="bob"), over):
        refusal = unwanted(other, PageEvent.HANDED_OVER, told, told=False, waiting=False)
        assert isinstance(refusal, Dropped)


def test_whoever_should_write_to_customers_is_left_alone_once_it_is_over() -> None:
    told = {"told": False, "waiting": False}
    assert unwanted(DOWN, PageEvent.LEAD, page(PageEvent.LEAD), **told) is None
    well = replace(DOWN, state=IncidentState.MITIGATED)
    assert unwanted(well, PageEvent.LEAD, page(PageEvent.LEAD), **told) is None
    over = replace(DOWN, state=IncidentState.RESOLVED)
    assert isinstance(unwanted(over, PageEvent.LEAD, page(PageEvent.LEAD), **told), Dropped)
