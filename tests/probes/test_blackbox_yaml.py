"""YAML is read as Go reads it, and everything has its place."""

from typing import Any

import pytest

from probes.blackbox_yaml import Node, Trouble, read_tree


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: plain(below) for key, below in node.value.items()}
    if isinstance(node.value, list):
        return [plain(below) for below in node.value]
    return node.value


def test_words_stay_as_they_are_written_whatever_yaml_calls_them() -> None:
    text = "%YAML 1.1\n---\na: 20:00\nb: no\nc: 0777\nd: 1.50\ne: 'x'\nf: \"~\"\ng: 2001-12-14\n"
    assert plain(read_tree(text)) == {
        "a": "20:00",
        "b": "no",
        "c": "0777",
        "d": "1.50",
        "e": "x",
        "f": "~",
        "g": "2001-12-14",
    }


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL", "!!null x"])
def test_nothing_is_nothing(nothing: str) -> None:
    assert plain(read_tree(f"a: {nothing}\nb: [{nothing or '~'}]")) == {"a": None, "b": [None]}


def test_tags_of_yaml_itself_are_known() -> None:
    text = "a: !!str 5\nb: !!int 5\nc: !!binary |\n  AAEC\n  SFi8=\nd: !!map {x: !!bool y}"
    assert plain(read_tree(text)) == {
        "a": "5",
        "b": "5",
        "c": b"\x00\x01\x02HX\xbc",
        "d": {"x": "y"},
    }


def test_aliases_and_merge_keys_stand_for_what_they_name() -> None:
    text = "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\ne: {<<: [*x, {q: 4, b: 5}]}\nf: *x\n"
    assert plain(read_tree(text)) == {
        "a": {"b": "1", "c": "2"},
        "d": {"b": "1", "c": "3"},
        "e": {"q": "4", "b": "1", "c": "2"},
        "f": {"b": "1", "c": "2"},
    }


def test_only_the_first_document_counts() -> None:
    assert plain(read_tree("---\na: 1\n---\nb: [\n")) == {"a": "1"}


def test_a_place_is_that_of_the_key_or_of_the_item() -> None:
    root = read_tree("a:\n  - x\n  -   y: 1\n      z: 2\n")
    found = {way: root.follow(way) for way in (("a",), ("a", 0), ("a", 1, "z"), ("a", 7, "no"))}
    assert [(node.line, node.column) for node in found.values()] == [(1, 1), (2, 5), (4, 7), (1, 1)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3", '3:1: "a" stands here twice, first in line 1'),
        ("a: *x", '1:1: nothing before this place is called "&x"'),
        ("a: &x [*x]", '1:8: nothing before this place is called "&x"'),
        ("", "1:1: the file is empty"),
        ("# nothing\n", "1:1: the file is empty"),
        ("a: !secret 1", "1:4: a tag that is none of YAML's own"),
        ("a: !!binary $$", "1:4: !!binary needs base64"),
        ("? [1]\n: 2", "1:3: a key must be plain text"),
        ("a: [1", "1:6: expected ',' or ']', but got '<stream end>'"),
        ('a: "\\U00110000"', "1:5: an escape that stands for no character"),
        ("a: 1\nb: \x01", "2:4: a control character: is this a text file?"),
        ("a: {<<: 3}", "1:5: a merge key (<<) needs a mapping, or a list of them"),
        ("[" * 5000, "1:34: nested over 32 levels deep"),
    ],
)
def test_what_is_wrong_has_its_place(text: str, told: str) -> None:
    with pytest.raises(Trouble) as trouble:
        read_tree(text)
    assert str(trouble.value) == told


def test_a_few_hundred_bytes_of_aliases_are_no_millions_of_values() -> None:
    lines = ["a: &a [1,1,1,1,1,1,1,1,1,1]"]
    for name, before in zip("bcdefgh", "abcdefg", strict=True):
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]")
    with pytest.raises(Trouble, match="6:1: too much stands below this place"):
        read_tree("\n".join(lines))


def test_a_chain_of_aliases_is_no_deeper_than_anything_else() -> None:
    chain = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 3000)]
    with pytest.raises(Trouble, match="too much stands below"):
        read_tree("\n".join(chain))
