"""Does a chain of hashes show every change of what it covers?"""

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.store.chain import link

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
rows = st.dictionaries(st.text(), plain, max_size=5)


def test_anybody_can_compute_the_hash_with_sha256sum() -> None:
    written = '["",{"actor":"ana","at":"2026-11-21T03:10:00+00:00","seq":1}]'
    row = {"seq": 1, "at": "2026-11-21T03:10:00+00:00", "actor": "ana"}
    assert link("", row) == hashlib.sha256(written.encode()).hexdigest()


@given(rows)
def test_the_order_of_columns_does_not_matter(row: dict[str, object]) -> None:
    assert link("a", row) == link("a", dict(reversed(row.items())))


@given(rows, rows)
def test_another_row_has_another_hash(one: dict[str, object], other: dict[str, object]) -> None:
    assert one == other or link("", one) != link("", other)


def test_a_row_after_another_line_has_another_hash() -> None:
    first, changed = link("", {"seq": 1, "text": "up"}), link("", {"seq": 1, "text": "down"})
    assert first != changed
    assert link(first, {"seq": 2}) != link(changed, {"seq": 2})


def test_a_hash_cannot_be_moved_between_the_row_and_the_line_before() -> None:
    assert link("a", {"b": ""}) != link("", {"a": "", "b": ""})
    assert link("ab", {}) != link("a", {"b": {}})


def test_what_has_no_single_spelling_is_refused() -> None:
    with pytest.raises(TypeError, match="datetime"):
        link("", {"at": datetime(2026, 1, 1, tzinfo=UTC)})
    with pytest.raises(ValueError, match="not JSON compliant"):
        link("", {"seconds": float("nan")})
