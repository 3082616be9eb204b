"""Which playbooks are in use, and how careful are they: is that what the configuration says?"""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from playbooks.frozen import thawed
from playbooks.playbook import Cooldown, Mode, Safety
from responder.books.shipped import shipped_names
from responder.compile import compiled
from responder.config import Config
from tests.responder.books.shelf import BOOK, shelved, unwise, wrong
from tests.responder.cli.asking import call

WAIT = "  - {id: rest, uses: wait, with: {for: 1s}}\n"
MINE = BOOK + WAIT
LOGIN = "{user: root, key_file: key, known_hosts_file: known}"


def named(config: Config) -> list[str]:
    return [book.name for book in config.playbooks.books]


def test_nothing_is_in_use_until_it_is_named(tmp_path: Path) -> None:
    assert named(shelved(tmp_path, config="servers: {}\n").value) == []
    assert named(shelved(tmp_path, config="playbooks: {shipped: none}\n").value) == []


def test_own_files_come_first_and_those_of_a_pattern_by_name(tmp_path: Path) -> None:
    books = {name: MINE.replace("mine", name) for name in ("c", "a", "b")}
    config = 'playbooks: {files: [c.yaml, "[a-b].yaml", "c.y*"], shipped: [site-storm]}\n'
    found = shelved(tmp_path, config=config, **books).value
    assert named(found) == ["c", "a", "b", "site-storm"]
    assert [book.source for book in found.playbooks.books][-1] == "shipped"
    assert compiled(found).books == found.playbooks.books


def test_all_that_is_shipped_can_be_in_use_at_once(tmp_path: Path) -> None:
    found = shelved(tmp_path, config="playbooks: {shipped: all}\n")
    assert tuple(named(found.value)) == shipped_names()
    assert len(shipped_names()) == 7
    assert found.findings == ()


def test_a_file_of_ones_own_stands_for_the_shipped_one(tmp_path: Path) -> None:
    own = MINE.replace("mine", "host-down")
    config = "playbooks: {files: own.yaml, shipped: all}\n"
    found = shelved(tmp_path, config=config, own=own).value
    assert sorted(named(found)) == sorted(shipped_names())
    assert named(found)[0] == "host-down"
    (told,) = wrong(tmp_path, config=config.replace("all", "[host-down]"), own=own)
    assert told.startswith("responder.yaml:1:40: playbooks.shipped[0]: ")
    assert told.endswith("own.yaml is called so too: use one of them")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("playbooks: {shipped: [host-dwn]}\n",
         'responder.yaml:1:23: playbooks.shipped[0]: none is called "host-dwn", '
         'did you mean "host-down"?'),
        ("playbooks: {overrides: {host-dwn: {}}}\n",
         "responder.yaml:1:25: playbooks.overrides.host-dwn: no playbook is called so, "
         'did you mean "host-down"?'),
        ("playbooks: {overrides: {host-down: {mod: auto}}}\n",
         'responder.yaml:1:37: playbooks.overrides.host-down: unknown key "mod", '
         'did you mean "mode"?'),
        ("playbooks:\n  files:\n    - book.yaml\n    - gone.yaml\n",
         "responder.yaml:4:7: playbooks.files[1]: there is no such file"),
        ("playbooks: {files: {a: b}}\n",
         "responder.yaml:1:13: playbooks.files: must be a list of files"),
        ('playbooks: {commands: {look: {argv: [ls, "{{ target.nam }}"]}}}\n',
         "responder.yaml:1:42: playbooks.commands.look.argv[1]: "
         'nothing can be looked up as "target.nam"'),
        ('playbooks: {commands: {look: {argv: [ls, "{{ 1 + 1 }}"]}}}\n',
         "responder.yaml:1:42: playbooks.commands.look.argv[1]: only lookups such as"),
    ],
)  # fmt: skip
def test_a_slip_in_the_section_has_its_place(tmp_path: Path, config: str, message: str) -> None:
    (told,) = wrong(tmp_path, config=config, book=MINE)
    assert told.startswith(message)


def test_an_override_is_not_blamed_for_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    config = "playbooks: {files: book.yaml, overrides: {mine: {}}}\n"
    (told,) = wrong(tmp_path, config=config, book=MINE.replace("safety", "safty"))[:1]
    assert told.startswith("book.yaml:")
    assert not any("overrides" in one for one in wrong(tmp_path, config=config))


def test_a_pattern_that_nothing_fits_yet_is_no_fault(tmp_path: Path) -> None:
    found = shelved(tmp_path, config='playbooks: {files: ["playbooks/*.yaml"]}\n')
    assert (named(found.value), found.findings) == ([], ())


def test_two_of_one_name_are_refused_where_the_second_stands(tmp_path: Path) -> None:
    config = "playbooks: {files: [a.yaml, b.yaml]}\n"
    (told,) = wrong(tmp_path, config=config, a=MINE, b="# the second\n" + MINE)
    assert told == f'b.yaml:2:11: playbook: "mine" is the name of {tmp_path}/a.yaml already'


