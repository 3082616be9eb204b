"""Is each mistake in a playbook told at its place in the file, all of them at once?"""

from pathlib import Path

import pytest

from responder.configfile import BadConfig
from tests.responder.books.shelf import BOOK, shelved, unwise, wrong

WAIT = "  - {id: rest, uses: wait, with: {for: 1s}}\n"

WRONG = {
    "an unknown action": (
        BOOK + "  - {id: a, uses: probe.confrm}\n",
        'book.yaml:4:19: steps[0].uses: there is no action "probe.confrm", '
        'did you mean "probe.confirm"?',
    ),
    "an unknown key of an action": (
        BOOK + "  - id: a\n    uses: probe.confirm\n    with:\n      evry: 20s\n",
        'book.yaml:7:7: steps[0].with: unknown key "evry", did you mean "every"?',
    ),
    "a value that the action does not take": (
        BOOK + "  - id: a\n    uses: wait\n    with: {for: soon}\n",
        "book.yaml:6:17: steps[0].with.for: write a duration such as 30s, 5m or 1h30m",
    ),
    "a key that the action needs": (
        BOOK + "  - id: a\n    uses: ticket.note\n    with: {}\n",
        'book.yaml:6:5: steps[0].with: "text" is missing',
    ),
    "an action that needs keys and gets none": (
        BOOK + "  - {id: a, uses: ticket.note}\n",
        'book.yaml:4:5: steps[0].with: "text" is missing',
    ),
    "settings that are no mapping": (
        BOOK + "  - {id: a, uses: wait, with: 5m}\n",
        'book.yaml:4:31: steps[0].with: must be a mapping ("key: value" lines)',
    ),
    "a way to a step that is not there": (
        BOOK + "  - {id: a, uses: power.status, on_fail: retz}\n" + WAIT,
        'book.yaml:4:42: steps[0].on_fail: there is no later step "retz", did you mean "rest"?',
    ),
    "a way back": (
        BOOK + WAIT + "  - {id: a, uses: power.status, on_fail: rest}\n",
        'book.yaml:5:42: steps[1].on_fail: "rest" does not come later: '
        "a playbook only goes forward",
    ),
    "a way round and round": (
        BOOK + "  - {id: a, uses: power.status, on_fail: a}\n",
        'book.yaml:4:42: steps[0].on_fail: "a" does not come later: a playbook only goes forward',
    ),
    "one id twice": (
        BOOK + WAIT + WAIT,
        'book.yaml:5:10: steps[1].id: step 1 is called "rest" already',
    ),
    "an id that on_fail could not tell": (
        BOOK + "  - {id: stop, uses: power.status}\n",
        'book.yaml:4:10: steps[0].id: "stop" is a word of on_fail: call it otherwise',
    ),
    "a lookup of what no playbook knows": (
        BOOK + '  - {id: a, uses: ticket.note, with: {text: "at {{ target.adress }}"}}\n',
        'book.yaml:4:45: steps[0].with.text: nothing can be looked up as "target.adress", '
        'did you mean "target.address"?',
    ),
    "a lookup that is a template": (
        BOOK + "  - id: a\n    uses: ticket.note\n    with:\n      text: >-\n"
        "        {{ target.name | upper }}\n",
        "book.yaml:7:13: steps[0].with.text: only lookups such as {{ target.name }} may follow",
    ),
    "a lookup of a later step": (
        BOOK + '  - {id: a, uses: ticket.note, with: {text: "{{ steps.rest.text }}"}}\n' + WAIT,
        'book.yaml:4:45: steps[0].with.text: "steps.rest.text": the step "rest" has not been when '
        "this one begins",
    ),
    "a lookup of itself": (
        BOOK + '  - {id: a, uses: ticket.note, with: {text: "{{ steps.a.text }}"}}\n',
        'book.yaml:4:45: steps[0].with.text: "steps.a.text": the step "a" has not been when '
        "this one begins",
    ),
    "a lookup of a step that is not there": (
        BOOK + WAIT + '  - {id: a, uses: ticket.note, with: {text: "{{ steps.rset.text }}"}}\n',
        'book.yaml:5:45: steps[1].with.text: "steps.rset.text": there is no step "rset" before '
        'this one, did you mean "rest"?',
    ),
    "a lookup of what a step does not give": (
        BOOK + WAIT + '  - {id: a, uses: ticket.note, with: {text: "{{ steps.rest.states }}"}}\n',
        'book.yaml:5:45: steps[1].with.text: wait gives no "states" (it gives outcome, text)',
    ),
    "a lookup deep inside": (
        BOOK + "  - id: a\n    uses: command.run\n    with:\n      argv:\n        - ls\n"
        '        - "{{ target.nam }}"\n',
        'book.yaml:9:11: steps[0].with.argv[1]: nothing can be looked up as "target.nam", '
        'did you mean "target.name"?',
    ),
    "a condition that is none": (
        BOOK + WAIT + "  - {id: a, uses: power.status, if: steps.rest.outcome}\n",
        "book.yaml:5:37: steps[1].if: write NAME == WORD or NAME != WORD, joined by `and`: "
        "steps.look.state == off",
    ),
    "a condition on what no playbook knows": (
        BOOK + "  - {id: a, uses: power.status, if: target.colour == red}\n",
        'book.yaml:4:37: steps[0].if: nothing can be looked up as "target.colour"',
    ),
    "a condition that never holds": (
        BOOK + WAIT + "  - {id: a, uses: power.status, if: steps.rest.outcome == okay}\n",
        'book.yaml:5:37: steps[1].if: an outcome is never "okay", did you mean "ok"?',
    ),
    "the key that others read as true": (
        "playbook: mine\non: {category: critical}\nsafety: {}\nsteps:\n" + WAIT,
        'book.yaml:2:1: on: there is no key "on", which other readers take for true: write "when"',
    ),
    "a file in a file": (
        "playbook: mine\ninclude: [other.yaml]\nsafety: {}\nsteps:\n" + WAIT,
        "book.yaml:2:1: include: a playbook is one file; the configuration names several",
    ),
    "no safety": (
        "playbook: mine\nsteps:\n" + WAIT,
        'book.yaml:1:1: "safety" is missing',
    ),
    "no steps": (
        "playbook: mine\nsafety: {}\nsteps: []\n",
        "book.yaml:3:1: steps: a playbook has 1 to 50 steps",
    ),
    "a mode that there is not": (
        "playbook: mine\nsafety: {mode: automatic}\nsteps:\n" + WAIT,
        'book.yaml:2:16: safety.mode: must be "off", "dry_run", "ask" or "auto"',
    ),
    "a key of safety": (
        "playbook: mine\nsafety: {cooldwn: {between: 1h}}\nsteps:\n" + WAIT,
        'book.yaml:2:10: safety: unknown key "cooldwn", did you mean "cooldown"?',
    ),
    "a category": (
        "playbook: mine\nwhen: {category: [critcal]}\nsafety: {}\nsteps:\n" + WAIT,
        'book.yaml:2:19: when.category[0]: must be "critical", "hosting", "sales", "billing", '
        '"abuse", "out_of_scope", "onboarding" or "feature_request", did you mean "critical"?',
    ),
    "a label that is no text": (
        "playbook: mine\nwhen: {labels: {code: 500}}\nsafety: {}\nsteps:\n" + WAIT,
        "book.yaml:2:23: when.labels.code: must be text: put it in quotes",
    ),
    "an edition that is no number": (
        "playbook: mine\nversion: 1.10\nsafety: {}\nsteps:\n" + WAIT,
        "book.yaml:2:10: version: must be a whole number",
    ),
    "a slip at the top": (
        "playbook: mine\nsaftey: {}\nsafety: {}\nsteps:\n" + WAIT,
        'book.yaml:2:1: unknown key "saftey", did you mean "safety"?',
    ),
    "no time at all": (
        BOOK + "  - {id: a, uses: power.status, timeout: 0s}\n",
        "book.yaml:4:42: steps[0].timeout: must be more than nothing, and 30 days at most",
    ),
    "no mapping": ("- one\n- two\n", "book.yaml:1:1: must be a mapping"),
    "no YAML": ("playbook: [mine\n", "book.yaml:2:1: "),
    "nothing": ("", "book.yaml:1:1: the file is empty"),
    "an alias": (
        "playbook: mine\nsafety: &x {}\nsteps:\n" + WAIT,
        "book.yaml:2:9: anchors (&name) are not supported",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_each_mistake_has_its_place_and_its_words(tmp_path: Path, text: str, message: str) -> None:
    (told,) = wrong(tmp_path, book=text)
    assert told.startswith(message)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = (
        "playbook: Mine!\n"
        "safety: {mode: audo}\n"
        "steps:\n"
        "  - {id: a, uses: wait, with: {fro: 1s}, on_fail: b}\n"
        "  - {id: a, uses: nothing}\n"
        '  - {id: c, uses: ticket.note, with: {text: "{{ x.y }}"}, timeout: soon}\n'
        "  - {uses: power.status, if: oops}\n"
        "wehn: {}\n"
    )
    config = 'playbooks: {files: [book.yaml]}\nservers: {"web 1": {}}\nservrs: {}\n'
    told = wrong(tmp_path, config=config, book=text)
    assert [one.split(": ")[0] for one in told] == [
        "responder.yaml:2:11",
        "responder.yaml:3:1",
        "book.yaml:1:11",
        "book.yaml:2:16",
        "book.yaml:4:25",
        "book.yaml:4:32",
        "book.yaml:4:51",
        "book.yaml:5:10",
        "book.yaml:5:19",
        "book.yaml:6:45",
        "book.yaml:6:68",
        "book.yaml:7:5",
        "book.yaml:7:30",
        "book.yaml:8:1",
    ]


def test_a_secret_that_stands_in_a_playbook_is_not_repeated(tmp_path: Path) -> None:
    text = BOOK + "  - {id: a, uses: hunter2hunter2, with: {token: s3cr3ts3cr3t}}\n"
    text += "  - {id: b, uses: wait, with: {for: s3cr3ts3cr3t}}\n"
    assert "s3cr3t" not in "".join(wrong(tmp_path, book=text))


def test_a_reference_to_a_secret_where_none_is_taken_is_told(tmp_path: Path) -> None:
    text = BOOK + '  - {id: a, uses: ticket.note, with: {text: "${env:HOME}"}}\n'
    (told,) = unwise(tmp_path, book=text)
    assert told == "book.yaml:4:45: no field for a secret: ${...} is taken as it stands"


def test_a_power_action_without_a_second_look_is_unwise(tmp_path: Path) -> None:
    text = BOOK + "  - {id: a, uses: power.cycle}\n"
    (told,) = unwise(tmp_path, book=text)
    assert told == (
        "book.yaml:4:19: steps[0].uses: no probe.confirm stands before it: "
        "power.cycle can't be taken back"
    )
    confirmed = BOOK + "  - {id: b, uses: probe.confirm}\n  - {id: a, uses: power.cycle}\n"
    assert unwise(tmp_path, book=confirmed) == []


def test_power_without_asking_anybody_is_worth_a_word(tmp_path: Path) -> None:
    text = "playbook: mine\nsafety: {mode: auto}\nsteps:\n  - {id: b, uses: probe.confirm}\n"
    assert unwise(tmp_path, book=text) == []
    (told,) = unwise(tmp_path, book=text + "  - {id: a, uses: power.cycle}\n")
    assert told == (
        "book.yaml:2:16: safety.mode: auto: power.cycle without asking anybody; "
        "the gate alone decides"
    )


def test_files_that_were_read_are_named_and_a_usable_one_is_a_book(tmp_path: Path) -> None:
    found = shelved(tmp_path, book=BOOK + WAIT)
    assert found.files == (tmp_path / "responder.yaml", tmp_path / "book.yaml")
    (book,) = found.value.playbooks.books
    assert (book.name, book.source) == ("mine", str(tmp_path / "book.yaml"))


def test_a_file_of_noise_never_breaks_the_reading(tmp_path: Path) -> None:
    for text in ("steps: 3\n", "steps: [3, null, []]\n", "steps: [{with: [1], if: 3, id: []}]\n"):
        with pytest.raises(BadConfig):
            shelved(tmp_path, book=text)


def test_a_secret_file_that_others_can_read_is_unwise_where_it_is_named(tmp_path: Path) -> None:
    step = "{id: a, uses: http.call, with: {url: 'https://lb.example.net/', token_file: lb}}"
    (told,) = unwise(tmp_path, book=f"{BOOK}  - {step}\n")
    assert told.startswith(f"book.yaml:4:81: the secret file {tmp_path}/lb can't be read: No such")
    (tmp_path / "lb").write_text("token\n")
    (tmp_path / "lb").chmod(0o644)
    (told,) = unwise(tmp_path, book=f"{BOOK}  - {step}\n")
    assert told.startswith(f"book.yaml:4:81: the secret file {tmp_path}/lb is open to everybody")
    (tmp_path / "lb").chmod(0o600)
    assert unwise(tmp_path, book=f"{BOOK}  - {step}\n") == []
