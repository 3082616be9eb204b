"""Are short messages in ten languages taken for what they are?"""

import pytest

from alerts.model import Category
from alerts.requests.classify import classify
from alerts.requests.model import RequestText
from responder.desk.rules_file import request_rules
from tests.alerts.requests.golden import LANGUAGES, cases


@pytest.mark.parametrize("language", LANGUAGES)
def test_r14_each_case_gets_its_category(language: str) -> None:
    wrong = [
        (category, decision.category, decision.rule, subject, body)
        for category, subject, body in cases(language)
        if (decision := classify(RequestText(subject, body), request_rules())).category != category
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_dozens_of_cases(language: str) -> None:
    told = cases(language)
    assert len(told) >= 30
    assert sum(category == "critical" for category, _, _ in told) >= 18
    assert {category for category, _, _ in told} <= {*Category}


@pytest.mark.parametrize("language", LANGUAGES)
def test_capitals_and_missing_accents_change_nothing(language: str) -> None:
    for category, subject, body in cases(language)[:12]:
        loud = RequestText(subject.upper(), body.upper())
        assert classify(loud, request_rules()).category == category, body


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_texts_are_known_by_their_language(language: str) -> None:
    told = [classify(RequestText(*case[1:]), request_rules()).language for case in cases(language)]
    assert told.count(language) >= 0.8 * len(told)


@pytest.mark.parametrize(
    ("subject", "body", "language"),
    [
        ("server offline", "", ""),
        ("\u0645\u0648\u0642\u0639\u064a \u0644\u0627 \u064a\u0639\u0645\u0644", "x", ""),
        ("AAAAAAAA", "o", ""),
        ("", "wo ist die Rechnung?", "de"),
    ],
)
def test_a_language_is_told_by_its_words_or_not_at_all(
    subject: str, body: str, language: str
) -> None:
    """Who writes none of the ten is answered in his brand's, and not in one that was guessed."""
    assert classify(RequestText(subject, body), request_rules()).language == language
