"""Only an answer out of a list's own table is a listing, and only of a list that works."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from probes.dnsbl import DnsblProbe
from probes.dnsbl_lists import KNOWN, BlockList, Word, reversed_name
from probes.dnsbl_memory import DnsblMemory
from probes.look import look
from probes.model import Observation, Severity, Target, Verdict
from probes.net import Net
from tests.probes.dns_server import DnsServer, address, asked_name, asked_type, reply, text

ZEN = "zen.spamhaus.org"
SURBL = "multi.surbl.org"


def resolver(names: Mapping[str, str], *, asked: list[str]) -> DnsServer:
    """A resolver that knows the control points of lists, and these names: A, or `A REASON`."""
    entries = {
        f"2.0.0.127.{ZEN}": "127.0.0.2",
        "2.0.0.127.bl.example": "127.0.0.2",
        f"surbl-org-permanent-test-point.com.{SURBL}": "127.0.0.254",
        **names,
    }

    def say(query: bytes) -> Iterable[bytes]:
        name = asked_name(query)
        asked.append(f"{name} {asked_type(query)}")
        code, _, reason = entries.get(name, "").partition(" ")
        if not code:
            return [reply(query, rcode=3)]
        if code in ("SERVFAIL", "REFUSED"):
            return [reply(query, rcode=2 if code == "SERVFAIL" else 5)]
        if code == "silence":
            return []
        if asked_type(query) == 16:
            return [reply(query, text(reason))] if reason else [reply(query)]
        return [reply(query, *map(address, code.split(",")))]

    return DnsServer(say)


async def see(
    names: Mapping[str, str],
    *targets: str,
    lists: tuple[Any, ...] = (ZEN,),
    within: float = 2.0,
    asked: list[str] | None = None,
) -> list[Observation]:
    """One look at each target, one after the other, all with one memory."""
    net = Net()
    async with resolver(names, asked=[] if asked is None else asked).open() as server:
        probe = DnsblProbe.model_validate({"resolver": server.address, "lists": lists})
        seen = [await look(probe, Target(one), net, within=within) for one in targets]
    await net.close()
    return seen


async def test_an_address_on_no_list_is_up() -> None:
    (seen,) = await see({}, "192.0.2.1")
    assert (seen.verdict, seen.finding.issues) == (Verdict.UP, ())
    labels = f'list="{ZEN}"'
    assert ("probe_dnsbl_listed", labels, 0.0) in seen.samples
    assert ("probe_dnsbl_list_working", labels, 1.0) in seen.samples


async def test_a_listing_is_told_with_list_code_reason_and_the_way_out() -> None:
    """R76."""
    (seen,) = await see({f"1.2.0.192.{ZEN}": "127.0.0.3 https://x.example/css"}, "192.0.2.1")
    assert seen.verdict is Verdict.UP
    (issue,) = seen.finding.issues
    assert (issue.code, issue.severity, issue.about) == ("DNSBL_LISTED", Severity.ERROR, ZEN)
    assert issue.labels == {"list": ZEN, "code": "127.0.0.3", "queue": "level-3"}
    assert issue.text == (
        "192.0.2.1 is listed by zen.spamhaus.org (127.0.0.3): CSS: https://x.example/css; "
        "removal: https://check.spamhaus.org/"
    )
    assert ("probe_dnsbl_listed", f'list="{ZEN}"', 1.0) in seen.samples


async def test_a_reason_that_is_no_plain_text_is_made_one() -> None:
    (seen,) = await see({f"1.2.0.192.{ZEN}": "127.0.0.2 a\x1b[31m\n b" + "c" * 90}, "192.0.2.1")
    assert "SBL: a [31m b" in seen.finding.issues[0].text
    assert seen.finding.issues[0].text.isprintable()


async def test_an_ipv6_address_is_asked_by_its_nibbles() -> None:
    name = "1.0.0.0." + "0." * 20 + "8.b.d.0.1.0.0.2"
    assert reversed_name("2001:db8::1") == name
    (seen,) = await see({f"{name}.{ZEN}": "127.0.0.2"}, "2001:db8::1")
    assert [issue.code for issue in seen.finding.issues] == ["DNSBL_LISTED"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("127.255.255.254", "does not answer public resolvers"),
        ("127.255.255.255", "we ask too much"),
        ("127.255.255.252", "misspelt"),
        ("127.255.255.1", "127.255.255.1, an error"),
        ("127.0.0.2,127.255.255.254", "public resolvers"),
        ("127.0.0.99", "127.0.0.99, which is in no table"),
        ("127.0.1.255", "takes domains"),
        ("203.0.113.9", "does the resolver rewrite answers?"),
        ("SERVFAIL", "the resolver answers SERVFAIL"),
        ("REFUSED", "the resolver answers REFUSED"),
    ],
)
async def test_what_is_no_listing_is_never_called_one(answer: str, told: str) -> None:
    """R76."""
    (seen,) = await see({f"1.2.0.192.{ZEN}": answer}, "192.0.2.1")
    assert seen.verdict is Verdict.UNKNOWN
    assert told in seen.finding.reason


async def test_policy_entries_are_normal_for_a_hosting_company() -> None:
    names = {f"1.2.0.192.{ZEN}": "127.0.0.10", f"2.2.0.192.{ZEN}": "127.0.0.11,127.0.0.4"}
    normal, worse = await see(names, "192.0.2.1", "192.0.2.2")
    assert normal.finding.issues == ()
    assert worse.finding.issues[0].labels["code"] == "127.0.0.4"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"2.0.0.127.bl.example": ""}, "does not list its own test entry 2.0.0.127"),
        ({"1.0.0.127.bl.example": "127.0.0.2"}, "lists everything, 1.0.0.127 too"),
        ({"2.0.0.127.bl.example": "127.255.255.254"}, "public resolvers"),
        ({"1.0.0.127.bl.example": "SERVFAIL"}, "the resolver answers SERVFAIL"),
    ],
)
async def test_a_list_that_fails_its_test_is_off_and_says_so(
    names: dict[str, str], told: str
) -> None:
    lists = (ZEN, {"zone": "bl.example", "listed": {"127.0.0.2": "spam"}})
    asked: list[str] = []
    listed = {"1.2.0.192.bl.example": "127.0.0.2"}
    (seen,) = await see(names | listed, "192.0.2.1", lists=lists, asked=asked)
    assert seen.verdict is Verdict.UP
    (issue,) = seen.finding.issues
    assert (issue.code, issue.severity) == ("DNSBL_LIST_BROKEN", Severity.INFO)
    assert (issue.about, issue.labels) == ("bl.example", {"list": "bl.example"})
    assert told in issue.text
    assert "1.2.0.192.bl.example 1" not in asked


async def test_a_silent_list_does_not_hide_what_the_others_say() -> None:
    lists = (ZEN, {"zone": "bl.example", "listed": {"127.0.0.2": "spam"}})
    names = {"2.0.0.127.bl.example": "silence", f"1.2.0.192.{ZEN}": "127.0.0.2"}
    (seen,) = await see(names, "192.0.2.1", lists=lists, within=1)
    codes = [issue.code for issue in seen.finding.issues]
    assert codes == ["DNSBL_LISTED", "DNSBL_LIST_BROKEN"], "what is late has no issues"


async def test_a_listing_stands_without_its_reason() -> None:
    asked: list[str] = []
    net = Net()
    server = resolver({f"1.2.0.192.{ZEN}": "127.0.0.2"}, asked=asked)
    whole = server.say
    server.say = lambda query: [] if asked_type(query) == 16 else whole(query)
    async with server.open():
        probe = DnsblProbe.model_validate({"resolver": server.address, "lists": [ZEN]})
        seen = await look(probe, Target("192.0.2.1"), net, within=1.5)
    await net.close()
    assert "(127.0.0.2): SBL; removal" in seen.finding.issues[0].text


async def test_a_silent_resolver_says_nothing_of_the_target() -> None:
    net = Net()
    async with DnsServer(lambda _: []).open() as server:
        deaf = DnsblProbe.model_validate({"resolver": server.address, "lists": [ZEN]})
        seen = await look(deaf, Target("192.0.2.1"), net, within=0.3)
    await net.close()
    assert seen.verdict is Verdict.UNKNOWN
    assert seen.finding.reason == (
        f"no list can be asked: {ZEN}: no answer through {deaf.resolver}"
    )


async def test_nothing_is_asked_twice_in_an_hour() -> None:
    asked: list[str] = []
    names = {f"1.2.0.192.{ZEN}": "127.0.0.2 why"}
    first, again, other = await see(names, "192.0.2.1", "192.0.2.1", "192.0.2.9", asked=asked)
    assert first.finding == again.finding
    assert other.finding.issues == ()
    assert asked == [
        f"2.0.0.127.{ZEN} 1",
        f"2.0.0.127.{ZEN} 16",
        f"1.0.0.127.{ZEN} 1",
        f"1.2.0.192.{ZEN} 1",
        f"1.2.0.192.{ZEN} 16",
        f"9.2.0.192.{ZEN} 1",
    ]


async def test_a_thousand_looks_test_a_list_once() -> None:
    asked: list[str] = []
    net = Net()
    async with resolver({}, asked=asked).open() as server:
        probe = DnsblProbe.model_validate({"resolver": server.address, "lists": [ZEN]})
        targets = [Target(f"198.51.{number // 250}.{number % 250}") for number in range(1000)]
        seen = await asyncio.gather(*(look(probe, one, net, within=20) for one in targets))
    await net.close()
    assert {one.finding.issues for one in seen} == {()}
    assert len(asked) == 3 + 1000


def test_an_answer_is_kept_for_its_ttl_but_an_hour_at_least_and_a_day_at_most() -> None:
    memory, meaning = DnsblMemory(), BlockList(zone=ZEN).meaning(["127.0.0.2"])
    for ttl, kept in ((0, 3600), (7200, 7200), (10**6, 86400)):
        memory.keep(ZEN, "a", meaning, ttl=ttl, now=100.0)
        assert memory.recall(ZEN, "a", now=99.9 + kept) is meaning
        assert memory.recall(ZEN, "a", now=100.0 + kept) is None
    assert memory.recall(ZEN, "b", now=0.0) is None


def test_the_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.dnsbl_memory._MOST", 3)
    memory, meaning = DnsblMemory(), BlockList(zone=ZEN).meaning([])
    for number, name in enumerate("abcd"):
        memory.keep(ZEN, name, meaning, ttl=0, now=float(number))
    assert memory.recall(ZEN, "a", now=5) is meaning
    assert memory.recall(ZEN, "d", now=5) is None
    memory.keep(ZEN, "e", meaning, ttl=0, now=3601.5)
    assert memory.recall(ZEN, "e", now=3602) is meaning


@pytest.mark.parametrize(
    ("zone", "answer", "word", "text"),
    [
        (SURBL, "127.0.0.8", Word.LISTED, "phishing"),
        (SURBL, "127.0.0.80", Word.LISTED, "malware, abuse"),
        (
            SURBL,
            "127.0.0.1",
            Word.UNCLEAR,
            "it refuses us: ask through your own resolver, or with a key",
        ),
        (
            SURBL,
            "127.0.0.4",
            Word.UNCLEAR,
            "it answers 127.0.0.4, which is in no table of this list",
        ),
        (
            SURBL,
            "127.1.0.8",
            Word.UNCLEAR,
            "it answers 127.1.0.8, which is in no table of this list",
        ),
        ("multi.uribl.com", "127.0.0.14", Word.LISTED, "black, grey, red"),
        (
            "multi.uribl.com",
            "127.0.0.1",
            Word.UNCLEAR,
            "it refuses us: ask through your own resolver, or with a key",
        ),
        ("dbl.spamhaus.org", "127.0.1.4", Word.LISTED, "phishing"),
        ("dbl.spamhaus.org", "127.0.1.255", Word.UNCLEAR, "it takes domains, not addresses"),
        (
            "dbl.spamhaus.org",
            "127.0.0.2",
            Word.UNCLEAR,
            "it answers 127.0.0.2, which is in no table of this list",
        ),
        (ZEN, "127.0.0.9", Word.LISTED, "DROP"),
        (ZEN, "127.0.0.8", Word.UNCLEAR, "it answers 127.0.0.8, which is in no table of this list"),
    ],
)
def test_each_known_list_has_its_own_table(zone: str, answer: str, word: Word, text: str) -> None:
    meaning = BlockList(zone=zone).meaning([answer])
    assert (meaning.word, meaning.text) == (word, text)


@pytest.mark.parametrize("zone", KNOWN)
def test_every_known_list_is_clean_about_nothing(zone: str) -> None:
    known = BlockList(zone=zone)
    assert known.meaning([]).word is Word.CLEAN
    assert known.meaning(["127.255.255.254"]).word is Word.UNCLEAR
    assert known.removal.startswith("https://")


async def test_domains_go_to_lists_of_domains_alone() -> None:
    asked: list[str] = []
    names = {f"bad.example.{SURBL}": "127.0.0.16"}
    bad, plain = await see(names, "Bad.Example.", "192.0.2.1", lists=(ZEN, SURBL), asked=asked)
    assert [issue.about for issue in bad.finding.issues] == [SURBL]
    assert plain.finding.issues == ()
    assert not [one for one in asked if one.startswith("bad.example") and ZEN in one]
    assert f"1.2.0.192.{SURBL} 1" not in asked


async def test_a_target_that_no_list_is_about_is_unknown() -> None:
    (domain,) = await see({}, "example.org")
    assert domain.finding.reason == "example.org is a domain, and no list here is about such"
    (plain,) = await see({}, "192.0.2.1", lists=(SURBL,))
    assert plain.finding.reason == "192.0.2.1 is an address, and no list here is about such"
    (odd,) = await see({}, "not..a.name", lists=(SURBL,))
    assert {domain.verdict, plain.verdict, odd.verdict} == {Verdict.UNKNOWN}


async def test_a_key_goes_into_the_question_and_nowhere_else(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("s3cretkey\n")
    zone = "zen.dq.spamhaus.example"
    keyed = {"zone": zone, "like": ZEN, "key_file": str(key)}
    names = {
        f"2.0.0.127.s3cretkey.{zone}": "127.0.0.2",
        f"1.2.0.192.s3cretkey.{zone}": "127.0.0.4 reason",
    }
    (seen,) = await see(names, "192.0.2.1", lists=(keyed,))
    (issue,) = seen.finding.issues
    assert issue.about == zone
    assert "s3cretkey" not in repr(seen)
    key.unlink()
    (blind,) = await see(names, "192.0.2.1", lists=(keyed,))
    assert blind.verdict is Verdict.UNKNOWN
    assert "can't be read" in blind.finding.reason


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"lists": [ZEN]}, "Field required"),
        ({"resolver": "127.0.0.1"}, "Field required"),
        ({"resolver": "127.0.0.1", "lists": []}, "at least 1 item"),
        ({"resolver": "127.0.0.1:dns", "lists": [ZEN]}, "is not HOST:PORT"),
        ({"resolver": "127.0.0.1", "lists": ["bl.example"]}, "say which answers of bl.example"),
        ({"resolver": "::1", "lists": [{"zone": "a.b", "like": "c.d"}]}, "c.d is not known"),
        ({"resolver": "::1", "lists": [{"zone": "a..b"}]}, "is no part of a name"),
        (
            {"resolver": "::1", "lists": [{"zone": "a.b", "listed": {"10.0.0.1": "x"}}]},
            "is no answer of a list",
        ),
    ],
)
def test_a_list_must_be_named_and_known_or_told(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        DnsblProbe.model_validate(keys)
    assert told in str(refused.value)


def test_a_known_table_may_be_added_to() -> None:
    added = BlockList.model_validate({"zone": ZEN, "listed": {"127.0.0.99": "new"}})
    assert added.meaning(["127.0.0.99"]).text == "new"
    assert added.meaning(["127.0.0.2"]).text == "SBL"
    assert (
        DnsblProbe.model_validate({"resolver": "::1", "lists": [ZEN]}).aim("192.0.2.1")
        == "192.0.2.1"
    )
