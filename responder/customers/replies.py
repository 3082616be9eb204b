"""What the desk answers at once, in every language: the words that come with the program."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from responder.customers.wording import Language, Words
from responder.parts import Part
from responder.yamlfile import read

SHIPPED = Path(__file__).with_name("replies")


class Reply(StrEnum):
    """What is answered without a person."""

    RECEIVED = "received"  # your request is with us, and this is its number (R5)
    ADVICE = "advice"  # we do not do that; this may help (R78, R79)
    SALES = "sales"  # where to order, what it costs (R27)
    RESELLER = "reseller"  # your provider will answer; he knows of it (R80)
    FORWARD = "forward"  # to that provider: these are his words


class Replies(Part):
    """The answers of one language."""

    received: Words = Words()
    advice: Words = Words()
    sales: Words = Words()
    reseller: Words = Words()
    forward: Words = Words()

    def of(self, reply: Reply) -> Words:
        """The words of this answer."""
        found: Words = getattr(self, reply)
        return found


Answers = Mapping[Language, Replies]
"""The answers of some languages."""


def sources_of(answers: Answers) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text that stands in them, and the way to it."""
    for language, replies in answers.items():
        for reply in Reply:
            words = replies.of(reply)
            for part, text in (("subject", words.subject), ("text", words.text)):
                if text is not None:
                    yield (language, reply, part), text


@cache
def shipped_replies() -> Answers:
    """Those that come with the program, in every language."""
    return {
        language: Replies.model_validate(read(SHIPPED / f"{language}.yaml")[0].plain)
        for language in Language
    }
