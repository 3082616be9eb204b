"""Is Request Tracker set up as we need it? Asks, and creates what REST2 can create."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.model import Priority
from playbooks.outside import LoginRefusedError, OutsideError
from playbooks.ports import Lack
from responder.tickets.rt_names import Names
from responder.tickets.rt_rest import WHAT, quoted
from responder.tickets.rt_settings import RtTickets
from responder.tickets.rt_setup import REPLIES, TICKETS, FieldSetup, QueueSetup, Setup

_USED: Final = ("rapid-response", "level-1", "sales-billing", "abuse")
_SLOW_SECONDS: Final = 0.3
_LOOKS: Final = 3
_RIGHTS: Final = {
    "comment": "CommentOnTicket",
    "correspond": "ReplyToTicket",
    "lifecycle": "ModifyTicket",
}
_UNIQUE: Final = " (unique values)"
_VALUE: Final = " = "


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A custom field that we use, and what for."""

    name: str
    lookup: str
    use: str
    values: tuple[str, ...] = ()
    unique: bool = False

    @property
    def kind(self) -> str:
        return "Select one value" if self.values else "Enter one value"


async def examine(setup: Setup, names: Names, settings: RtTickets) -> Sequence[Lack]:
    """All that is missing. Raises OutsideError where RT can't be asked at all."""
    try:
        seconds = min([await setup.seconds() for _ in range(_LOOKS)])
        await names.me()
    except OutsideError as error:
        if error.transient and not isinstance(error, LoginRefusedError):
            raise
        return [_no_access(error)]
    lacks = [*_slow(seconds)]
    queues = {name: await setup.queue(name) for name in _queues(settings)}
    there = {name: queue for name, queue in queues.items() if queue is not None}
    lacks += [_no_queue(name) for name in queues if name not in there]
    for name, queue in there.items():
        lacks += [lack async for lack in _rights(setup, name, queue)]
    for wanted in _fields(settings):
        found = await setup.field(wanted.name, wanted.lookup)
        lacks += _field(wanted, found, there)
    return [*lacks, *[_no_user(one) for one in settings.technicians if not await setup.knows(one)]]


async def mend(setup: Setup, settings: RtTickets, lack: Lack) -> str:
    """Create what is missing. Raises OutsideError where our user may not."""
    if not lack.mendable:
        raise OutsideError(f"{WHAT}: {lack.name} must be mended by hand", transient=False)
    if lack.part == "queue":
        await setup.make_queue(lack.name)
        return f"created the queue {lack.name}; who works in it must be named by hand"
    return await _mend_field(setup, settings, lack.name)


async def _mend_field(setup: Setup, settings: RtTickets, lacking: str) -> str:
    name, _, value = lacking.removesuffix(_UNIQUE).partition(_VALUE)
    wanted = next(one for one in _fields(settings) if one.name == name)
    found = await setup.field(name, wanted.lookup)
    if found is None:
        number = await setup.make_field(name, select=bool(wanted.values), unique=wanted.unique)
        for place, one in enumerate(wanted.values, start=1):
            await setup.make_value(number, one, place=place)
        return f"created the custom field {name}, for the tickets of every queue"
    if value:
        await setup.make_value(found.id, value, place=len(found.values) + 1)
        return f"added {value} to the values of {name}"
    await setup.make_unique(found.id)
    return f"no two tickets hold the same {name} from now on"


def _queues(settings: RtTickets) -> Sequence[str]:
    """RT's names of those that we open tickets in, and of all that the file names."""
    return [settings.queue_there(one) for one in dict.fromkeys((*_USED, *settings.queues))]


