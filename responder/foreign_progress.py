"""How far a ticket system was asked for tickets of others, and which of them lack our key yet."""

from pydantic import BaseModel, ConfigDict
from typing_extensions import override


class Waiting(BaseModel):
    """A ticket of ours that has not got our key there. `lay`: the queue in which it was found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ref: str
    lay: str


class Progress(BaseModel):
    """What stands in the store's cursor. `place` is the ticket system's own, "" before the first
    poll.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: str = ""
    adopting: tuple[Waiting, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Progress":
        """As it was written; "" is the beginning."""
        return cls.model_validate_json(text) if text else cls()

    @override
    def __str__(self) -> str:
        return self.model_dump_json()


def name_of(system: str) -> str:
    """The cursor of this ticket system."""
    return f"requests/{system}"
