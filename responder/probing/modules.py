"""The modules that looks and `/probe` may name: the kinds themselves, and a user's blackbox.yml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator, TypeAdapter, ValidationError, ValidationInfo

from probes.kinds import KINDS, AnyProbe
from probes.model import Probe
from responder.problems import ConfigProblems, loading

# The names in blackbox_exporter's own file, so that one may stand for the other as a vantage point;
# the first is what it does when a scrape names no module.
USUAL = "http_2xx"
_ALIASES = {USUAL: "http", "tcp_connect": "tcp", "icmp": "ping"}


@dataclass(frozen=True, slots=True)
class Modules:
    """A modules file that was read: what can be done, and what cannot, with the reason."""

    path: Path
    modules: Mapping[str, Probe]
    refused: Mapping[str, str]


@cache
def builtin() -> Mapping[str, Probe]:
    """Each kind that needs no settings, under its own name and that of blackbox_exporter's file."""
    adapter: TypeAdapter[Any] = TypeAdapter(AnyProbe)
    found: dict[str, Probe] = {}
    for kind in KINDS:
        try:
            found[kind] = adapter.validate_python({"kind": kind})
        except ValidationError:
            continue  # it can't work without settings: dns needs a question, command a program
    return {**found, **{alias: found[kind] for alias, kind in _ALIASES.items()}}


def _read(written: object, info: ValidationInfo) -> Modules:
    if isinstance(written, Modules):
        return written
    if not isinstance(written, str) or not written:
        raise ValueError("must be the path of a file")
    from probes.blackbox import Unusable, read_modules  # parsed only for those who have one

    load = loading(info)
    path = load.folder / written
    try:
        found = read_modules(path)
    except Unusable as error:
        raise ConfigProblems([((), line) for line in str(error).splitlines()]) from None
    for finding in found.findings:
        load.find(written, finding)
    return Modules(path, found.modules, found.refused)


ModulesFile = Annotated[Modules, PlainValidator(_read)]
