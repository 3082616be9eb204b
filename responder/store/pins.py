"""Support PINs as rows: one of each account, and the tries of the last hours."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from responder.pins import OF_ACCOUNT, OF_ALL, OF_DAY, OF_SOURCE, Fails, Verdict, refused
from responder.store import records
from responder.store.desk_tables import pin as table
from responder.store.desk_tables import pin_try
from responder.store.tables import ticket

_ALL = pin_try.c.id > 0


@dataclass(frozen=True, slots=True)
class Pin:
    """What is kept of a PIN; the fields are the columns of `pin`."""

    account: str
    brand: str | None
    digest: str
    salt: str
    created_at: datetime
    expires_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that has begun. `refused`: it may not go on. `id` is its row, `pin` what is kept,
    `brands` those of the account's tickets.
    """

    refused: Verdict | None = None
    id: int = 0
    pin: Pin | None = None
    brands: frozenset[str] = frozenset()


def put(tx: Connection, pin: Pin, *, within: str | None = None) -> bool:
    """The account has this PIN from now on, and no other. False when it has one that is not of the
    brand `within`: then nothing changes.
    """
    records.one_at_a_time(tx)
    revoke(tx, pin.account, within=within)
    if tx.execute(select(table.c.account).where(table.c.account == pin.account)).first():
        return False
    values = {name: getattr(pin, name) for name in Pin.__slots__}
    tx.execute(insert(table).values(values))
    return True


def revoke(tx: Connection, account: str, *, within: str | None = None) -> bool:
    """The account has none any more. False when it had none, of any brand or of this one."""
    gone = delete(table).where(table.c.account == account, *_within(within))
    return tx.execute(gone).rowcount == 1


def listed(tx: Connection, *, within: str | None = None, limit: int = 1000) -> list[Pin]:
    """Who has one, by name; of all brands, or of this one."""
    query = select(table).where(*_within(within)).order_by(table.c.account).limit(limit)
    return [Pin(**row._mapping) for row in tx.execute(query)]


def begin_try(tx: Connection, account: str, *, alias: str, source: str, now: datetime) -> Attempt:
    """Counts as failed until it is known to be good: who tries a hundred times at once has tried a
    hundred times. `alias` and `source` stand for the account and where the try came from.
    """
    records.one_at_a_time(tx)
    if (why := refused(_fails(tx, alias, source, now))) is not None:
        return Attempt(why)
    fresh = insert(pin_try).values(account=alias, source=source, at=now, good=False)
    id_ = tx.execute(fresh.returning(pin_try.c.id)).scalar_one()
    row = tx.execute(select(table).where(table.c.account == account)).one_or_none()
    brands = select(ticket.c.brand).where(ticket.c.account == account, ticket.c.gone != "deleted")
    seen = frozenset(filter(None, tx.execute(brands.distinct()).scalars()))
    return Attempt(id=id_, pin=Pin(**row._mapping) if row else None, brands=seen)


def was_good(tx: Connection, id_: int) -> None:
    """The try was the right PIN."""
    tx.execute(update(pin_try).where(pin_try.c.id == id_).values(good=True))


def closed(tx: Connection, *, now: datetime) -> bool:
    """Have so many failed lately that nobody may try any more?"""
    fails = Fails(
        of_all=_count(tx, _ALL, now - OF_ALL[1]), of_day=_count(tx, _ALL, now - OF_DAY[1])
    )
    return refused(fails) is Verdict.CLOSED


def _within(brand: str | None) -> list[ColumnElement[bool]]:
    return [] if brand is None else [table.c.brand == brand]


def _fails(tx: Connection, alias: str, source: str, now: datetime) -> Fails:
    return Fails(
        _count(tx, pin_try.c.account == alias, now - OF_ACCOUNT[1]),
        _count(tx, pin_try.c.source == source, now - OF_SOURCE[1]),
        _count(tx, _ALL, now - OF_ALL[1]),
        _count(tx, _ALL, now - OF_DAY[1]),
    )


def _count(tx: Connection, whose: ColumnElement[bool], since: datetime) -> int:
    failed = (~pin_try.c.good, pin_try.c.at > since)
    found: int = tx.execute(select(func.count()).where(whose, *failed)).scalar_one()
    return found
