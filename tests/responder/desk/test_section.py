"""Are promises that nobody can mean refused, with their place and what to write?"""

from pathlib import Path

import pytest

from responder.problems import BadConfig
from tests.responder.test_config import SMALLEST, read, told

RULES = """\
rules:
- {id: acme/game, category: hosting, when: [{matches: game}]}
- id: acme/move
  category: hosting
  task: dns-zones
  when: [{matches: move}]
"""


@pytest.mark.parametrize(
    ("desk", "problem"),
    [
        ("keep: {words: 0d}", "is too short: write 1d or more"),
        ("keep: {files: 1h}", "is too short: write 1d or more"),
        ("update_every: 1s", "is too short: write 5m or more"),
        ("update_every: 2d", "is too long: write 1d or less"),
        ("votes_within: 0", "is too short: write 1h or more"),
        ("pins: {valid: 1s}", "is too short: write 1m or more"),
        ("digest: {every: 1m}", "is too short: write 1d or more"),
        ("nudge: 0s", "is too short: write 1m or more"),
        ("budgets: {level-2: 1m}", "is too short: write 1h or more"),
        ("budgets: {level-2: 48h, level-3: 24h}", "is below that of level-2, through which a"),
        ("budgets: {level-3: 23h}", "is below that of level-2, through which a"),
        ("targets: {high: {react: 0m, useful: 1h, solve: 2h}}", "is too short: write 1m or more"),
        ("targets: {high: {react: 2h, useful: 1h, solve: 3h}}", "react must not be longer than"),
        ("targets: {high: {react: 1h, useful: 4h, solve: 3h}}", "react must not be longer than"),
    ],
)
def test_r23_a_span_that_nobody_can_mean_is_refused(
    tmp_path: Path, desk: str, problem: str
) -> None:
    (found,) = told(tmp_path, f"{SMALLEST}desk: {{{desk}}}\n")
    place, _, message = found.partition(": ")
    assert place.startswith("12:")
    assert problem in message


def test_r60_a_rule_whose_task_nobody_knows_is_refused_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "requests.yml").write_text(RULES)
    (found,) = told_of_rules(tmp_path, "rules_file: requests.yml")
    assert found == (
        'requests.yml:5:9: rules[1].task: no task is called "dns-zones" (desk.scope may add it),'
        ' did you mean "dns-zone"?'
    )
    desk = "rules_file: requests.yml, scope: {dns-zones: {level: level-2}}"
    assert read(tmp_path, f"{SMALLEST}desk: {{{desk}}}\n").desk.rules_file is not None


def told_of_rules(folder: Path, desk: str) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        read(folder, f"{SMALLEST}desk: {{{desk}}}\n")
    return [str(one).removeprefix(f"{folder}/") for one in caught.value.problems]
