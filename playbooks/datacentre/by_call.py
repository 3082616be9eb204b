"""Orders by telephone: a person talks, and this is the sheet in his hand."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import Field

from playbooks.datacentre.hardware import Line
from playbooks.datacentre.profile import Number
from probes.settings import Piece


class CallChannel(Piece):
    """`{kind: call, number: "+49 69 1234567", hours: 24x7}`."""

    kind: Literal["call"] = "call"
    number: Number
    hours: Line = "24x7"
    speaks: Line = Field("", description="Language of whoever answers")


class Outcome(StrEnum):
    """How a call ended, as the person says who made it."""

    ORDERED = "ordered"  # they have it and will do it
    DONE = "done"
    REFUSED = "refused"
    STOPPED = "stopped"  # they will not do it any more, as we asked
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class CallSheet:
    """Whom to ring and what to say. The PIN is not on it: it is shown to its reader on demand."""

    reference: str
    number: str
    hours: str
    reason: str
    script: tuple[str, ...]
    letter: str
    ticket: str = ""
    outcomes: tuple[Outcome, ...] = tuple(Outcome)

    def text(self) -> str:
        """The whole sheet in lines, without the PIN."""
        return "\n".join(
            [
                f"CALL SHEET {self.reference}: {self.reason}",
                f"Ring: {self.number or '(no number is configured)'} ({self.hours})",
                *(f"Their ticket: {self.ticket}" for _ in (1,) if self.ticket),
                "",
                *(f"- {line}" for line in self.script),
                "",
                self.letter,
            ]
        )
