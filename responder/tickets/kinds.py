"""The list of ticket systems; adding one is a file and two lines here."""

from typing import Annotated, Literal

import aiohttp
from pydantic import BaseModel, ConfigDict, Field

from playbooks.ports import Assigns, Examines, ListsChanges, Moves, Sweeps, TicketSystem
from responder.clock import Clock
from responder.store import Store
from responder.tickets.desk import Desk
from responder.tickets.rt import RequestTracker
from responder.tickets.rt_settings import RtTickets
from responder.tickets.whmcs import Whmcs
from responder.tickets.whmcs_settings import WhmcsTickets
from responder.values import Counted, uncounted


class DeskTickets(BaseModel):
    """The built-in desk: it stands in our own store and needs no settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: Literal["desk"] = "desk"


Settings = DeskTickets | RtTickets | WhmcsTickets
AnyTickets = Annotated[Settings, Field(discriminator="system")]

# mypy tells here when an adapter no longer fits what the daemon asks of it.
_: tuple[type[TicketSystem], ...] = (RequestTracker, Whmcs, Desk)
_lists: tuple[type[ListsChanges], ...] = (RequestTracker, Whmcs)
_assigns: tuple[type[Assigns], ...] = (RequestTracker, Whmcs, Desk)
_moves: tuple[type[Moves], ...] = (RequestTracker, Whmcs, Desk)
_sweeps: tuple[type[Sweeps], ...] = (Whmcs,)
_examines: tuple[type[Examines], ...] = (Whmcs,)


def ticket_system(
    settings: Settings,
    session: aiohttp.ClientSession,
    store: Store,
    *,
    clock: Clock | None = None,
    counted: Counted = uncounted,
) -> TicketSystem:
    """The adapter that these settings choose. `counted` hears of figures of the built-in desk."""
    match settings:
        case RtTickets():
            return RequestTracker(settings, session)
        case WhmcsTickets():
            return Whmcs(settings, session)
        case DeskTickets():
            return Desk(store, clock=clock, counted=counted)
