"""Whatever is sent, the readers answer with a reading or with plain words, and never with more."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts.alertmanager import Reading, Unreadable, read_webhook
from alerts.limits import ANNOTATIONS_BYTES, LABELS, NAME_BYTES, VALUE_BYTES, take_labels
from alerts.model import clean, digest_labels
from tests.alerts.captures import NAMES, capture

TEXTS = st.text(st.characters(exclude_categories=[]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
LABEL_SETS = st.dictionaries(TEXTS, TEXTS | st.integers() | st.booleans() | st.none(), max_size=6)
ALERTS = st.fixed_dictionaries(
    {"status": st.sampled_from(["firing", "resolved"]) | JSON, "labels": LABEL_SETS | JSON},
    optional={"annotations": LABEL_SETS | JSON, "startsAt": TEXTS | JSON, "endsAt": JSON},
)
BODIES = st.fixed_dictionaries(
    {"alerts": st.lists(ALERTS | JSON, max_size=3) | JSON},
    optional={"version": JSON, "truncatedAlerts": JSON, "groupKey": JSON, "receiver": JSON},
)


def fitting(text: str, limit: int) -> bool:
    return clean(text) == text and len(text.encode()) <= limit


def check(reading: Reading) -> None:
    """What holds for every reading, however it came to be."""
    for alert in reading.alerts:
        assert len(alert.labels) <= LABELS
        assert all(fitting(name, NAME_BYTES) for name in alert.labels)
        assert all(value and fitting(value, VALUE_BYTES) for value in alert.labels.values())
        assert all(fitting(text, ANNOTATIONS_BYTES) for text in alert.annotations.values())
        assert alert.fingerprint == digest_labels(alert.labels)
        assert not (alert.firing and alert.ends_at)
    for refused in reading.refused:
        assert refused.raw.isascii()
        assert refused.reason
    for text in (reading.version, reading.receiver, reading.group_key, reading.reason):
        assert fitting(text, VALUE_BYTES)
    assert 0 <= reading.truncated <= 1 << 31


def read(body: bytes) -> Reading | None:
    with suppress(Unreadable):
        reading = read_webhook(body, ignore=frozenset({"replica"}))
        check(reading)
        return reading
    return None


@given(st.binary(max_size=200))
def test_bytes_end_in_a_reading_or_in_plain_words(body: bytes) -> None:
    read(body)


@given(BODIES | JSON)
def test_json_ends_in_a_reading_or_in_plain_words(body: Any) -> None:
    reading = read(json.dumps(body).encode())
    if reading is not None:
        assert len(reading.alerts) + len(reading.refused) == len(body["alerts"] or ())


@given(st.sampled_from(NAMES), st.data())
def test_a_damaged_capture_ends_in_a_reading_or_in_plain_words(name: str, data: Any) -> None:
    body = bytearray(capture(name))
    for _ in range(data.draw(st.integers(1, 5))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(body[: data.draw(st.integers(0, len(body)))]))
    read(bytes(body))


@given(BODIES)
def test_the_quick_way_and_the_careful_way_agree(body: Any) -> None:
    quick = read(json.dumps(body).encode())
    careful = read(json.dumps(body | {"ignored": "\0"}).encode())
    assert quick == careful


@given(st.dictionaries(st.text(max_size=150), st.text(max_size=800), max_size=80))
def test_labels_that_were_cut_once_are_not_cut_again(told: dict[str, str]) -> None:
    taken = take_labels(told)
    again = take_labels(taken.texts)
    assert again.texts == taken.texts
    assert again.cut == 0
