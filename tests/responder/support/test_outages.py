"""What follows from a customer's word, once the probes have looked (decision 12)?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from playbooks.ports import TicketState
from probes.model import Verdict
from responder.board import Saved
from responder.desk.looking import Glance, Sighting, described, judged
from responder.desk_values import Confirmed
from responder.store import Store, cases, incidents, logs, outbox
from responder.store import tickets as rows
from responder.support import outages
from responder.values import EffectKind, Incident, TicketRecord
from tests.responder.support.test_requests import MAIL, NOW, PLAN, case_of, taken

UP, DOWN, UNKNOWN = Verdict.UP, Verdict.DOWN, Verdict.UNKNOWN
OUTAGE = replace(
    MAIL,
    key=None,
    text="My website is completely down, nobody can open it right now!",
    sender="anna@reseller.example",
)


def saw(*glances: tuple[str, Verdict], blind: bool = False) -> Sighting:
    return Sighting([Glance(f"web1/{kind}", kind, told) for kind, told in glances], blind)


WELL, BROKEN = saw(("ping", UP), ("http", UP)), saw(("ping", UP), ("http", DOWN))


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        (WELL, Confirmed.SEEN_WELL),
        (BROKEN, Confirmed.CONFIRMED),
        (saw(("http", UP), ("http", DOWN)), Confirmed.CONFIRMED),
        (saw(("ping", UP)), Confirmed.UNCHECKABLE),
        (saw(("ping", DOWN)), Confirmed.CONFIRMED),
        (saw(("http", UNKNOWN), ("ping", UP)), Confirmed.UNCHECKABLE),
        (saw(("http", UP), ("imap", UNKNOWN)), Confirmed.SEEN_WELL),
        (saw(), Confirmed.UNCHECKABLE),
        (saw(("http", UP), blind=True), Confirmed.UNCHECKABLE),
    ],
)
def test_what_the_looks_mean(seen: Sighting, wanted: Confirmed) -> None:
    assert judged(seen) is wanted


def test_the_findings_name_look_and_place() -> None:
    told = described(Sighting([Glance("a/http", "http", DOWN, "refused", "paris")]))
    assert told == "- a/http from paris: down: refused"
    assert "nothing" in described(saw())


async def word(store: Store, **more: Any) -> TicketRecord:
    acted = await taken(store, replace(OUTAGE, **more))
    assert acted.ticket.category == "critical"
    return acted.ticket


async def judge(store: Store, ticket: TicketRecord, seen: Sighting, *, at: datetime = NOW) -> Saved:
    return await store.write(outages.judge, ticket.id, seen, plan=PLAN, now=at)


async def opened(store: Store) -> Sequence[Incident]:
    return await store.read(incidents.by_ids, [1, 2, 3])


async def now_is(store: Store, ticket: TicketRecord) -> TicketRecord:
    found = await store.read(rows.by_id, ticket.id)
    assert found is not None
    return found


async def test_r17_confirmed_opens_the_incident_of_his_server_and_pages(store: Store) -> None:
    ticket = await word(store)
    saved = await judge(store, ticket, BROKEN)
    (incident,) = await opened(store)
    assert (incident.key, incident.step, incident.ticketed) == ("server:web1", 1, True)
    assert await store.read(outbox.under_way, EffectKind.PAGE)
    assert (await now_is(store, ticket)).incident == incident.id
    assert saved.effects > 0
    assert (await case_of_ticket(store, ticket)) is Confirmed.CONFIRMED


async def case_of_ticket(store: Store, ticket: TicketRecord) -> Confirmed:
    found = await store.read(cases.by_ticket, ticket.id)
    assert found is not None
    assert found.look_at is None
    return found.confirmed


async def test_a_word_is_judged_once(store: Store) -> None:
    ticket = await word(store)
    await judge(store, ticket, BROKEN)
    again = await judge(store, ticket, WELL)
    assert (again.incidents, again.effects) == ((), 0)
    assert (await now_is(store, ticket)).category == "critical"


async def test_seen_well_is_written_down_and_wakes_nobody(store: Store) -> None:
    ticket = await word(store)
    await judge(store, ticket, WELL)
    lower = await now_is(store, ticket)
    assert (lower.category, lower.priority, lower.queue, lower.level) == (
        "hosting",
        "high",
        "level-1",
        "level-1",
    )
    assert await opened(store) == []
    line = (await store.read(logs.read, "ticket", ticket.id))[-1]
    assert (line.kind, line.data["was"], "web1/http: up" in line.words) == (
        "reclassified",
        "critical",
        True,
    )
    assert not await store.read(outbox.under_way, EffectKind.PAGE)


@pytest.mark.parametrize("minutes", [0, 14])
async def test_two_words_within_a_quarter_of_an_hour_page(store: Store, minutes: int) -> None:
    """Two that come together are two as well: neither has to be judged first."""
    first, second = await word(store), await word(store, sender="anna@reseller.example")
    if minutes:
        await judge(store, first, WELL)
    await judge(store, second, WELL, at=NOW + timedelta(minutes=minutes))
    (incident,) = await opened(store)
    assert incident.rule == "the word of a second customer within 15 minutes"
    assert (await now_is(store, second)).incident == incident.id


async def test_a_ticket_that_was_solved_meanwhile_wakes_nobody(store: Store) -> None:
    ticket = await word(store)
    await store.write(rows.change, replace(ticket, state=TicketState.SOLVED))
    await judge(store, ticket, BROKEN)
    assert await opened(store) == []


async def test_of_an_account_that_nobody_knows_it_is_an_incident_of_its_own(
    file_store: Store,
) -> None:
    ticket = await word(file_store, sender="x@nowhere.example", to="y@nowhere.example")
    await judge(file_store, ticket, saw())
    (incident,) = await opened(file_store)
    assert (incident.key, incident.server, incident.brand) == (f"request:{ticket.id}", None, None)


async def test_a_word_joins_what_burns_already_without_a_look(store: Store) -> None:
    await judge(store, await word(store), BROKEN)
    acted = await taken(store, OUTAGE)
    (incident,) = await opened(store)
    case = await case_of(store, acted)
    assert (acted.ticket.incident, case.look_at) == (incident.id, None)
    lines = await store.read(logs.read, "incident", incident.id)
    assert f"ticket {acted.ticket.id}" in lines[-1].words


async def again(store: Store, ticket: TicketRecord, text: str, *, minutes: int = 1) -> bool:
    at = NOW + timedelta(minutes=minutes)
    return await store.write(outages.still_down, ticket.id, outages.again(text, plan=PLAN), now=at)


async def test_who_answers_that_it_is_still_down_is_believed(store: Store) -> None:
    """The second word may come as an answer to our letter."""
    ticket = await word(store)
    await judge(store, ticket, WELL)
    assert await again(store, ticket, OUTAGE.text)
    await judge(store, ticket, WELL, at=NOW + timedelta(minutes=2))
    (incident,) = await opened(store)
    worse = await now_is(store, ticket)
    assert (worse.incident, worse.category, worse.queue) == (
        incident.id,
        "critical",
        "rapid-response",
    )


async def test_an_outage_told_later_on_another_matter_is_looked_at(store: Store) -> None:
    acted = await taken(store, replace(MAIL, key=None, sender="anna@reseller.example"))
    assert await again(store, acted.ticket, OUTAGE.text, minutes=60)
    await judge(store, acted.ticket, WELL, at=NOW + timedelta(minutes=61))
    same = await now_is(store, acted.ticket)
    assert (same.category, same.queue, same.incident) == ("hosting", "level-1", None)
    line = (await store.read(logs.read, "ticket", same.id))[-1]
    assert "the probes see it well" in line.words
    assert await again(store, acted.ticket, OUTAGE.text, minutes=120)
    await judge(store, acted.ticket, BROKEN, at=NOW + timedelta(minutes=121))
    assert (await now_is(store, acted.ticket)).category == "critical"


async def test_thanks_are_no_outage(file_store: Store) -> None:
    ticket = await word(file_store)
    await judge(file_store, ticket, WELL)
    assert not await again(file_store, ticket, "Thank you, it works again.")


@pytest.mark.parametrize("waited", [timedelta(), timedelta(hours=1)])
async def test_a_flood_of_strangers_wakes_people_three_times_and_not_for_each(
    store: Store, waited: timedelta
) -> None:
    """A form is open to everybody; what they say is kept all the same. Mails may have waited for us
    while we were away, or say so.
    """
    for number in range(6):
        strange = {"sender": f"x{number}@nowhere.example", "to": "y@nowhere.example"}
        await judge(store, await word(store, **strange, opened_at=NOW - waited), saw())
    found = await store.read(incidents.by_ids, [1, 2, 3, 4, 5, 6])
    assert [one.key for one in found] == ["request:1", "request:2", "request:3"]
    joined = [(await store.read(rows.by_id, number)) for number in (4, 5, 6)]
    assert {one.incident for one in joined if one} == {found[-1].id}


async def test_what_another_brands_customer_wrote_stands_in_no_title_of_ours(
    file_store: Store,
) -> None:
    ticket = await word(file_store, subject="my secret shop")
    await judge(file_store, ticket, BROKEN)
    (incident,) = await opened(file_store)
    assert incident.title == "A customer says: my secret shop"
    for brand, title in (("acme", incident.title), ("blau", incident.key)):
        told = replace(MAIL, key=None, brand=brand, to="", sender="x@y.example", server="web1")
        case = await case_of(file_store, await taken(file_store, told))
        assert [one["title"] for one in case.facts["incidents"]] == [title]
