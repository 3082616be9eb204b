"""Do moments and JSON come back as they went in, on both engines?"""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError

from responder.store import Store
from responder.store.columns import Json, Moment, microseconds
from tests.store.notes import add, note

DIALECT = sqlite.dialect()


def put(tx: Connection, *, key: str, data: object) -> None:
    tx.execute(insert(note).values(key=key, data=data))


def got(tx: Connection, *, key: str) -> object:
    return tx.execute(select(note.c.data).where(note.c.key == key)).scalar_one()


def raw(tx: Connection, *, column: str) -> object:
    return tx.execute(text(f"SELECT {column} FROM note")).scalar_one()  # noqa: S608


def at(tx: Connection, *, key: str) -> datetime | None:
    moment: datetime | None = tx.execute(select(note.c.at).where(note.c.key == key)).scalar_one()
    return moment


async def test_a_moment_comes_back_to_the_microsecond_and_in_utc(store: Store) -> None:
    there = datetime(2026, 11, 21, 3, 10, 0, 123457, tzinfo=timezone(timedelta(hours=2)))
    await store.write(add, key="a", at=there)
    back = await store.read(at, key="a")
    assert back == there
    assert back is not None
    assert back.tzinfo is UTC
    assert await store.read(raw, column="at") == 1795223400123457


async def test_a_naive_time_is_refused_before_it_reaches_the_database(store: Store) -> None:
    naive = datetime(2026, 11, 21)  # noqa: DTZ001
    with pytest.raises(StatementError, match="naive time 2026-11-21"):
        await store.write(add, key="a", at=naive)


async def test_json_comes_back_with_its_keys_in_order(store: Store) -> None:
    data = {"z": 1, "a": [True, None, "é☃"], "m": {"b": 1.5, "a": ""}}
    await store.write(put, key="a", data=data)
    assert list((await store.read(got, key="a")).items()) == list(data.items())  # type: ignore[attr-defined]
    assert await store.read(raw, column="data") == (
        '{"z":1,"a":[true,null,"\\u00e9\\u2603"],"m":{"b":1.5,"a":""}}'
    )


async def test_text_that_postgresql_would_refuse_is_safe_inside_json(store: Store) -> None:
    await store.write(put, key="a", data="nul \x00 and half a pair \ud800")
    assert await store.read(got, key="a") == "nul \x00 and half a pair \ud800"


async def test_nothing_is_null_and_not_the_word(store: Store) -> None:
    await store.write(put, key="a", data=None)
    assert await store.read(raw, column="data") is None
    assert await store.read(got, key="a") is None


async def test_not_a_number_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="not JSON compliant"):
        await store.write(put, key="a", data=float("nan"))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_every_moment_survives_the_column(moment: datetime) -> None:
    column = Moment()
    kept = column.process_bind_param(moment, DIALECT)
    assert column.process_result_value(kept, DIALECT) == moment.astimezone(UTC)


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_moments_sort_as_numbers(one: datetime, other: datetime) -> None:
    assert (one < other) == (microseconds(one) < microseconds(other))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).filter(lambda value: value is not None)
)
def test_every_plain_value_survives_the_column(value: object) -> None:
    column = Json()
    kept = column.process_bind_param(value, DIALECT)
    assert column.process_result_value(kept, DIALECT) == value
