"""Is FreeScout set up as we need it? Asks; nothing of it can be created over its API."""

from collections.abc import Collection, Iterator, Sequence

from playbooks.outside import LoginRefusedError, OutsideError
from playbooks.ports import Lack
from responder.desk.levels import RAPID_RESPONSE
from responder.tickets.freescout_rest import Rest
from responder.tickets.freescout_settings import FreeScoutTickets


async def examine(rest: Rest, settings: FreeScoutTickets) -> Sequence[Lack]:
    """What is missing. Raises OutsideError where FreeScout can't be asked at all."""
    try:
        boxes = {one.name for one in await rest.mailboxes()}
    except OutsideError as error:
        if error.transient and not isinstance(error, LoginRefusedError):
            raise
        return (_no_access(error),)
    return (
        *await _user(rest, settings),
        *_mailboxes(settings, boxes),
        *await _webhook(rest, settings),
    )


def _no_access(error: OutsideError) -> Lack:
    advice = "Buy and activate the module API & Webhooks, and put its API key into api_key_file."
    return Lack("access", "api_key_file", str(error), advice)


async def _user(rest: Rest, settings: FreeScoutTickets) -> Sequence[Lack]:
    if await rest.user(settings.user) is not None:
        return ()
    problem = f"there is no user {settings.user}"
    advice = "Create a user for the responder alone, with access to every mailbox that is used."
    return (Lack("right", settings.user, problem, advice),)


def _mailboxes(settings: FreeScoutTickets, there: Collection[str]) -> Iterator[Lack]:
    wanted = {RAPID_RESPONSE: settings.mailbox_there(RAPID_RESPONSE), **settings.queues}
    wanted |= {f"brand {brand}": name for brand, name in settings.brands.items()}
    wanted["mailbox"] = settings.mailbox
    for what, name in wanted.items():
        if name not in there:
            problem = f"there is no mailbox {name} (for {what})"
            advice = f"Create the mailbox {name} (Manage > Mailboxes), or name another one for it."
            yield Lack("queue", name, problem, advice)


async def _webhook(rest: Rest, settings: FreeScoutTickets) -> Sequence[Lack]:
    advice = (
        "Create a webhook (Manage > API & Webhooks) to /callbacks/tickets/freescout for every "
        "event of conversations, and put APP_KEY of FreeScout's .env into app_key_file."
    )
    if settings.app_key_file is None:
        return ()  # then changes are seen at the next poll: slower, and nothing is missing
    ours = [one for one in await rest.webhooks() if "/callbacks/tickets/" in one.url]
    if not ours:
        return (Lack("webhook", "webhooks", "no webhook of FreeScout calls us", advice),)
    return [
        Lack("webhook", one.url, f"its last call failed: {one.last_error}", "Is the address right?")
        for one in ours
        if one.last_error
    ]
