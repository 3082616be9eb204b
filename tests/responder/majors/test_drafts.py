"""Do the words for major incidents promise nothing, in any language and any state?"""

from itertools import product

import pytest

from responder.customers.promises import promises
from responder.customers.wording import Language
from responder.majors.drafts import drafts_of, words_of
from responder.values import ACTIVE, IncidentState
from tests.responder.customers.house import House, house_plan

BEGAN = "2026-11-21 05:10 (EET)"


@pytest.mark.parametrize(("language", "state"), [*product(Language, ACTIVE)])
def test_r72_no_draft_names_a_time_to_come(language: Language, state: IncidentState) -> None:
    words = words_of(state, language, began=BEGAN)
    assert words.count(BEGAN) == 1
    assert promises(words, facts=[BEGAN]) == ()


@pytest.mark.parametrize("language", Language)
def test_each_state_has_words_of_its_own_and_the_impact_stands_in_all(language: Language) -> None:
    open_, taken, well = (words_of(state, language, began=BEGAN) for state in ACTIVE)
    assert len({open_, taken, well}) == 3
    impact = open_.rsplit(". ", 1)[1]
    assert taken.endswith(impact)
    assert well.endswith(impact)


def test_a_brand_whose_rules_forbid_the_words_hears_so_before_they_go_out() -> None:
    house = House(house_plan(acme={"never_say": ["databases"]}))
    try:
        house.fires("web1")
        found = house.do(
            lambda tx, plan, now: drafts_of(tx, 1, brand="acme", language=Language.EN, plan=plan)
        )
        assert found.drafts[0].doubts == (
            'customers must not read this: "databases" is a word that the brand never says',
        )
    finally:
        house.close()
