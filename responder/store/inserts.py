"""An INSERT that can say what happens where such a row stands already, for either engine."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect


def insert(table: Table, dialect: Dialect) -> postgresql.Insert | sqlite.Insert:
    """Both are used alike."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
