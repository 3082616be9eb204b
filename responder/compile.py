"""The configuration becomes the plan by which the pure rooms decide."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from alerts.inventory import Inventory, Reseller, Server
from alerts.model import Priority
from alerts.quiet import Maintenance
from probes.discovery import PanelMap
from responder.config import Config
from responder.paging.escalation import Escalations, Ladder, Rung
from responder.plan import Plan
from responder.staff import Escalation
from responder.steps import Rules

RAPID_RESPONSE = "rapid-response"


def compiled(config: Config, maps: Mapping[str, PanelMap] = MappingProxyType({})) -> Plan:
    """Inventory, rules and escalations of this configuration; `maps` are what the panels of its
    servers say.
    """
    escalations = _escalations(config)
    paging = frozenset(escalations.by_priority)
    works = tuple(
        Maintenance(-place, work.scope, work.starts, work.ends, work.reason, "configuration")
        for place, work in enumerate(config.maintenance, start=1)
    )
    rules = Rules(config.alerts, paging)
    return Plan(inventory(config, maps), rules, escalations, works, config.playbooks.books)


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
    return Inventory(servers, resellers, frozenset(config.datacentres))


def _escalations(config: Config) -> Escalations:
    methods = {
        name: tuple(one.kind for one in person.methods) for name, person in config.people.items()
    }
    default = _default_ladder(config)
    ladders: dict[Priority, Ladder] = {}
    for escalation in config.escalations.values():
        if ladder := _ladder(config, escalation) or default:
            for priority in escalation.priorities:
                ladders.setdefault(priority, ladder)
    teams = {name: _reachable(config, team.members) for name, team in config.teams.items()}
    return Escalations(default, ladders, methods, teams)


def _default_ladder(config: Config) -> Ladder | None:
    """Without any `escalations`: all of the team rapid-response, else everybody, again every 5
    minutes.
    """
    team = config.teams.get(RAPID_RESPONSE)
    people = _reachable(config, team.members if team else ()) or _reachable(config, config.people)
    return Ladder((Rung(people),)) if people else None


def _ladder(config: Config, escalation: Escalation) -> Ladder | None:
    """Without the steps that would reach nobody: there is nothing to wait for (F57)."""
    rungs = (Rung(_people(config, step.notify), step.wait) for step in escalation.steps)
    reaching = tuple(rung for rung in rungs if rung.people)
    return Ladder(reaching) if reaching else None


def _people(config: Config, names: tuple[str, ...]) -> tuple[str, ...]:
    return _reachable(config, (one for name in names for one in _persons(config, name)))


def _reachable(config: Config, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if config.people[name].methods))


def _persons(config: Config, name: str) -> Iterator[str]:
    teams: Mapping[str, tuple[str, ...]] = {team: one.members for team, one in config.teams.items()}
    bare = name.removeprefix("team:")
    yield from teams[bare] if name.startswith("team:") or bare not in config.people else (bare,)
