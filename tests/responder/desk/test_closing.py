"""What a ticket needs before it is over: words, an article, green probes, another person."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.model import Actor
from playbooks.ports import TicketState
from responder.desk.advice import ADVICE
from responder.desk.closing_rules import Closing, accused, lacks, red, untold
from responder.desk_values import Case, Outcome
from responder.deskwork import Acted, Forbidden, Hand, Missing, Refused
from responder.store import cases, logs
from responder.support import closing
from responder.values import IncidentState, TicketRecord
from tests.responder.desk.company import Company, company
from tests.responder.desk.house import House
from tests.responder.desk.test_tierwork import house as house  # the same desk
from tests.responder.desk.tickets import ANA, BOB, OPENED, ticket

DONE = Closing("quota raised", article="mail/quota.md")
ASKED = ticket(channel="email")


async def solve(house: House, wish: Closing, *, by: Actor = ANA) -> TicketRecord:
    hand = Hand(by, house.plan, house.clock.now())
    return (await house.store.write(closing.solve, 1, wish, by=hand)).ticket


@pytest.mark.parametrize(
    ("wish", "level", "lack"),
    [
        (replace(DONE, article=""), "level-1", "article"),
        (replace(DONE, article="none"), "level-1", ""),
        (replace(DONE, article=""), "level-2", ""),
        (DONE, "level-3", "prevention"),
        (replace(DONE, prevention="none"), "level-3", "prevention"),
        (replace(DONE, prevention="none", why="once only"), "level-3", ""),
        (replace(DONE, outcome=Outcome.NOT_OUR_FAULT), "level-1", "advise"),
        (replace(DONE, outcome=Outcome.NOT_OUR_FAULT, cause="external_dns"), "level-1", ""),
        (replace(DONE, outcome=Outcome.NOT_OUR_FAULT, advice="Ask them."), "level-1", ""),
        (replace(DONE, cause="weather"), "level-1", "no cause"),
    ],
)
def test_r37_r57_r83_each_ending_has_its_words(wish: Closing, level: str, lack: str) -> None:
    found = list(lacks(wish, ASKED, level=level))
    assert len(found) == bool(lack)
    assert not lack or lack in found[0]


def test_r83_nobody_reads_an_article_about_a_ticket_of_the_monitoring() -> None:
    assert list(lacks(Closing("rebooted"), ticket(), level="level-1")) == []
    assert untold(ticket(), [], Closing("rebooted"), level="level-3") == ""


@pytest.mark.parametrize("cause", ADVICE)
async def test_r37_not_our_fault_tells_the_customer_what_to_do(house: House, cause: str) -> None:
    await house.opens()
    with pytest.raises(Missing, match="advise"):
        await solve(house, replace(DONE, outcome=Outcome.NOT_OUR_FAULT))
    over = await solve(house, replace(DONE, outcome=Outcome.NOT_OUR_FAULT, cause=cause))
    assert over.state is TicketState.SOLVED
    said = [line for line in await house.store.read(logs.read, "ticket", 1) if line.kind == "reply"]
    assert [line.words for line in said] == [ADVICE[cause]]


async def test_r83_articles_are_counted_once_a_ticket(house: House) -> None:
    await house.opens()
    hand = house.hand
    acted = await house.store.write(closing.solve, 1, replace(DONE, article="none"), by=hand)
    assert [one.figure for one in acted.figures if "kb" in one.figure] == ["kb_linked/no"]
    again = await house.store.write(closing.solve, 1, DONE, by=hand)
    assert again.figures == ()


async def test_r86_whom_a_complaint_is_about_does_not_end_it(house: House) -> None:
    assert not accused(Case(1, OPENED), "")
    await house.opens()
    case = Case(1, OPENED, complaint_about="ana")
    await house.store.write(cases.add, case)
    with pytest.raises(Forbidden):
        await solve(house, DONE)
    assert (await solve(house, DONE, by=BOB)).state is TicketState.SOLVED


async def solved(night: Company, wish: Closing) -> TicketRecord:
    work: Callable[..., Acted] = closing.solve
    return (await night.store.write(work, 1, wish, by=night.by())).ticket


async def test_r34_a_ticket_whose_incident_burns_ends_only_with_a_reason(file_store: Any) -> None:
    night = company(file_store)
    await night.breaks()
    await night.works()
    with pytest.raises(Refused, match="is not over"):
        await solved(night, Closing("rebooted"))
    over = await solved(night, Closing("rebooted", override="the probe itself is broken"))
    assert over.state is TicketState.SOLVED
    assert ("override", "ana", "the probe itself is broken") in await night.log()


@pytest.mark.parametrize(("minutes", "says"), [(3, "has been well since"), (6, "")])
async def test_r34_it_must_be_well_for_as_long_as_it_is_watched(
    file_store: Any, minutes: int, says: str
) -> None:
    night = company(file_store)
    incident = await night.breaks()
    well = night.clock.now()
    calm = replace(incident, firing=0, recovered_at=well, state=IncidentState.MITIGATED)
    found = red([calm], watch=timedelta(minutes=5), now=well + timedelta(minutes=minutes))
    assert (says in found) if says else (found == "")
