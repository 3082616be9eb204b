"""What we remember."""

from sqlalchemy import Connection as Tx

from responder.store.thread import Store
from responder.store.trouble import StoreUnavailable

__all__ = ["Store", "StoreUnavailable", "Tx"]
