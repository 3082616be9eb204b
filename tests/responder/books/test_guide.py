"""Can every playbook that a page shows be used, and is every key of one explained?"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from playbooks.lookups import FACTS
from playbooks.playbook import Playbook, Safety, Step, When
from responder.books.shipped import shipped, shipped_names
from tests.responder.books.shelf import shelved
from tests.test_docs import FENCE, PAGES

GUIDE = next(page for page in PAGES if page.name == "playbooks.md")


def blocks(page: Path) -> Iterator[Any]:
    """What the page shows as YAML."""
    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "yaml":
            yield YAML(typ="safe").load(block)


def shown(page: Path) -> Iterator[dict[str, Any]]:
    """The playbooks of the page; steps that stand alone are put into one."""
    for told in blocks(page):
        if isinstance(told, dict) and "playbook" in told:
            yield told
        elif isinstance(told, list) and all("uses" in one for one in told):
            yield {"playbook": "shown", "safety": {}, "steps": told}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_playbook_that_a_page_shows_can_be_used(page: Path, tmp_path: Path) -> None:
    for number, told in enumerate(shown(page)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with (folder / "book.yaml").open("w") as file:
            YAML(typ="safe").dump(told, file)
        assert len(shelved(folder).value.playbooks.books) == 1


def test_the_check_of_playbooks_is_not_blind() -> None:
    assert len(list(shown(GUIDE))) >= 3


def test_every_key_of_a_file_is_explained() -> None:
    text = GUIDE.read_text(encoding="utf-8").partition("\n## Actions\n")[0]
    explained = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    models = (Playbook, When, Step, Safety)
    keys = {field.alias or name for one in models for name, field in one.model_fields.items()}
    assert keys - explained == set()


def test_every_lookup_is_explained() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert [f for of, facts in FACTS.items() for f in facts if f"`{of}.{f}`" not in text] == []


@pytest.mark.parametrize("name", shipped_names())
def test_what_is_shipped_is_listed_with_what_begins_it(name: str) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    (line,) = re.findall(rf"^\| `{name}` \|.*$", text, re.MULTILINE)
    codes = [one for one in shipped(name).playbook.when.kind if one not in ("dc", "rack", "brand")]
    assert [code for code in codes if f"`{code}`" not in line] == []
