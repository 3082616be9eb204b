"""How a provider's API switches one machine, as data: a file of ours, or of yours."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from playbooks.power.http_template import BodyTemplate, PathTemplate, is_bulk, places
from playbooks.power.model import Verb
from playbooks.power.provider import ApiAddress
from probes.durations import Duration
from probes.settings import Piece

SHIPPED: Final = Path(__file__).parent / "providers"
_MOST: Final = 1 << 16  # bytes
_MOST_PROBLEMS: Final = 5


def _no_secret(name: str) -> str:
    if name.lower() in {"authorization", "cookie", "proxy-authorization"}:
        raise ValueError("a login does not stand in a recipe: name the secret's file")
    return name


Dotted = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]
"""Where a value stands in an answer: droplet.status."""

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$"), AfterValidator(_no_secret)]
HeaderValue = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$")]
Words = Annotated[str, Field(min_length=5)]

_IDS: Final = {
    "number": re.compile(r"[1-9][0-9]{0,18}"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "name": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"),
}


class Success(Piece):
    """What a yes looks like: one of these statuses and, where `at` is given, this value there."""

    status: tuple[int, ...] = (200, 201, 202, 204)
    at: Dotted | None = None
    equals: str | int | bool | None = None


class Follow(Piece):
    """How to follow an order that takes a while: `task` is where the answer names it, for `{task}`
    in the path, `at` where its progress stands.
    """

    path: PathTemplate
    task: Dotted | None = None
    at: Dotted
    done: tuple[str, ...] = Field(min_length=1)
    failed: tuple[str, ...] = ()
    every: Duration = timedelta(seconds=2)
    within: Duration = timedelta(seconds=20)

    @model_validator(mode="after")
    def _names_what_it_follows(self) -> Self:
        known = {"id", *(["task"] if self.task else [])}
        if not (named := places(self.path)) or not named <= known:
            raise ValueError("the path to follow holds {id}, or {task} where `task` is given")
        return self


class Order(Piece):
    """One verb as one call."""

    method: Literal["POST", "PUT", "PATCH", "GET"] = "POST"
    path: PathTemplate
    body: BodyTemplate = None
    success: Success = Success()


class StateReading(Piece):
    """Where the state stands, and its words: the first place with a known word counts."""

    path: PathTemplate
    at: tuple[Dotted, ...] = Field(min_length=1)
    on: tuple[str, ...] = Field(min_length=1)
    off: tuple[str, ...] = Field(min_length=1)
    changing: tuple[str, ...] = ()


class IdentityReading(Piece):
    """Where the provider says who the machine is. `id` must be the one that was asked for."""

    path: PathTemplate
    id: Dotted
    serial: Dotted | None = None
    uuid: Dotted | None = None
    name: Dotted | None = None

    @property
    def shown(self) -> frozenset[str]:
        """Which keys of the inventory can be compared."""
        keys = {"serial": self.serial, "uuid": self.uuid, "hostname": self.name}
        return frozenset(key for key, at in keys.items() if at)


class Recipe(Piece):
    """A provider. Every call but those that follow a task names the one machine in its path."""

    title: str = Field(min_length=1, max_length=60)
    url: ApiAddress
    id: Literal["number", "uuid", "name"] = "name"
    login: Literal["bearer", "basic", "header", "none"] = "bearer"
    login_header: str = Field("", pattern=r"^([A-Za-z][A-Za-z0-9-]*)?$")
    sign: Literal["ovh"] | None = None
    headers: Mapping[HeaderName, HeaderValue] = {}
    verbs: Mapping[Verb, Order] = Field(min_length=1)
    follow: Follow | None = Field(None, description="For orders that are done later, all of them")
    state: StateReading | None = None
    identity: IdentityReading | None = None
    busy: tuple[int, ...] = Field((), description="Statuses that mean: another order is under way")
    already: Mapping[Literal[Verb.ON, Verb.OFF], Words] = Field(
        {}, description="What the provider says where the machine is so already: that is a yes"
    )
    settles: Duration = timedelta(seconds=60)

    @model_validator(mode="after")
    def _is_about_one_machine(self) -> Self:
        for where, template in self._templates():
            if is_bulk(template):
                raise ValueError(f"{where}: {template} acts upon many machines")
            if places(template) != {"id"}:
                raise ValueError(
                    f"{where}: {template} does not name the machine: {{id}} must stand"
                )
        if any(not places(order.body) <= {"id"} for order in self.verbs.values()):
            raise ValueError("a body holds no value but {id}")
        if bool(self.login_header) is not (self.login == "header"):
            raise ValueError("login_header belongs to login: header")
        return self

    def fits(self, machine: str) -> bool:
        """Does this provider have such ids?"""
        return _IDS[self.id].fullmatch(machine) is not None and ".." not in machine

    def _templates(self) -> Iterator[tuple[str, str]]:
        yield from ((verb, order.path) for verb, order in self.verbs.items())
        readings = {"state": self.state, "identity": self.identity}
        yield from ((name, told.path) for name, told in readings.items() if told)


@cache
def shipped(provider: str) -> Recipe:
    """One of our own recipes."""
    return read_recipe(SHIPPED / f"{provider}.yaml")


def read_recipe(path: Path) -> Recipe:
    """The recipe in this file. Raises ValueError with everything that is wrong with it."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST + 1)
        told = YAML(typ="safe", pure=True).load(text) if len(text) <= _MOST else None
        return Recipe.model_validate(told)
    except OSError as error:
        raise ValueError(f"the recipe {path} can't be read: {error.strerror}") from None
    except YAMLError as error:
        raise ValueError(f"the recipe {path} is no YAML: {_line(error)}") from None
    except ValidationError as error:
        raise ValueError(f"the recipe {path}: {_problems(error)}") from None


def _line(error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}: " if mark else ""
    return where + str(getattr(error, "problem", None) or "unreadable")


def _problems(error: ValidationError) -> str:
    told = error.errors(include_input=False, include_url=False)
    lines = [".".join(map(str, one["loc"])) + f": {one['msg']}" for one in told[:_MOST_PROBLEMS]]
    return "; ".join(line.removeprefix(": ") for line in lines)
