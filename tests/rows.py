"""The rows of docs/requirements.md: which tests name them, and which of those ran and passed.

A test names a row by `r17` between underscores in its name, or by `R17` (or `R17-R19`) in its
docstring, its class's or its file's. As a plugin this says at the end of a whole run which rows
were shown; `python -m tests.rows` writes the page's last column and its list of missing rows anew.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import pytest

from tests.rooms import HOUSE

PAGE = HOUSE / "docs" / "requirements.md"
ROWS = range(1, 97)
MISSING = re.compile(r"^Missing: (.*)$", re.MULTILINE)
_IN_NAME = re.compile(r"(?:^|_)r(\d{1,2})(?=_|$)")
_IN_WORDS = re.compile(r"\bR(\d{1,2})\b(?:\s*-\s*R(\d{1,2})\b)?")
_LINE = re.compile(r"^\| R(\d+) \|(.*)\|$")
Known = Mapping[str, frozenset[int]]  # the rows of each test, by node id without parameters
_NOTED = ast.AsyncFunctionDef | ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page. `scope` is `in`, or `partly: ...` or `out: ...` with the reason."""

    number: int
    what: str
    scope: str
    where: str
    tests: str

    @property
    def wanted(self) -> bool:
        """Must a test show it?"""
        return not self.scope.startswith("out")


def rows(page: str) -> tuple[Row, ...]:
    """Every row of the page, in its order."""
    lines = (_LINE.match(line) for line in page.splitlines())
    return tuple(_row(int(line[1]), line[2]) for line in lines if line)


def _row(number: int, cells: str) -> Row:
    what, scope, where, tests = (cell.strip() for cell in cells.split("|"))
    return Row(number, what, scope, where, tests)


def missing(page: str) -> frozenset[int]:
    """The rows that the page itself says no test shows."""
    said = MISSING.search(page)
    return frozenset(named_in(said[1])) if said else frozenset()


def named_in(words: str) -> Iterator[int]:
    """The rows that these words name; R30-R32 are three."""
    for first, last in _IN_WORDS.findall(words):
        yield from (one for one in range(int(first), int(last or first) + 1) if one in ROWS)


def named_by(source: str) -> dict[str, frozenset[int]]:
    """The rows of each test in a file, by what pytest calls it there (`Class::test_it`)."""
    module = ast.parse(source)
    found: dict[str, frozenset[int]] = {}
    _gather(module.body, set(_said(module)), found, above="")
    return found


def _gather(
    body: Iterable[ast.stmt], known: set[int], found: dict[str, frozenset[int]], *, above: str
) -> None:
    for node in body:
        if not isinstance(node, _NOTED):
            continue
        own = known | set(_said(node)) | {int(one) for one in _IN_NAME.findall(node.name.lower())}
        if isinstance(node, ast.ClassDef):
            _gather(node.body, own, found, above=f"{above}{node.name}::")
        elif node.name.startswith("test_"):
            found[above + node.name] = frozenset(own & set(ROWS))


def _said(node: ast.Module | _NOTED) -> Iterator[int]:
    return named_in(ast.get_docstring(node) or "")


@cache
def tests() -> Known:
    """The rows of every test of the house."""
    found: dict[str, frozenset[int]] = {}
    for file in sorted((HOUSE / "tests").rglob("test_*.py")):
        path = file.relative_to(HOUSE).as_posix()
        for name, numbers in named_by(file.read_text(encoding="utf-8")).items():
            found[f"{path}::{name}"] = numbers
    return found


def shown_in(known: Known) -> dict[int, list[str]]:
    """The files with a test of each row."""
    files: dict[int, list[str]] = defaultdict(list)
    for test, numbers in known.items():
        for number in numbers:
            if (file := test.partition("::")[0]) not in files[number]:
                files[number].append(file)
    return files


def shown_by(passed: Iterable[str], known: Known) -> frozenset[int]:
    """The rows that these tests have shown, each a node id: with parameters, or xdist's group."""
    names = (re.split(r"[\[@]", one, maxsplit=1)[0] for one in passed)
    return frozenset().union(*(known.get(name, frozenset()) for name in names))


def summary(page: str, shown: Collection[int], known: Known) -> Iterator[str]:
    """What is said at the end of a run: the rows that were shown, and those that were not."""
    wanted = [row.number for row in rows(page) if row.wanted]
    seen = [number for number in wanted if number in shown]
    yield (
        f"Requirements: {len(seen)} of {len(wanted)} rows in scope are named by a test that ran "
        f"and passed: {_listed(seen)}"
    )
    named = shown_in(known)
    if skipped := [one for one in wanted if one in named and one not in shown]:
        yield f"Requirements whose tests did not pass or did not run: {_listed(skipped)}"
    if without := [one for one in wanted if one not in named]:
        yield f"Requirements without a test: {_listed(without)}"
    if partly := [row.number for row in rows(page) if row.scope.startswith("partly")]:
        yield f"Requirements that are met in part, as docs/requirements.md says: {_listed(partly)}"


def _listed(numbers: Iterable[int]) -> str:
    return " ".join(f"R{number}" for number in numbers) or "none"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it after a run of everything; whoever asks for single tests knows what he wants."""
    config = terminalreporter.config
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    passed = [one.nodeid for one in terminalreporter.getreports("passed")]
    terminalreporter.section("requirements")
    known = tests()
    for line in summary(PAGE.read_text(encoding="utf-8"), shown_by(passed, known), known):
        terminalreporter.write_line(line)


def renewed(page: str, known: Known) -> str:
    """The page with the files of now in its last column, and the rows that none of them shows."""
    files = shown_in(known)
    lines = [_with_files(line, files) for line in page.splitlines()]
    without = [row.number for row in rows(page) if row.wanted and row.number not in files]
    listed = ", ".join(f"R{number}" for number in without) or "none"
    return MISSING.sub(f"Missing: {listed}", "\n".join(lines) + "\n")


def _with_files(line: str, files: Mapping[int, list[str]]) -> str:
    found = _LINE.match(line)
    if found is None:
        return line
    row = _row(int(found[1]), found[2])
    told = ", ".join(f"`{file.removeprefix('tests/')}`" for file in files.get(row.number, ()))
    return f"| R{row.number} | {row.what} | {row.scope} | {row.where} | {told} |"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), tests()), encoding="utf-8")
