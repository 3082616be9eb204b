"""All that decisions depend on besides the store: compiled from the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from alerts.inventory import Inventory
from alerts.quiet import Maintenance
from alerts.settings import AlertSettings
from playbooks.frozen import Book
from probes.panel_map import PanelMap
from responder.customers.clientele import Clientele
from responder.desk.section import Desk
from responder.desk.whose import Directory
from responder.paging.duties import Duties
from responder.paging.escalation import Escalations
from responder.steps import Rules


@dataclass(frozen=True)
class Plan:
    """What the pure rooms decide by. `works` is the maintenance that the configuration itself
    plans, `books` the playbooks that may be run, `clientele` who is told in whose name, `desk` what
    the support procedure promises, `maps` what panels last said, by server.
    `escalations`: whom they call is known `at` a moment.
    """

    inventory: Inventory = field(default_factory=Inventory)
    rules: Rules = field(default_factory=lambda: Rules(AlertSettings()))
    escalations: Escalations | Duties = field(default_factory=Escalations)
    works: tuple[Maintenance, ...] = ()
    books: tuple[Book, ...] = ()
    clientele: Clientele = field(default_factory=Clientele)
    desk: Desk = field(default_factory=Desk)
    maps: Mapping[str, PanelMap] = field(default_factory=dict)

    @cached_property
    def directory(self) -> Directory:
        """By what customers are known."""
        whose = self.clientele
        return Directory(whose.brands, whose.clients, self.inventory, self.maps)

    @property
    def alerts(self) -> AlertSettings:
        return self.rules.alerts
