"""The configuration becomes the plan by which the pure rooms decide."""

from collections.abc import Iterator, Mapping

from alerts.inventory import Inventory, Reseller, Server
from alerts.model import Priority
from alerts.quiet import Maintenance
from responder.config import Config, Escalation
from responder.paging.escalation import Escalations, Ladder, Rung
from responder.plan import Plan
from responder.steps import Rules

RAPID_RESPONSE = "rapid-response"


def compiled(config: Config) -> Plan:
    """Inventory, rules and escalations of this configuration."""
    escalations = _escalations(config)
    paging = frozenset(escalations.by_priority)
    works = tuple(
        Maintenance(-place, work.scope, work.starts, work.ends, work.reason, "configuration")
        for place, work in enumerate(config.maintenance, start=1)
    )
    return Plan(_inventory(config), Rules(config.alerts, paging), escalations, works)


def _inventory(config: Config) -> Inventory:
    servers = {
        name: Server(name, **part.model_dump(exclude_defaults=False))
        for name, part in config.servers.items()
    }
    resellers = {
        name: Reseller(name, part.server, part.brand) for name, part in config.resellers.items()
    }
    return Inventory(servers, resellers, frozenset(config.datacentres))


def _escalations(config: Config) -> Escalations:
    methods = {
        name: tuple(one.kind for one in person.methods) for name, person in config.people.items()
    }
    ladders: dict[Priority, Ladder] = {}
    for escalation in config.escalations.values():
        for priority in escalation.priorities:
            ladders.setdefault(priority, _ladder(config, escalation))
    return Escalations(_default_ladder(config), ladders, methods)


def _default_ladder(config: Config) -> Ladder | None:
    """Without any `escalations`: all of the team rapid-response, else everybody, again every 5
    minutes.
    """
    team = config.teams.get(RAPID_RESPONSE)
    people = team.members if team is not None else tuple(config.people)
    return Ladder((Rung(tuple(people)),)) if people else None


def _ladder(config: Config, escalation: Escalation) -> Ladder:
    return Ladder(tuple(Rung(_people(config, step.notify), step.wait) for step in escalation.steps))


def _people(config: Config, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for name in names for one in _persons(config, name)))


def _persons(config: Config, name: str) -> Iterator[str]:
    teams: Mapping[str, tuple[str, ...]] = {team: one.members for team, one in config.teams.items()}
    bare = name.removeprefix("team:")
    yield from teams[bare] if name.startswith("team:") or bare not in config.people else (bare,)
