"""Do the rules tell a customer's outage from everything else, in ten languages (R14)?

Labels follow decisions 7 and 12-15 of the requirements. Half of the texts are kept from whoever
writes rules; of these only totals are ever shown.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from alerts.model import Category
from alerts.requests.model import Decision
from tests.alerts.requests.golden import (
    HALVES,
    LANGUAGES,
    Half,
    Judged,
    Labelled,
    decided,
    judge,
    texts,
)

# What each category reaches on texts that no rule was written from. To call a sales question
# billing costs nothing (one queue, decision 15); to miss an outage costs a night.
FLOORS = {
    Category.CRITICAL: 0.94,
    Category.HOSTING: 0.80,
    Category.SALES: 0.85,
    Category.BILLING: 0.85,
    Category.ABUSE: 0.80,
    Category.OUT_OF_SCOPE: 0.80,
    Category.ONBOARDING: 0.80,
    Category.FEATURE_REQUEST: 0.80,
}
PRECISION = 0.95
MISSED = 0.01


# Thousands of texts are read once, not by each worker.
pytestmark = pytest.mark.xdist_group("golden")


@pytest.fixture(scope="module")
def kept() -> Judged:
    """The shipped rules, judged by the half that they were not written from."""
    judged = judge(decided("held_out"))
    print(f"\nheld out: {judged}")  # noqa: T201
    return judged


def everything() -> tuple[Labelled, ...]:
    return tuple(one for half in HALVES for one in texts(half))


def decisions() -> Iterator[tuple[Labelled, Decision]]:
    for half in HALVES:
        yield from decided(half)


def test_r14_the_set_has_its_promised_size() -> None:
    """R14: 400+ labelled texts, 200+ critical, in the repository."""
    assert len(everything()) >= 400
    assert sum(one.category is Category.CRITICAL for one in everything()) >= 200


def test_every_language_has_twenty_critical_texts_and_a_kept_half() -> None:
    """R14: in the ten languages that European hosters meet most."""
    critical = [one for one in everything() if one.category is Category.CRITICAL]
    every = Counter(one.language for one in critical)
    held = Counter(one.language for one in texts("held_out"))
    assert set(every) == set(LANGUAGES)
    assert min(every.values()) >= 20
    assert all(held[language] >= 30 for language in LANGUAGES)


@pytest.mark.parametrize("half", HALVES)
def test_both_halves_are_balanced_and_know_every_category(half: Half) -> None:
    every = Counter(one.category for one in texts(half))
    assert set(every) == set(Category)
    assert 0.4 <= every[Category.CRITICAL] / every.total() <= 0.7


def test_no_text_stands_twice_and_every_id_is_its_own() -> None:
    every = everything()
    assert len({one.id for one in every}) == len(every)
    bodies = Counter(" ".join(one.text.body.split()).casefold() for one in every)
    assert max(bodies.values()) == 1
    assert all(one.why and one.text.body for one in every)


def test_r14_what_is_called_critical_is_critical(kept: Judged) -> None:
    """R14: precision for critical >= 0.95 on the half that rules were not written from."""
    assert kept.precision >= PRECISION, str(kept)


def test_r14_at_most_one_critical_text_in_a_hundred_is_missed(kept: Judged) -> None:
    """R14: on the half that rules were not written from."""
    assert kept.critical >= 200
    assert kept.missed_share <= MISSED, str(kept)


@pytest.mark.parametrize("category", list(Category))
def test_r14_every_category_is_told_from_the_others(kept: Judged, category: Category) -> None:
    """R14, R15, R78-R81, R92: sales, abuse, exclusions, first steps and wishes are told apart."""
    assert kept.accuracy(category) >= FLOORS[category], str(kept)


def test_r15_what_is_for_sales_and_billing_goes_there_in_one_hop() -> None:
    """R15: both categories have one queue (decision 15), and no first level before it."""
    money = {Category.SALES, Category.BILLING}
    answers = [said for one, said in decisions() if one.category in money]
    hops = Counter(said.queue for said in answers if said.category in money)
    assert set(hops) == {"sales-billing"}


def test_r14_every_decision_names_its_rule() -> None:
    """R14: explain's output names the rule that decided, and the version of the rules."""
    unnamed = sum(
        not (said.rule and said.rule in said.rules and said.version) for _, said in decisions()
    )
    assert unnamed == 0


def test_the_rules_know_the_texts_that_they_were_written_from() -> None:
    """R14: on the open half the same is asked, and a failure names the texts."""
    wrong = [
        f"{one.id}: {said.category} by {said.rule}, not {one.category}"
        for one, said in decided("open")
        if (said.category is Category.CRITICAL) != (one.category is Category.CRITICAL)
    ]
    assert len(wrong) <= 0.03 * len(texts("open")), wrong
