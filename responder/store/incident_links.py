"""Which incidents have to do with each other, as rows (R73)."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, and_, delete, insert, or_, select

from responder.store.desk_tables import incident_link as table
from responder.store.pieces import pieces
from responder.store.tables import incident


class Relation(StrEnum):
    """How one incident has to do with another."""

    RELATED = "related"
    CAUSED_BY = "caused_by"


@dataclass(frozen=True, slots=True)
class Link:
    """`incident` is related to, or was caused by, `other`."""

    incident: int
    other: int
    kind: Relation
    by: str
    at: datetime


def add(tx: Connection, link: Link) -> None:
    """One more; it must not be there."""
    tx.execute(insert(table).values(asdict(link)))


def remove(tx: Connection, link: Link) -> None:
    """It was a mistake."""
    same = (table.c.incident == link.incident, table.c.other == link.other)
    tx.execute(delete(table).where(*same, table.c.kind == link.kind))


def between(tx: Connection, one: int, other: int) -> list[Link]:
    """All links of these two, whichever names which."""
    pair = (one, other)
    return [link for link in of(tx, [one]) if {link.incident, link.other} == set(pair)]


def of(tx: Connection, ids: Collection[int]) -> list[Link]:
    """All links that name one of these incidents, in order of their making."""
    rows = {
        (row["incident"], row["other"], row["kind"]): row
        for piece in pieces(ids)
        for row in tx.execute(
            select(table).where(or_(table.c.incident.in_(piece), table.c.other.in_(piece)))
        ).mappings()
    }
    links = (Link(**{**row, "kind": Relation(row["kind"])}) for row in rows.values())
    return sorted(links, key=lambda one: (one.at, one.incident, one.other))


def wholes_and_parts(tx: Connection, ids: Collection[int]) -> list[tuple[int, int]]:
    """Each incident and the greater one that it joined, where one of them is among these."""
    found = {
        (id_, parent)
        for piece in pieces(ids)
        for id_, parent in tx.execute(
            select(incident.c.id, incident.c.parent).where(
                and_(
                    incident.c.parent.is_not(None),
                    or_(incident.c.id.in_(piece), incident.c.parent.in_(piece)),
                )
            )
        )
    }
    return sorted(found)
