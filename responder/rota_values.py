"""The values of rotas that the store, the rules and the faces all speak of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in UTC, without its end."""

    starts: datetime
    ends: datetime

    def holds(self, at: datetime) -> bool:
        return self.starts <= at < self.ends


@dataclass(frozen=True, slots=True)
class Shift:
    """One person on call in one layer of one rota; `instead_of` is whom a change has replaced."""

    rota: str
    layer: str
    person: str
    span: Span
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """This person stands in: for `instead_of` alone, or, where that is None, for all of the rota.

    A swap is two of them with one `swap` word. `id` is 0 for one that the configuration has.
    """

    id: int
    rota: str
    person: str
    span: Span
    instead_of: str | None = None
    swap: str = ""
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """This person can't be on call: from a calendar of his, or from the configuration."""

    person: str
    span: Span
    why: str = ""
    source: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What people have changed about the rotas since the file was written."""

    overrides: tuple[Override, ...] = ()
    absences: tuple[Absence, ...] = ()


UNCHANGED = Changes()


class Roster(Protocol):
    """One rota as escalations see it. Every answer is in the order in which people are asked."""

    @property
    def name(self) -> str: ...
    @property
    def people(self) -> tuple[str, ...]:
        """Everybody whom it may ever call."""
        ...

    def on_call(self, at: datetime, changes: Changes = UNCHANGED) -> tuple[str, ...]:
        """Who is on call at this moment; () in a gap."""
        ...

    def next_on_call(self, at: datetime, changes: Changes = UNCHANGED) -> tuple[str, ...]:
        """Who comes next, of those who are not on call at this moment."""
        ...

    def gaps(self, within: Span, changes: Changes = UNCHANGED) -> Sequence[Span]:
        """Where nobody is on call though the file promises somebody, in order."""
        ...
