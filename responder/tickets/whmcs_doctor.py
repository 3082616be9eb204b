"""What WHMCS must have for us and has not: departments, statuses, rights, the right clock."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from playbooks.outside import LoginRefusedError, OutsideError
from playbooks.ports import Lack, TicketState
from responder.tickets.whmcs_api import Api
from responder.tickets.whmcs_rows import Me
from responder.tickets.whmcs_settings import WhmcsTickets

_USED: Final = ("rapid-response", "level-1", "sales-billing", "abuse")
_RIGHTS: Final = ("API Access", "List Support Tickets", "View Support Ticket", "Open New Ticket")
_OFF: Final = timedelta(minutes=5)


async def examine(api: Api, settings: WhmcsTickets) -> Sequence[Lack]:
    """All that is missing; nothing else is asked where we can't get in."""
    try:
        me, at = await api.me()
    except OutsideError as error:
        if error.transient and not isinstance(error, LoginRefusedError):
            raise
        advice = "create API credentials with a role for tickets, and allow our address"
        return [Lack("access", "API", str(error), advice)]
    departments = {one.name for one in await api.departments()}
    statuses = set(await api.statuses())
    return [
        *_rights(me),
        *_departments(departments, settings),
        *_statuses(statuses, settings),
        *_clock(me, settings, at),
    ]


def _rights(me: Me) -> Iterator[Lack]:
    """Old versions tell no rights: then none is missed."""
    held = set(me.rights.split(","))
    for right in _RIGHTS if me.rights else ():
        if right not in held:
            advice = "give it to the administrator role of our user (Administrator Roles)"
            yield Lack("right", right, "our admin user has not this permission", advice)


def _departments(there: set[str], settings: WhmcsTickets) -> Iterator[Lack]:
    for queue in dict.fromkeys((*_USED, *settings.queues)):
        name = settings.queue_there(queue)
        if name not in there:
            advice = "create it (Support Departments), or name another one under `queues`"
            yield Lack("queue", name, f"there is no department for {queue}", advice)


def _statuses(there: set[str], settings: WhmcsTickets) -> Iterator[Lack]:
    for state in (TicketState.OPEN, TicketState.SOLVED):
        word = settings.status_there(state)
        if word not in there:
            advice = "create it (Ticket Statuses), or name another one under `statuses`"
            yield Lack("state", word, f"the status that we set for {state} is not there", advice)
    for word in sorted(there - settings.statuses.keys()):
        problem, advice = "we take it for open", "say under `statuses` what it means"
        yield Lack("state", word, problem, advice)


def _clock(me: Me, settings: WhmcsTickets, at: datetime) -> Iterator[Lack]:
    try:
        told = datetime.fromisoformat(me.now)
    except ValueError:
        return
    there = told.replace(tzinfo=told.tzinfo or ZoneInfo(settings.zone)).astimezone(UTC)
    if abs(there - at) > _OFF:
        problem = f"its clock shows {me.now}, which is not now in {settings.zone}"
        yield Lack("field", "zone", problem, "set `zone` to the time zone of WHMCS")
