"""The list of ticket systems; adding one is a file and a few lines here."""

from typing import TYPE_CHECKING, Annotated, Literal

import aiohttp
from pydantic import BaseModel, ConfigDict, Field

from playbooks.ports import Assigns, Examines, ListsChanges, Moves, Sweeps, TicketSystem
from responder.clock import Clock
from responder.store import Store
from responder.tickets.desk import Desk
from responder.tickets.email_settings import EmailTickets
from responder.tickets.freescout_settings import FreeScoutTickets
from responder.tickets.own_record import OwnRecord
from responder.tickets.rt_settings import RtTickets
from responder.tickets.whmcs_settings import WhmcsTickets
from responder.tickets.zammad_settings import ZammadTickets
from responder.tickets.zendesk_settings import ZendeskTickets
from responder.values import Counted, uncounted

if TYPE_CHECKING:  # loaded is only the one that is chosen: all together take 4 MB
    from responder.tickets.email import AnsweredMailTickets, MailTickets
    from responder.tickets.email_doctor import MailDoctor
    from responder.tickets.freescout import FreeScout
    from responder.tickets.rt import RequestTracker
    from responder.tickets.whmcs import Whmcs
    from responder.tickets.zammad import Zammad
    from responder.tickets.zendesk import Zendesk

    # mypy tells here when an adapter no longer fits what the daemon asks of it.
    _all = (RequestTracker, Whmcs, Zendesk, Desk, MailTickets, Zammad, FreeScout)
    _opens: tuple[type[TicketSystem], ...] = _all
    _moves: tuple[type[Moves], ...] = _all
    _lists: tuple[type[ListsChanges], ...] = (
        RequestTracker,
        Whmcs,
        Zendesk,
        AnsweredMailTickets,
        Zammad,
        FreeScout,
    )
    _assigns: tuple[type[Assigns], ...] = (RequestTracker, Whmcs, Zendesk, Desk, Zammad, FreeScout)
    _sweeps: tuple[type[Sweeps], ...] = (RequestTracker, Whmcs, Zendesk, Zammad, FreeScout)
    _examines: tuple[type[Examines], ...] = (
        RequestTracker,
        Whmcs,
        Zendesk,
        Zammad,
        MailDoctor,
        FreeScout,
    )
    ApiSystem = RequestTracker | Whmcs | Zammad | Zendesk | FreeScout


class DeskTickets(BaseModel):
    """The built-in desk: it stands in our own store and needs no settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: Literal["desk"] = "desk"


ApiSettings = RtTickets | WhmcsTickets | ZammadTickets | ZendeskTickets | FreeScoutTickets
Settings = DeskTickets | EmailTickets | ApiSettings
AnyTickets = Annotated[Settings, Field(discriminator="system")]


def ticket_system(
    settings: Settings,
    session: aiohttp.ClientSession,
    store: Store,
    *,
    clock: Clock | None = None,
    counted: Counted = uncounted,
) -> TicketSystem:
    """The adapter that these settings choose. `counted` hears of figures that it makes itself."""
    match settings:
        case EmailTickets():
            from responder.tickets.email import AnsweredMailTickets, MailTickets

            record = OwnRecord(store, MailTickets.name, clock=clock, counted=counted)
            if settings.imap is None:
                return MailTickets(settings, record)
            return AnsweredMailTickets(settings, record, settings.imap)
        case DeskTickets():
            return Desk(store, clock=clock, counted=counted)
    return _by_api(settings, session)


def examiner(settings: Settings, session: aiohttp.ClientSession) -> Examines | None:
    """Who can look at the set-up of the chosen system, without our store; nobody needs to look at
    the built-in desk.
    """
    match settings:
        case EmailTickets():
            from responder.tickets.email_doctor import MailDoctor

            return MailDoctor(settings)
        case DeskTickets():
            return None
    return _by_api(settings, session)


def _by_api(settings: ApiSettings, session: aiohttp.ClientSession) -> "ApiSystem":
    match settings:
        case RtTickets():
            from responder.tickets.rt import RequestTracker

            return RequestTracker(settings, session)
        case WhmcsTickets():
            from responder.tickets.whmcs import Whmcs

            return Whmcs(settings, session)
        case ZendeskTickets():
            from responder.tickets.zendesk import Zendesk

            return Zendesk(settings, session)
        case FreeScoutTickets():
            from responder.tickets.freescout import FreeScout

            return FreeScout(settings, session)
        case ZammadTickets():
            from responder.tickets.zammad import Zammad

            return Zammad(settings, session)
