"""The errors of a model in the words of the person who wrote the file, each at its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from responder.problems import ConfigProblems, Loc, Problem, did_you_mean
from responder.shapes import Shape
from responder.yamlfile import Node

_MAPPING = 'must be a mapping ("key: value" lines)'
_WANTED = {
    "string_type": "must be text",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "must be a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), _MAPPING),
}
_OPENING = re.compile(r"^(?:Value error, |Assertion failed, |[A-Z]\w*(?: input)? should )")
_QUOTED = re.compile(r"'([^']*)'")
_SHORTEST = 4  # a shorter value may be part of an ordinary word


@dataclass(frozen=True, slots=True)
class Found:
    """A place of the file: the node, the way to it in words, and what the model wants there.

    `more` are keys that may stand here besides those of the model.
    """

    node: Node
    shape: Shape
    path: str = ""
    more: tuple[str, ...] = ()

    def follow(self, loc: Loc) -> "Found":
        """The place at the end of pydantic's way, or as near to it as the file goes.

        Some steps are no keys of the file: the tag or the name of a union's branch, `[key]`, and
        keys that are missing.
        """
        found = self
        for step in loc:
            if step in found.shape.tags:
                found = Found(found.node, found.shape.chosen(str(step)), found.path)
            elif below := found.node.below(step):
                word = f"[{step}]" if isinstance(found.node.value, list) else f".{step}"
                found = Found(below, found.shape.below(step), (found.path + word).lstrip("."))
        return found

    def problem(self, message: str, *, at_key: bool = False) -> Problem:
        """This place with what is wrong there."""
        told = f"{self.path}: {message}" if self.path else message
        return Problem.at(self.node.at if at_key else self.node.place, told)


def explain(error: ErrorDetails, top: Found) -> Iterator[Problem]:
    """What one error of pydantic says, place by place; never the value that stands in the file."""
    way, cause = error["loc"], error.get("ctx", {}).get("error")
    if isinstance(cause, ConfigProblems):
        yield from (top.follow((*way, *loc)).problem(message) for loc, message in cause.found)
    elif error["type"] == "missing":
        yield top.follow(way[:-1]).problem(f'"{way[-1]}" is missing', at_key=True)
    elif error["type"] == "extra_forbidden":
        yield _unknown(top.follow(way[:-1]), str(way[-1]))
    elif error["type"] == "union_tag_not_found":
        yield _untold(top.follow(way), error["ctx"]["discriminator"].strip("'"))
    elif error["type"] == "union_tag_invalid":
        key = error["ctx"]["discriminator"].strip("'")
        yield _choice(top.follow((*way, key)), f"one of {error['ctx']['expected_tags']}")
    elif error["type"] in ("literal_error", "enum"):
        yield _choice(top.follow(way), error["ctx"]["expected"])
    else:
        yield _wrong(top.follow(way), error)


def _unknown(parent: Found, key: str) -> Problem:
    keys = (*parent.shape.keys, *parent.more)
    hint = did_you_mean(key, keys) or (f" (known here: {', '.join(keys)})" if keys else "")
    node = parent.node.below(key) or parent.node
    return Found(node, parent.shape, parent.path).problem(f'unknown key "{key}"{hint}', at_key=True)


def _untold(found: Found, key: str) -> Problem:
    words = ", ".join(f'"{word}"' for word in found.shape.tags)
    return found.problem(f'"{key}" is missing: one of {words}', at_key=True)


def _choice(found: Found, expected: str) -> Problem:
    hint = did_you_mean(found.node.value, _QUOTED.findall(expected))
    return found.problem("must be " + expected.replace("'", '"') + hint)


def _wrong(found: Found, error: ErrorDetails) -> Problem:
    value = found.node.value
    message = _WANTED.get(error["type"]) or _without_values(error["msg"], found.node)
    if value is None:
        message += ", but nothing stands here"
    elif error["type"] == "string_type" and isinstance(value, int | float):
        message += ": put it in quotes"  # a phone number, a version, a PIN
    return found.problem(message)


def _without_values(message: str, node: Node) -> str:
    """A message that others wrote may quote what it refuses; that may be a secret misplaced."""
    message = _OPENING.sub(_opening, message)
    words = {str(one.value) for one in node.walk() if isinstance(one.value, str | int | float)}
    forms = words | {repr(word)[1:-1] for word in words}
    for form in sorted(forms, key=len, reverse=True):
        message = message.replace(form, "...") if len(form) >= _SHORTEST else message
    return message


def _opening(match: re.Match[str]) -> str:
    return "must " if match[0].endswith(" should ") else ""
