"""Persons' consent to single steps of runs."""

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, insert, select

from responder.run_values import Consent
from responder.store.run_tables import consent as table

_COLUMNS = [table.c[field.name] for field in fields(Consent)]


def put(tx: Connection, one: Consent) -> None:
    """A person agrees; what he said of this very thing before is replaced."""
    mine = (
        (table.c.run == one.run)
        & (table.c.step == one.step)
        & (table.c.digest == one.digest)
        & (table.c.person == one.person)
    )
    tx.execute(table.delete().where(mine))
    tx.execute(insert(table).values(**{**asdict(one), "overrules": list(one.overrules)}))


def of_step(tx: Connection, run: int, step: str, digest: str) -> list[Consent]:
    """Who agreed to this step as it is now, the first one first."""
    found = select(*_COLUMNS).where(
        table.c.run == run, table.c.step == step, table.c.digest == digest
    )
    return [_read(row) for row in tx.execute(found.order_by(table.c.at, table.c.person))]


def of_run(tx: Connection, run: int) -> list[Consent]:
    """All that anybody agreed to in this run, the first one first."""
    found = select(*_COLUMNS).where(table.c.run == run)
    return [_read(row) for row in tx.execute(found.order_by(table.c.at, table.c.person))]


def _read(row: Any) -> Consent:
    told = dict(row._mapping)
    return Consent(**{**told, "overrules": tuple(told["overrules"])})
