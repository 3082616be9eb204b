"""Which level a task needs at least: the lists of the procedure, one by one (R60, R61, R62)."""

import re
from pathlib import Path

import pytest

from alerts.model import Category, Priority
from responder.desk.scope import CATALOGUE, catalogue, lowest, placed
from responder.desk.section import BrandDesk, Desk, Level, Scope
from responder.desk.sorting import Sorted, scoped

RULES = Path("alerts/requests/rules/order.yml")

R60 = ["company-policy", "mail-setup", "domain-setup", "client-config", "password-reset"]
R61 = [
    "dns-zone", "apache-domain", "htaccess", "deep-mail", "migrate-one", "restore-account",
    "server-load",
]  # fmt: skip
R62 = [
    "system-change", "software-rebuild", "performance", "panel-upgrade", "migrate-many", "hardware",
    "blacklist-removal",
]  # fmt: skip


@pytest.mark.parametrize("task", [*R60, "monitoring-reaction"])
def test_r60_level_1_does_it_without_a_login(task: str) -> None:
    told = placed(task, Desk())
    assert (told.queue, told.login, told.known) == ("level-1", False, True)


@pytest.mark.parametrize("task", R61)
def test_r61_level_2_does_it_with_a_login(task: str) -> None:
    told = placed(task, Desk())
    assert (told.queue, told.login, told.known) == ("level-2", True, True)


@pytest.mark.parametrize("task", R62)
def test_r62_level_3_does_it(task: str) -> None:
    assert placed(task, Desk()).queue == "level-3"


@pytest.mark.parametrize(
    ("accounts", "queue"), [(1, "level-2"), (2, "level-3"), (20, "level-3"), (21, "accounts")]
)
def test_r62_a_migration_of_21_accounts_is_for_the_accounts_team(accounts: int, queue: str) -> None:
    assert placed("migrate-one", Desk(), accounts=accounts).queue == queue


def test_r60_an_unknown_task_is_looked_at_by_level_1_and_flagged() -> None:
    told = placed("dance", Desk())
    assert (told.queue, told.known) == ("level-1", False)


def test_r63_nothing_resets_a_password() -> None:
    """It is routed and logged; there is no such action."""
    assert placed("password-reset", Desk()).playbook is None
    actions = [path.stem for path in Path("playbooks/actions").glob("*.py")]
    assert not [name for name in actions if "password" in name]


def test_the_desks_own_words_count_more() -> None:
    own = Desk(scope={"dns-zone": Scope(level="level-1"), "dance": Scope(level="level-3")})
    assert placed("dns-zone", own).queue == "level-1"
    assert placed("dance", own).known
    assert {one.task for one in catalogue(own)} == {*CATALOGUE, "dance"}


@pytest.mark.parametrize(
    ("queue", "task", "goes"),
    [
        ("level-1", "htaccess", "level-2"),
        ("level-3", "htaccess", "level-3"),
        ("level-1", "", "level-1"),
        ("rapid-response", "htaccess", "rapid-response"),
        ("level-1", "abuse-report", "abuse"),
    ],
)
def test_a_ticket_goes_no_lower_than_its_task(queue: str, task: str, goes: str) -> None:
    assert lowest(queue, task, Desk()) == goes


def test_every_task_that_a_rule_names_stands_in_the_catalogue() -> None:
    named = set(re.findall(r"^  task: (\S+)$", RULES.read_text(), re.MULTILINE))
    assert named
    assert named <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("task", "levels", "queue"),
    [
        ("htaccess", ("level-1", "level-2", "level-3"), "level-2"),
        ("htaccess", ("level-1", "level-3"), "level-3"),
        ("htaccess", ("level-1",), "level-1"),
        ("mail-setup", ("level-1", "level-2", "level-3"), "level-1"),
        ("migrate-many", ("level-1",), "level-1"),
    ],
)
def test_r60_r61_r62_the_router_asks_the_catalogue(
    task: str, levels: tuple[Level, ...], queue: str
) -> None:
    kind = Sorted(Category.HOSTING, Priority.MEDIUM, "level-1", "rule")
    assert scoped(kind, task, BrandDesk(levels=levels), Desk()).queue == queue
