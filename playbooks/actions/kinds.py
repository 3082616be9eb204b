"""The list of actions; adding one is a file and a line here."""

from collections.abc import Mapping

from playbooks.actions.command import CommandRun
from playbooks.actions.datacentre import ContactDatacentre, WaitForReply
from playbooks.actions.http import HttpCall
from playbooks.actions.model import Action
from playbooks.actions.panel import PanelReboot, PanelRestartService
from playbooks.actions.people import Approve, CustomersTell, Escalate, Page, Pause, TicketNote
from playbooks.actions.power import PowerCycle, PowerOff, PowerOn, PowerStatus
from playbooks.actions.probe import ProbeConfirm, ProbeWaitUp
from playbooks.actions.ssh import SshRun

_ALL: tuple[type[Action], ...] = (
    ProbeConfirm,
    ProbeWaitUp,
    PowerStatus,
    PowerOff,
    PowerOn,
    PowerCycle,
    ContactDatacentre,
    WaitForReply,
    PanelRestartService,
    PanelReboot,
    SshRun,
    CommandRun,
    HttpCall,
    TicketNote,
    Page,
    CustomersTell,
    Escalate,
    Approve,
    Pause,
)
ACTIONS: Mapping[str, type[Action]] = {action.uses: action for action in _ALL}
"""By what a step writes under `uses`."""
