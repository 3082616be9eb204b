"""Is a name in a playbook that stands for nothing found before the night in which it is called?"""

from pathlib import Path

import pytest

from tests.responder.books.shelf import BOOK, shelved, unwise, wrong

CONFIG = """\
people: {ana: {}}
teams: {night: {members: [ana]}}
brands: {acme: {}}
servers: {web1: {tags: [cpanel]}}
probes: {modules: {shop: {kind: http}}}
playbooks: {files: book.yaml}
"""

STRANGE = {
    "a person": (
        "{id: a, uses: page, with: {to: anna}}",
        'book.yaml:4:36: steps[0].with.to: no person, team or rota is called "anna", '
        'did you mean "ana"?',
    ),
    "a team": (
        "{id: a, uses: escalate, with: {to: nigt}}",
        'book.yaml:4:40: steps[0].with.to: no person, team or rota is called "nigt", '
        'did you mean "night"?',
    ),
    "a kind of look": (
        "{id: a, uses: probe.confirm, with: {kinds: [ping, 'tpc:22'], from: 2}}",
        'book.yaml:4:55: steps[0].with.kinds[1]: there is no kind or module "tpc", '
        'did you mean "tcp"?',
    ),
    "a module": (
        "{id: a, uses: probe.wait_up, with: {kinds: shpo}}",
        'book.yaml:4:48: steps[0].with.kinds: there is no kind or module "shpo", '
        'did you mean "shop"?',
    ),
}


@pytest.mark.parametrize(("step", "message"), STRANGE.values(), ids=STRANGE)
def test_a_strange_name_in_a_step_is_told(tmp_path: Path, step: str, message: str) -> None:
    assert wrong(tmp_path, config=CONFIG, book=f"{BOOK}  - {step}\n") == [message]


def test_names_that_stand_for_something_are_taken(tmp_path: Path) -> None:
    steps = (
        "  - {id: a, uses: page, with: {to: ana}}\n"
        "  - {id: b, uses: escalate, with: {to: night}}\n"
        "  - {id: c, uses: probe.confirm, with: {kinds: [shop, 'tcp:22', http_2xx]}}\n"
        "  - {id: d, uses: probe.wait_up, with: {kinds: '{{ alert.kind }}'}}\n"
        "  - {id: e, uses: page, with: {to: '{{ alert.owner }}'}}\n"
    )
    when = "when: {brand: acme, tags: cpanel}\n"
    assert shelved(tmp_path, config=CONFIG, book=when + BOOK + steps).findings == ()


def test_what_no_trouble_can_have_is_unwise(tmp_path: Path) -> None:
    book = f"when: {{brand: acne, tags: [cpanel, plesk]}}\n{BOOK}  - {{id: a, uses: page}}\n"
    assert unwise(tmp_path, config=CONFIG, book=book) == [
        'book.yaml:1:15: when.brand: no brand is called "acne", did you mean "acme"?: '
        "it never begins for that",
        'book.yaml:1:21: when.tags: no server has the tag "plesk": it never begins for that',
    ]


@pytest.mark.parametrize(
    ("contact", "reply", "task"),
    [
        ("", "", ""),
        ("task: power_on", "task: power_on", ""),
        ("task: power_cycle_and_console_photo", "", ""),
        ("task: power_on", "", "power_cycle_and_console_photo"),
        ("", "task: power_on", "power_on"),
    ],
)
def test_an_answer_is_awaited_to_what_was_ordered(
    tmp_path: Path, contact: str, reply: str, task: str
) -> None:
    steps = (
        "  - {id: a, uses: probe.confirm}\n"
        f"  - {{id: b, uses: datacentre.contact, with: {{{contact}}}}}\n"
        f"  - {{id: c, uses: datacentre.wait_reply, with: {{{reply}}}}}\n"
    )
    found = unwise(tmp_path, config=CONFIG, book=BOOK + steps)
    told = f"steps[2].uses: no step before it orders {task}: there is nothing to wait for"
    assert found == ([f"book.yaml:6:19: {told}"] if task else [])
