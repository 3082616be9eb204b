"""What the desk does again and again besides its tickets: looks for customers, reads their mail."""

import contextlib

import aiohttp

from responder.customer_links import link_to
from responder.eyes.witness import Witness
from responder.mailboxes import Mailboxes
from responder.supervise import Duty
from responder.support.confirming import Confirming
from responder.world import World


def desk_duties(
    world: World, session: aiohttp.ClientSession, exits: contextlib.AsyncExitStack
) -> list[Duty]:
    """The duties; `exits` ends what they have begun."""
    confirming = Confirming(
        world.store,
        Witness(world.live, world.eyes, session),
        plan=lambda: world.live.plan,
        clock=world.clock,
        follow=world.follow,
    )
    exits.push_async_callback(confirming.end)
    mailboxes = Mailboxes(world, link=link_to(world))
    return [
        Duty("requests", confirming.turn, every=1.0),
        Duty("mailboxes", mailboxes.turn, every=5.0),
    ]
