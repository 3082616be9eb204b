"""Does a ticket come to the desk that its category, or its alerts, name?"""

import pytest

from alerts.model import Category
from responder.desk.levels import QUEUES, queue_of, wished_of


@pytest.mark.parametrize("queue", QUEUES)
def test_alerts_may_wish_a_queue(queue: str) -> None:
    """R77."""
    assert wished_of([{"queue": queue}, {"queue": queue, "server": "web1"}]) == queue
    assert queue_of(Category.HOSTING, queue) == queue


@pytest.mark.parametrize(
    "labels", [[], [{}], [{"queue": "level-3"}, {}], [{"queue": "level-3"}, {"queue": "abuse"}]]
)
def test_alerts_that_do_not_agree_wish_nothing(labels: list[dict[str, str]]) -> None:
    assert wished_of(labels) == ""


def test_a_queue_that_is_none_is_no_wish() -> None:
    assert wished_of([{"queue": "level-9"}]) == ""


def test_what_is_critical_comes_to_rapid_response_whatever_is_wished() -> None:
    assert queue_of(Category.CRITICAL, "level-1") == "rapid-response"
    assert queue_of(Category.BILLING) == "sales-billing"


@pytest.mark.parametrize("category", list(Category))
def test_r26_every_category_has_a_desk(category: Category) -> None:
    """R16, R26: abuse and money have desks of their own; a category without one is level 1's."""
    own = {
        Category.CRITICAL: "rapid-response",
        Category.SALES: "sales-billing",
        Category.BILLING: "sales-billing",
        Category.ABUSE: "abuse",
    }
    assert queue_of(category) == own.get(category, "level-1")
    assert queue_of(category) in QUEUES
