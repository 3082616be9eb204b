"""Is YAML read as version 1.2 means it, with every word's place, and nothing that can explode?"""

import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.problems import BadConfig, Spot
from responder.yamlfile import Scalar, read, scalar


def told(folder: Path, content: bytes) -> list[str]:
    """What is wrong with a file of this content, without the folder."""
    file = folder / "x.yaml"
    file.write_bytes(content)
    try:
        _, problems = read(file)
    except BadConfig as trouble:
        problems = list(trouble.problems)
    return [str(problem).removeprefix(f"{folder}/") for problem in problems]


SCALARS: dict[str, Scalar] = {
    "20:00": "20:00",
    "08:30": "08:30",
    "no": "no",
    "on": "on",
    "yes": "yes",
    "true": True,
    "False": False,
    "~": None,
    "null": None,
    "": None,
    "0777": 777,
    "0o777": 511,
    "0x1F": 31,
    "00123": 123,
    "1_000": "1_000",
    "-7": -7,
    "+359888123456": 359888123456,
    "12e3": 12000.0,
    "1.10": 1.1,
    ".5": 0.5,
    ".nan": ".nan",
    ".inf": ".inf",
    "1e999": "1e999",
    "2026-11-21": "2026-11-21",
    "2026-11-21T10:00:00Z": "2026-11-21T10:00:00Z",
    "10.0.0.1": "10.0.0.1",
    "9" * 5000: "9" * 5000,
}


@pytest.mark.parametrize(("written", "meant"), SCALARS.items(), ids=[key[:20] for key in SCALARS])
def test_a_word_without_quotes_means_what_yaml_1_2_says(written: str, meant: Scalar) -> None:
    assert scalar(written) == meant
    assert type(scalar(written)) is type(meant)


BROKEN = {
    "a tab for indentation": (
        b"a:\n\tb: 1\n",
        "x.yaml:2:1: found character '\\t' that cannot start any token; this is a tab: "
        "indent with spaces",
    ),
    "an @ without quotes": (
        b"a: @b\n",
        "x.yaml:1:4: found character '@' that cannot start any token; put the value in quotes",
    ),
    "a colon in a value": (
        b"a: b: c\n",
        "x.yaml:1:5: mapping values are not allowed here; "
        'a value that holds ": " needs quotes, or the indentation is wrong',
    ),
    "a quote without its end": (
        b"b: 1\na: 'x\n",
        "x.yaml:3:1: found unexpected end of stream "
        "(while scanning a quoted scalar that begins in line 2)",
    ),
    "a bracket without its end": (
        b"a: [1,\n",
        "x.yaml:2:1: expected the node content, but found '<stream end>' "
        "(while parsing a flow node that begins in line 2)",
    ),
    "a list and a mapping at once": (
        b"- a\nb: 1\n",
        "x.yaml:2:1: expected <block end>, but found '?' "
        "(while parsing a block collection that begins in line 1)",
    ),
    "the rules of YAML 1.1": (
        b"%YAML 1.1\n---\na: 20:00\n",
        "x.yaml:2:1: directives (%YAML, %TAG) are not supported: remove the line",
    ),
    "another version": (
        b"%YAML 2.0\n---\na: 1\n",
        "x.yaml:1:1: found incompatible YAML document (version 1.* is required)",
    ),
    "a second document": (
        b"a: 1\n---\nb: 2\n",
        "x.yaml:3:1: a second document: one file holds one",
    ),
    "a duplicate key": (
        b"a: 1\nb: 2\na: 3\n",
        'x.yaml:3:1: "a" stands here twice, first in line 1',
    ),
    "an anchor": (
        b"a: &x 1\n",
        "x.yaml:1:4: anchors (&name) are not supported: write the value out where it is needed",
    ),
    "an alias": (
        b"a: 1\nb: *x\n",
        "x.yaml:2:4: aliases (*name) are not supported: write the value out",
    ),
    "a merge key": (
        b"a:\n  <<: {b: 1}\n",
        "x.yaml:2:3: merge keys (<<) are not supported: write the values out",
    ),
    "a tag": (
        b"a: !!binary AAAA\n",
        "x.yaml:1:4: tags (!name) are not supported: put text in quotes",
    ),
    "a list for a key": (b"? [a]\n: 1\n", "x.yaml:1:3: a key must be plain text"),
    "nothing": (b"", "x.yaml:1:1: the file is empty"),
    "comments alone": (b"# later\n\n", "x.yaml:1:1: the file is empty"),
    "another encoding": ("a: 1\nb: caf\xe9\n".encode("latin-1"), "x.yaml:2:7: not UTF-8 text"),
    "a picture": (
        b"\x89PNG\r\n\x1a\n",
        "x.yaml:1:1: not UTF-8 text",
    ),
    "an escape beyond Unicode": (
        b'a: 1\nb: "\\U00110000"\n',
        "x.yaml:2:5: an escape that stands for no character",
    ),
    "half a character": (
        b'a: "\\ud800"\n',
        "x.yaml:1:4: an escape that stands for no character",
    ),
    "an escaped NUL as a key": (
        b'"a\\0": 1\n',
        "x.yaml:1:1: an escape that stands for no character",
    ),
    "a NUL": (b"a: 1\nb: \0\n", "x.yaml:2:4: a control character: is this a text file?"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_each_broken_file_tells_where_and_why(tmp_path: Path, content: bytes, message: str) -> None:
    assert told(tmp_path, content) == [message]


def test_every_refused_thing_of_a_file_is_told(tmp_path: Path) -> None:
    assert [line.split()[1] for line in told(tmp_path, b"a: &x 1\nb: *x\na: !t 2\n")] == [
        "anchors",
        "aliases",
        "tags",
        '"a"',
    ]


def test_a_syntax_error_does_not_print_the_lines_around_it(tmp_path: Path) -> None:
    assert "hunter2" not in "".join(told(tmp_path, b"password: hunter2\nhunter2: @x\n"))


@pytest.mark.parametrize("bomb", [b"a: " + b"[" * 100_000, b"{a: " * 100_000, b"- " * 100_000])
def test_a_file_nested_without_end_is_refused_at_once(tmp_path: Path, bomb: bytes) -> None:
    begun = time.thread_time()
    assert "nested over 32 levels deep" in told(tmp_path, bomb)[0]
    assert time.thread_time() - begun < 20


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{level}: &a{level} [*a{level - 1}, *a{level - 1}]\n" for level in range(1, 9)
    )
    assert len(told(tmp_path, bomb.encode())) == 9 + 16


def test_a_file_that_is_not_there_or_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"none.yaml:1:1: there is no such file"):
        read(tmp_path / "none.yaml")
    with pytest.raises(BadConfig, match=r":1:1: can't be read: Is a directory"):
        read(tmp_path)


