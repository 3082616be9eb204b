"""Does every name in the configuration stand for something, and for one thing only?"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from responder.probing.section import ALL
from responder.problems import Loc, did_you_mean

if TYPE_CHECKING:
    from responder.config import Config

EVERYONE, MANAGER = "everyone", "manager"
WORDS = {
    EVERYONE: "everybody who can be reached",
    MANAGER: "whoever is marked as a manager",
}
"""What escalations can call besides people, teams and rotas."""

Named = tuple[Loc, str, str | None, Mapping[str, object]]


def unknown_names(config: "Config") -> Iterator[tuple[Loc, str]]:
    """Names that stand for nothing in this file."""
    rooms = (_inventory(config), _doors(config), _people(config), _calls(config))
    for loc, what, name, known in chain.from_iterable(rooms):
        if name is not None and name not in known:
            yield loc, f'no {what} is called "{name}"{did_you_mean(name, known)}'


def doubtful_names(config: "Config") -> Iterator[tuple[Loc, str]]:
    """Where an escalation could not tell whom a name of people, teams and rotas means."""
    first: dict[str, str] = {}
    for section, names in (
        ("people", config.people),
        ("teams", config.teams),
        ("rotas", config.rotas),
    ):
        for name in names:
            if name in WORDS:
                yield (section, name), f'"{name}" means {WORDS[name]}: take another name'
            elif name in first and not _named_after_its_team(config, section, name):
                told = f'"{name}" stands in {first[name]} too: take another name'
                behind = f", or write team: {name} if that team stands behind this rota"
                yield (section, name), told + (behind if section == "rotas" else "")
            first.setdefault(name, section)
    for loc, who in _called(config):
        if who in config.teams and who in config.rotas:
            yield loc, f'a team and a rota: write "rota:{who}" or "team:{who}"'


def _named_after_its_team(config: "Config", section: str, name: str) -> bool:
    """The one use of a name for two things: a rota and the team that stands behind it."""
    return section == "rotas" and config.rotas[name].team == name and name not in config.people


def _inventory(config: "Config") -> Iterator[Named]:
    for name, server in config.servers.items():
        yield ("servers", name, "datacentre"), "data centre", server.datacentre, config.datacentres
        yield ("servers", name, "hypervisor"), "server", server.hypervisor, config.servers
        yield ("servers", name, "brand"), "brand", server.brand, config.brands
    for name, reseller in config.resellers.items():
        yield ("resellers", name, "server"), "server", reseller.server, config.servers
        yield ("resellers", name, "brand"), "brand", reseller.brand, config.brands
        yield ("resellers", name, "contact"), "person", reseller.contact, config.people
        yield ("resellers", name, "deputy"), "person", reseller.deputy, config.people
    for name, sender in config.senders.items():
        yield ("senders", name, "server"), "server", sender.server, config.servers
    for number, look in enumerate(config.probes.looks):
        for name in look.servers if ALL not in look.servers else ():
            yield ("probes", "looks", number, "servers"), "server", name, config.servers
    scopes = dict.fromkeys(_scopes(config))
    for number, work in enumerate(config.maintenance):
        yield ("maintenance", number, "scope"), "scope", work.scope, scopes


def _doors(config: "Config") -> Iterator[Named]:
    """Whose customers come in where."""
    for name, token in config.access.tokens.items():
        yield ("access", "tokens", name, "brand"), "brand", token.brand, config.brands
    for name, box in config.desk.mailboxes.items():
        yield ("desk", "mailboxes", name, "brand"), "brand", box.brand, config.brands


def _scopes(config: "Config") -> Iterator[str]:
    """What planned work can be about."""
    yield from ("all", *(f"dc:{name}" for name in config.datacentres))
    yield from (f"brand:{name}" for name in config.brands)
    for name, server in config.servers.items():
        yield from (f"rack:{server.datacentre}/{server.rack}", f"server:{name}")


def _people(config: "Config") -> Iterator[Named]:
    for name, team in config.teams.items():
        for place, member in enumerate(team.members):
            yield ("teams", name, "members", place), "person", member, config.people
    for name, rota in config.rotas.items():
        yield ("rotas", name, "team"), "team", rota.team, config.teams
        for loc, person in rota.named():
            yield ("rotas", name, *loc), "person", person, config.people


def _calls(config: "Config") -> Iterator[Named]:
    anybody = {**config.people, **config.teams, **config.rotas, **WORDS}
    for loc, who in _called(config):
        kind, colon, one = who.partition(":")
        if colon and kind == "team":
            yield loc, "team", one, config.teams
        elif colon and kind in ("rota", "next"):
            yield loc, "rota", one, config.rotas
        else:
            yield loc, "person, team or rota", who, anybody


def _called(config: "Config") -> Iterator[tuple[Loc, str]]:
    """Each word of each step of the escalations."""
    for name, escalation in config.escalations.items():
        for number, step in enumerate(escalation.steps):
            for place, who in enumerate(step.notify):
                yield ("escalations", name, "steps", number, "notify", place), who
