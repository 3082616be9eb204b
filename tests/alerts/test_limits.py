"""One alert is taken up to its limits; the rest is cut with a mark, and two alerts stay two."""

import pytest

from alerts.alertmanager import read_webhook
from alerts.limits import (
    ANNOTATIONS_BYTES,
    LABELS,
    MARK,
    NAME_BYTES,
    VALUE_BYTES,
    annotations_fit,
    labels_fit,
    take_annotations,
    take_labels,
    take_text,
)
from tests.alerts.captures import with_alert


def size(text: str) -> int:
    return len(text.encode())


@pytest.mark.parametrize("letter", ["a", "é", "\U0001f525"])
def test_a_value_at_the_limit_stays_and_one_above_is_cut(letter: str) -> None:
    whole = letter * (VALUE_BYTES // size(letter))
    assert take_labels({"a": whole}).texts == {"a": whole}
    taken = take_labels({"a": whole + letter})
    assert taken.cut == 1
    assert MARK in taken.texts["a"]
    assert VALUE_BYTES - 4 <= size(taken.texts["a"]) <= VALUE_BYTES
    assert taken.texts["a"].startswith(letter * 100)


def test_a_name_at_the_limit_stays_and_one_above_is_cut() -> None:
    assert take_labels({"n" * NAME_BYTES: "x"}).cut == 0
    taken = take_labels({"n" * (NAME_BYTES + 1): "x"})
    assert taken.cut == 1
    assert [size(name) for name in taken.texts] == [NAME_BYTES]


def test_sixty_four_labels_stay_and_one_more_is_marked() -> None:
    told = {f"label{n:02}": "x" for n in range(LABELS)}
    assert take_labels(told).texts == told
    taken = take_labels(told | {"a_long_name_that_decides_nothing": "x"})
    assert taken.cut == 1
    assert len(taken.texts) == LABELS
    assert taken.texts[MARK].startswith("2 more, ")


def test_the_short_names_that_decide_are_kept() -> None:
    told = {f"kubernetes_io_something_{n}": "x" for n in range(200)}
    taken = take_labels(told | {"severity": "critical", "instance": "web1", "alertname": "Down"})
    assert {"severity", "instance", "alertname", MARK} <= taken.texts.keys()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "x" * 3000 + "1"}, {"a": "x" * 3000 + "2"}),
        ({"n" * 200 + "1": "x"}, {"n" * 200 + "2": "x"}),
        (
            {f"l{n}": "1" for n in range(99)} | {MARK: "1"},
            {f"l{n}": "1" for n in range(99)} | {MARK: "2"},
        ),
        ({f"l{n}": "1" for n in range(99)}, {f"l{n}": "1" for n in range(98)} | {"l98": "2"}),
    ],
)
def test_alerts_that_differ_only_in_what_is_cut_stay_two(
    one: dict[str, str], other: dict[str, str]
) -> None:
    found = [read_webhook(with_alert(labels=labels)) for labels in (one, other)]
    identities = {reading.alerts[0].identity for reading in found}
    assert len(identities) == 2
    assert [reading.cut for reading in found] == [1, 1]


def test_annotations_at_the_limit_stay_and_one_byte_more_cuts_the_longest() -> None:
    fitting = {
        "summary": "short",
        "description": "d" * (ANNOTATIONS_BYTES - len("summarydescriptionshort")),
    }
    assert take_annotations(fitting).texts == fitting
    taken = take_annotations(fitting | {"description": fitting["description"] + "d"})
    assert taken.cut == 1
    assert taken.texts["summary"] == "short"
    assert taken.texts["description"].endswith("d" + MARK)
    assert sum(size(name) + size(text) for name, text in taken.texts.items()) == ANNOTATIONS_BYTES


def test_a_flood_of_annotations_ends_in_a_mark_that_counts_them() -> None:
    taken = take_annotations({f"n{n:05}": "12345678" for n in range(10_000)})
    total = sum(size(name) + size(text) for name, text in taken.texts.items())
    assert ANNOTATIONS_BYTES - 100 < total < ANNOTATIONS_BYTES + 100
    assert taken.texts[MARK] == f"{10_000 - (len(taken.texts) - 1)} more"


def test_what_fits_at_a_glance_is_taken_the_same_by_the_careful_way() -> None:
    labels: dict[str, object] = {"alertname": "X", "host": "web1", "größe": "x" * 500}
    notes: dict[str, object] = {"summary": "", "description": "d" * 4000}
    assert labels_fit(labels)
    assert annotations_fit(notes)
    assert take_labels(labels).texts == labels
    assert take_annotations(notes).texts == notes


@pytest.mark.parametrize(
    "told",
    [
        {"a": ""},
        {"a": 1},
        {"a": None},
        {"a": "x" * 600},
        {"n" * 33: "x"},
        dict.fromkeys(map(str, range(65)), "x"),
    ],
)
def test_what_does_not_fit_at_a_glance_takes_the_careful_way(told: dict[str, object]) -> None:
    assert not labels_fit(told)


def test_single_texts_are_cut_as_well() -> None:
    assert take_text("x" * VALUE_BYTES) == "x" * VALUE_BYTES
    assert size(take_text("x" * VALUE_BYTES + "y")) == VALUE_BYTES
    assert size(take_text("é" * VALUE_BYTES)) <= VALUE_BYTES
    assert take_text(None) == ""
    assert take_text({"b": 1, "a": 2}) == '{"a": 2, "b": 1}'


def test_ten_megabytes_in_one_value_are_cut() -> None:
    reading = read_webhook(with_alert(annotations={"log": "x" * (10 << 20)}))
    assert size(reading.alerts[0].annotations["log"]) < ANNOTATIONS_BYTES
    assert reading.cut == 1
