"""Does trouble begin the right playbooks, and no others?"""

import time
from typing import Any

import pytest

from alerts.model import Category
from playbooks.matching import Subject, chosen, fits
from playbooks.playbook import When
from tests.playbooks.books import playbook

DOWN = Subject(
    Category.CRITICAL,
    "server",
    "ServerDown",
    {"alertname": "ServerDown", "severity": "critical", "service": "exim", "empty": ""},
    "acme",
    frozenset({"cpanel", "old"}),
)


@pytest.mark.parametrize(
    "when",
    [
        {"category": "critical"},
        {"category": ["hosting", "critical"]},
        {"kind": "server"},
        {"kind": "ServerDown"},
        {"kind": ["rack", "ServerDown"]},
        {"labels": {"severity": "critical"}},
        {"labels": {"service": ["httpd", "exim"], "severity": "*"}},
        {"labels": {"service": "ex*"}},
        {"labels": {"service": "*im"}},
        {"labels": {"service": "e*i*"}},
        {"brand": "acme"},
        {"tags": ["new", "cpanel"]},
        {"category": "critical", "kind": "server", "brand": "acme", "tags": "old"},
    ],
)
def test_all_that_is_named_fits(when: dict[str, Any]) -> None:
    assert fits(When.model_validate(when), DOWN)


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"category": "hosting"},
        {"kind": "rack"},
        {"kind": "serverdown"},
        {"labels": {"severity": "critica"}},
        {"labels": {"service": "exim*x"}},
        {"labels": {"service": "*exim4"}},
        {"labels": {"service": "exi*xim"}},
        {"labels": {"empty": "*"}},
        {"labels": {"missing": "*"}},
        {"brand": "other"},
        {"tags": "new"},
        {"category": "critical", "kind": "server", "brand": "other"},
    ],
)
def test_one_thing_that_does_not_fit_is_enough(when: dict[str, Any]) -> None:
    assert not fits(When.model_validate(when), DOWN)


def test_a_playbook_that_names_nothing_is_begun_by_hand_only() -> None:
    nowhere = Subject(Category.HOSTING, "alert")
    assert not fits(When(), nowhere)
    assert not fits(When(), DOWN)


def test_an_empty_brand_fits_no_brand() -> None:
    assert not fits(When(brand=("acme",)), Subject(Category.CRITICAL, "server"))


def test_a_star_in_a_label_that_a_stranger_wrote_is_a_star() -> None:
    starred = Subject(Category.CRITICAL, "alert", "X", {"service": "*"})
    assert not fits(When(labels={"service": ("exim",)}), starred)
    assert fits(When(labels={"service": ("*",)}), starred)


@pytest.mark.usefixtures("no_collector")
def test_a_long_hostile_label_costs_next_to_nothing() -> None:
    long = Subject(Category.CRITICAL, "alert", "X", {"service": "a" * 100_000})
    began = time.thread_time()
    assert not fits(When(labels={"service": ("*a*a*a*a*a*a*a*a*b",)}), long)
    assert time.thread_time() - began < 0.5


def test_those_that_fit_come_in_their_order_and_one_that_is_off_does_not() -> None:
    first = playbook(playbook="first", when={"kind": "server"})
    other = playbook(playbook="other", when={"kind": "rack"})
    off = playbook(playbook="off", when={"kind": "server"}, safety={"mode": "off"})
    last = playbook(playbook="last", when={"category": "critical"})
    assert chosen([first, other, off, last], DOWN) == (first, last)
