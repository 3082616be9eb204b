"""Fifty pollers that may die, and people who go on writing: each word comes home once."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from random import Random

import pytest

from alerts.model import ActorKind
from playbooks.ports import Change, ChangeKind
from tests.contracts.house_freescout import FreeScoutHouse, emulated_freescout
from tests.contracts.house_whmcs import WhmcsHouse, emulated_whmcs
from tests.contracts.house_zammad import ZammadHouse, emulated_zammad
from tests.contracts.house_zendesk import ZendeskHouse, emulated_zendesk
from tests.contracts.ticket_houses import draft

_SPOKEN = (ChangeKind.NOTE, ChangeKind.REPLY)
_LAGS = (-1.0, 0.5, 60.0)  # seconds by which a list is late


Unnumbered = WhmcsHouse | ZendeskHouse | ZammadHouse | FreeScoutHouse
HOUSES: Mapping[str, Callable[[], AbstractAsyncContextManager[Unnumbered]]] = {
    "whmcs": emulated_whmcs,
    "zendesk": emulated_zendesk,
    "zammad": emulated_zammad,
    "freescout": emulated_freescout,
}


@pytest.fixture(params=HOUSES)
async def house(request: pytest.FixtureRequest) -> AsyncIterator[Unnumbered]:
    """Who has no numbered events to go by."""
    async with HOUSES[request.param]() as house:
        yield house


@pytest.mark.parametrize("seed", range(4))
async def test_no_word_is_missed_or_told_twice_over_fifty_restarts(
    house: Unnumbered, seed: int
) -> None:
    dice = Random(seed)
    refs = [await house.system.open(draft()) for _ in range(5)]
    _, cursor = await house.system.changes("")
    said, heard = list[str](), list[str]()
    poller = house.another()
    for _ in range(50):
        for _ in range(dice.randrange(4)):
            said.append(f"word {len(said)}")
            write = dice.choice((house.people.note, house.people.reply))
            await write(dice.choice(("dana", "bob")), dice.choice(refs), said[-1])
        _lag(house, dice.choice(_LAGS))
        changes, after = await poller.changes(cursor)
        if dice.random() < 0.6:  # else it dies before it has stored what it read
            heard, cursor = [*heard, *_words(changes)], after
        poller = house.another() if dice.random() < 0.6 else poller
    _lag(house, -1)
    for _ in range(3):
        changes, cursor = await house.another().changes(cursor)
        heard += _words(changes)
    assert sorted(heard) == sorted(said)


def _words(changes: Sequence[Change]) -> list[str]:
    return [
        change.text
        for change in changes
        if change.kind in _SPOKEN and change.actor.kind is ActorKind.PERSON
    ]


def _lag(house: Unnumbered, seconds: float) -> None:
    """How late changes show: none, those of some tickets, or all."""
    match house:
        case ZendeskHouse():
            house.emulator.lag_seconds = seconds
        case ZammadHouse() | FreeScoutHouse():
            hidden = {-1.0: set[int](), 0.5: {1, 3}}
            house.emulator.stale = hidden.get(seconds, {1, 2, 3, 4, 5})
        case WhmcsHouse():
            pass  # its lists are its database
