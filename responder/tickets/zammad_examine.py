"""Is Zammad set up as we need it? Asks, and creates what may be created."""

from collections.abc import Iterator, Sequence

from playbooks.outside import LoginRefusedError, OutsideError
from playbooks.ports import Lack, TicketState
from responder.desk.levels import QUEUES
from responder.tickets.zammad_rest import WHAT, Rest
from responder.tickets.zammad_rows import Body
from responder.tickets.zammad_settings import ZammadTickets

_NEEDED_STATES = (TicketState.NEW, TicketState.OPEN, TicketState.SOLVED)


async def examine(rest: Rest, settings: ZammadTickets) -> Sequence[Lack]:
    """What is missing. Raises OutsideError where Zammad can't be asked at all."""
    try:
        await rest.user("me")
    except OutsideError as error:
        if error.transient and not isinstance(error, LoginRefusedError):
            raise
        return (_no_access(error),)
    return (
        *_groups(settings, {one.name for one in await rest.named("groups") if one.active}),
        *_states(settings, {one.name for one in await rest.named("ticket_states") if one.active}),
        *_priorities(settings, {one.name for one in await rest.named("ticket_priorities")}),
        *await _attributes(rest, settings),
    )


async def mend(rest: Rest, lack: Lack) -> str:
    """Create what is missing. Raises OutsideError where our user may not."""
    if not lack.mendable:
        raise OutsideError(f"{WHAT}: {lack.name} must be mended by hand", transient=False)
    if lack.part == "queue":
        await rest.make("/groups", {"name": lack.name, "active": True})
        return f"created the group {lack.name}; its agents must be named by hand"
    await rest.make("/object_manager_attributes", _attribute(lack.name))
    await rest.make("/object_manager_attributes_execute_migrations", {})
    return f"created the attribute {lack.name} of tickets"


def _no_access(error: OutsideError) -> Lack:
    advice = (
        "Create a user for the responder alone, and as this user a token with ticket.agent "
        "(Profile > Token Access); put it into token_file."
    )
    return Lack("access", "token_file", str(error), advice)


def _groups(settings: ZammadTickets, there: set[str]) -> Iterator[Lack]:
    for ours in QUEUES:
        theirs = settings.queue_there(ours)
        if theirs not in there:
            problem = f"there is no group {theirs} that our user sees"
            advice = (
                f"Create the group {theirs} (Admin > Groups), give our user full access to it, or "
                f"name another one under queues: {{{ours}: ...}}."
            )
            yield Lack("queue", theirs, problem, advice, mendable=True)


def _states(settings: ZammadTickets, there: set[str]) -> Iterator[Lack]:
    for state in _NEEDED_STATES:
        theirs = settings.state_there(state)
        if theirs not in there:
            advice = f"Name the state that means {state} under states:."
            yield Lack("state", theirs, f"there is no state {theirs}", advice)


def _priorities(settings: ZammadTickets, there: set[str]) -> Iterator[Lack]:
    for theirs in sorted(set(settings.priorities.values()) - there):
        advice = "Name the priorities that there are under priorities:."
        yield Lack("priority", theirs, f"there is no priority {theirs}", advice)


async def _attributes(rest: Rest, settings: ZammadTickets) -> Sequence[Lack]:
    wanted = [settings.key_field, *settings.fields.values()]
    if settings.vote_field:
        wanted.append(settings.vote_field)
    there = await _known(rest, wanted)
    return [
        Lack(
            "field",
            name,
            f"tickets have no attribute {name}: Zammad drops it without a word",
            f"Create the attribute {name} (Admin > Objects > Ticket, format Text, 255).",
            mendable=True,
        )
        for name in wanted
        if name not in there
    ]


async def _known(rest: Rest, wanted: Sequence[str]) -> frozenset[str]:
    """From the object manager where we may ask it, else from any ticket that we see."""
    try:
        return await rest.attributes()
    except OutsideError as error:
        if error.transient:
            raise
    rows = await rest.search({"created_at": ("after (absolute)", "1970-01-01T00:00:00Z")})
    # Without any ticket nothing can be said.
    return frozenset(name for name in wanted if not rows or rows[0].has(name))


def _attribute(name: str) -> Body:
    screens = {"edit": {"ticket.agent": {"shown": True, "required": False}}}
    return {
        "name": name,
        "object": "Ticket",
        "display": name.replace("_", " ").capitalize(),
        "active": True,
        "data_type": "input",
        "data_option": {"type": "text", "maxlength": 255, "null": True, "default": ""},
        "screens": {"create_middle": {"ticket.agent": {"shown": False}}, **screens},
        "position": 1550,
    }
