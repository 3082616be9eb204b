"""A question to DNS and its answer, byte by byte (RFC 1035)."""

import struct
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from probes.dns_words import TYPES, class_number, name_on_wire, rcode_name, type_number

ANSWER, AUTHORITY, ADDITIONAL = 0, 1, 2
_LENGTHS = {TYPES["A"]: 4, TYPES["AAAA"]: 16}
_TRUNCATED, _AUTHORITATIVE = 0x0200, 0x0400


class Question(NamedTuple):
    """`tail` is the whole message but for its first two bytes, the id."""

    name: str
    type: str
    tail: bytes

    @property
    def text(self) -> str:
        return f"{self.name} {self.type}"


class Record(NamedTuple):
    """One record of an answer; its data is `wire[start:end]` of the answer."""

    section: int
    type: int
    ttl: int
    start: int
    end: int


class Garbled(Exception):
    """An answer to our question that is cut off or no DNS at all."""


class Answer(NamedTuple):
    """An answer to the question that was asked. `counts` are those of the three sections."""

    wire: bytes
    flags: int
    counts: tuple[int, int, int]
    records: tuple[Record, ...]

    @property
    def rcode(self) -> str:
        return rcode_name(self.flags & 15)

    @property
    def truncated(self) -> bool:
        return bool(self.flags & _TRUNCATED)

    @property
    def authoritative(self) -> bool:
        return bool(self.flags & _AUTHORITATIVE)

    def addresses(self, kind: int) -> frozenset[str]:
        """The A (1) or AAAA (28) records of the answer section."""
        make, length = (IPv4Address, 4) if kind == TYPES["A"] else (IPv6Address, 16)
        return frozenset(
            str(make(self.wire[one.start : one.end]))
            for one in self.records
            if one.section == ANSWER and one.type == kind and one.end - one.start == length
        )

    def serial(self, sections: tuple[int, ...] = (ANSWER,)) -> int | None:
        """Of the last SOA record: the first of the five numbers at its end."""
        found = None
        for one in self.records:
            # Two names of a byte each and five numbers are the least.
            if one.type == TYPES["SOA"] and one.section in sections and one.end - one.start >= 22:
                found = int.from_bytes(self.wire[one.end - 20 : one.end - 16], "big")
        return found

    def texts(self) -> list[str]:
        """What the TXT records of the answer section say."""
        return [
            b"".join(_strings(self.wire[one.start : one.end])).decode("utf-8", "replace")
            for one in self.records
            if one.section == ANSWER and one.type == TYPES["TXT"]
        ]


def make_question(name: str, kind: str, klass: str = "IN", *, recursion: bool = True) -> Question:
    """ValueError when it can't be asked."""
    tail = (
        (b"\x01\0" if recursion else b"\0\0")
        + b"\0\x01\0\0\0\0\0\0"
        + name_on_wire(name)
        + struct.pack(">HH", type_number(kind), class_number(klass))
    )
    return Question(name, kind, tail)


question = lru_cache(maxsize=4096)(make_question)
"""The same, made once for each module."""


def is_answer(wire: bytes, asked: bytes) -> bool:
    """True when these bytes answer that message: its id, a response, its question.

    A server that could not read the question may leave it out, if it says so.
    """
    if len(wire) < 12 or wire[:2] != asked[:2] or wire[2] & 0xF8 != 0x80:
        return False
    if wire[4:6] == b"\0\0":
        return wire[3] & 15 != 0
    if wire[4:6] != b"\0\x01":
        return False
    theirs, ours = wire[12 : len(asked)], asked[12:]
    return theirs == ours or theirs.lower() == ours.lower()  # lengths are below "A"


def read(wire: bytes, asked: bytes) -> Answer:
    """The answer, all its records walked through. Raises Garbled."""
    flags, questions, *numbers = struct.unpack_from(">HHHHH", wire, 2)
    at = len(asked) if questions else 12
    if len(wire) < at:
        raise Garbled("it ends in the middle of the question")
    counts = (numbers[0], numbers[1], numbers[2])
    try:
        return Answer(wire, flags, counts, tuple(_records(wire, at, counts)))
    except (IndexError, struct.error):
        raise Garbled("it ends in the middle of a record") from None


def _records(wire: bytes, at: int, counts: tuple[int, int, int]) -> Iterator[Record]:
    for section, count in enumerate(counts):
        for _ in range(count):
            at = _after_name(wire, at)
            kind, klass, ttl, length = struct.unpack_from(">HHIH", wire, at)
            start = at + 10
            at = start + length
            if at > len(wire):
                raise IndexError
            if klass == 1 and length != _LENGTHS.get(kind, length):
                raise Garbled("it holds an address of a wrong length")
            yield Record(section, kind, ttl, start, at)


def _after_name(wire: bytes, at: int) -> int:
    while length := wire[at]:
        if length >= 192:  # the rest stands elsewhere
            return at + 2
        if length > 63:
            raise Garbled("it has a name of an unknown kind")
        at += length + 1
    return at + 1


def _strings(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
