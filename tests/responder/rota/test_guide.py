"""Is what the guide says of rotas all there is to say, and true?"""

import re
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from responder.naming import WORDS
from responder.rota.model import Rota
from responder.rota.section import LayerPart, OverridePart, RotaPart, ShiftPart
from responder.rota_values import Span
from tests.responder.rota.roster import at
from tests.rooms import HOUSE

GUIDE = (HOUSE / "docs" / "guide" / "oncall.md").read_text(encoding="utf-8")
FIRST = HOUSE / "responder" / "cli" / "first.yaml"


def shown() -> Rota:
    """The rota that the guide shows."""
    found = re.search(r"^```yaml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert found is not None
    told: dict[str, Any] = YAML(typ="safe").load(found[1])
    return RotaPart.model_validate(told["rotas"]["emergency"]).rota("emergency")


@pytest.mark.parametrize("part", [RotaPart, LayerPart, ShiftPart, OverridePart])
def test_every_key_stands_in_the_guide(part: type[BaseModel]) -> None:
    keys = {field.alias or name for name, field in part.model_fields.items()}
    assert {key for key in keys if f"`{key}`" not in GUIDE} == set()


def test_every_word_that_calls_people_stands_in_the_guide() -> None:
    words = {*WORDS, "rota:NAME", "next:NAME", "team:NAME"}
    assert {word for word in words if f"`{word}`" not in GUIDE} == set()


def test_the_rota_of_the_guide_has_no_gap_and_asks_nobody_to_work_twice_at_once() -> None:
    here = shown()
    year = Span(at("2026-01-12 00:00"), at("2027-01-12 00:00"))
    assert here.gaps(year) == ()
    base = [one for one in here.shifts(year) if one.layer != "peak"]
    for one, two in combinations(base[:200], 2):
        rest = two.span.starts - one.span.ends
        assert one.person != two.person or rest >= timedelta(hours=11)


def test_the_example_of_init_is_a_rota_too() -> None:
    text = FIRST.read_text(encoding="utf-8").split("#rotas:", 1)[1].split("\n# Or step", 1)[0]
    told = YAML(typ="safe").load(re.sub(r"(?m)^( *)#(?=\S)", r"\1", text))
    here = RotaPart.model_validate(told["emergency"]).rota("emergency")
    assert here.gaps(Span(at("2026-01-12 00:00"), at("2026-03-12 00:00"))) == ()
    assert here.people == ("ana", "ben")
