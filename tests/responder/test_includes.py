"""Do several files read as one, and does every mistake name the file it is in?"""

from pathlib import Path

from tests.responder.sample import read
from tests.responder.test_configfile import told

WEB = "servers: {web1: {address: a}}\n"


def test_the_sections_of_all_files_are_joined(tmp_path: Path) -> None:
    loaded = read(
        tmp_path,
        f"include: [more.yaml, people.yaml]\nnotes: [a]\n{WEB}",
        more="servers: {web2: {address: b}}\nnotes: [b]\n",
        people="people: {ana: {}}\n",
    )
    assert list(loaded.value.servers) == ["web1", "web2"]
    assert loaded.value.notes == ("a", "b")
    assert list(loaded.value.people) == ["ana"]
    assert [file.name for file in loaded.files] == ["sample.yaml", "more.yaml", "people.yaml"]


def test_a_name_in_two_files_names_both_places(tmp_path: Path) -> None:
    more = "servers:\n  web1: {address: b}\n"
    assert told(tmp_path, f"include: [more.yaml]\n{WEB}", more=more) == [
        f'more.yaml:2:3: "web1" stands already at {tmp_path}/sample.yaml:2:11'
    ]


def test_a_section_of_two_sorts_names_both_places(tmp_path: Path) -> None:
    assert told(tmp_path, f"include: [more.yaml]\n{WEB}", more="servers: [web2]\n") == [
        f'more.yaml:1:1: "servers" stands already at {tmp_path}/sample.yaml:2:1'
    ]


def test_a_mistake_in_an_included_file_is_told_there(tmp_path: Path) -> None:
    more = "servers:\n  web2: {adress: b, address: c}\n"
    assert told(tmp_path, f"include: [more.yaml]\nnotes: 5\n{WEB}", more=more) == [
        "sample.yaml:2:8: notes: must be a list",
        'more.yaml:2:10: servers.web2: unknown key "adress", did you mean "address"?',
    ]


def test_every_broken_file_is_told_at_once(tmp_path: Path) -> None:
    text = "include: [one.yaml, two.yaml, three.yaml, none.yaml, 5]\n"
    assert told(tmp_path, text, one="a: @\n", two="- a\n", three="") == [
        f"sample.yaml:1:43: there is no file {tmp_path}/none.yaml",
        "sample.yaml:1:54: must be the name of a file",
        "one.yaml:1:4: found character '@' that cannot start any token; put the value in quotes",
        'two.yaml:1:1: must be a mapping ("key: value" lines)',
        "three.yaml:1:1: the file is empty",
    ]


def test_a_name_that_no_system_takes_is_told(tmp_path: Path) -> None:
    name = "x" * 300
    assert told(tmp_path, f"include: [{name}]\n") == [
        f"{name}:1:1: can't be read: File name too long"
    ]


def test_include_wants_a_list(tmp_path: Path) -> None:
    assert told(tmp_path, "include: more.yaml\n") == [
        "sample.yaml:1:10: include must be a list of files"
    ]


def test_files_that_include_each_other_are_refused(tmp_path: Path) -> None:
    more = "include: [sample.yaml]\n"
    assert told(tmp_path, "include: [more.yaml]\n", more=more) == [
        "more.yaml:1:11: the files include each other: sample.yaml -> more.yaml -> sample.yaml"
    ]


def test_a_file_included_twice_is_read_once(tmp_path: Path) -> None:
    loaded = read(
        tmp_path,
        "include: [one.yaml, two.yaml]\n",
        one="include: [shared.yaml]\n",
        two="include: [shared.yaml]\n",
        shared=WEB,
    )
    assert [file.name for file in loaded.files] == [
        "sample.yaml",
        "one.yaml",
        "shared.yaml",
        "two.yaml",
    ]


def test_a_glob_takes_files_in_order_and_leaves_itself_and_hidden_ones(tmp_path: Path) -> None:
    (tmp_path / ".#a.yaml").write_text("left by an editor", encoding="utf-8")
    (tmp_path / "folder.yaml").mkdir()
    loaded = read(
        tmp_path,
        'include: ["*.yaml", "conf.d/*.yaml"]\n',
        b="people: {bo: {}}\n",
        a="people: {ana: {}}\n",
    )
    assert list(loaded.value.people) == ["ana", "bo"]


def test_paths_begin_at_the_file_that_names_them_even_below_an_odd_folder(tmp_path: Path) -> None:
    folder = tmp_path / "site[1]"
    (folder / "more").mkdir(parents=True)
    (folder / "more" / "all.yaml").write_text('include: ["w*.yaml"]\n', encoding="utf-8")
    (folder / "more" / "web.yaml").write_text(WEB, encoding="utf-8")
    assert list(read(folder, "include: [more/all.yaml]\n").value.servers) == ["web1"]


def test_an_included_file_that_is_a_loop_of_links_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    assert told(tmp_path, "include: [loop.yaml]\n") == [
        f"sample.yaml:1:11: there is no file {tmp_path}/loop.yaml"
    ]
