"""Are files of targets read as Prometheus reads them, and do the last good ones stay?"""

import json
import os
from pathlib import Path

import pytest

from responder.probing.filesd import Files, Group, groups

GOOD = [{"targets": ["127.0.0.2:80", "127.0.0.3:80"], "labels": {"server": "web1", "tier": 1}}]
READ = (Group(("127.0.0.2:80", "127.0.0.3:80"), {"server": "web1", "tier": "1"}),)


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(GOOD))
    (tmp_path / "a.yml").write_text(
        "- targets: ['127.0.0.2:80', '127.0.0.3:80']\n  labels: {server: web1, tier: 1}\n"
    )
    assert groups(tmp_path / "a.json") == groups(tmp_path / "a.yml") == READ


def test_an_empty_file_has_no_targets(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("")
    (tmp_path / "b.json").write_text("[]")
    assert groups(tmp_path / "a.yml") == groups(tmp_path / "b.json") == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "is no list"),
        ("[1]", "group 1 must be"),
        ('[{"targets": "x"}]', "group 1 must be"),
        ('[{"targets": ["x"], "label": {}}]', "group 1 must be"),
        ('[{"targets": ["x"]}, {"targets": [1]}]', "group 2 has a target that is no text"),
        ("[", "a.json:"),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=told):
        groups(file)


def test_a_file_that_is_nested_too_deep_is_unreadable_and_nothing_worse(tmp_path: Path) -> None:
    for name in ("a.json", "a.yml"):
        (tmp_path / name).write_text("[" * 5000 + "]" * 5000)
        with pytest.raises(ValueError, match="nested too deep"):
            groups(tmp_path / name)


def test_a_pattern_joins_files_and_follows_their_changes(tmp_path: Path) -> None:
    files, pattern = Files(), tmp_path / "*.json"
    assert files.read([pattern]) == {str(pattern): ()}
    (tmp_path / "a.json").write_text(json.dumps(GOOD))
    assert files.read([pattern]) == {str(pattern): READ}
    (tmp_path / "b.json").write_text(json.dumps(GOOD))
    assert files.read([pattern]) == {str(pattern): READ + READ}


def test_the_last_good_targets_stay_while_a_file_is_broken(tmp_path: Path) -> None:
    files, file = Files(), tmp_path / "a.json"
    file.write_text(json.dumps(GOOD))
    assert files.read([file]) == {str(file): READ}
    file.write_text("[")
    os.utime(file, ns=(1, 1))
    assert files.read([file]) == {str(file): READ}
    file.write_text("[]")
    assert files.read([file]) == {str(file): ()}