def test_an_override_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    own = MINE.replace(
        "safety: {}", "safety: {approvals: 2, cooldown: {between: 2h, by_itself: 3}}"
    )
    config = (
        "playbooks:\n  files: book.yaml\n"
        "  overrides: {mine: {mode: dry_run, cooldown: {between: 30m}}}\n"
    )
    (book,) = shelved(tmp_path, config=config, book=own).value.playbooks.books
    assert book.playbook.safety == Safety(
        mode=Mode.DRY_RUN,
        approvals=2,
        cooldown=Cooldown(between=timedelta(minutes=30), by_itself=3),
    )
    assert thawed(book.text) == book.playbook


def test_one_of_all_can_be_taken_out(tmp_path: Path) -> None:
    config = "playbooks: {shipped: all, overrides: {disk-full: {mode: off}}}\n"
    books = {book.name: book for book in shelved(tmp_path, config=config).value.playbooks.books}
    assert books["disk-full"].playbook.safety.mode is Mode.OFF
    assert books["host-down"].playbook.safety.mode is Mode.ASK


def test_an_override_changes_the_hash_that_runs_keep(tmp_path: Path) -> None:
    config = "playbooks: {files: book.yaml, overrides: {mine: {approvals: 2}}}\n"
    (plain,) = shelved(tmp_path, book=MINE).value.playbooks.books
    (careful,) = shelved(tmp_path, config=config, book=MINE).value.playbooks.books
    assert plain.digest != careful.digest


def test_auto_is_worth_a_word_where_it_was_written(tmp_path: Path) -> None:
    config = "playbooks:\n  shipped: all\n  overrides:\n    host-down:\n      mode: auto\n"
    (told,) = unwise(tmp_path, config=config)
    assert told.startswith("responder.yaml:5:13: playbooks.overrides.host-down.mode: auto: power")
    auto = BOOK.replace("{}", "{mode: auto}")
    auto += "  - {id: a, uses: probe.confirm}\n  - {id: b, uses: power.cycle}\n"
    assert len(unwise(tmp_path, book=auto)) == 1
    tamed = "playbooks: {files: book.yaml, overrides: {mine: {mode: ask}}}\n"
    assert unwise(tmp_path, config=tamed, book=auto) == []


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{id: a, uses: ssh.run, with: {command: lock}}",
         'book.yaml:4:44: steps[0].with.command: playbooks.commands has no "lock", '
         'did you mean "look"?'),
        ("{id: a, uses: ssh.run, with: {command: here}}",
         'book.yaml:4:44: steps[0].with.command: "here" has no `ssh`: ssh.run can\'t call it'),
        ("{id: a, uses: command.run, with: {command: look}}",
         'book.yaml:4:48: steps[0].with.command: "look" has an `ssh`: command.run can\'t call it'),
    ],
)  # fmt: skip
def test_a_command_must_be_there_and_be_of_the_right_kind(
    tmp_path: Path, step: str, message: str
) -> None:
    commands = f"{{look: {{argv: [ls], ssh: {LOGIN}}}, here: {{argv: [ls]}}}}"
    config = f"playbooks: {{files: book.yaml, commands: {commands}}}\n"
    (told,) = wrong(tmp_path, config=config, book=BOOK + f"  - {step}\n")
    assert told == message


def test_commands_are_found_by_those_who_may_call_them(tmp_path: Path) -> None:
    commands = f"{{look: {{argv: [ls], ssh: {LOGIN}}}, here: {{argv: [ls]}}}}"
    config = f"playbooks: {{files: book.yaml, commands: {commands}}}\n"
    steps = (
        "  - {id: a, uses: ssh.run, with: {command: look}}\n"
        "  - {id: b, uses: command.run, with: {command: here}}\n"
        "  - {id: c, uses: command.run, with: {argv: [ls, '{{ target.name }}']}}\n"
    )
    found = shelved(tmp_path, config=config, book=BOOK + steps).value.playbooks
    assert found.commands["look"].ssh is not None
    assert found.commands["look"].ssh.key_file == tmp_path / "key"


def test_responder_check_tells_of_playbooks_too(tmp_path: Path) -> None:
    (tmp_path / "responder.yaml").write_text("playbooks: {files: book.yaml}\n")
    (tmp_path / "book.yaml").write_text(MINE.replace("uses: wait", "uses: wiat"))
    answer = call("check", "-c", str(tmp_path / "responder.yaml"))
    assert answer.exit_code == 78
    assert f"{tmp_path}/book.yaml:4:22: steps[0].uses: there is no action" in answer.stdout
    as_json = call("check", "--json", "-c", str(tmp_path / "responder.yaml"))
    (problem,) = json.loads(as_json.stdout)["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == (
        f"{tmp_path}/book.yaml", 4, 22,
    )  # fmt: skip
