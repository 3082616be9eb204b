"""R1, R29: a ticket system that fails at any write, and processes that die: one ticket for each."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from threading import Event
from typing import Any, cast

import pytest
from typing_extensions import override

from alerts.model import ActorKind
from playbooks.brought import Brought
from playbooks.ports import Change, TicketRef, TicketState, TicketSystem
from probes.panel_map import Account, PanelMap
from responder.emulators.ticket_faults import Fault, Faults
from responder.foreign import await_key
from responder.foreign_progress import Waiting
from responder.store import Store, logs, quarantine
from responder.tickets.keys import mark
from tests.contracts.house_freescout import FreeScoutHouse
from tests.contracts.house_rt import EmulatedPeople, RtHouse
from tests.contracts.house_whmcs import WhmcsHouse
from tests.contracts.house_zammad import ZammadHouse
from tests.responder.desk.brought import HELP, HOUSES, OFFER, Home, House, at_home
from tests.responder.desk.company import PLAN

TROUBLES = {Fault.RESET: 0.25, Fault.UNAVAILABLE: 0.25, Fault.LOGIN_PAGE: 0.1}


@pytest.mark.parametrize("name", HOUSES)
async def test_r1_whatever_fails_and_whoever_dies_each_word_comes_home_once(
    name: str, file_store: Store
) -> None:
    dice = Random(7)
    async with HOUSES[name]() as house:
        home = await at_home(file_store, house)
        faults = faults_of(house)
        faults.dice, faults.chances = dice, TROUBLES
        said = list[tuple[str, str]]()
        refs = [await home.asked(dice.choice((OFFER, HELP))) for _ in range(4)]
        for turn in range(25):
            if turn % 3 == 0:
                said.append((dice.choice(refs).id, f"word {turn}"))
                ref = next(one for one in refs if one.id == said[-1][0])
                await house.people.write_as_customer(ref, said[-1][1])
            if dice.random() < 0.5:
                home.restart()
            await home.looks()
        faults.chances = {}
        home.restart()
        for _ in range(3):
            await home.looks()
        assert await home.waiting() == []
        assert [record.ref for record in await home.records()] == [ref.id for ref in refs]
        assert sorted(await heard(home)) == sorted(said)
        for record in await home.records():
            assert notes_of(house, record.ref, f"{record.key}/known") == 1


class Poison(str):
    """Words that break whoever reads them."""

    @override
    def strip(self, *_: Any) -> str:
        raise RecursionError("deep")


class Poisoned:
    """The house, in which the words of one ticket are poison."""

    def __init__(self, house: House, ref: TicketRef) -> None:
        self._system, self._ref = house.another(), ref

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        return await self._system.adopt(ticket, key)

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        found, place = await self._system.requests(cursor)
        bad = [replace(one, text=Poison(one.text)) for one in found if one.ticket == self._ref]
        return [*bad, *(one for one in found if one.ticket != self._ref)], place


async def test_r1_a_ticket_that_breaks_us_holds_up_no_other_and_is_kept_aside(
    file_store: Store,
) -> None:
    async with HOUSES["zammad"]() as house:
        home = await at_home(file_store, house)
        poison, other = await home.asked(), await home.asked()
        home.restart(cast("TicketSystem", Poisoned(house, poison)))
        kept = []
        for _ in range(4):
            await home.foreign.turn()
            kept.append(await file_store.read(quarantine.count))
        assert kept == [0, 0, 1, 1]
        assert [record.ref for record in await home.records()] == [other.id]
        (told,) = await file_store.read(quarantine.listed)
        assert (told["sender"], told["times"]) == ("tickets/zammad", 1)
        third = await home.asked(HELP)
        await home.foreign.turn()
        assert [record.ref for record in await home.records()] == [other.id, third.id]


async def test_r1_a_real_request_tracker_brings_them_and_is_brought_in_order(
    file_store: Store, tracker: RtHouse
) -> None:
    home = await at_home(file_store, tracker)
    _, cursor = await tracker.system.requests("")
    ref = await home.asked(OFFER)
    ((one, *_), _) = await tracker.another().requests(cursor)
    assert (one.ticket, one.to) == (ref, "level-1@hosting.test")  # by which its brand is found
    await home.house.people.write_as_customer(ref, "Hello?")
    await home.looks()
    (record,) = await home.records()
    there = await tracker.system.read(ref)
    assert (record.queue, there.queue, there.key) == ("sales-billing",) * 2 + (record.key,)
    assert await tracker.system.noted(ref, f"{record.key}/known")
    await home.house.people.take("dana", ref)
    await home.house.people.reply("dana", ref, "It costs 7 EUR.")
    await home.house.people.turn("dana", ref, TicketState.SOLVED)
    await home.looks()
    (record,) = await home.records()
    assert (record.owner, record.state, record.solved_by) == ("ana", "solved", "sales-billing")
    assert await heard(home) == [(ref.id, "Hello?")]


class Long(str):
    """Words that take long to read."""

    begun, go = Event(), Event()

    @override
    def strip(self, *_: Any) -> str:
        self.begun.set()
        assert self.go.wait(20)
        return str(self)


class Lengthy:
    """The house, whose customers write such words."""

    def __init__(self, house: House) -> None:
        self._system = house.another()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    async def adopt(self, ticket: TicketRef, key: str) -> Sequence[Change]:
        return await self._system.adopt(ticket, key)

    async def requests(self, cursor: str) -> tuple[Sequence[Brought], str]:
        found, place = await self._system.requests(cursor)
        return [replace(one, text=Long(one.text)) for one in found], place


async def test_r1_a_request_that_is_filed_while_tickets_are_read_costs_none_of_them(
    file_store: Store,
) -> None:
    async with HOUSES["zammad"]() as house:
        home = await at_home(file_store, house)
        ref = await home.asked()
        home.restart(cast("TicketSystem", Lengthy(house)))
        Long.begun.clear()
        Long.go.clear()
        turn = asyncio.create_task(home.foreign.turn())
        await asyncio.to_thread(Long.begun.wait, 20)
        filed = Waiting(ref="77", lay="level-1")
        await file_store.write(await_key, "zammad", filed, now=home.company.clock.now())
        Long.go.set()
        await turn
        assert [record.ref for record in await home.records()] == [ref.id]


async def heard(home: Home) -> list[tuple[str, str]]:
    """What customers said beside their first words, and in which ticket."""
    found = list[tuple[str, str]]()
    for record in await home.records():
        lines = await home.store.read(logs.read, "ticket", record.id)
        spoken = [one for one in lines if one.kind == "customer"]
        assert {one.actor.kind for one in spoken} <= {ActorKind.CUSTOMER}
        found += [(record.ref, one.words.strip()) for one in spoken]
    return found


def faults_of(house: House) -> Faults:
    """How its emulator fails."""
    if isinstance(house, RtHouse):
        assert isinstance(house.people, EmulatedPeople)
        return house.people.emulator.faults
    return house.emulator.faults


def notes_of(house: House, ref: str, key: str) -> int:
    """How often the words of this key stand there."""
    match house:
        case RtHouse():
            assert isinstance(house.people, EmulatedPeople)
            lines = house.people.emulator.book.transactions
            texts = [line.text for line in lines if str(line.ticket) == ref]
        case ZammadHouse():
            held = house.emulator.book.articles.values()
            texts = [one.body for one in held if str(one.ticket) == ref]
        case FreeScoutHouse():
            texts = [one.body for one in house.emulator.book.threads_of(int(ref))]
        case WhmcsHouse():
            texts = [one.text for one in house.emulator.book.held(ref).words]
        case _:
            audits = house.emulator.book.of(int(ref))
            texts = [str(event.get("body")) for one in audits for event in one.events]
    return sum(mark(key) in text for text in texts)


@pytest.mark.parametrize("name", ["zammad", "rt"])
async def test_r1_an_outage_joins_the_incident_of_its_server_and_its_ticket_stays_the_customers(
    name: str, file_store: Store
) -> None:
    maps = {"web1": PanelMap(accounts=(Account("gina", "gina.example"),))}
    async with HOUSES[name]() as house:
        home = await at_home(file_store, house)
        home.plan = replace(PLAN, maps=maps)
        await home.company.breaks()
        await home.company.works()
        ref = await home.asked("https://gina.example is down since ten minutes, nothing loads!")
        await home.looks()
        ours, his = await home.records()
        assert (ours.incident, his.incident, his.server) == (1, 1, "web1")
        assert (await house.system.read(ref)).queue == "rapid-response"
        await home.company.recovers()
        await home.company.works()
        await home.looks()
        ours, his = await home.records()
        assert (ours.state, his.state) == (TicketState.SOLVED, TicketState.NEW)
        assert (await house.system.read(ref)).state is TicketState.NEW  # he was told nothing yet
