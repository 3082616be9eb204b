"""Silences are posted, refused and listed in Alertmanager's words."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.api_silences import read_silence, show_silence
from alerts.api_v2 import ApiRefusal
from alerts.matchers import Matcher
from alerts.silences import settle

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
DB1 = {"name": "host", "value": "db1", "isRegex": False, "isEqual": True}
POSTED: dict[str, Any] = {
    "matchers": [DB1],
    "startsAt": "2026-11-21T10:00:00Z",
    "endsAt": "2096-12-21T10:00:00Z",
    "createdBy": "ana",
    "comment": "disk swap",
}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in POSTED.items() if key != name}


def with_matcher(**fields: object) -> dict[str, Any]:
    return POSTED | {"matchers": [{"name": "a", "value": "x", "isRegex": False} | fields]}


def matching_nothing(value: str, *, is_regex: bool) -> dict[str, Any]:
    return with_matcher(value=value, isRegex=is_regex)


def invalid(code: int, message: str) -> dict[str, object]:
    return {"code": code, "message": message}


# What Alertmanager 0.25 answered to these bodies.
REFUSED: list[tuple[str | dict[str, Any], int, object]] = [
    ("", 422, invalid(602, "silence in body is required")),
    ({}, 422, invalid(602, "comment in body is required")),
    (without("comment"), 422, invalid(602, "comment in body is required")),
    (without("createdBy"), 422, invalid(602, "createdBy in body is required")),
    (without("endsAt"), 422, invalid(602, "endsAt in body is required")),
    (without("matchers"), 422, invalid(602, "matchers in body is required")),
    (without("startsAt"), 422, invalid(602, "startsAt in body is required")),
    (POSTED | {"matchers": []}, 422, invalid(612, "matchers in body should have at least 1 items")),
    (
        POSTED | {"matchers": [{"name": "a", "value": "x"}]},
        422,
        invalid(602, "matchers.0.isRegex in body is required"),
    ),
    (
        POSTED | {"matchers": [DB1, {"name": "a", "isRegex": False}]},
        422,
        invalid(602, "matchers.1.value in body is required"),
    ),
    (
        matching_nothing("", is_regex=False),
        400,
        "silence invalid: at least one matcher must not match the empty string",
    ),
    (
        matching_nothing(".*", is_regex=True),
        400,
        "silence invalid: at least one matcher must not match the empty string",
    ),
    (
        with_matcher(name=""),
        400,
        'silence invalid: invalid label matcher 0: invalid label name ""',
    ),
    (
        with_matcher(value="(", isRegex=True),
        400,
        "silence invalid: invalid label matcher 0: invalid regular expression "
        '"(": error parsing regexp: missing closing ): `(`',
    ),
    (
        POSTED | {"startsAt": "2096-12-23T10:00:00Z"},
        400,
        "Failed to create silence: start time must be before end time",
    ),
    (
        POSTED | {"startsAt": POSTED["endsAt"]},
        400,
        "Failed to create silence: start time must be before end time",
    ),
    (
        POSTED | {"startsAt": "2020-11-22T10:00:00Z", "endsAt": "2020-11-23T10:00:00Z"},
        400,
        "Failed to create silence: end time can't be in the past",
    ),
]


def encode(told: object) -> bytes:
    return told.encode() if isinstance(told, str) else json.dumps(told).encode()


@pytest.mark.parametrize(("told", "status", "answer"), REFUSED)
def test_a_silence_is_refused_in_alertmanagers_words(
    told: object, status: int, answer: object
) -> None:
    with pytest.raises(ApiRefusal) as refused:
        read_silence(encode(told), now=NOW)
    assert (refused.value.status, refused.value.answer) == (status, answer)


@pytest.mark.parametrize(
    "told",
    [
        "[]",
        "nonsense",
        POSTED | {"matchers": "host=db1"},
        POSTED | {"matchers": ["host=db1"]},
        with_matcher(value=1),
        with_matcher(isRegex="yes"),
        POSTED | {"startsAt": "x"},
        POSTED | {"endsAt": 5},
    ],
)
def test_a_silence_of_another_shape_is_refused_with_400(told: object) -> None:
    with pytest.raises(ApiRefusal, match='parsing silence body from "" failed') as refused:
        read_silence(encode(told), now=NOW)
    assert refused.value.status == 400


def test_a_silence_without_an_end_is_refused() -> None:
    with pytest.raises(ApiRefusal, match="zero end timestamp"):
        read_silence(encode(POSTED | {"endsAt": "0001-01-01T00:00:00Z"}), now=NOW)


def test_a_posted_silence_is_read_field_by_field() -> None:
    told = POSTED | {"id": "s1", "matchers": [DB1, with_matcher(isEqual=False)["matchers"][0]]}
    silence = read_silence(encode(told), now=NOW)
    assert silence.id == "s1"
    assert silence.matchers == (Matcher("host", "db1"), Matcher("a", "x", is_equal=False))
    assert (silence.created_by, silence.comment) == ("ana", "disk swap")
    assert silence.ends_at == datetime(2096, 12, 21, 10, tzinfo=UTC)
    assert silence.updated_at == NOW


@pytest.mark.parametrize(
    "told",
    [
        POSTED | {"comment": "", "createdBy": ""},
        POSTED | {"unknown": 1},
        with_matcher(),
        with_matcher(value="", isEqual=False),
        with_matcher(isEqual=None),
        with_matcher(name="größe x"),
        POSTED | {"startsAt": ""},
        POSTED | {"matchers": [DB1, {"name": "a", "value": ".*", "isRegex": True}]},
    ],
)
def test_what_alertmanager_takes_is_taken(told: dict[str, Any]) -> None:
    assert read_silence(encode(told), now=NOW).id == ""


def test_a_silence_is_shown_as_alertmanager_shows_it() -> None:
    (stored,) = settle(read_silence(encode(POSTED), now=NOW), None, new_id="s1", now=NOW)
    assert show_silence(stored, now=NOW) == {
        "id": "s1",
        "status": {"state": "active"},
        "updatedAt": "2026-11-21T18:00:00.000Z",
        "comment": "disk swap",
        "createdBy": "ana",
        "endsAt": "2096-12-21T10:00:00.000Z",
        "matchers": [DB1],
        "startsAt": "2026-11-21T18:00:00.000Z",
    }
    later = show_silence(stored, now=NOW + timedelta(days=90 * 365))
    assert later["status"] == {"state": "expired"}


def test_what_is_shown_can_be_posted_again_and_changes_in_place() -> None:
    (stored,) = settle(read_silence(encode(POSTED), now=NOW), None, new_id="s1", now=NOW)
    again = read_silence(encode(show_silence(stored, now=NOW)), now=NOW)
    assert settle(again, stored, new_id="n", now=NOW) == (stored,)


def test_no_database_sees_what_it_cannot_store() -> None:
    told = POSTED | {"comment": "\0\ud800", "matchers": [DB1 | {"value": "\0"}]}
    silence = read_silence(encode(told), now=NOW)
    assert silence.comment == "\ufffd\ufffd"
    assert silence.matchers == (Matcher("host", "\ufffd"),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
FIELDS = {name: st.just(value) | JSON for name, value in POSTED.items()}
MATCHERS = st.fixed_dictionaries(
    {}, optional={"name": JSON, "value": JSON, "isRegex": st.booleans() | JSON, "isEqual": JSON}
)


@given(
    st.fixed_dictionaries(FIELDS | {"matchers": st.lists(MATCHERS | JSON, max_size=3)})
    | st.fixed_dictionaries({}, optional=FIELDS | {"id": JSON})
    | JSON
)
def test_any_json_is_a_silence_or_refused(told: Any) -> None:
    try:
        silence = read_silence(json.dumps(told).encode(), now=NOW)
    except ApiRefusal as refused:
        assert refused.status in {400, 422}  # noqa: PT017
    else:
        assert silence.matchers
        assert show_silence(silence, now=NOW)["status"]