def _fields(settings: RtTickets) -> Iterator[_Wanted]:
    key = "each ticket's key, by which a lost one is found again"
    yield _Wanted(settings.key_field, TICKETS, key, unique=True)
    for word, name in settings.fields.items():
        values = tuple(Priority) if word == "severity" else ()
        yield _Wanted(name, TICKETS, f"the {word}", values)
    scores = tuple(str(score) for score in range(1, 6))
    yield _Wanted(settings.vote_field, TICKETS, "the customer's vote", scores)
    use = "whether a reply helped"
    yield _Wanted(settings.useful_field, REPLIES, use, ("yes", "no"))


def _field(
    wanted: _Wanted, found: FieldSetup | None, queues: Mapping[str, QueueSetup]
) -> Iterator[Lack]:
    name, what = wanted.name, "tickets" if wanted.lookup == TICKETS else "ticket transactions"
    if found is None:
        values = f", values {', '.join(wanted.values)}" if wanted.values else ""
        unique = ", with unique values" if wanted.unique else ""
        advice = (
            f"Admin > Custom Fields > Create: applies to {what}, {wanted.kind}{values}{unique}; "
            f"then apply it globally and give our user SeeCustomField and ModifyCustomField"
        )
        problem = f"our user sees no custom field of this name for {what} ({wanted.use})"
        yield Lack("field", name, problem, advice, mendable=wanted.lookup == TICKETS)
        return
    if found.most != 1:
        yield Lack("field", name, "it takes several values", f"make it {wanted.kind}")
    if wanted.unique and not found.unique:
        advice = f"tick `unique values` in Admin > Custom Fields > {name}"
        problem = "two tickets may hold the same key: a double would not be seen"
        yield Lack("field", f"{name}{_UNIQUE}", problem, advice, mendable=True)
    if found.type == "Select":
        for value in wanted.values:
            if value not in found.values:
                advice = f"add it in Admin > Custom Fields > {name}"
                problem = "RT would drop this value without a word"
                yield Lack("field", f"{name}{_VALUE}{value}", problem, advice, mendable=True)
    bare = [queue for queue, setup in queues.items() if not setup.has(name, wanted.lookup)]
    if bare:
        problem = f"it is not applied to {', '.join(bare)}"
        yield Lack("field", name, problem, "apply it globally (Admin > Custom Fields > Applies to)")


async def _rights(setup: Setup, name: str, queue: QueueSetup) -> AsyncIterator[Lack]:
    """What a right allows is seen by the links that RT offers: to the queue and to a ticket."""
    if not queue.may("create"):
        yield _no_right(f"CreateTicket in {name}", name)
    ticket = await setup.newest(f"Queue = {quoted(name)}")
    for link, right in _RIGHTS.items() if ticket else ():
        if ticket is not None and not ticket.may(link):
            yield _no_right(f"{right} in {name}", name)


def _slow(seconds: float) -> Iterator[Lack]:
    if seconds > _SLOW_SECONDS:
        problem = f"each call takes {seconds:.2f} s, most of it for the check of our token"
        advice = (
            "lower `Set($BcryptCost, ...)` in RT_SiteConfig (8 is 16 times faster than the default"
            " 12), then make a new token for our user and put it into token_file"
        )
        yield Lack("access", "token_file", problem, advice)


def _no_access(error: OutsideError) -> Lack:
    advice = (
        "create a privileged user for the responder alone and, logged in as this user, a token"
        " (Settings > Auth Tokens); put it into token_file"
    )
    return Lack("access", "token_file", str(error), advice)


def _no_queue(name: str) -> Lack:
    problem = "our user sees no queue of this name"
    advice = (
        "create it (Admin > Queues > Create) and give our user SeeQueue, ShowTicket and the other"
        " rights of the guide in it, or name another one under `queues`"
    )
    return Lack("queue", name, problem, advice, mendable=True)


def _no_right(right: str, queue: str) -> Lack:
    advice = f"grant it to our user in Admin > Queues > {queue} > User Rights"
    return Lack("right", right, "our user has not this right", advice)


def _no_user(name: str) -> Lack:
    advice = "create this user, or take the name out of `technicians`"
    return Lack("access", name, "RT has no user of this name", advice)
