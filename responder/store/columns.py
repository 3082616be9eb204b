"""The column types of our own: a moment, and a piece of JSON."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """A point in time: microseconds since 1970 in UTC, exact and sortable on both engines.

    A naive datetime raises ValueError (inside SQLAlchemy's StatementError): `DateTime(timezone=
    True)` would lose the zone on SQLite without a word.
    """

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


def microseconds(moment: datetime) -> int:
    """Since 1970 in UTC; ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError(f"naive time {moment.isoformat()}: times in the store carry their zone")
    return (moment - _EPOCH) // _MICROSECOND


# ensure_ascii keeps NUL and lone surrogates as escapes, which PostgreSQL and both drivers would
# refuse as text; NaN has no meaning in JSON.
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode


_EMPTY: dict[type, str] = {dict: "{}", list: "[]"}


def _nothing(value: Any) -> str | None:
    return None if value is None else _encode(value)


class Json(TypeDecorator[Any]):
    """A plain value (dict, list, str, number, bool) as compact JSON text; key order is kept.

    Text on both engines: PostgreSQL's jsonb would sort the keys, and nothing looks inside by SQL.
    None is NULL.
    """

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if not value:
            return _EMPTY.get(type(value)) or _nothing(value)
        return _encode(value)

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)
