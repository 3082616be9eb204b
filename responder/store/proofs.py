"""When each way to reach a person was last tried, and last proved by that person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from responder.store.voice_tables import method_test as table


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of one method of a person: the last test of it, and the last yes to one."""

    person: str
    method: str
    sent_at: datetime
    confirmed_at: datetime | None


def sent(tx: Connection, person: str, method: str, *, code: str, now: datetime) -> None:
    """A test goes out, and whoever brings its code has proved the method. A yes of before stays."""
    anew = {"code": code, "sent_at": now}
    known = (table.c.person == person, table.c.method == method)
    if tx.execute(update(table).where(*known).values(anew)).rowcount == 0:
        tx.execute(insert(table).values(person=person, method=method, **anew))


def confirm(tx: Connection, person: str, code: str, *, now: datetime) -> Proof | None:
    """The test came. None when a newer one is under way, or there never was one. A second yes
    changes nothing.
    """
    asked = (table.c.person == person, table.c.code == code)
    fresh = or_(table.c.confirmed_at.is_(None), table.c.confirmed_at < table.c.sent_at)
    tx.execute(update(table).where(*asked, fresh).values(confirmed_at=now))
    return of_code(tx, person, code)


def of_code(tx: Connection, person: str, code: str) -> Proof | None:
    """The method whose last test has this code."""
    found = select(table).where(table.c.person == person, table.c.code == code)
    row = tx.execute(found).mappings().first()
    return _proof(row) if row and code else None


def known(tx: Connection) -> dict[tuple[str, str], Proof]:
    """All, by person and method; methods of long ago among them."""
    proofs = [_proof(row) for row in tx.execute(select(table)).mappings()]
    return {(one.person, one.method): one for one in proofs}


def _proof(row: Mapping[Any, Any]) -> Proof:
    return Proof(row["person"], row["method"], row["sent_at"], row["confirmed_at"])
