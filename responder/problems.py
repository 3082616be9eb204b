"""What is wrong with a configuration file, and where it stands."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationInfo
from typing_extensions import override

Loc = tuple[int | str, ...]
"""The way from the top of the file to a thing in it, as keys and list indexes."""


class Spot(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: Path
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or worth a word, in the form that editors and compilers share."""

    file: Path
    line: int
    column: int
    message: str

    @classmethod
    def at(cls, spot: Spot, message: str) -> "Problem":
        """The problem whose place is `spot`."""
        return cls(*spot, message)

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return Spot(self.file, self.line, self.column)

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


def in_order(problems: Iterable[Problem], files: Sequence[Path]) -> tuple[Problem, ...]:
    """Each problem once, as they stand in the files."""
    rank = {file: number for number, file in enumerate(files)}
    once = dict.fromkeys(problems)
    last = len(rank)
    return tuple(
        sorted(once, key=lambda one: (rank.get(one.file, last), one.file, one.line, one.column))
    )


class BadConfig(Exception):
    """A file that can't be used, with every reason at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class ConfigProblems(ValueError):
    """Several things wrong at once, each with its way down from the model that raises this.

    `raise ConfigProblems([(("teams", "a", "members", 0), 'nobody is called "anna"')])`
    """

    def __init__(self, found: Iterable[tuple[Loc, str]]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(message for _, message in self.found))


@dataclass(slots=True)
class Loading:
    """What validators may ask and tell while a file is loaded: pydantic's `info.context`.

    `folder` is that of the configuration file; relative paths begin there. Files of another kind
    that it names are told of by themselves: `files` that were read, what is wrong in them
    (`problems`: the configuration can't be used either), what is unwise in them (`remarks`).
    """

    folder: Path
    findings: list[tuple[Loc | str, str]] = field(default_factory=list)
    looked_up: set[str] = field(default_factory=set)  # references that a secret's field has taken
    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    fault: Callable[[Path], str] | None = None  # what is wrong with a secret's file, "" = nothing

    def find(self, where: Loc | str, message: str) -> None:
        """Note what is unwise but no error.

        `where` is the way from the top of the file, or a text as it is written there.
        """
        self.findings.append((where, message))

    def judge_secret(self, written: str, path: Path) -> None:
        """Told of each file of a secret that is read only when it is used."""
        self.looked_up.add(written)
        if self.fault and (told := self.fault(path)):
            self.find(written, told)


def loading(info: ValidationInfo) -> Loading:
    """The load that this validation is part of; for a model built without one, paths begin here."""
    return info.context if isinstance(info.context, Loading) else Loading(Path.cwd())


def did_you_mean(word: object, choices: Iterable[str]) -> str:
    """`, did you mean "port"?` for the choice nearest to the word; empty when none is near."""
    near = {choice.lower(): choice for choice in choices}
    match = difflib.get_close_matches(str(word).lower(), near, n=1)
    return f', did you mean "{near[match[0]]}"?' if match else ""
