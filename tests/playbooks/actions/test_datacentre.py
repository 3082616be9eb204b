"""Asking a data centre for hands, with a real mail server and deaths at every point."""

import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from playbooks.actions.datacentre import ContactDatacentre, WaitForReply
from playbooks.actions.model import Case, Failed, Ok, Outcome, Unsure, Wait
from playbooks.client import open_session
from playbooks.datacentre import orders
from playbooks.datacentre.channel import Means
from playbooks.datacentre.desk import Desk
from playbooks.datacentre.order import Order, OrderState, Want
from playbooks.datacentre.replies import Answer, Heard
from playbooks.hands import Hands
from playbooks.mail import MailServer
from probes.credentials import FileSecret
from tests.playbooks.actions.crew import NOON, HandCrew, case
from tests.playbooks.datacentre.desk import DictDesk, Fate, Killed
from tests.playbooks.datacentre.scene import CALL, MAIL, PIN, a_site, a_spot, pin_file
from tests.real.smtp import Mailbox, Trouble

CONTACT = ContactDatacentre(task="power_cycle")
WAIT = WaitForReply(task="power_cycle")
CASE = case(incident_ref="abc-7", datacentre="fra1", now=NOON, deadline=NOON + timedelta(hours=2))


class DeskCrew(HandCrew):
    """A crew whose desk is the test's, and that may die as the desk does."""

    def __init__(self, desk: DictDesk) -> None:
        super().__init__(desk.carried.hands)
        self.desk = desk

    @override
    def datacentre(self) -> Desk:
        return self.desk

    @override
    async def intend(self, verb: str, **facts: Any) -> None:
        self.desk.fate.here()
        await super().intend(verb, **facts)
        self.desk.fate.here()

    @override
    async def result(self, verb: str, outcome: str, **facts: Any) -> None:
        self.desk.fate.here()
        await super().result(verb, outcome, **facts)


@pytest.fixture
async def desk(mailbox: Mailbox, tmp_path: Path) -> AsyncIterator[DictDesk]:
    async with open_session() as session:
        post = MailServer("127.0.0.1", mailbox.port, "responder@example.net")
        means = Means(Hands(session), post=post, pin_file=FileSecret(pin_file(tmp_path)))
        yield DictDesk(a_site(tmp_path, channels=[MAIL, CALL]), means)


@pytest.fixture
def hands(desk: DictDesk) -> DeskCrew:
    return DeskCrew(desk)


def the_order(desk: DictDesk) -> Order:
    [order] = desk.kept.values()
    return order


async def ask(crew: DeskCrew, **about: Any) -> Outcome:
    return await CONTACT.do(_at(crew.clock, about), crew)


def _at(now: datetime, about: dict[str, Any]) -> Case:
    return case(**({"incident_ref": "abc-7", "now": now, "deadline": CASE.deadline} | about))


async def test_the_data_centre_is_asked_and_the_step_ends(
    mailbox: Mailbox, hands: DeskCrew, desk: DictDesk
) -> None:
    outcome = await ask(hands)
    [mail] = await mailbox.wait_for(1)
    order = the_order(desk)
    assert isinstance(outcome, Ok)
    assert outcome.values["reference"] == order.letter.reference
    assert order.letter.reference in mail["Subject"]
    assert order.state is OrderState.SENT
    assert [one[:2] for one in hands.journal[:2]] == [
        ("intent", "datacentre.contact"),
        ("result", "datacentre.contact"),
    ]


async def test_asked_again_it_only_says_how_it_stands(mailbox: Mailbox, hands: DeskCrew) -> None:
    first, second = await ask(hands), await ask(hands, run=8, step="other")
    assert isinstance(first, Ok)
    assert isinstance(second, Ok)
    assert len(mailbox.messages) == 1


async def test_the_pin_is_nowhere_but_in_the_mail(
    mailbox: Mailbox, hands: DeskCrew, desk: DictDesk
) -> None:
    outcome = await ask(hands)
    [mail] = await mailbox.wait_for(1)
    assert mail.get_content().count(PIN) == 1
    for told in (outcome, hands.journal, hands.told, desk.kept, CONTACT):
        assert PIN not in repr(told)


async def test_a_missing_field_is_named_and_nothing_is_sent(
    mailbox: Mailbox, hands: DeskCrew, desk: DictDesk
) -> None:
    desk.spot = a_spot(serial="", unit="")
    outcome = await ask(hands)
    assert isinstance(outcome, Failed)
    assert "unit, serial number" in outcome.reason
    assert (mailbox.messages, desk.kept, hands.journal) == ([], {}, [])


@pytest.mark.parametrize("how", [{"dry": True}, {"drill": True}])
async def test_a_dry_run_and_a_drill_send_nothing(
    how: dict[str, Any], mailbox: Mailbox, hands: DeskCrew, desk: DictDesk
) -> None:
    assert isinstance(await ask(hands, **how), Ok)
    assert (mailbox.messages, desk.kept) == ([], {})
    assert "REMOTE HANDS" in hands.journal[0][1]


async def test_without_a_contact_it_says_so(crew: HandCrew) -> None:
    outcome = await CONTACT.do(CASE, crew)
    assert outcome == Failed("no data centre is configured here")


