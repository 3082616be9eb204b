"""The configuration becomes the plan by which the pure rooms decide."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from types import MappingProxyType

from alerts.inventory import Inventory, Reseller, Server
from alerts.model import Priority
from alerts.quiet import Maintenance
from playbooks.gate_people import ASK_FIRST
from probes.discovery import PanelMap
from responder.config import Config
from responder.customers.clientele import Clientele, clients_of, our_names
from responder.customers.discretion import Discretion, host_of
from responder.paging.duties import EVERYONE, MANAGER, Call, Duties, Quiet
from responder.plan import Plan
from responder.staff import PROGRESS, Escalation, Person
from responder.steps import Rules

RAPID_RESPONSE = "rapid-response"
CONSENT = "no_reboot_without_consent"


def compiled(config: Config, maps: Mapping[str, PanelMap] = MappingProxyType({})) -> Plan:
    """Inventory, rules and escalations of this configuration; `maps` are what the panels of its
    servers say.
    """
    calls = duties(config)
    paging = frozenset(calls.by_priority)
    works = tuple(
        Maintenance(-place, work.scope, work.starts, work.ends, work.reason, "configuration")
        for place, work in enumerate(config.maintenance, start=1)
    )
    rules = Rules(config.alerts, paging, _progress(config))
    stock = inventory(config, maps)
    whose = clientele(config, stock)
    return Plan(stock, rules, calls, works, config.playbooks.books, whose, config.desk, maps)


def inventory(config: Config, maps: Mapping[str, PanelMap]) -> Inventory:
    """What stands where and whose it is. What the file says of a reseller counts more than what a
    panel says.
    """
    servers = {
        name: Server(name, **part.model_dump(exclude={"panel"}))
        for name, part in config.servers.items()
    }
    resellers = {
        name: Reseller(name, part.server, part.brand) for name, part in config.resellers.items()
    }
    for server, known in maps.items():
        for one in known.resellers if server in servers else ():
            told = resellers.get(one.name)
            if told is None:
                resellers[one.name] = Reseller(one.name, server, servers[server].brand)
            elif told.server is None:
                resellers[one.name] = Reseller(one.name, server, told.brand)
    for name, part in config.resellers.items():
        home = servers.get(resellers[name].server or "")
        if CONSENT in part.flags and home is not None:  # the gate asks for every reboot (R38)
            servers[home.name] = replace(home, tags=tuple(dict.fromkeys((*home.tags, ASK_FIRST))))
    accounts = {name: len(known.accounts) for name, known in maps.items() if name in servers}
    return Inventory(servers, resellers, frozenset(config.datacentres), accounts)


def clientele(config: Config, stock: Inventory) -> Clientele:
    """Who is told of trouble, in whose name, and which words must never go out."""
    names = dict(our_names(config.servers, config.datacentres))
    for name, person in config.people.items():
        names |= dict.fromkeys((name, person.name or name), "one of our people")
    relay = config.paging.email
    ours = (config.daemon.url, config.daemon.member, relay.sender if relay else "")
    names |= dict.fromkeys((host_of(one) for one in ours if one), "our own name")
    return Clientele(
        config.brands,
        clients_of(config.resellers, stock),
        Discretion(config.brands, names),
        relay,
        config.tickets.system,
        {
            name: account
            for name, person in config.people.items()
            if (account := person.accounts.get(config.tickets.system))
        },
    )


def duties(config: Config) -> Duties:
    """The first escalation that names a priority has it."""
    calls: dict[Priority, tuple[Call, ...]] = {}
    for escalation in config.escalations.values():
        for priority in escalation.priorities:
            calls.setdefault(priority, _calls(escalation))
    return Duties(
        critical=_default_calls(config),
        by_priority=calls,
        methods={
            name: tuple(one.kind for one in person.methods)
            for name, person in config.people.items()
        },
        teams={name: team.members for name, team in config.teams.items()},
        rotas={name: part.rota(name) for name, part in config.rotas.items()},
        behind={
            name: config.teams[part.team].members
            for name, part in config.rotas.items()
            if part.team
        },
        managers=tuple(name for name, person in config.people.items() if person.manager),
        quiet={name: quiet for name, one in config.people.items() if (quiet := _quiet(one))},
    )


def _default_calls(config: Config) -> tuple[Call, ...]:
    """Without any `escalations`: all of the team rapid-response, else everybody, again every 5
    minutes. With a rota of that name: who is on call, then who comes next and the team, then all.
    """
    if RAPID_RESPONSE in config.rotas:
        team = (f"team:{RAPID_RESPONSE}",) if RAPID_RESPONSE in config.teams else ()
        behind = Call((f"next:{RAPID_RESPONSE}", *team))
        return Call((f"rota:{RAPID_RESPONSE}",)), behind, Call((EVERYONE, MANAGER))
    people = config.people
    members = config.teams[RAPID_RESPONSE].members if RAPID_RESPONSE in config.teams else ()
    reachable = any(people[name].methods for name in members)
    return (Call((f"team:{RAPID_RESPONSE}" if reachable else EVERYONE,)),)


def _calls(escalation: Escalation) -> tuple[Call, ...]:
    return tuple(
        Call(step.notify, step.wait, step.repeat, step.by or "") for step in escalation.steps
    )


def _progress(config: Config) -> dict[Priority, timedelta]:
    """How often whoever has taken something of this priority must show a sign of work: an hour for
    what is critical, never for the rest, unless its escalation says otherwise.
    """
    told: dict[Priority, timedelta | None] = {}
    for escalation in config.escalations.values():
        said = "progress" in escalation.model_fields_set
        for priority in escalation.priorities if said else ():
            told.setdefault(priority, escalation.progress)
    told.setdefault(Priority.CRITICAL, PROGRESS)
    return {priority: every for priority, every in told.items() if every is not None}


def _quiet(person: Person) -> Quiet | None:
    hours = person.quiet_hours
    if hours is None:
        return None
    begin, end = (time.fromisoformat(one) for one in (hours.begin, hours.end))
    return Quiet(begin, end, person.zone)