WORDS = st.sampled_from(
    [
        *("a", "b: ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ",", ":", "? ", "'", '"', "|\n"),
        *("&x ", "*x", "!t ", "!!str ", "!<a> ", "!x!y ", "%YAML 1.2\n", "%TAG ! a\n", "---\n"),
        *("...\n", "\\x", "\\U00110000", "\\uD800", ">+2\n", "#c\n", "<<: ", "\u2028", "\x85"),
        *("\ufeff", "1", "~", "@", "\r\n", "\\", "=", "\0"),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(WORDS, max_size=25).map("".join))
def test_whatever_stands_in_a_file_is_a_tree_or_a_problem(tmp_path: Path, text: str) -> None:
    problems = told(tmp_path, text.encode())
    assert all(re.match(r"x\.yaml:\d+:\d+: .", problem) for problem in problems)


def test_every_word_knows_its_place(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("\ufeffa:\r\n  b: [1, {c: d}]\r\n  e:\r\n", encoding="utf-8")
    root, problems = read(file)
    assert problems == []
    assert root.plain == {"a": {"b": [1, {"c": "d"}], "e": None}}
    places = {str(node.plain): (node.place.line, node.place.column) for node in root.walk()}
    assert places["1"] == (2, 7)
    assert places["d"] == (2, 14)
    assert places["{'c': 'd'}"] == (2, 10)
    assert places["[1, {'c': 'd'}]"] == (2, 3)
    assert places["None"] == (3, 3)


def test_a_key_is_the_text_that_is_written(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("on: 1\n101: 2\nnull: 3\n'': 4\n", encoding="utf-8")
    root, _ = read(file)
    assert root.plain == {"on": 1, "101": 2, "null": 3, "": 4}
    assert root.spot == Spot(file, 1, 1)
