"""Does every way to reach a person work? The page that asks it, and what counts as proved."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.model import Priority
from playbooks.ports import Page, PageEvent
from responder.paging.texts import page_text, short_text
from responder.store.proofs import Proof

PROVED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Way:
    """One method of a person: `place` counts from 1, `method` is its kind."""

    person: str
    place: int
    method: str
    mark: str
    proof: Proof | None = None

    def proved(self, now: datetime) -> bool:
        """Has the person said within the last 30 days that a test of it came?"""
        told = self.proof.confirmed_at if self.proof else None
        return told is not None and told > now - PROVED_FOR


def mark_of(method: Any) -> str:
    """A method's kind and a digest of where it leads: another address is another method, and a
    secret that is changed in its place is not.
    """
    told = json.dumps(method.model_dump(mode="json"), sort_keys=True).encode()
    return f"{method.kind}:{hashlib.blake2b(told, digest_size=6).hexdigest()}"


def ways(
    methods: Mapping[str, Sequence[Any]], proofs: Mapping[tuple[str, str], Proof]
) -> list[Way]:
    """Every method of everybody, with what is known of it."""
    known = [
        Way(person, place, method.kind, mark_of(method))
        for person, own in methods.items()
        for place, method in enumerate(own, start=1)
    ]
    return [
        Way(one.person, one.place, one.method, one.mark, proofs.get((one.person, one.mark)))
        for one in known
    ]


def page_of_test(
    person: str, place: int, *, code: str, link: str = "", answer: str = "", now: datetime
) -> Page:
    """The page that asks whether it came. Its key ends with the code of the test."""
    title = f"Test of method {place} of {person}"
    facts: dict[str, Any] = {"event": PageEvent.TEST, "title": title, "priority": Priority.LOW}
    words = page_text(**facts, since=now, link=link)
    key = key_of_test(person, place, code)
    return Page(
        key=key,
        thread=key,
        event=PageEvent.TEST,
        person=person,
        step=1,
        incident="test",
        priority=Priority.LOW,
        title=words.title,
        text=words.text,
        link=link,
        at=now,
        short=short_text(**facts, link=link),
        answer=answer,
    )


def key_of_test(person: str, place: int, code: str) -> str:
    """The key of the page of a test."""
    return f"test/{person}/{place}/{code}"
