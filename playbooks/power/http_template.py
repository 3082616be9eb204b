"""Where a value may stand in an order by HTTP: as a whole step of the path or JSON value."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator

from probes.settings import Json

_PLACE: Final = re.compile(r"\{([a-z]+)\}")
_STEP: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*")
_VALUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_DEEPEST: Final = 8

# What acts upon many machines at once: by tag at DigitalOcean, by a list of ids at Vultr.
_BULK: Final = re.compile(
    r"/droplets/actions$|/(bare-metals|instances|droplets|servers)/(halt|start|stop|reboot)$"
)


def _path(told: str) -> str:
    if not told.startswith("/"):
        raise ValueError("begins with /, after the address of the provider")
    for step in told[1:].split("/"):
        if not _PLACE.fullmatch(step) and not fits_step(step):
            raise ValueError(f'"{step}" is no step of a path: a plain word, or {{id}} alone')
    return told


def fits_step(step: str) -> bool:
    """A plain word: nothing encoded, no query, no step upwards."""
    return _STEP.fullmatch(step) is not None and ".." not in step


def fits(value: str) -> bool:
    """May this stand in a path or a body?"""
    return _VALUE.fullmatch(value) is not None and ".." not in value


def places(told: Json) -> frozenset[str]:
    """The names in braces, in a path or a body."""
    if isinstance(told, Mapping):
        return frozenset().union(*map(places, told.values()))
    if isinstance(told, list | tuple):
        return frozenset().union(*map(places, told))
    return frozenset(_PLACE.findall(told)) if isinstance(told, str) else frozenset()


def filled_path(template: str, values: Mapping[str, str]) -> str:
    """The path with these values, all of which must fit. Raises ValueError."""
    return "/".join(_filled(step, values) for step in template.split("/"))


def filled_body(template: Json, values: Mapping[str, str]) -> Json:
    """The body with these values. Raises ValueError."""
    if isinstance(template, Mapping):
        return {name: filled_body(value, values) for name, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled_body(value, values) for value in template]
    return _filled(template, values) if isinstance(template, str) else template


def is_bulk(path: str) -> bool:
    """Does it name what is known to act upon many machines?"""
    return _BULK.search(path) is not None


def _filled(text: str, values: Mapping[str, str]) -> str:
    place = _PLACE.fullmatch(text)
    if place is None:
        return text
    value = values[place[1]]
    if not fits(value):
        raise ValueError(f"the value of {text} has characters that no machine's id has")
    return value


def _body(told: Json, depth: int = 0) -> Json:
    if depth > _DEEPEST:
        raise ValueError("is nested too deep")
    if isinstance(told, Mapping):
        if any(not isinstance(name, str) or "{" in name for name in told):
            raise ValueError("has names that are no plain text")
        return {name: _body(value, depth + 1) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_body(value, depth + 1) for value in told]
    if isinstance(told, str) and "{" in told and not _PLACE.fullmatch(told):
        raise ValueError(f'"{told}": a value in braces stands alone')
    return told


PathTemplate = Annotated[str, AfterValidator(_path)]
"""Such as /servers/{id}/powerOn: no query can be written, so none can be sent."""

BodyTemplate = Annotated[Json, AfterValidator(_body)]
"""JSON such as {type: power_on}; `{id}` is the machine, as a text."""
