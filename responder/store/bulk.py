"""Many rows with one statement at the driver's own speed, for the hot paths."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Insert, Table, Update, bindparam
from sqlalchemy.engine import Dialect

from responder.store.columns import Json, Moment
from responder.store.inserts import insert

_Bound = tuple[str, Callable[[Any], Any] | None]


class Bulk:
    """A statement that is prepared once for each engine and then run for many rows.

    SQLAlchemy writes it and says how each value is stored; what it does for every single row of an
    executemany (a third of the CPU of a new alert) is done here in one pass.
    """

    def __init__(self, statement: Callable[[Dialect], Insert | Update]) -> None:
        self._statement = statement
        self._prepared: dict[str, tuple[str, tuple[_Bound, ...], bool]] = {}

    def run(self, tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Nothing happens without rows; a name that a row does not have is NULL."""
        if not rows:
            return
        dialect = tx.dialect
        if dialect.name not in self._prepared:
            self._prepared[dialect.name] = self._prepare(dialect)
        sql, bound, positional = self._prepared[dialect.name]
        if positional:
            told: Any = [
                tuple([p(row.get(n)) if p else row.get(n) for n, p in bound]) for row in rows
            ]
        else:
            told = [{n: p(row.get(n)) if p else row.get(n) for n, p in bound} for row in rows]
        tx.exec_driver_sql(sql, told)

    def _prepare(self, dialect: Dialect) -> tuple[str, tuple[_Bound, ...], bool]:
        compiled: Any = self._statement(dialect).compile(dialect=dialect)
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        bound = tuple((name, _storing(compiled.binds[name].type, dialect)) for name in names)
        return compiled.string, bound, bool(compiled.positional)


def _storing(type_: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a value of this type becomes what the driver takes; None where it is that already."""
    if isinstance(type_, Moment | Json):  # their own rule is all that there is
        return partial(type_.process_bind_param, dialect=dialect)
    processor: Callable[[Any], Any] | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return processor


def inserting(table: Table, *, known: str | None = None) -> Bulk:
    """New rows; with `known` a row whose value of that column stands there already is left out."""

    def statement(dialect: Dialect) -> Insert:
        values = {
            column.name: bindparam(column.name, type_=column.type)
            for column in table.columns
            if column.autoincrement is not True
        }
        new = insert(table, dialect).values(values)
        return new if known is None else new.on_conflict_do_nothing(index_elements=[known])

    return Bulk(statement)


def updating(statement: Update) -> Bulk:
    """Known rows; the statement names its values with bindparam."""
    return Bulk(lambda _: statement)
