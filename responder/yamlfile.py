"""A YAML file as a tree that knows where each of its words stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from alerts.model import clean
from responder.problems import BadConfig, Problem, Spot

Scalar = str | int | float | bool | None

_DEEPEST = 32  # levels; real files have six or seven, bombs a hundred thousand
_HINTS = (
    ("'\\t'", "; this is a tab: indent with spaces"),
    ("cannot start any token", "; put the value in quotes"),
    (
        "mapping values are not allowed",
        '; a value that holds ": " needs quotes, or the indentation is wrong',
    ),
)
_PLAIN_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?[0-9]{1,40}")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file: `spot` is where it begins, `at` where its key stands.

    An item of a list has no key: both are the same.
    """

    spot: Spot
    at: Spot
    value: "dict[str, Node] | list[Node] | Scalar"

    @property
    def place(self) -> Spot:
        """Where to look for it: a word itself, but the name of a whole section or of nothing."""
        return self.at if self.value is None or isinstance(self.value, dict | list) else self.spot

    @property
    def plain(self) -> Any:
        """The value without its places."""
        if isinstance(self.value, dict):
            return {key: node.plain for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain for node in self.value]
        return self.value

    def below(self, step: int | str) -> "Node | None":
        """What stands under this key or index, if anything does."""
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def walk(self) -> "Iterator[Node]":
        """This node and all below it, in the order of the file."""
        yield self
        if isinstance(self.value, dict | list):
            for node in self.value.values() if isinstance(self.value, dict) else self.value:
                yield from node.walk()


def read(file: Path) -> tuple[Node, list[Problem]]:
    """The tree of a file, and what is wrong with it besides. No tree raises BadConfig.

    YAML 1.2 without anchors, aliases, merge keys, tags, directives and second documents: no
    configuration needs them, and 300 bytes of aliases can stand for 43 million values.
    """
    return _Reader(file).read(_text(file))


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise BadConfig([Problem(file, 1, 1, "there is no such file")]) from None
    except OSError as trouble:
        raise BadConfig([Problem(file, 1, 1, f"can't be read: {trouble.strerror}")]) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        spot = _count(file, content[: trouble.start].decode("utf-8", "replace"))
        raise BadConfig([Problem.at(spot, "not UTF-8 text")]) from None


def _count(file: Path, before: str) -> Spot:
    """The place that follows this text."""
    return Spot(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def scalar(text: str) -> Scalar:
    """What a word without quotes means in the core schema of YAML 1.2.2, section 10.3.2.

    Less .inf and .nan, which no setting can mean. `20:00`, `no`, `on` and dates stay text.
    """
    if text in _PLAIN_WORDS:
        return _PLAIN_WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _OCTAL_OR_HEX.fullmatch(text):
        return int(text, 0)
    if _DECIMAL.fullmatch(text) and isfinite(number := float(text)):
        return number
    return text


class _Reader:
    """Builds the tree of one file from the parser's events."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._problems: list[Problem] = []

    def read(self, text: str) -> tuple[Node, list[Problem]]:
        try:
            self._events = YAML(typ="safe", pure=True).parse(text)
            return self._document(), self._problems
        except ReaderError as trouble:
            spot = _count(self._file, text[: trouble.position])
            raise BadConfig(
                [Problem.at(spot, "a control character: is this a text file?")]
            ) from None
        except ValueError:  # ruamel leaves chr() to refuse "\\U00110000"
            spot = _count(self._file, text[: text.find("\\U")])
            raise BadConfig([Problem.at(spot, "an escape that stands for no character")]) from None
        except MarkedYAMLError as trouble:
            raise BadConfig([*self._problems, self._syntax(trouble)]) from None

    def _syntax(self, trouble: MarkedYAMLError) -> Problem:
        """Never `str(trouble)`: that prints the lines around, secrets and all."""
        message = trouble.problem or "not YAML"
        message += next((hint for sign, hint in _HINTS if sign in message), "")
        if trouble.context and trouble.context_mark:
            message += f" ({trouble.context} that begins in line {trouble.context_mark.line + 1})"
        return Problem.at(self._spot(trouble.problem_mark), message)

    def _document(self) -> Node:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent) and (
                event.version not in (None, (1, 2)) or event.tags
            ):
                self._complain(event, "directives (%YAML, %TAG) are not supported: remove the line")
            elif isinstance(event, NodeEvent) and root:
                self._complain(event, "a second document: one file holds one")
                break
            elif isinstance(event, NodeEvent):
                root = self._node(event, None, 0)
        if root is None or root.value is None:
            raise BadConfig([*self._problems, Problem(self._file, 1, 1, "the file is empty")])
        return root

    def _node(self, event: NodeEvent, at: Spot | None, depth: int) -> Node:
        spot = self._spot(event.start_mark)
        if depth > _DEEPEST:
            raise BadConfig(
                [*self._problems, Problem.at(spot, f"nested over {_DEEPEST} levels deep")]
            )
        self._refuse_extras(event)
        if isinstance(event, AliasEvent):
            return Node(spot, spot, None)
        if isinstance(event, MappingStartEvent):
            return Node(spot, at or spot, self._mapping(depth))
        if isinstance(event, SequenceStartEvent):
            return Node(spot, at or spot, self._sequence(depth))
        return Node(spot, at or spot, _meaning(event))

    def _refuse_extras(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent):
            self._complain(event, "aliases (*name) are not supported: write the value out")
        elif event.anchor:
            self._complain(
                event, "anchors (&name) are not supported: write the value out where it is needed"
            )
        elif isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag:
            self._complain(event, "tags (!name) are not supported: put text in quotes")
        elif isinstance(event, ScalarEvent) and clean(event.value) != event.value:
            self._complain(event, "an escape that stands for no character")

    def _sequence(self, depth: int) -> list[Node]:
        return [self._node(event, None, depth + 1) for event in self._until(SequenceEndEvent)]

    def _mapping(self, depth: int) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for event in self._until(MappingEndEvent):
            key = self._node(event, None, depth + 1)
            value = self._node(next(self._events), key.spot, depth + 1)
            name = self._key(event)
            if name in nodes:
                line = nodes[name].at.line
                self._complain(event, f'"{name}" stands here twice, first in line {line}')
            nodes.setdefault(name, value)
        return nodes

    def _key(self, event: NodeEvent) -> str:
        """The key as it is written: `no` and `101` are good names."""
        if not isinstance(event, ScalarEvent):
            self._complain(event, "a key must be plain text")
            return ""
        if event.value == "<<" and not event.style:
            self._complain(event, "merge keys (<<) are not supported: write the values out")
        return clean(event.value)

    def _until(self, end: type[Event]) -> Iterator[NodeEvent]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _complain(self, event: Event, message: str) -> None:
        self._problems.append(Problem.at(self._spot(event.start_mark), message))

    def _spot(self, mark: StreamMark) -> Spot:
        return Spot(self._file, mark.line + 1, mark.column + 1)


def _meaning(event: NodeEvent) -> Scalar:
    if not isinstance(event, ScalarEvent):
        return None
    return clean(event.value) if event.style else scalar(event.value)
