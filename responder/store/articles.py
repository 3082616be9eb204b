"""How often an article of the knowledge base has helped, as rows (R82)."""

from collections.abc import Collection

from sqlalchemy import Connection, insert, select, update

from responder.store.desk_tables import article_vote as table
from responder.store.pieces import pieces


def vote(tx: Connection, article: str, *, helpful: bool) -> None:
    """One more who says whether it helped."""
    column = table.c.helpful if helpful else table.c.unhelpful
    mine = update(table).where(table.c.article == article).values({column.name: column + 1})
    if tx.execute(mine).rowcount == 0:
        told = {"article": article, "helpful": int(helpful), "unhelpful": int(not helpful)}
        tx.execute(insert(table).values(told))


def votes(tx: Connection, articles: Collection[str]) -> dict[str, tuple[int, int]]:
    """Helpful and unhelpful, by article; none for one that nobody has judged."""
    return {
        row.article: (row.helpful, row.unhelpful)
        for piece in pieces(articles)
        for row in tx.execute(select(table).where(table.c.article.in_(piece)))
    }
