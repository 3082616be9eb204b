"""What every ticket system must do whose tickets can be swept together, or that can be examined."""

from contextlib import suppress

import pytest

from playbooks.outside import GoneError
from playbooks.ports import Examines, Sweeps, TicketState
from tests.contracts.ticket_houses import House, draft

_OVER = (TicketState.SOLVED, TicketState.CLOSED)


def sweeping(house: House) -> Sweeps:
    """The house's system; the test is skipped where no ticket can have a twin, or none be found."""
    if not isinstance(house.system, Sweeps):
        pytest.skip(f"{house.system.name} has no twins to be found")
    return house.system


async def test_who_holds_a_key_is_told(house: House) -> None:
    wanted = draft()
    assert list(await sweeping(house).holders(wanted.key)) == []
    ref = await house.system.open(wanted)
    assert list(await sweeping(house).holders(wanted.key)) == [ref]
    assert list(await sweeping(house).holders(wanted.key.upper())) == []


async def test_a_folded_ticket_is_gone_merged_or_over_and_folding_it_again_changes_nothing(
    house: House,
) -> None:
    sweeps = sweeping(house)
    wanted = draft()
    first, second = await house.system.open(wanted), await house.system.open(draft())
    for _ in range(2):  # as after a crash
        await sweeps.fold(second, first)
    with suppress(GoneError):  # some forget a ticket that was merged away
        there = await house.system.read(second)
        assert there.ref == first or there.state in _OVER
    assert (await house.system.read(first)).state not in _OVER
    assert list(await sweeps.holders(wanted.key)) == [first]


async def test_what_is_missing_is_told_with_what_to_do(house: House) -> None:
    system = house.system
    if not isinstance(system, Examines):
        pytest.skip(f"{system.name} needs no set-up")
    for lack in await system.examine():
        assert lack.part in {"queue", "field", "right", "state", "priority", "webhook", "access"}
        assert lack.name
        assert lack.problem
        assert lack.advice