async def test_a_busy_server_is_tried_again_later(
    mailbox: Mailbox, hands: DeskCrew, desk: DictDesk
) -> None:
    mailbox.trouble = Trouble.REFUSE_451
    outcome = await ask(hands)
    assert isinstance(outcome, Wait)
    assert outcome.until == NOON + orders.RETRY
    assert isinstance(await ask(hands), Wait)
    assert mailbox.attempts == 1
    mailbox.trouble, hands.clock = Trouble.NONE, outcome.until
    assert isinstance(await ask(hands), Ok)
    assert len(mailbox.messages) == 1


async def test_when_no_channel_takes_it_a_person_rings(
    mailbox: Mailbox, hands: DeskCrew, desk: DictDesk
) -> None:
    mailbox.trouble = Trouble.REFUSE_550
    outcome = await ask(hands)
    assert isinstance(outcome, Ok)
    assert (the_order(desk).state, desk.called) == (OrderState.CALLING, [Want.CALL])


async def test_in_doubt_a_person_asks_and_nothing_is_sent_again(
    mailbox: Mailbox, hands: DeskCrew, desk: DictDesk
) -> None:
    mailbox.trouble = Trouble.DROP_AFTER_DATA
    assert isinstance(await ask(hands), Unsure)
    mailbox.trouble = Trouble.NONE
    assert isinstance(await ask(hands), Unsure)
    assert (len(mailbox.messages), desk.called) == (1, [Want.CALL])


async def _until_it_lives(crew: DeskCrew) -> tuple[Outcome, int]:
    """Killed and taken up again until it comes through; how often it died."""
    deaths = 0
    while True:
        try:
            return await ask(crew), deaths
        except Killed:
            deaths += 1
            crew.clock += timedelta(seconds=45)


@pytest.mark.parametrize("passage", range(1, 10))
async def test_whichever_point_it_dies_at_the_mail_arrives_once_or_a_person_asks(
    passage: int, mailbox: Mailbox, hands: DeskCrew, desk: DictDesk
) -> None:
    desk.fate = Fate(at=passage)
    outcome, deaths = await _until_it_lives(hands)
    assert deaths == 1
    _never_twice(outcome, mailbox, desk)


async def test_over_many_deaths_the_mail_never_arrives_twice(
    mailbox: Mailbox, desk: DictDesk
) -> None:
    dice, deaths, sent, unsure = random.Random(7), 0, 0, 0
    for _ in range(60):
        mailbox.messages.clear()
        desk.kept.clear()
        desk.called.clear()
        desk.fate = Fate(chance=0.25, dice=dice)
        outcome, died = await _until_it_lives(DeskCrew(desk))
        _never_twice(outcome, mailbox, desk)
        deaths += died
        sent += the_order(desk).state is OrderState.SENT
        unsure += the_order(desk).state is OrderState.UNKNOWN
    assert deaths >= 50
    assert (sent + unsure, sent > 5, unsure > 5) == (60, True, True)


def _never_twice(outcome: Outcome, mailbox: Mailbox, desk: DictDesk) -> None:
    if the_order(desk).state is OrderState.UNKNOWN:
        assert isinstance(outcome, Unsure)
        assert desk.called == [Want.CALL]
        assert len(mailbox.messages) <= 1
    else:
        assert isinstance(outcome, Ok)
        assert the_order(desk).state is OrderState.SENT
        assert len(mailbox.messages) == 1


async def _heard(desk: DictDesk, answer: Answer, now: datetime = NOON) -> None:
    order = the_order(desk)
    step = orders.heard(order, Heard(f"<{answer}>", answer, "words"), desk.site, now=now)
    assert await desk.move(order, step)


async def test_waiting_for_a_reply_costs_nothing_until_it_comes(
    mailbox: Mailbox, hands: DeskCrew, desk: DictDesk
) -> None:
    await ask(hands)
    waiting = await WAIT.do(CASE, hands)
    assert isinstance(waiting, Wait)
    assert waiting.until == CASE.deadline
    await _heard(desk, Answer.ACKNOWLEDGED)
    assert isinstance(await WAIT.do(CASE, hands), Wait)
    soon = WaitForReply(task="power_cycle", until="acknowledged")
    assert isinstance(await soon.do(CASE, hands), Ok)
    await _heard(desk, Answer.DONE)
    assert isinstance(await WAIT.do(CASE, hands), Ok)


async def test_a_refusal_fails_the_step(mailbox: Mailbox, hands: DeskCrew, desk: DictDesk) -> None:
    await ask(hands)
    await _heard(desk, Answer.REFUSED)
    assert isinstance(await WAIT.do(CASE, hands), Failed)


async def test_nobody_is_asked_to_approve_an_order_that_can_go_out_no_more(
    mailbox: Mailbox, hands: DeskCrew, desk: DictDesk
) -> None:
    assert await CONTACT.unfit(CASE, hands) == ""
    await ask(hands)
    assert await CONTACT.unfit(CASE, hands) == ""
    await _heard(desk, Answer.REFUSED)
    order = the_order(desk)
    why = f"order {order.letter.reference}: {order.why}"
    assert await CONTACT.unfit(CASE, hands) == why
    again = await ask(hands)
    assert isinstance(again, Failed)
    assert again.reason == why


async def test_without_an_order_there_is_nothing_to_wait_for(hands: DeskCrew) -> None:
    assert await WAIT.do(CASE, hands) == Failed("nothing was ordered")
    dry = case(incident_ref="abc-7", dry=True)
    assert await WAIT.do(dry, hands) == Ok("nothing was ordered")
