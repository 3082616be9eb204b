"""Reads a configuration file into its model, or tells everything that is wrong with it at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from responder.includes import INCLUDE, Gathered, gather
from responder.problems import BadConfig, ConfigProblems, Loading, Problem, in_order, loading
from responder.secrets import fault_of, is_reference
from responder.shapes import Shape, schema
from responder.wording import Found, explain

__all__ = [
    "BadConfig",
    "ConfigProblems",
    "Loaded",
    "Loading",
    "Problem",
    "load",
    "loading",
    "schema",
]

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[M]):
    """A file that can be used. `findings` are what is unwise in it, `files` all that were read."""

    value: M
    findings: tuple[Problem, ...]
    files: tuple[Path, ...]


def load(path: Path, model: type[M]) -> Loaded[M]:
    """The file, with what it includes, as this model. Raises BadConfig with every problem at once.

    The model's validators may ask and tell through `loading(info)`.
    """
    gathered = gather(path)
    context = Loading(path.absolute().parent, fault=fault_of)
    value, errors = validated(model, gathered.root.plain, context)
    top = Found(gathered.root, Shape.of(model), more=(INCLUDE,))
    files = (*gathered.files, *context.files)
    if value is None or gathered.problems or context.problems:
        told = [*_problems(gathered, errors, top), *context.problems]
        raise BadConfig(in_order(told, files))
    findings = [*unwise(context, top), *context.remarks]
    return Loaded(value, in_order(findings, files), files)


def _problems(gathered: Gathered, errors: list[ErrorDetails], top: Found) -> Iterator[Problem]:
    known = {problem.spot for problem in gathered.problems}
    yield from gathered.problems
    told = (problem for error in _causes(errors) for problem in explain(error, top))
    yield from (problem for problem in told if problem.spot not in known)


def _causes(errors: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Without what only follows: a list is also "too short" without the items that are wrong."""
    ways = {error["loc"][:length] for error in errors for length in range(len(error["loc"]))}
    yield from (one for one in errors if one["type"] != "too_short" or one["loc"] not in ways)


def validated(model: type[M], plain: Any, context: Loading) -> tuple[M | None, list[ErrorDetails]]:
    """A step of its own, so that no BadConfig has pydantic's error, full of values, as context."""
    try:
        return model.model_validate(plain, context=context), []
    except ValidationError as error:
        return None, error.errors(include_input=False, include_url=False)


def unwise(context: Loading, top: Found) -> Iterator[Problem]:
    """What the validators found unwise in this file, and references to secrets that nobody took."""
    texts: dict[str, list[str]] = {}
    for where, message in context.findings:
        if isinstance(where, tuple):
            yield top.follow(where).problem(message)
        else:
            texts.setdefault(where, []).append(message)
    for node in top.node.walk():
        if isinstance(node.value, str) and node.value in texts:
            yield from (Problem.at(node.place, message) for message in texts[node.value])
        elif is_reference(node.value) and node.value not in context.looked_up:
            yield Problem.at(node.place, "no field for a secret: ${...} is taken as it stands")
