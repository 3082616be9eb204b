"""Do requests go on while somebody writes the file of rules of his own?"""

from pathlib import Path

import pytest

from responder.desk.rules_file import request_rules, rules_in_force
from responder.problems import BadConfig


def test_a_broken_edit_turns_no_customer_away(tmp_path: Path) -> None:
    """R14."""
    file = tmp_path / "requests.yml"
    file.write_text("rules: []\n")
    good = rules_in_force(file)
    file.write_text("rules: [{id: half")
    with pytest.raises(BadConfig):
        request_rules(file)
    assert rules_in_force(file) is good


def test_a_file_that_was_never_good_leaves_the_shipped_rules(tmp_path: Path) -> None:
    assert rules_in_force(tmp_path / "none.yml") is request_rules()
