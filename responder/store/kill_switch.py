"""The kill switch as all members of a store see it: a fact about the store itself."""

from sqlalchemy import Connection

from responder.store import records

FACT = "kill_switch"


def thrown(tx: Connection) -> str | None:
    """Who threw it and why; None when nobody did. "" is thrown too."""
    return records.fact(tx, FACT)


def throw(tx: Connection, words: str) -> None:
    """No power action from now on, for whoever reads this store."""
    records.state(tx, FACT, words)


def lift(tx: Connection) -> None:
    """Power actions may be again."""
    records.forget(tx, FACT)
