"""What is unwise in a configuration, though it can be used."""

from collections.abc import Iterator
from datetime import UTC, datetime
from os import R_OK, access
from typing import Self

from pydantic import ValidationInfo, model_validator

from alerts.blind import lacking
from alerts.model import Priority
from responder.clock import Clock
from responder.compile import RAPID_RESPONSE, duties
from responder.config import Config
from responder.customers import sense
from responder.kpi import edges
from responder.naming import MANAGER
from responder.problems import ConfigProblems, Loc, did_you_mean, loading
from responder.rota.doubts import doubts
from responder.staff import away
from responder.web.auth import is_loopback

ENOUGH = 2  # people who may be paged about a critical incident: one may sleep, or be ill

_STORES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")

Finding = tuple[Loc, str]


class Examined(Config):
    """A configuration whose loading tells what is unwise in it."""

    @model_validator(mode="after")
    def _examine(self, info: ValidationInfo) -> Self:
        if not self.daemon.store.startswith(_STORES):
            told = "must be sqlite:///FILE or postgresql://HOST/DATABASE"
            raise ConfigProblems([(("daemon", "store"), told)])
        for where, message in findings(self):
            loading(info).find(where, message)
        return self


def findings(config: Config) -> Iterator[Finding]:
    """Each unwise thing and where it stands in the file (pure)."""
    yield from _who_is_paged(config)
    yield from _outdone(config)
    yield from _unknown_kinds(config)
    yield from _rotas(config)
    yield from _managers(config)
    for name, person in config.people.items():
        if not person.methods:
            yield ("people", name), "no methods: a page cannot reach this person"
        elif person.methods[0].kind == "apprise":
            yield ("people", name), "apprise only tells: put a method that wakes before it"
        elif config.playbooks.second_factor and person.totp_file is None:
            yield ("people", name), "no totp_file: cannot agree over a link (second_factor)"
    for name, person in config.people.items():
        if person.absences and person.absences.file and not access(person.absences.file, R_OK):
            told = f"can't be read: nobody knows when {name} is away"
            yield ("people", name, "absences", "file"), told
    if config.daemon.url is None and is_loopback(config.daemon.listen):
        yield ("daemon",), "no url: the links in pages lead to this machine, where no phone can go"
    yield from _desk(config)
    yield from _senders(config)
    yield from _eyes(config)
    yield from edges.beside(config.desk, config.brands)
    yield from _customers_links(config)
    yield from sense.doubts(config.brands, config.resellers, config.servers)


def _desk(config: Config) -> Iterator[Finding]:
    desk, people = config.desk, config.people
    if desk.digest.to and config.paging.email is None:
        yield ("desk", "digest", "to"), "no paging.email: nobody can send these mails"
    if desk.lead is not None and desk.lead not in {**people, **config.teams}:
        yield ("desk", "lead"), f"no person and no team is called {desk.lead}: nobody is told"
    for task, names in desk.skills.items():
        for name in sorted({*names} - {*people}):
            yield ("desk", "skills", task), f"no person is called {name}: he is told of nothing"


def _customers_links(config: Config) -> Iterator[Finding]:
    for name, brand in config.brands.items() if config.status.listen else ():
        if brand.status_url is None:
            yield ("brands", name), "no status_url: its customers are sent no link to their tickets"


def _who_is_paged(config: Config) -> Iterator[Finding]:
    escalations = duties(config).ever(datetime.now(UTC))
    ladder = escalations.by_priority.get(Priority.CRITICAL, escalations.critical)
    people = {name for rung in (ladder.rungs if ladder else ()) for name in rung.people}
    awake = [name for name in people if escalations.methods[name]]
    if not awake:
        yield _critical(config), "nobody can be paged about a critical incident"
    elif len(awake) < ENOUGH:
        yield (
            _critical(config),
            f"{awake[0]} alone is paged about a critical incident: name a second person",
        )


def _outdone(config: Config) -> Iterator[Finding]:
    """The first escalation of a priority has it; a later one, without a word, nobody."""
    first: dict[Priority, str] = {}
    for name, escalation in config.escalations.items():
        for priority in escalation.priorities:
            if first.setdefault(priority, name) != name:
                told = f"never used for {priority} (without priorities it is for critical): "
                yield ("escalations", name), f"{told}{first[priority]} stands before it"


def _unknown_kinds(config: Config) -> Iterator[Finding]:
    kinds = {one.kind for person in config.people.values() for one in person.methods}
    for name, escalation in config.escalations.items():
        for number, step in enumerate(escalation.steps):
            if step.by is not None and step.by not in kinds:
                told = f"nobody has a method of the kind {step.by}: everybody's first is used"
                yield ("escalations", name, "steps", number, "by"), told


def _critical(config: Config) -> Loc:
    """Where it is said who is paged about critical incidents."""
    for name, escalation in config.escalations.items():
        if Priority.CRITICAL in escalation.priorities:
            return "escalations", name
    return ("teams", RAPID_RESPONSE) if RAPID_RESPONSE in config.teams else ("people",)


def _rotas(config: Config) -> Iterator[Finding]:
    steps = [
        step
        for escalation in config.escalations.values()
        if Priority.CRITICAL in escalation.priorities
        for step in escalation.steps
    ]
    called = {who.rpartition(":")[2] for step in steps for who in step.notify} or {RAPID_RESPONSE}
    reachable = {name for name, person in config.people.items() if person.methods}
    yield from doubts(
        config.rotas,
        Clock().now(),
        reachable=reachable,
        critical=called,
        away=away(config.people),
    )


def _managers(config: Config) -> Iterator[Finding]:
    if any(person.manager for person in config.people.values()):
        return
    for name, escalation in config.escalations.items():
        for number, step in enumerate(escalation.steps):
            if MANAGER in step.notify:
                loc = ("escalations", name, "steps", number, "notify", step.notify.index(MANAGER))
                yield loc, "nobody is one: mark a person with manager: true"


def _eyes(config: Config) -> Iterator[Finding]:
    tags = {tag for server in config.servers.values() for tag in server.tags}
    for number, look in enumerate(config.probes.looks):
        for tag in [one for one in look.tags if one not in tags]:
            loc = ("probes", "looks", number, "tags")
            yield (
                loc,
                f'no server has the tag "{tag}"{did_you_mean(tag, tags)}: nobody is looked at',
            )
    if not config.probes.looks or len(config.servers) < ENOUGH:
        return  # one server that is silent is one server, whoever's fault it is
    if why := lacking({name: one.network for name, one in config.references.items()}):
        yield ("references",), why


def _senders(config: Config) -> Iterator[Finding]:
    if not config.senders and not config.probes.looks:
        yield ("senders",), "no senders and no looks: nothing can be noticed"
    for name, sender in config.senders.items():
        if sender.kind == "alertmanager" and sender.url is None:
            yield (
                ("senders", name),
                "no url of its API: what it sent while we were away is not asked for (reconcile)",
            )
