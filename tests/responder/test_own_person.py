"""Does a ticket stay open whatever becomes of giving it to somebody?"""

from typing import Any

import pytest
import structlog

from playbooks.outside import OutsideError
from playbooks.ports import TicketRef
from responder.own_person import give

REF = TicketRef("rt", "7")


class Keeps:
    """A ticket system whose owners are kept, or refused."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble = trouble
        self.owners: list[tuple[str, str]] = []

    async def assign(self, ticket: TicketRef, owner: str) -> None:
        if self.trouble:
            raise self.trouble
        self.owners.append((ticket.id, owner))


async def given(system: Any) -> str:
    with structlog.testing.capture_logs() as lines:
        await give(system, REF, "ana")
    (line,) = lines
    return f"{line['event']} {line.get('why', '')}".strip()


async def test_it_is_given_once() -> None:
    system = Keeps()
    assert await given(system) == "ticket_assigned"
    assert system.owners == [("7", "ana")]


@pytest.mark.parametrize("trouble", [OutsideError("no such user", transient=False), TimeoutError()])
async def test_a_refusal_is_told_and_is_no_failure(trouble: Exception) -> None:
    assert (await given(Keeps(trouble))).startswith("ticket_not_assigned")


async def test_a_system_without_owners_is_left_alone() -> None:
    assert await given(object()) == "ticket_not_assigned it has no owners"
