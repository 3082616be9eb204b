"""What Zendesk must have for us and has not: groups, fields, the rights of an administrator."""

from collections.abc import Iterator, Sequence
from typing import Final

from playbooks.outside import LoginRefusedError, OutsideError
from playbooks.ports import Lack
from responder.tickets.zendesk_rest import WHAT, Rest
from responder.tickets.zendesk_settings import ZendeskTickets

_USED: Final = ("rapid-response", "level-1", "sales-billing", "abuse")


async def examine(rest: Rest, settings: ZendeskTickets) -> Sequence[Lack]:
    """All that is missing; nothing else is asked where we can't get in."""
    try:
        me = await rest.me()
    except OutsideError as error:
        if error.transient and not isinstance(error, LoginRefusedError):
            raise
        return [Lack("access", "API", str(error), "make an API token for `user`, and allow tokens")]
    if me.role != "admin":
        advice = "give our user the role Administrator: the export of changes is for these alone"
        return [Lack("right", "Administrator", f"{settings.user} is {me.role or 'nobody'}", advice)]
    groups = {one.name for one in await rest.groups()}
    fields = {one.id for one in await rest.fields()} if settings.fields else set()
    return [*_groups(groups, settings), *_fields(fields, settings)]


async def mend(rest: Rest, lack: Lack) -> str:
    """Create a group; its members are the company's to choose."""
    if lack.part != "queue":
        message = f"{WHAT}: {lack.name} is to be created by hand: {lack.advice}"
        raise OutsideError(message, transient=False)
    await rest.create_group(lack.name)
    return f"created the group {lack.name}: add its members"


def _groups(there: set[str], settings: ZendeskTickets) -> Iterator[Lack]:
    for queue in dict.fromkeys((*_USED, *settings.queues)):
        name = settings.queue_there(queue)
        if name not in there:
            advice = "create it (People > Groups), or name another one under `queues`"
            problem = f"there is no group for {queue}"
            yield Lack("queue", name, problem, advice, mendable=True)


def _fields(there: set[str], settings: ZendeskTickets) -> Iterator[Lack]:
    for word, number in settings.fields.items():
        if str(number) not in there:
            advice = f"create a text field for the {word} and give its number under `fields`"
            yield Lack("field", str(number), f"there is no ticket field {number}", advice)
