"""Does each look belong to exactly one member, evenly, and stay where it is?"""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from probes.shares import mine

MEMBERS = ("alpha", "beta", "gamma")
HOSTS = [f"web{number}" for number in range(3000)]


def owners(members: tuple[str, ...]) -> dict[str, str]:
    return {host: one for host in HOSTS for one in members if mine(host, one, members)}


@given(st.text(max_size=30), st.sets(st.text(max_size=40), min_size=1, max_size=6))
def test_exactly_one_member_has_it(key: str, members: set[str]) -> None:
    assert sum(mine(key, one, members) for one in members) == 1


def test_whoever_is_no_member_has_nothing() -> None:
    assert not any(mine(host, "stranger", MEMBERS) for host in HOSTS)


def test_one_alone_has_everything() -> None:
    assert all(mine(host, "alpha", ("alpha",)) for host in HOSTS)


def test_shares_are_even() -> None:
    shares = Counter(owners(MEMBERS).values())
    assert all(850 < shares[one] < 1150 for one in MEMBERS)


def test_when_one_leaves_only_its_own_move_and_to_everybody() -> None:
    before, after = owners(MEMBERS), owners(("alpha", "gamma"))
    moved = [host for host in HOSTS if before[host] != after[host]]
    assert moved == [host for host in HOSTS if before[host] == "beta"]
    assert all(count > 400 for count in Counter(after[host] for host in moved).values())


def test_the_order_of_the_members_does_not_matter() -> None:
    assert owners(MEMBERS) == owners(MEMBERS[::-1])


def test_long_names_that_begin_alike_are_told_apart() -> None:
    members = ("responder-of-site-one", "responder-of-site-two")
    assert {len(owners(members)), *Counter(owners(members).values())} != {3000}
