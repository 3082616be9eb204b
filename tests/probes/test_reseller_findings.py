"""Has each of the sixteen findings its test, its step and its guard against false alarms?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from probes.model import Issue, Severity
from probes.patterns import read_pattern
from probes.reseller import ResellerProbe
from probes.reseller_facts import (
    Counts,
    Facts,
    Listing,
    NameServer,
    Now,
    Past,
    Restores,
    Site,
    SiteCertificate,
    SiteState,
    Stats,
    Zone,
)
from probes.reseller_findings import judge, remembered, sample
from probes.units import UNLIMITED
from probes.whm_shapes import Account

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
BILLING = read_pattern(ResellerProbe().billing)
OWN = Account(
    user="ana",
    domain="ana.example",
    owner="root",
    ip="192.0.2.1",
    plan="gold",
    suspended=False,
    suspend_reason="",
    locked=False,
    backup=True,
    mail_suspended=False,
    mail_held=False,
    created=datetime(2024, 1, 1, tzinfo=UTC),
)
MANY = tuple(
    replace(OWN, user=f"u{n:02}", domain=f"s{n:02}.example", owner="ana") for n in range(10)
)
WELL = Facts("ana", own=OWN, accounts=MANY)
ERROR, WARNING, INFO, CRITICAL = (
    Severity.ERROR,
    Severity.WARNING,
    Severity.INFO,
    Severity.CRITICAL,
)


def judged(
    facts: Facts, before: Past | None = None, *, at: datetime = NOW, monotonic: float = 5000.0
) -> tuple[Issue, ...]:
    now = Now(at, monotonic)
    return judge(facts, before or Past(), now, billing=BILLING, converge=900.0)[0]


def told(issues: Iterable[Issue]) -> list[tuple[str, Severity]]:
    return [(one.code, one.severity) for one in issues]


def stopped(accounts: Iterable[Account], users: Iterable[str], why: str = "") -> Facts:
    chosen = set(users)
    rows = (
        replace(one, suspended=True, suspend_reason=why) if one.user in chosen else one
        for one in accounts
    )
    return replace(WELL, accounts=tuple(rows))


def test_an_account_in_good_health_has_no_findings() -> None:
    assert judged(WELL) == ()


# RS_SUSPENDED, RS_LOCKED


def test_a_suspended_reseller_is_found() -> None:
    facts = replace(WELL, own=replace(OWN, suspended=True, suspend_reason="spam run"))
    assert told(judged(facts)) == [("RS_SUSPENDED", ERROR)]
    assert "spam run" in judged(facts)[0].text


@pytest.mark.parametrize("why", ["Nonpayment", "invoice 4711 OVERDUE", "billing", "not paid"])
def test_who_has_not_paid_goes_to_billing_and_to_no_technician(why: str) -> None:
    facts = replace(WELL, own=replace(OWN, suspended=True, suspend_reason=why))
    (found,) = judged(facts)
    assert (found.code, found.severity) == ("RS_SUSPENDED", INFO)
    assert found.labels["queue"] == "sales-billing"


def test_a_locked_reseller_goes_to_abuse() -> None:
    (found,) = judged(replace(WELL, own=replace(OWN, locked=True)))
    assert (found.code, found.severity) == ("RS_LOCKED", ERROR)
    assert found.labels["queue"] == "abuse"


# RS_DISK, RS_BW, RS_ACCOUNTS


@pytest.mark.parametrize(
    ("used", "severity"), [(84.9, None), (85, WARNING), (94, WARNING), (95, ERROR), (120, ERROR)]
)
def test_the_disk_quota_has_steps(used: float, severity: Severity | None) -> None:
    facts = replace(WELL, stats=Stats(disk_used=used, disk_limit=100))
    assert told(judged(facts)) == ([("RS_DISK", severity)] if severity else [])


@pytest.mark.parametrize("limit", [UNLIMITED, None, 0.0])
def test_no_quota_is_never_full(limit: float | None) -> None:
    facts = replace(WELL, stats=Stats(disk_used=10**9, disk_limit=limit))
    assert judged(facts) == ()


def test_overselling_is_told_and_is_no_fault() -> None:
    stats = Stats(disk_used=10, disk_limit=100, disk_promised=500)
    assert judged(replace(WELL, stats=stats)) == ()
    (found,) = judged(replace(WELL, stats=replace(stats, disk_used=90)))
    assert "500 % are promised" in found.text


@pytest.mark.parametrize(
    ("used", "severity"), [(40, None), (80, WARNING), (95, ERROR), (110, ERROR)]
)
def test_the_months_traffic_has_steps(used: float, severity: Severity | None) -> None:
    facts = replace(WELL, stats=Stats(traffic_used=used, traffic_limit=100))
    assert told(judged(facts)) == ([("RS_BW", severity)] if severity else [])


def test_traffic_that_will_not_last_the_month_is_foreseen() -> None:
    facts = replace(WELL, stats=Stats(traffic_used=60, traffic_limit=100))
    assert told(judged(facts)) == [("RS_BW", WARNING)]  # half of the month is over
    assert "116 %" in judged(facts)[0].text


def test_one_busy_day_at_the_begin_of_a_month_is_no_forecast() -> None:
    facts = replace(WELL, stats=Stats(traffic_used=60, traffic_limit=100))
    assert judged(facts, at=datetime(2026, 11, 2, tzinfo=UTC)) == ()
    assert judged(facts, at=datetime(2026, 11, 29, tzinfo=UTC)) == ()


@pytest.mark.parametrize(
    ("counts", "is_found"),
    [
        (Counts(8, 0, 10), False),
        (Counts(8, 1, 10), True),
        (Counts(8, 5, 10), True),
        (Counts(800, 5, UNLIMITED), False),
        (Counts(800, 5, None), False),
    ],
)
def test_little_room_for_accounts_is_an_occasion_to_sell(counts: Counts, is_found: bool) -> None:
    expected = [("RS_ACCOUNTS", INFO)] if is_found else []
    assert told(judged(replace(WELL, counts=counts))) == expected


# RS_MANY_SUSPENDED


def test_a_jump_of_suspended_accounts_is_found_and_stays() -> None:
    facts = stopped(MANY, ["u00", "u01", "u02"], "terms of service")
    issues, past = judge(facts, Past(frozenset()), Now(NOW, 10), billing=BILLING, converge=900)
    assert told(issues) == [("RS_MANY_SUSPENDED", ERROR)]
    later, past = judge(facts, past, Now(NOW, 30), billing=BILLING, converge=900)
    assert told(later) == [("RS_MANY_SUSPENDED", ERROR)]
    assert judge(WELL, past, Now(NOW, 50), billing=BILLING, converge=900)[0] == ()


def test_a_jump_is_old_news_after_a_day() -> None:
    facts = stopped(MANY, ["u00", "u01", "u02"])
    past = Past(frozenset({"u00", "u01", "u02"}), frozenset({"u00", "u01", "u02"}), 10.0)
    assert told(judged(facts, past, monotonic=86000)) == [("RS_MANY_SUSPENDED", ERROR)]
    assert judged(facts, past, monotonic=86500) == ()


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (None, ["u00", "u01", "u02", "u03"]),  # the first look
        (["u00"], ["u00", "u01", "u02"]),  # two are no jump
        (["u00", "u01", "u02"], ["u00", "u01", "u02"]),  # nothing new
    ],
)
def test_slow_or_old_suspensions_are_no_jump(before: list[str] | None, now: list[str]) -> None:
    past = Past(None if before is None else frozenset(before))
    assert judged(stopped(MANY, now), past) == ()


def test_three_of_a_hundred_are_no_jump() -> None:
    crowd = tuple(replace(OWN, user=f"u{n}", owner="ana") for n in range(100))
    assert judged(stopped(crowd, ["u1", "u2", "u3"]), Past(frozenset())) == ()


def test_many_who_have_not_paid_go_to_billing() -> None:
    facts = stopped(MANY, ["u00", "u01", "u02"], "invoice overdue")
    (found,) = judged(facts, Past(frozenset()))
    assert (found.severity, found.labels["queue"]) == (INFO, "sales-billing")


def test_a_suspended_reseller_takes_his_accounts_along_without_a_second_finding() -> None:
    facts = stopped(MANY, [one.user for one in MANY])
    facts = replace(facts, own=replace(OWN, suspended=True))
    assert told(judged(facts, Past(frozenset()))) == [("RS_SUSPENDED", ERROR)]


# RS_ALL_SITES_DOWN, RS_SITES_SOME, RS_SUSPEND_PAGE


def sites(bad: int, good: int, *, again: int = 0) -> Facts:
    rows = [Site(f"b{n}", SiteState.FAILS, "status 500") for n in range(bad)]
    rows += [Site(f"g{n}", SiteState.FINE) for n in range(good)]
    rows += [Site(f"a{n}", SiteState.FAILS, "no answer", again=True) for n in range(again)]
    return replace(WELL, sites=tuple(rows))


@pytest.mark.parametrize(
    ("bad", "good", "expected"),
    [
        (0, 10, []),
        (1, 9, [("RS_SITES_SOME", WARNING)]),
        (7, 3, [("RS_SITES_SOME", WARNING)]),
        (8, 2, [("RS_ALL_SITES_DOWN", CRITICAL)]),
        (2, 0, [("RS_ALL_SITES_DOWN", CRITICAL)]),
        (1, 0, [("RS_SITES_SOME", WARNING)]),  # one account alone is medium
    ],
)
def test_some_sites_are_medium_and_all_of_them_critical(
    bad: int, good: int, expected: list[tuple[str, Severity]]
) -> None:
    assert told(judged(sites(bad, good))) == expected


def test_sites_that_are_looked_at_again_do_not_make_it_all() -> None:
    assert told(judged(sites(11, 4, again=5))) == [("RS_SITES_SOME", WARNING)]


def test_nothing_is_said_of_sites_while_the_server_itself_does_not_answer() -> None:
    assert judged(replace(sites(10, 0), server_answers=False)) == ()


def test_a_placeholder_is_no_site_and_no_outage() -> None:
    rows = (Site("a", SiteState.PLACEHOLDER, 'a page "index of /"'), Site("b", SiteState.FINE))
    (found,) = judged(replace(WELL, sites=rows))
    assert (found.code, found.severity) == ("RS_SUSPEND_PAGE", WARNING)


# RS_NS_DEAD, RS_NS_DRIFT


def zone(*servers: NameServer, own: frozenset[str] | None = None) -> Facts:
    names = frozenset(one.name for one in servers)
    return replace(WELL, zone=Zone("ana.example", servers, names, names if own is None else own))


ONE = NameServer("ns1.ana.example", "192.0.2.1", serial=5)
TWO = NameServer("ns2.ana.example", "192.0.2.2", serial=5)


def dead(server: NameServer) -> NameServer:
    return replace(server, trouble="no answer in 4 s", serial=None)


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ((ONE, TWO), []),
        ((dead(ONE), TWO), [("RS_NS_DEAD", ERROR)]),
        ((dead(ONE), dead(TWO)), [("RS_NS_DEAD", CRITICAL)]),
        ((), []),
    ],
)
def test_one_dead_name_server_is_high_and_all_are_critical(
    servers: tuple[NameServer, ...], expected: list[tuple[str, Severity]]
) -> None:
    assert told(judged(zone(*servers))) == expected


def test_serials_may_differ_until_they_had_time_to_converge() -> None:
    facts, past, seen = zone(ONE, replace(TWO, serial=4)), Past(), []
    for minute in (0, 5, 10, 15, 20):
        now = Now(NOW, minute * 60.0)
        issues, past = judge(facts, past, now, billing=BILLING, converge=900)
        seen.append(bool(issues))
    assert seen == [False, False, False, True, True]
    issues, past = judge(zone(ONE, TWO), past, Now(NOW, 1500), billing=BILLING, converge=900)
    assert (issues, past.drifts) == ((), 0)


def test_quick_looks_alone_do_not_make_a_drift() -> None:
    facts, past = zone(ONE, replace(TWO, serial=4)), Past()
    for second in range(0, 200, 20):
        issues, past = judge(facts, past, Now(NOW, second), billing=BILLING, converge=900)
        assert issues == ()


def test_a_parent_with_another_opinion_is_a_drift() -> None:
    facts = zone(ONE, TWO, own=frozenset({"ns1.ana.example", "ns3.ana.example"}))
    (found,) = judged(facts)
    assert (found.code, found.severity) == ("RS_NS_DRIFT", WARNING)
    assert "ns3.ana.example" in found.text


def test_a_zone_that_could_not_be_asked_has_no_opinion() -> None:
    assert judged(zone(ONE, TWO, own=frozenset())) == ()


def test_a_name_server_at_a_strange_address_is_a_drift() -> None:
    (found,) = judged(zone(ONE, replace(TWO, ours=False)))
    assert found.code == "RS_NS_DRIFT"
    assert "192.0.2.2" in found.text


# RS_DNS_AWAY, RS_TLS, RS_DNSBL


def test_domains_that_moved_away_are_information() -> None:
    facts = replace(WELL, away=MappingProxyType({"s01.example": "198.51.100.7"}))
    assert told(judged(facts)) == [("RS_DNS_AWAY", INFO)]


@pytest.mark.parametrize(
    ("days", "severity"),
    [(22, None), (21, INFO), (8, INFO), (7, WARNING), (1, ERROR), (-3, ERROR)],
)
def test_certificates_end_in_steps(days: float, severity: Severity | None) -> None:
    held = (SiteCertificate("s01.example", NOW + timedelta(days=days)),)
    expected = [("RS_TLS", severity)] if severity else []
    assert told(judged(replace(WELL, certificates=held))) == expected


def test_the_worst_certificate_counts_and_stands_first() -> None:
    held = tuple(
        SiteCertificate(f"s{n:02}.example", NOW + timedelta(days=n)) for n in (20, 3, 0.5, 15, 6, 2)
    )
    (found,) = judged(replace(WELL, certificates=held))
    assert found.severity is ERROR
    assert found.text.startswith("reseller ana: certificates: s0.5.example ends in")
    assert found.text.endswith("and 1 more")


def test_a_wrong_name_and_an_untrusted_chain_are_medium() -> None:
    fine = NOW + timedelta(days=60)
    wrong = replace(WELL, certificates=(SiteCertificate("s01.example", fine, covers=False),))
    assert told(judged(wrong)) == [("RS_TLS", WARNING)]
    untrusted = replace(WELL, untrusted=MappingProxyType({"s02.example": "self-signed"}))
    assert told(judged(untrusted)) == [("RS_TLS", WARNING)]


def test_a_domain_that_points_elsewhere_can_not_renew() -> None:
    held = (SiteCertificate("s01.example", NOW - timedelta(days=3)),)
    away = MappingProxyType({"s01.example": "198.51.100.7"})
    assert told(judged(replace(WELL, certificates=held, away=away))) == [("RS_DNS_AWAY", INFO)]


def test_a_listed_address_of_his_own_is_high() -> None:
    (found,) = judged(replace(WELL, listings=(Listing("192.0.2.9", "listed by bl.example"),)))
    assert (found.code, found.severity, found.about) == ("RS_DNSBL", ERROR, "192.0.2.9")


# RS_BACKUP, RS_MAIL_HELD


def saved(hours: float, *, period: timedelta = timedelta(days=1)) -> Facts:
    point = NOW - timedelta(hours=hours)
    newest = dict.fromkeys([OWN.user, *(one.user for one in MANY)], NOW - timedelta(hours=1))
    return replace(WELL, restores=Restores(period, MappingProxyType({**newest, "u03": point})))


@pytest.mark.parametrize(
    ("hours", "severity"),
    [(25.9, None), (26.1, WARNING), (49.9, WARNING), (50.1, ERROR), (1000, ERROR)],
)
def test_an_old_restore_point_is_found_in_steps(hours: float, severity: Severity | None) -> None:
    """R69."""
    assert told(judged(saved(hours))) == ([("RS_BACKUP", severity)] if severity else [])


def test_weekly_backups_may_be_eight_days_old() -> None:
    week = timedelta(days=7)
    assert judged(saved(8 * 24, period=week)) == ()
    assert told(judged(saved(8 * 24 + 1, period=week))) == [("RS_BACKUP", WARNING)]


def test_no_restore_point_at_all_is_high() -> None:
    """R69."""
    facts = replace(WELL, restores=Restores(timedelta(days=1), MappingProxyType({})))
    assert told(judged(facts)) == [("RS_BACKUP", ERROR)]


def test_a_new_account_and_a_suspended_one_need_no_backup_yet() -> None:
    new = replace(MANY[0], created=NOW - timedelta(hours=20))
    off = replace(MANY[1], suspended=True)
    facts = replace(WELL, own=None, accounts=(new, off))
    facts = replace(facts, restores=Restores(timedelta(days=1), MappingProxyType({})))
    assert judged(facts) == ()


def test_an_account_without_backup_is_medium() -> None:
    facts = replace(WELL, accounts=(replace(MANY[0], backup=False),))
    assert told(judged(facts)) == [("RS_BACKUP", WARNING)]


@pytest.mark.parametrize("how", ["mail_suspended", "mail_held"])
def test_held_mail_is_medium(how: str) -> None:
    facts = replace(WELL, accounts=(replace(MANY[0], **{how: True}), *MANY[1:]))  # type: ignore[arg-type]
    assert told(judged(facts)) == [("RS_MAIL_HELD", WARNING)]


def test_long_lists_are_cut() -> None:
    facts = replace(WELL, accounts=tuple(replace(one, mail_held=True) for one in MANY))
    (found,) = judged(facts)
    assert found.text.endswith("and 5 more")


# the sample


def test_few_sites_are_all_looked_at() -> None:
    assert sample(["b", "a", "a"], Past(), most=20) == (["a", "b"], [])


def test_many_sites_take_turns_until_each_was_looked_at() -> None:
    domains, seen, past = [f"s{n:03}" for n in range(50)], set(), Past()
    for turn in range(3):
        fresh, again = sample(domains, replace(past, turn=turn), most=20)
        assert (len(fresh), again) == (20, [])
        seen |= set(fresh)
    assert seen == set(domains)


def test_some_of_each_trouble_stay_in_the_sample() -> None:
    rows = [Site(f"f{n}", SiteState.FAILS) for n in range(9)]
    rows += [Site("p", SiteState.PLACEHOLDER), Site("g", SiteState.FINE)]
    facts = replace(WELL, sites=tuple(rows), away=MappingProxyType({"a": "", "b": "", "c": ""}))
    facts = replace(facts, untrusted=MappingProxyType({"f1": "self-signed"}))
    assert remembered(facts, Past(), Now(NOW, 1)).troubled == ("f0", "f1", "p", "a", "b")


def test_what_had_trouble_stays_in_the_sample() -> None:
    domains = [f"s{n:03}" for n in range(50)]
    past = Past(turn=1, troubled=("s000", "s049", "gone"))
    fresh, again = sample(domains, past, most=20)
    assert again == ["s000", "s049"]
    assert len(fresh) == 18
    assert not set(fresh) & set(again)


def test_no_sample_is_no_sample() -> None:
    assert sample(["a"], Past(), most=0) == ([], [])
