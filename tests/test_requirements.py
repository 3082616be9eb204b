"""Is each requirement in scope shown by a test, and does docs/requirements.md tell the truth?"""

import re
from collections.abc import Iterator

import pytest

from tests import rows
from tests.rooms import HOUSE
from tests.rows import PAGE, ROWS, Row

# As the source documents were read: these were never promised whole, or not at all.
IN_PART = {2, 3, 7, 18, 27, 37, 38, 58, 75, 76, 82, 83}
OUT = {43, 63, 64}
NAMED = re.compile(r"`([^`\s]+)`")
TOLD = rows.rows(PAGE.read_text(encoding="utf-8"))

each_row = pytest.mark.parametrize("row", TOLD, ids=lambda row: f"R{row.number}")


def paths(cell: str) -> Iterator[str]:
    """What a cell names that is a file or a folder of the house, and no command."""
    return (name for name in NAMED.findall(cell) if "/" in name or "." in name)


def test_every_row_stands_in_the_page_in_its_order() -> None:
    assert [row.number for row in TOLD] == list(ROWS)


@each_row
def test_a_row_says_what_it_is_and_what_is_left_out(row: Row) -> None:
    kind, _, reason = row.scope.partition(": ")
    assert row.what
    assert kind in {"in", "partly", "out"}
    assert (kind == "in") == (not reason)
    assert (kind == "out") == (row.number in OUT)
    assert kind != "in" or row.number not in IN_PART


@each_row
def test_a_row_names_the_files_in_which_it_lives(row: Row) -> None:
    assert row.where or not row.wanted
    assert [name for name in paths(row.where) if not (HOUSE / name).exists()] == []


@each_row
def test_the_tests_that_a_row_names_name_the_row(row: Row) -> None:
    known = rows.shown_in(rows.tests()).get(row.number, [])
    assert [name for name in paths(row.tests) if f"tests/{name}" not in known] == []


def test_every_row_in_scope_is_named_by_a_test_or_the_page_says_that_it_is_not() -> None:
    known = rows.shown_in(rows.tests())
    without = {row.number for row in TOLD if row.wanted and row.number not in known}
    told = rows.missing(PAGE.read_text(encoding="utf-8"))
    assert without == told, "make rows"


def test_the_list_of_what_is_missing_can_be_read() -> None:
    assert rows.missing("Missing: R5, R30-R32\n") == {5, 30, 31, 32}
    assert rows.missing("Missing: none\n") == set()
    assert rows.missing("nothing of the kind") == set()
    assert len(rows.MISSING.findall(PAGE.read_text(encoding="utf-8"))) == 1


SOURCE = '''"""Of mail (R3)."""

def test_a():
    pass

async def test_r17_wakes_r18_people():
    """R30-R32, not R640 nor R97."""

class TestDoor:
    """R11."""
    def test_b(self):
        """No more."""

def of_no_account():
    """R50."""
'''


def test_a_row_is_named_by_a_name_a_docstring_a_class_or_a_file() -> None:
    assert rows.named_by(SOURCE) == {
        "test_a": {3},
        "test_r17_wakes_r18_people": {3, 17, 18, 30, 31, 32},
        "TestDoor::test_b": {3, 11},
    }


def test_only_tests_that_passed_show_a_row() -> None:
    known = {"tests/test_a.py::test_it": frozenset({1}), "tests/test_b.py::test_it": frozenset({2})}
    passed = ["tests/test_a.py::test_it[x::y]", "tests/test_c.py::test_it"]
    assert rows.shown_by(passed, known) == {1}
    assert rows.shown_by(["tests/test_b.py::test_it@group"], known) == {2}
    assert rows.shown_by([], known) == set()


SCOPES = ("in", "partly: half of it", "in", "out: not ours")


def test_the_end_of_a_run_tells_what_was_shown_and_what_was_not() -> None:
    known = {"tests/test_a.py::test_it": frozenset({1, 2}), "tests/test_b.py::t": frozenset({2})}
    page = "\n".join(f"| R{n} | what | {scope} | `x` | |" for n, scope in enumerate(SCOPES, 1))
    assert list(rows.summary(page, {1}, known)) == [
        "Requirements: 1 of 3 rows in scope are named by a test that ran and passed: R1",
        "Requirements whose tests did not pass or did not run: R2",
        "Requirements without a test: R3",
        "Requirements that are met in part, as docs/requirements.md says: R2",
    ]


def test_the_page_is_written_anew_from_the_tests() -> None:
    known = {
        "tests/test_a.py::test_it": frozenset({1}),
        "tests/test_a.py::test_too": frozenset({1}),
    }
    page = "Missing: none\n\n| R1 | one | in | `x` | |\n| R2 | two | in | `y` | `gone.py` |\n"
    assert rows.renewed(page, known) == (
        "Missing: R2\n\n| R1 | one | in | `x` | `test_a.py` |\n| R2 | two | in | `y` |  |\n"
    )
