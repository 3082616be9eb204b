"""What a data centre wrote back: about which order, and what its words clearly say (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import Field

from playbooks.datacentre.incoming import Incoming, bare
from playbooks.datacentre.message import Letter
from playbooks.datacentre.wording import Saying, said
from playbooks.mail import message_id
from playbooks.plain import many_lines, one_line
from probes.settings import Piece

_SHOWN = 1000


class Answer(StrEnum):
    """What a reply is to us."""

    RECEIPT = "receipt"  # a machine's: it arrived
    ACKNOWLEDGED = "acknowledged"  # a person will do it
    DONE = "done"
    QUESTION = "question"
    REFUSED = "refused"
    BOUNCED = "bounced"  # it never arrived
    UNCLEAR = "unclear"


_SAYINGS = {
    Saying.QUESTION: Answer.QUESTION,
    Saying.REFUSED: Answer.REFUSED,
    Saying.DONE: Answer.DONE,
    Saying.TAKEN: Answer.ACKNOWLEDGED,
    Saying.RECEIVED: Answer.RECEIPT,
    Saying.UNCLEAR: Answer.UNCLEAR,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply, understood. `id` is the same when it comes twice, `words` are cleaned and cut."""

    id: str
    answer: Answer
    words: str
    ticket: str = ""


class Reply(Piece):
    """What a portal's webhook posts. `state` is the portal's own word, where it has a clear one."""

    reference: str = Field(max_length=100, description="Ours: RR-XXXXXXXX")
    text: str = Field("", max_length=20_000)
    state: Literal["received", "acknowledged", "done", "question", "refused"] | None = None
    ticket: str = Field("", max_length=100)
    id: str = Field("", max_length=200, description="Theirs, so that a repeat counts once")

    def incoming(self) -> Incoming:
        """The same shape as a mail."""
        own = self.id or f"{self.reference}/{self.state}/{self.text}"
        return Incoming(id=f"portal:{own}", subject=f"[{self.reference}]", text=self.text)

    def heard(self, letter: Letter) -> Heard:
        told = heard(self.incoming(), letter)
        answer = Answer(_STATES[self.state]) if self.state else told.answer
        ticket = one_line(self.ticket, limit=100)
        return Heard(told.id, answer, told.words, ticket or told.ticket)


_STATES = {
    "received": "receipt",
    "acknowledged": "acknowledged",
    "done": "done",
    "question": "question",
    "refused": "refused",
}


def about(incoming: Incoming, letters: Iterable[Letter]) -> Letter | None:
    """The order that this is about: by the reference in its subject, by the mail that it answers,
    or by the only reference in its text. A new subject does not matter.
    """
    known = tuple(letters)
    for named in (incoming.subject_references, *([one] for one in incoming.answers)):
        found = [one for one in known if one.reference in named or _answers(named, one)]
        if len({one.reference for one in found}) == 1:
            return found[0]
    found = [one for one in known if one.reference in incoming.references]
    return found[0] if len({one.reference for one in found}) == 1 else None


def heard(incoming: Incoming, letter: Letter) -> Heard:
    """What it says, without what it quotes of ours."""
    text = incoming.fresh(letter.body)
    if incoming.bounced:
        answer = Answer.BOUNCED
    elif incoming.automatic:
        answer = Answer.RECEIPT
    else:
        answer = _SAYINGS[said(bare(text))]
    shown = one_line(many_lines(text or incoming.subject), limit=_SHOWN)
    return Heard(incoming.id, answer, shown, incoming.ticket)


def _answers(named: Iterable[str], letter: Letter) -> bool:
    ids = (message_id("order", key, sender="@").rstrip(">") for key in _keys(letter))
    return any(one.startswith(prefix) for one in named for prefix in ids)


def _keys(letter: Letter) -> tuple[str, ...]:
    return (letter.key, f"{letter.key}/stop")
