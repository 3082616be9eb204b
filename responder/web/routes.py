"""Every door of the daemon in one list."""

from collections.abc import Awaitable, Callable

from responder.web.alertmanager_api import AlertmanagerApi
from responder.web.api_customer import CustomerDoor
from responder.web.api_customers import CustomersDoor
from responder.web.api_datacentre import DatacentreDoor
from responder.web.api_incidents import Incidents
from responder.web.api_kill_switch import KillSwitchDoor
from responder.web.api_kpi import Kpis
from responder.web.api_levels import LevelsDoor
from responder.web.api_looks import Looks
from responder.web.api_majors import MajorsDoor
from responder.web.api_management import Management
from responder.web.api_method_tests import MethodTests
from responder.web.api_oncall import Oncall
from responder.web.api_pins import Pins
from responder.web.api_playbooks import Playbooks
from responder.web.api_power import PowerDoor
from responder.web.api_privacy import Privacy
from responder.web.api_requests import Requests
from responder.web.api_runs import Runs
from responder.web.api_shifts import Shifts
from responder.web.api_tickets import Tickets
from responder.web.board_page import BoardPage
from responder.web.calendars import Calendars
from responder.web.callbacks import Callbacks
from responder.web.calls import Calls
from responder.web.decide_page import DecidePage
from responder.web.discovery_door import DiscoveryDoor
from responder.web.doors import Doors
from responder.web.forms import Forms
from responder.web.health import Health
from responder.web.heartbeats import Heartbeats
from responder.web.incident_page import IncidentPage
from responder.web.link_page import LinkPage
from responder.web.look_page import LookPage
from responder.web.looks_page import LooksPage
from responder.web.maintenance import Works
from responder.web.oncall_page import OncallPage
from responder.web.openapi import OpenApi
from responder.web.pages import Pages
from responder.web.probe_door import ProbeDoor
from responder.web.proof_page import ProofPage
from responder.web.route import Route
from responder.web.run_page import RunPage
from responder.web.status import Status
from responder.web.ticket_files import TicketFiles
from responder.web.ticket_hooks import TicketHooks
from responder.web.track import TrackDoor
from responder.web.walls import walled
from responder.world import World


def all_routes(world: World, reload: Callable[[], Awaitable[None]]) -> list[Route]:
    """What can be asked of this daemon, and by whom. `reload` reads the configuration again."""
    doors = Doors(world)
    pages = Pages()
    routes = [
        *doors.routes(),
        *AlertmanagerApi(world, doors).routes(),
        *Heartbeats(world).routes(),
        *Incidents(world).routes(),
        *MajorsDoor(world).routes(),
        *CustomersDoor(world).routes(),
        *Tickets(world).routes(),
        *LevelsDoor(world).routes(),
        *Requests(world).routes(),
        *Forms(world).routes(),
        *TicketFiles(world).routes(),
        *Pins(world).routes(),
        *CustomerDoor(world).routes(),
        *Privacy(world).routes(),
        *Runs(world).routes(),
        *Playbooks(world).routes(),
        *PowerDoor(world).routes(),
        *DatacentreDoor(world).routes(),
        *Looks(world).routes(),
        *Kpis(world).routes(),
        *Management(world).routes(),
        *Works(world).routes(),
        *KillSwitchDoor(world.kill).routes(),
        *Status(world).routes(),
        *Health(world, reload).routes(),
        *ProbeDoor(world).routes(),
        *DiscoveryDoor(world).routes(),
        *MethodTests(world).routes(),
        *Oncall(world).routes(),
        *Shifts(world).routes(),
        *Calendars(world).routes(),
        *LinkPage(world, pages).routes(),
        *ProofPage(world, pages).routes(),
        *TrackDoor(world, pages).routes(),
        *Calls(world).routes(),
        *Callbacks(world).routes(),
        *TicketHooks(world).routes(),
        *BoardPage(world, pages).routes(),
        *OncallPage(world, pages).routes(),
        *LooksPage(world, pages).routes(),
        *LookPage(world, pages).routes(),
        *IncidentPage(world, pages).routes(),
        *RunPage(world, pages).routes(),
        *DecidePage(world, pages).routes(),
        *pages.routes(),
    ]
    behind = [walled(route, world) for route in routes]
    return [*behind, OpenApi(routes, version=world.version).route]
