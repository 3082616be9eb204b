"""Does the guide say of each ticket system what the system says of itself?"""

import re

import pytest

from playbooks.brought import ListsRequests
from playbooks.ports import Capabilities
from responder.tickets.desk import Desk
from responder.tickets.email import MailTickets
from responder.tickets.freescout import FreeScout
from responder.tickets.rt import RequestTracker
from responder.tickets.whmcs import Whmcs
from responder.tickets.zammad import Zammad
from responder.tickets.zendesk import Zendesk
from tests.rooms import HOUSE

GUIDE = (HOUSE / "docs/guide/tickets.md").read_text(encoding="utf-8")
SYSTEMS = (Desk, RequestTracker, Zammad, FreeScout, Whmcs, Zendesk, MailTickets)


def row(system: str) -> list[str]:
    """Its line in the table of what each can do."""
    table = GUIDE[GUIDE.index("## What each can do") :]
    found = re.search(rf"^\| `{system}` \|(.*)\|$", table, re.MULTILINE)
    assert found, system
    return [cell.strip() for cell in found[1].split("|")]


def said(can: Capabilities) -> list[str]:
    """The same line as the code would write it."""
    words = {True: "yes", False: "no"}
    return [
        words[can.idempotent],
        can.key,
        words[can.unique_key],
        words[can.history],
        words[can.webhook],
        words[can.merges],
        str(can.levels),
        words[can.reads],
        words[can.requests],
    ]


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda one: str(one.name))
def test_the_guide_says_what_a_system_can_do(system: type[Zammad]) -> None:
    assert row(system.name) == said(system.capabilities)
    assert system.capabilities.requests == issubclass(system, ListsRequests)
    assert system.capabilities.notes  # "internal notes are in all of them"
