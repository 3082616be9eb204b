"""The configuration file, as types; each room owns its own part, this one joins them."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationInfo, model_validator

from alerts.settings import AlertSettings
from probes.durations import Duration
from responder.books.section import Playbooks
from responder.books.standing import Known, beside, strangers
from responder.company import Datacentre, Reference, ResellerPart, ServerPart
from responder.customers import sense
from responder.customers.brands import Brand
from responder.desk.abroad import NO_HOUSE
from responder.desk.rules_file import strange_tasks
from responder.desk.scope import CATALOGUE
from responder.desk.section import Desk, StatusPart
from responder.naming import doubtful_names, unknown_names
from responder.paging.kinds import Paging
from responder.parts import Name, Part
from responder.probing.section import Probing
from responder.problems import ConfigProblems, loading
from responder.rota.section import RotaPart
from responder.secrets import SecretFile, SecretText
from responder.staff import Escalation, Person, Team
from responder.tickets.kinds import AnyTickets, DeskTickets

LISTEN = r"^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+):\d{1,5}$"


class Role(StrEnum):
    """What a token may do. A sender may only send; each of the others may do what the one before it
    may.
    """

    INTAKE = "intake"
    VIEWER = "viewer"
    AGENT = "agent"
    RESPONDER = "responder"
    ADMIN = "admin"

    def allows(self, needed: "Role") -> bool:
        if Role.INTAKE in (self, needed):
            return self is needed
        order = (Role.VIEWER, Role.AGENT, Role.RESPONDER, Role.ADMIN)
        return order.index(self) >= order.index(needed)


class Daemon(Part):
    """The process itself."""

    listen: str = Field(
        "127.0.0.1:9095",
        pattern=LISTEN,
        description="Address and port of every door",
    )
    store: str = Field("sqlite:///responder.db", description="sqlite:///FILE or postgresql://...")
    url: str | None = Field(None, description="How people reach this daemon; begins every link")
    key_file: Path | None = Field(
        None, description="Signs links; made at the first start; shared by all instances"
    )
    heartbeat_url: str | None = Field(
        None, description="Called each minute while all is well, so that others notice our death"
    )
    member: Name | None = Field(
        None, description="The name of this instance; by default the machine's"
    )
    log: Literal["debug", "info", "warning", "error"] = "info"


class Watchdog(Part):
    """An alert that must keep coming; its silence is the alarm."""

    labels: Mapping[str, str] = Field(default={"alertname": "Watchdog"})
    within: Duration = Field(
        timedelta(minutes=5), description="Silence for longer than this alarms"
    )


class Sender(Part):
    """Somebody who may send us alerts or check-ins."""

    kind: Literal["alertmanager", "prometheus", "grafana", "heartbeat"] = "alertmanager"
    token_file: SecretFile | None = None
    token: SecretText | None = None
    url: str | None = Field(None, description="Its own API, for reconcile (alertmanager)")
    receiver: str | None = Field(None, description="Our receiver's name there, for reconcile")
    url_token_file: SecretFile | None = Field(None, description="Bearer token for that API")
    watchdog: Watchdog | None = None
    signature_file: SecretFile | None = Field(None, description="HMAC secret of Grafana's webhook")
    signature_header: str = "X-Grafana-Alerting-Signature"
    timestamp_header: str | None = None
    within: Duration | None = Field(None, description="How often a check-in must come (heartbeat)")
    grace: Duration = Field(timedelta(minutes=5), description="How late it may be")
    server: str | None = Field(None, description="What a missing check-in is about (heartbeat)")
    severity: str = Field("error", description="How bad a missing check-in is (heartbeat)")


class Token(Part):
    """One key to the API."""

    role: Role
    brand: Name | None = Field(None, description="It reaches what is of this brand alone")
    token_file: SecretFile | None = None
    token: SecretText | None = None


class Access(Part):
    """Who may ask and act over the API."""

    tokens: Mapping[Name, Token] = {}


class Work(Part):
    """Planned work, known beforehand."""

    scope: str
    starts: AwareDatetime
    ends: AwareDatetime
    reason: str = ""


class Config(Part):
    """The whole file."""

    daemon: Daemon = Daemon()
    brands: Mapping[Name, Brand] = {}
    datacentres: Mapping[Name, Datacentre] = {}
    servers: Mapping[Name, ServerPart] = {}
    resellers: Mapping[Name, ResellerPart] = {}
    people: Mapping[Name, Person] = {}
    teams: Mapping[Name, Team] = {}
    rotas: Mapping[Name, RotaPart] = {}
    escalations: Mapping[Name, Escalation] = {}
    tickets: AnyTickets = DeskTickets()
    paging: Paging = Paging()
    senders: Mapping[Name, Sender] = {}
    access: Access = Access()
    alerts: AlertSettings = AlertSettings()
    references: Mapping[Name, Reference] = {}
    probes: Probing = Probing()
    maintenance: tuple[Work, ...] = ()
    playbooks: Playbooks = Playbooks()
    desk: Desk = Desk()
    status: StatusPart = StatusPart()

    @model_validator(mode="after")
    def _refer_to_what_exists(self, info: ValidationInfo) -> "Config":
        if problems := [*unknown_names(self), *doubtful_names(self), *unusable(self)]:
            raise ConfigProblems(problems)
        known, load = _known_to_books(self), loading(info)
        if (file := self.desk.rules_file) is not None:
            load.problems += strange_tasks(file, {**CATALOGUE, **self.desk.scope})
        for written in self.playbooks.files:
            load.problems += strangers(written, known)
            load.remarks += beside(written, known)
        return self


Loc = tuple[str | int, ...]


def unusable(config: Config) -> Iterator[tuple[Loc, str]]:
    """Parts that lack what they need to work."""
    for name, sender in config.senders.items():
        if sender.token is None and sender.token_file is None:
            yield ("senders", name), "a sender needs token_file (or token: ${env:...})"
        if sender.kind == "heartbeat" and sender.within is None:
            yield ("senders", name), "a heartbeat needs within: how often it must come"
    for name, token in config.access.tokens.items():
        if token.token is None and token.token_file is None:
            yield ("access", "tokens", name), "a token needs token_file (or token: ${env:...})"
    yield from sense.faults(config.brands, relay=config.paging.email is not None)
    for place, work in enumerate(config.maintenance):
        if work.ends <= work.starts:
            yield ("maintenance", place, "ends"), "must be later than starts"
    yield from _one_door(config)
    yield from _no_house(config)
    yield from _unreachable(config)


def _known_to_books(config: Config) -> Known:
    return Known(
        config.playbooks.commands,
        config.probes.named(),
        {**config.people, **config.teams, **config.rotas},
        config.brands,
        {tag for server in config.servers.values() for tag in server.tags},
    )


def _one_door(config: Config) -> Iterator[tuple[Loc, str]]:
    if config.status.listen == config.daemon.listen:
        yield ("status", "listen"), "is daemon.listen: leave it out, and customers' pages are there"


def _no_house(config: Config) -> Iterator[tuple[Loc, str]]:
    if config.desk.file_requests and config.tickets.system in NO_HOUSE:
        why = f"tickets.system is {config.tickets.system}: it takes no requests from us"
        yield ("desk", "file_requests"), why


def _unreachable(config: Config) -> Iterator[tuple[Loc, str]]:
    telephone = (config.paging.twilio, "calls and SMS need paging.twilio (account_sid, from)")
    needs: Mapping[str, tuple[object, str]] = {
        "email": (config.paging.email, "mail needs paging.email (host, from)"),
        "sms": telephone,
        "voice": telephone,
    }
    for name, person in config.people.items():
        for place, method in enumerate(person.methods):
            settings, lack = needs.get(method.kind, (True, ""))
            if settings is None:
                yield ("people", name, "methods", place), lack
