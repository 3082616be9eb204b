"""A user's YAML as Go reads it (yaml.v3): a tree that knows where each of its words stands.

What a word means is for the field to say that takes it: Go puts `no` and `5` into a text field as
they are written, and takes `yes` and `"on"` where a boolean is wanted. So every word stays text.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

_DEEPEST = 32  # levels, those behind aliases too
_MOST = 200_000  # values, those behind aliases too: 300 bytes of them can stand for 43 million
_NOTHING = ("", "~", "null", "Null", "NULL")
_OF_YAML = "tag:yaml.org,2002:"
_TAGS = ("", "!", *(_OF_YAML + kind for kind in ("str", "int", "bool", "float", "map", "seq")))

Value = "dict[str, Node] | list[Node] | str | bytes | None"


class Trouble(Exception):
    """What is wrong at a place; line and column count from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(f"{line}:{column}: {message}")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands, or where its key stands. `size` and `depth` count what is below,
    through aliases as well.
    """

    line: int
    column: int
    value: "dict[str, Node] | list[Node] | str | bytes | None"
    size: int = 1
    depth: int = 0

    @property
    def entries(self) -> "dict[str, Node]":
        """What stands below when it is a mapping, else nothing."""
        return self.value if isinstance(self.value, dict) else {}

    def trouble(self, message: str) -> Trouble:
        """Something is wrong here."""
        return Trouble(self.line, self.column, message)

    def follow(self, way: "tuple[int | str, ...]") -> "Node":
        """The place at the end of this way, or as near to it as the file goes."""
        node = self
        for step in way:
            if isinstance(node.value, dict):
                node = node.value.get(str(step), node)
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
        return node


def read_tree(text: str) -> Node:
    """The first document. Raises Trouble."""
    try:
        return _Reader(text).read()
    except ReaderError as error:
        line, column = _count(text[: error.position])
        raise Trouble(line, column, "a control character: is this a text file?") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark  # never str(error): that quotes secrets
        raise Trouble(*_spot(mark), error.problem or "not YAML") from None
    except ValueError:  # ruamel leaves chr() to refuse "\\U00110000"
        line, column = _count(text[: max(0, text.find("\\U"))])
        raise Trouble(line, column, "an escape that stands for no character") from None


class _Reader:
    """Builds the tree from the parser's events, so that no depth can exhaust the stack."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
        self._anchors: dict[str, Node] = {}

    def read(self) -> Node:
        for event in self._events:
            if isinstance(event, NodeEvent):
                return self._node(event, None, 0)
        raise Trouble(1, 1, "the file is empty")

    def _node(self, event: NodeEvent, key: Event | None, depth: int) -> Node:
        line, column = _spot((key or event).start_mark)
        if depth > _DEEPEST:
            raise Trouble(line, column, f"nested over {_DEEPEST} levels deep")
        if isinstance(event, AliasEvent):
            return self._known(event, line, column)
        value: dict[str, Node] | list[Node] | str | bytes | None
        if isinstance(event, MappingStartEvent):
            value = self._mapping(depth)
        elif isinstance(event, SequenceStartEvent):
            value = [self._node(one, None, depth + 1) for one in self._until(SequenceEndEvent)]
        else:
            value = _word(event)
        node = _sized(line, column, value)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _known(self, event: AliasEvent, line: int, column: int) -> Node:
        found = self._anchors.get(event.anchor)
        if found is None:
            raise Trouble(line, column, f'nothing before this place is called "&{event.anchor}"')
        return Node(line, column, found.value, found.size, found.depth)

    def _mapping(self, depth: int) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        merged: list[Node] = []
        for event in self._until(MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise Trouble(*_spot(event.start_mark), "a key must be plain text")
            node = self._node(next(self._events), event, depth + 1)
            if event.value == "<<" and not event.style:
                merged += node.value if isinstance(node.value, list) else [node]
            elif event.value in nodes:
                first = nodes[event.value].line
                raise node.trouble(f'"{event.value}" stands here twice, first in line {first}')
            else:
                nodes[event.value] = node
        return {**_merged(merged), **nodes}

    def _until(self, end: type[Event]) -> Iterator[NodeEvent]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event


def _merged(sources: list[Node]) -> dict[str, Node]:
    """https://yaml.org/type/merge.html: an earlier mapping wins over a later one."""
    together: dict[str, Node] = {}
    for source in sources:
        if not isinstance(source.value, dict):
            raise source.trouble("a merge key (<<) needs a mapping, or a list of them")
        together = {**source.value, **together}
    return together


def _sized(line: int, column: int, value: Any) -> Node:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    size = 1 + sum(node.size for node in below)
    depth = 1 + max((node.depth for node in below), default=-1)
    if size > _MOST or depth > _DEEPEST:
        raise Trouble(line, column, "too much stands below this place: are there endless aliases?")
    return Node(line, column, value, size, depth)


def _word(event: NodeEvent) -> str | bytes | None:
    if not isinstance(event, ScalarEvent):
        raise Trouble(*_spot(event.start_mark), "not a value")
    tag = str(event.tag or "")
    if tag == _OF_YAML + "binary":
        return _binary(event)
    if tag == _OF_YAML + "null" or (not tag and not event.style and event.value in _NOTHING):
        return None
    if tag not in _TAGS:
        raise Trouble(*_spot(event.start_mark), "a tag that is none of YAML's own")
    text: str = event.value
    return text


def _binary(event: ScalarEvent) -> bytes:
    try:
        return b64decode("".join(event.value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Trouble(*_spot(event.start_mark), "!!binary needs base64") from None


def _spot(mark: StreamMark | None) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _count(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")
