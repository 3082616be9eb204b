"""What a customer may see of his ticket, in his brand's words and no others (R30; pure)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from alerts.model import ActorKind
from playbooks.plain import many_lines
from playbooks.ports import ChangeKind, TicketState
from probes.redaction import scrub
from responder.customers.brands import Brand
from responder.customers.clientele import Clientele
from responder.customers.discretion import Discretion
from responder.customers.wording import Language
from responder.store.logs import Line
from responder.values import TicketRecord
from responder.yamlfile import read

_FILE: Final = Path(__file__).with_name("track.yaml")
_HIDDEN: Final = "…"
_ERASED: Final = re.compile(r"\[text erased on [\d-]+ by .*\]")
_STATES: Final = {
    TicketState.NEW: "received",
    TicketState.ANSWERING: "answering",
    TicketState.WAITING_CUSTOMER: "your-turn",
    TicketState.WAITING_VENDOR: "vendor",
    TicketState.SOLVED: "solved",
    TicketState.CLOSED: "closed",
}


@dataclass(frozen=True, slots=True)
class Said:
    """Public words. `mine`: the customer's own; `files` are screenshots that he sent with them."""

    at: datetime
    mine: bool
    text: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as its customer sees it. `state` is a word for programs, `words` says the same to
    people. `until`: so long he may vote, None while he may not.
    """

    reference: str
    brand: str
    language: Language
    subject: str
    state: str
    words: str
    opened_at: datetime
    understood_at: datetime | None
    solved_at: datetime | None
    next_update: datetime | None
    until: datetime | None
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """In whose name and language, and what must not be said."""

    brand: str
    title: str
    language: Language
    signature: str
    discretion: Discretion

    def discreet(self, text: str) -> str:
        """The text without what this brand's customers must not read."""
        told = scrub(text)
        words = {leak.word for leak in self.discretion.leaks(told, brand=self.brand)}
        for word in sorted(words, key=len, reverse=True):
            spaced = re.escape(word).replace(r"\ ", r"\s+")
            told = re.sub(spaced, _HIDDEN, told, flags=re.IGNORECASE)
        # What hides behind other letters or invisible ones can't be cut out: all of it goes.
        return _HIDDEN if self.discretion.leaks(told, brand=self.brand) else told


def speech(clientele: Clientele, brand: str | None) -> Speech:
    """How this brand speaks; without a brand nobody's name is said."""
    own = clientele.brands.get(brand or "")
    if own is None:
        known = clientele.discretion
        nobody = replace(known, brands={**known.brands, "": Brand()})
        return Speech("", "", Language.EN, "", nobody)
    title = own.title or brand or ""
    signature = own.signature or "\n".join(filter(None, (title, own.url, own.mail)))
    return Speech(brand or "", title, own.language, signature, clientele.discretion)


def seen(
    ticket: TicketRecord,
    lines: Sequence[Line],
    manner: Speech,
    *,
    next_update: datetime | None,
    votes_within: timedelta,
    now: datetime,
) -> Seen:
    """The ticket for its customer: states, public words, and nothing of how we work."""
    state = state_word(ticket)
    return Seen(
        reference=ticket.ref or str(ticket.id),
        brand=manner.title,
        language=manner.language,
        subject=manner.discreet(ticket.subject),
        state=state,
        words=phrases(manner.language)[state],
        opened_at=ticket.opened_at,
        understood_at=ticket.reacted_at,
        solved_at=ticket.solved_at,
        next_update=None if ticket.over else next_update,
        until=votable_until(lines, votes_within=votes_within, now=now),
        said=tuple(_said(lines, manner)),
    )


def state_word(ticket: TicketRecord) -> str:
    """Where it stands, in a word of ours that tells nothing of queues, levels and people."""
    if ticket.state is TicketState.OPEN or (ticket.state is TicketState.NEW and ticket.reacted_at):
        return "working" if ticket.owner else "understood"
    return _STATES[ticket.state]


def votable_until(
    lines: Sequence[Line], *, votes_within: timedelta, now: datetime
) -> datetime | None:
    """So long a vote counts: from when it was last solved, also when it was opened again since."""
    solved = [line.at for line in lines if _solves(line)]
    until = max(solved) + votes_within if solved else None
    return until if until and now < until else None


def link_base(clientele: Clientele, brand: str | None, listen: str | None) -> str:
    """What begins the links of this brand's customers; "" for the daemon's own address."""
    own = clientele.brands.get(brand or "")
    if own is not None and own.status_url:
        return own.status_url
    return f"http://{listen}" if listen else ""


def phrases(language: Language) -> Mapping[str, str]:
    """What customers read in this language."""
    return _shipped()[language]


def asked_to_vote(manner: Speech, *, reference: str, link: str) -> tuple[str, str]:
    """Subject and text of the letter that asks how the help was (R85)."""
    words = phrases(manner.language)
    values = {"reference": reference, "link": link, "signature": manner.signature}
    values["brand"] = manner.title
    told = words["vote_text"]
    for name, value in values.items():
        told = told.replace(f"{{{name}}}", value)
    subject = words["vote_subject"].replace("{brand}", manner.title).lstrip(" :")
    return subject, told.strip()


@cache
def _shipped() -> Mapping[Language, Mapping[str, str]]:
    root, _ = read(_FILE)
    return {Language(name): words for name, words in root.plain.items()}


def _said(lines: Sequence[Line], manner: Speech) -> Iterator[Said]:
    for line in lines:
        theirs = line.actor.kind is ActorKind.CUSTOMER
        asked = theirs and line.kind in (ChangeKind.OPENED, ChangeKind.CUSTOMER)
        files = tuple(str(line.data.get("files") or "").split()) if asked else ()
        if (asked or line.kind == ChangeKind.REPLY) and (line.words or files):
            words = _HIDDEN if _ERASED.fullmatch(line.words) else line.words  # it names one of us
            yield Said(line.at, theirs, manner.discreet(many_lines(words).strip()), files)


def _solves(line: Line) -> bool:
    return line.kind == ChangeKind.STATE and line.data.get("state") == TicketState.SOLVED
