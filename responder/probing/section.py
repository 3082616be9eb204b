"""The section `probes:` of the configuration: modules, and who is looked at with them how often."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from probes.addresses import unfit
from probes.durations import Duration
from probes.kinds import KINDS, AnyProbe
from probes.model import FAST, Patience, Severity
from probes.settings import FilePath, Piece
from responder.probing.modules import ModulesFile, builtin
from responder.problems import ConfigProblems, did_you_mean
from responder.secrets import SecretFile

ModuleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ALL = "all"

# Words for what nobody means to look at through us: a cloud's metadata, a private network.
_WORDS = {
    "link-local": ("169.254.0.0/16", "fe80::/10"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
    "loopback": ("127.0.0.0/8", "::1/128"),
}
_KNOWN = "write networks such as 10.0.0.0/8, or " + ", ".join(_WORDS)


def _networks(written: Any) -> Any:
    """Words and networks become networks."""
    several = _several(written)
    if not isinstance(several, list | tuple):
        raise ConfigProblems([((), f"must be a list: {_KNOWN}")])
    found: list[IPv4Network | IPv6Network] = []
    for number, one in enumerate(several):
        try:
            found += [ip_network(text) for text in _WORDS.get(str(one), (str(one),))]
        except ValueError as error:
            loc = () if several is not written else (number,)
            raise ConfigProblems([(loc, f"{error}; {_KNOWN}")]) from None
    return tuple(found)


def _several(written: Any) -> Any:
    return (written,) if isinstance(written, str) else written


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]
Paths = Annotated[tuple[FilePath, ...], BeforeValidator(_several)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)]


class LookPart(Piece):
    """Who is looked at, with which kinds or modules, and how often."""

    kind: Names = Field((), description="Kinds with their usual settings: ping, http, smtp ...")
    module: Names = Field((), description="Modules of `modules` or `modules_file`")
    servers: Names = Field((), description="Servers by name, or `all`")
    tags: Names = Field((), description="Servers that have one of these tags")
    targets: Names = Field((), description="Anything else: URLs, HOST:PORT ...")
    file_sd: Paths = Field((), description="Files of targets, as Prometheus has them")
    each: Literal["server", "reseller", "domain"] | None = Field(
        None, description="One look for each server, or each reseller or domain on it"
    )
    target: str | None = Field(None, description='Where to, such as "{address}:2525"')
    profile: Literal["normal", "fast"] = "normal"
    interval: Duration | None = None
    retry: Duration | None = None
    attempts: int | None = Field(None, ge=1, le=100)
    severity: Severity | None = Field(None, description="How bad it is when this fails")

    def patience(self, kind: str) -> Patience:
        """How often this kind looks here, and how trouble is confirmed."""
        usual = _OWN.get(kind, FAST if self.profile == "fast" else Patience())
        interval = self.interval.total_seconds() if self.interval else usual.interval
        retry = self.retry.total_seconds() if self.retry else min(usual.retry, interval)
        return Patience(interval, retry, self.attempts or usual.attempts, usual.recover)


# Kinds that read what others keep, and may not ask often: a second look tells nothing new.
_OWN = {
    "dnsbl": Patience(interval=3600.0, retry=3600.0, attempts=1, recover=1),
    "reseller": Patience(interval=900.0, retry=60.0, attempts=2, recover=1),
}


class Vantage(Piece):
    """Another responder, asked for a second opinion over its API."""

    url: str
    token_file: SecretFile | None = None


class Limits(Piece):
    """How many looks at a time."""

    in_flight: int = Field(500, ge=1)
    per_host: int = Field(2, ge=1)


class Probing(Piece):
    """Everything about probes."""

    modules_file: ModulesFile | None = Field(None, description="A blackbox.yml, as it is")
    modules: Mapping[ModuleName, AnyProbe] = {}
    looks: tuple[LookPart, ...] = ()
    forbid: Networks = Field((), description="Networks that are never looked at")
    second_opinion: Literal["ask", "confirm"] = Field(
        "ask", description="confirm: trouble that others agree to is hard within 20 s"
    )
    vantages: Mapping[ModuleName, Vantage] = {}
    limits: Limits = Limits()
    discovery: Duration = Field(timedelta(minutes=15), description="How often panels are asked")
    history: Duration = Field(timedelta(days=3), description="How long hourly figures are kept")

    def named(self) -> dict[str, Any]:
        """Every module by name: the kinds themselves, those of the file, our own."""
        read = self.modules_file.modules if self.modules_file else {}
        return {**builtin(), **read, **self.modules}

    @model_validator(mode="after")
    def _hold_together(self) -> "Probing":
        if problems := list(self._problems()):
            raise ConfigProblems(problems)
        return self

    def _problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        known = self.named() if self.looks else {}
        read = self.modules_file.modules if self.modules_file else {}
        refused = self.modules_file.refused if self.modules_file else {}
        for name in self.modules:
            if name in read:
                yield ("modules", name), f'"{name}" stands in modules_file already'
        for number, one in enumerate(self.looks):
            for loc, told in _faults(one, known, refused):
                yield ("looks", number, *loc), told


_SHORTEST = timedelta(milliseconds=100)
_USUAL_INTERVAL = {"normal": timedelta(seconds=60), "fast": timedelta(seconds=30)}
Fault = tuple[tuple[str, ...], str]


def _faults(one: LookPart, known: Mapping[str, Any], refused: Mapping[str, str]) -> Iterator[Fault]:
    if not (one.kind or one.module):
        yield (), "a look needs a kind or a module"
    if not (one.servers or one.tags or one.targets or one.file_sd):
        yield (), "a look needs servers, tags, targets or file_sd"
    yield from ((("targets",), told) for told in map(unfit, one.targets) if told)
    yield from _spans(one)
    yield from _template(one)
    for field, names in (("kind", one.kind), ("module", one.module)):
        for name in names:
            yield from (((field,), told) for told in _unusable(name, field, one, known, refused))


def _spans(one: LookPart) -> Iterator[Fault]:
    for field, span in (("interval", one.interval), ("retry", one.retry)):
        if span is not None and span < _SHORTEST:
            yield (field,), "must be at least 100ms"
    if one.retry and one.retry > (one.interval or _USUAL_INTERVAL[one.profile]):
        yield ("retry",), "must not be longer than the interval"


def _template(one: LookPart) -> Iterator[Fault]:
    if one.target is None:
        return
    try:
        like = one.target.format(address="192.0.2.1", name="web1")
    except (KeyError, IndexError, ValueError, AttributeError, TypeError):
        yield ("target",), "knows only {address} and {name}"
    else:
        yield from ((("target",), told) for told in [unfit(like)] if told)


def _unusable(
    name: str, field: str, one: LookPart, known: Mapping[str, Any], refused: Mapping[str, str]
) -> Iterator[str]:
    if name in refused:
        yield f'the module "{name}" can\'t be done: {refused[name]}'
    elif name not in known:
        in_need = field == "kind" and name in KINDS
        needs = f'the kind "{name}" needs settings: write a module of it and name that'
        yield needs if in_need else f'there is no {field} "{name}"{did_you_mean(name, known)}'
    elif one.target is None and (one.servers or one.tags):
        try:
            known[name].aim("127.0.0.1")
        except ValueError as error:
            yield f'"{name}" does not know where to look: {error}'
