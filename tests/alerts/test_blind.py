"""Do we notice that it is us who can't see, and not think so when it is others?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.blind import CLEAR_SIGHT, Sighting, lacking, sighted, worth_a_page
from probes.model import Verdict

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
NETWORKS = {"gw": "own", "fra": "carrier", "ams": "other"}
LETTERS = {"u": Verdict.UP, "d": Verdict.DOWN, "?": Verdict.UNKNOWN}


def asked(
    sighting: Sighting, letters: str, *, networks: dict[str, str] = NETWORKS, now: datetime = NOW
) -> Sighting:
    """One round: a letter for each reference; `-` was not asked."""
    for name, letter in zip(networks, letters, strict=True):
        if letter != "-":
            sighting = sighted(sighting, name, LETTERS[letter], networks=networks, now=now)
    return sighting


def lived(*rounds: str) -> Sighting:
    """One round every ten seconds."""
    sighting = CLEAR_SIGHT
    for number, letters in enumerate(rounds):
        sighting = asked(sighting, letters, now=NOW + timedelta(seconds=10 * number))
    return sighting


@pytest.mark.parametrize(
    ("rounds", "blind"),
    [
        (["uuu"], False),
        (["uud"], False),
        (["uud"] * 50, False),
        (["udd"], True),
        (["ddd"], True),
        (["dud", "uuu"], True),
        (["dud", "uuu", "uuu"], False),
        (["dud", "uud", "duu"], True),
        (["dud", "uud", "uud"], False),
        (["dud", "uuu", "dud", "uuu"], True),
        (["ddd", "???", "???", "???"], True),
        (["ddd", "uu?", "uu?"], False),
        (["ddd", "u??", "u??", "u??"], True),
        (["ddd", "u--", "-u-", "u--"], True),
        (["ddd", "u--", "-u-", "u--", "-u-"], False),
        (["???"], False),
        (["d?-"], False),
        (["dd-"], True),
    ],
)
def test_two_silent_references_are_blindness(rounds: list[str], blind: bool) -> None:
    assert lived(*rounds).blind is blind


def test_blindness_counts_from_its_first_round() -> None:
    sighting = lived("uuu", "ddd", "ddd", "uuu")
    assert sighting.since == NOW + timedelta(seconds=10)


def test_who_is_silent_is_told() -> None:
    assert lived("udd").silent == ("ams", "fra")
    assert lived("uud").silent == ("ams",)
    assert lived("u?d").silent == ("ams",)
    assert lived("dud", "u?d").silent == ("ams",)


def test_a_look_that_changes_nothing_is_the_same_object() -> None:
    blind, well = lived("ddd"), lived("uuu", "uuu")
    assert asked(blind, "ddd") is blind
    assert asked(well, "uuu") is well


@pytest.mark.parametrize(
    ("networks", "words"),
    [
        ({}, "0 of at least 3 are named"),
        ({"a": "x", "b": "y"}, "2 of at least 3 are named"),
        ({"a": "x", "b": "x", "c": "x"}, "all stand on one network (x)"),
    ],
)
def test_too_few_references_never_say_blind_and_are_a_finding(
    networks: dict[str, str], words: str
) -> None:
    found = lacking(networks)
    assert found is not None
    assert found.startswith(words)
    assert not asked(CLEAR_SIGHT, "d" * len(networks), networks=networks).blind


def test_three_references_on_two_networks_are_enough() -> None:
    assert lacking({"a": "x", "b": "x", "c": "y"}) is None


def test_whoever_took_the_references_away_made_us_see() -> None:
    assert sighted(lived("ddd"), "gw", Verdict.DOWN, networks={}, now=NOW) == CLEAR_SIGHT


def test_a_reference_that_is_no_longer_named_does_not_count() -> None:
    others = NETWORKS | {"par": "third"}
    blind = asked(CLEAR_SIGHT, "uudd", networks=others)
    assert blind.blind
    assert blind.silent == ("ams", "par")
    after = asked(asked(blind, "uuu"), "uuu")
    assert not after.blind
    assert set(after.runs) == set(NETWORKS)


def test_a_short_loss_wakes_nobody() -> None:
    sighting = lived("ddd")
    assert not worth_a_page(sighting, now=NOW + timedelta(seconds=59))
    assert worth_a_page(sighting, now=NOW + timedelta(seconds=60))
    assert not worth_a_page(CLEAR_SIGHT, now=NOW)


@given(st.lists(st.tuples(st.sampled_from(sorted(NETWORKS)), st.sampled_from("ud?")), max_size=60))
def test_sight_is_lost_by_two_silences_and_returns_by_two_answers_each(
    looks: list[tuple[str, str]],
) -> None:
    sighting, told = CLEAR_SIGHT, dict.fromkeys(NETWORKS, "")
    for name, letter in looks:
        before = sighting
        sighting = sighted(before, name, LETTERS[letter], networks=NETWORKS, now=NOW)
        told[name] += letter
        silent = sum(1 for letters in told.values() if letters.endswith("d"))
        steady = sum(1 for letters in told.values() if letters.endswith("uu"))
        assert sighting.blind is (silent >= 2 or (before.blind and steady < 2))
        assert (sighting.since is not None) is sighting.blind
