"""What the desk answers at once: is it there in every language, and in the brand's own words?"""

import re

import pytest
from pydantic import ValidationError

from responder.customers.brands import Brand
from responder.customers.discretion import Discretion
from responder.customers.replies import Reply, shipped_replies
from responder.customers.templates import VARIABLES, rendered
from responder.customers.wording import Language

EVERY = [(language, reply) for language in Language for reply in Reply]
VALUES = {name: f"<{name}>" for name in VARIABLES}
SPEAKS = {
    Reply.RECEIVED: ("reference", "expected", "hours", "articles", "link", "signature"),
    Reply.ADVICE: ("reference", "articles", "signature"),
    Reply.SALES: ("reference", "order", "prices", "documents", "signature"),
    Reply.RESELLER: ("reference", "signature"),
    Reply.FORWARD: ("words", "signature"),
}


@pytest.mark.parametrize(("language", "reply"), EVERY)
def test_r5_every_language_has_every_reply_with_all_that_it_must_say(
    language: Language, reply: Reply
) -> None:
    """R27, R78, R80."""
    words = shipped_replies()[language].of(reply)
    subject = rendered(words.subject or "", VALUES)
    text = rendered(words.text or "", VALUES)
    assert "<brand>" in subject
    assert "[#<reference>]" in subject
    assert [name for name in SPEAKS[reply] if f"<{name}>" not in text] == []


@pytest.mark.parametrize(("language", "reply"), EVERY)
def test_what_there_is_none_of_leaves_no_gap(language: Language, reply: Reply) -> None:
    text = rendered(shipped_replies()[language].of(reply).text or "", {})
    assert "\n\n\n" not in text
    assert "{" not in text
    assert reply is Reply.FORWARD or not text.endswith(":")  # his words follow, always


def test_no_two_languages_say_the_same() -> None:
    for reply in Reply:
        texts = {shipped_replies()[language].of(reply).text for language in Language}
        assert len(texts) == len(Language)


def test_r10_a_brands_own_words_count_more_than_the_usual_ones() -> None:
    own = {"en": {"received": {"text": "Got it, {{ reference }}."}}}
    brand = Brand.model_validate({"replies": own})
    words = brand.reply(Language.EN, Reply.RECEIVED)
    usual = shipped_replies()[Language.EN].received
    assert (words.text, words.subject) == ("Got it, {{ reference }}.", usual.subject)
    assert brand.reply(Language.DE, Reply.RECEIVED) == shipped_replies()[Language.DE].received


@pytest.mark.parametrize("text", ["{{ nothing }}", "{% for a in b %}{% endfor %}", "{{ brand.x }}"])
def test_a_reply_can_reach_nothing_but_its_variables(text: str) -> None:
    with pytest.raises(ValidationError):
        Brand.model_validate({"replies": {"en": {"received": {"text": text}}}})


@pytest.mark.parametrize(("language", "reply"), EVERY)
def test_r10_the_usual_words_are_nobodys_name(language: Language, reply: Reply) -> None:
    """A server that is called as an ordinary word does not silence the desk."""
    words = shipped_replies()[language].of(reply)
    text = rendered(words.text or "", {})
    names = dict.fromkeys(re.findall(r"[^\W\d_]{3,}", text), "a server of ours")
    brands = {"acme": Brand(), "blau": Brand(title="Blau und Weiss")}
    assert Discretion(brands, names).leaks(text, brand="acme") == ()
