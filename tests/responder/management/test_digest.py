"""Does the digest hold what happened in its span, and is no span skipped or told twice?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.model import Actor, ActorKind, Category
from responder.config import Config
from responder.desk.section import Digest as Settings
from responder.desk_values import Major
from responder.findings import findings
from responder.management import digest_words
from responder.management.digest import Digest, digest_of, span_of
from responder.management.sending import begin, effects_of, is_due, send
from responder.plan import Plan
from responder.rota_values import Span
from responder.store import Store, Tx, kpis, logs, majors, management
from responder.store import incidents as incident_rows
from responder.store.desk_tables import pin_try
from responder.values import Entry, Figure
from tests.responder.management.history import Past, happened
from tests.store.samples import incident

BEGIN = datetime(2026, 11, 9, 8, tzinfo=UTC)
SPAN = Span(BEGIN, BEGIN + timedelta(days=14))
DAY = timedelta(days=1)


def config(**desk: object) -> Config:
    return Config.model_validate({"daemon": {"store": "sqlite:///x.db"}, "desk": desk})


async def made(store: Store, how: Config | None = None) -> Digest:
    found: Digest = await store.read(digest_of, span=SPAN, config=how or config(), plan=Plan())
    return found


def part(text: str, title: str) -> list[str]:
    below = text.split(f"## {title}\n\n")[1].split("\n\n## ")[0]
    return below.strip().splitlines()


def figure(
    about: int, name: str, *, seconds: int = 0, level: str = "level-1", day: int = 3
) -> Figure:
    at = BEGIN + day * DAY
    return Figure(f"ticket:{about}", name, seconds, "medium", level, "person", at)


def fortnight(tx: Tx) -> None:
    """Two weeks of a desk, and a little of those before."""
    wish = Past(BEGIN + DAY, "wish", category=Category.FEATURE_REQUEST, brand="acme", subject="2FA")
    late = Past(BEGIN + 2 * DAY, "mail/quota", subject="mail is full")
    worth = {"candidate": True, "article": "quota"}
    learnt = {"prevention": "playbook"}
    happened(tx, [
        wish, late,
        Past(BEGIN + 3 * DAY, "mail/quota", case=worth, subject="how do I make room?"),
        Past(BEGIN + 4 * DAY, "mail/quota", case=learnt, subject="full again"),
        Past(BEGIN - 3 * DAY, "mail/quota"),
    ])  # fmt: skip
    entry = Entry(
        "prevention", Actor(ActorKind.PERSON, "petar"), {"kind": "playbook"}, "warn at 90 %"
    )
    _, rows, texts = logs.chained("ticket", 4, logs.Tail(), [entry], at=BEGIN + 4 * DAY)
    logs.add(tx, "ticket", rows, texts)
    kpis.count(tx, [
        figure(1, "opened/feature_request/ticket"), figure(2, "opened/hosting/ticket"),
        figure(5, "opened/hosting/ticket", day=-3),
        figure(1, "solved"), figure(2, "solved", level="level-2"),
        figure(1, "reaction", seconds=60), figure(2, "reaction", seconds=180),
        figure(2, "sla_breach/useful"), figure(2, "escalated/level-1/level-2"),
        figure(2, "handback/level-2/no"),
    ])  # fmt: skip
    for number, good in enumerate((False, False, True), start=1):
        at = BEGIN + number * DAY
        tx.execute(pin_try.insert().values(account="a", source="s", at=at, good=good))


async def test_r92_each_part_tells_of_its_span_alone(store: Store) -> None:
    await store.write(fortnight)
    text = digest_words.words(await made(store))
    assert text.startswith("# Support digest, 2026-11-09 to 2026-11-23\n")
    figures = part(text, "Figures")
    assert "- Tickets opened: 2 (1, +100%)" in figures
    assert "- Solved at level 1: 50% of 2 (none)" in figures
    assert "- Time of reaction: 2 min on average, 9 of 10 within 3 min (none)" in figures
    assert "- Handed back without a solution: 1 (0)" in figures
    assert "- Promises not kept: 1 (0)" in figures
    assert part(text, "What customers wish") == ["- acme, ticket 1: 2FA"]
    assert part(text, "What came most")[0].startswith("- mail/quota: 3 (+200%), 1 h in hand;")
    assert part(text, "Promises that were not kept") == ["- useful, ticket 2: mail is full"]
    assert part(text, "For those who train level 1") == [
        "- ticket 2, escalated level-1 level-2: mail is full"
    ]
    assert part(text, "Support PINs") == ["- 2 wrong tries for 1 account"]
    assert part(text, "Major incidents") == ["Nothing."]


async def test_r58_what_level_3_would_prevent_stands_in_the_next_digest(store: Store) -> None:
    await store.write(fortnight)
    text = digest_words.words(await made(store))
    assert part(text, "So that it does not come again") == [
        "- playbook after ticket 4, full again: warn at 90 %"
    ]


async def test_r84_what_is_worth_an_article_stands_in_the_next_digest(store: Store) -> None:
    await store.write(fortnight)
    text = digest_words.words(await made(store))
    assert part(text, "Worth an article") == ["- ticket 3: how do I make room? (quota)"]


async def test_majors_are_named_with_their_causes(store: Store) -> None:
    def led(tx: Tx) -> None:
        incident_rows.add(tx, [incident(1, opened_at=BEGIN + DAY, title="fra1 is <down>")])
        one = Major(1, "storm", "responder", BEGIN + DAY, causes=("a fuse",), overdue=2)
        majors.save(tx, one)

    await store.write(led)
    (line,) = part(digest_words.words(await made(store)), "Major incidents")
    assert line.startswith(r"- 2026-11-10 incident 1: fra1 is \<down\>, ")
    assert line.endswith("customers waited 2 times; causes: a fuse")


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-11-23T07:59", "2026-11-09T08:00"),
        ("2026-11-23T08:00", "2026-11-23T08:00"),
        ("2026-12-06T23:00", "2026-11-23T08:00"),
        ("2026-12-07T08:00", "2026-12-07T08:00"),
    ],
)
def test_spans_follow_each_other_every_second_monday(now: str, ends: str) -> None:
    span = span_of(Settings(), datetime.fromisoformat(f"{now}:00+00:00"))
    assert span.ends == datetime.fromisoformat(f"{ends}:00+00:00")
    assert span.ends - span.starts == timedelta(days=14)


def test_no_change_of_clocks_makes_a_gap() -> None:
    settings = Settings.model_validate({"zone": "Europe/Sofia", "day": "wed", "at": "07:30"})
    now, ends = datetime(2026, 1, 1, tzinfo=UTC), None
    for _ in range(30):
        span = span_of(settings, now)
        assert ends in (None, span.starts)
        ends, now = span.ends, span.ends + timedelta(days=14, hours=2)
    assert ends is not None


async def test_r92_a_span_is_sent_once_and_none_before_the_first_day(store: Store) -> None:
    to = {"to": ["team@example.net", "boss@example.net"], "webhook_url": "http://127.0.0.1:9/x"}
    settings = Settings.model_validate(to)
    assert not await store.read(is_due, SPAN)
    await store.write(begin, now=SPAN.ends)
    assert not await store.read(is_due, SPAN)
    later = Span(SPAN.ends, SPAN.ends + timedelta(days=14))
    assert await store.read(is_due, later)
    told: dict[str, Any] = {
        "span": later,
        "title": "t",
        "text": "x",
        "settings": settings,
        "now": later.ends,
    }
    assert await store.write(send, **told) == 3
    assert await store.write(send, **told) == 0
    assert not await store.read(is_due, later)
    assert await store.write(management.erase, made_before=later.ends) == 0
    assert await store.write(management.erase, made_before=later.ends + DAY) == 1
    effects = list(effects_of(later, settings, title="t", text="x"))
    assert len({one.key for one in effects}) == 3
    assert {one.kind for one in effects} == {"desk.mail", "desk.hook"}


def test_a_digest_that_nobody_can_send_is_found_by_the_check() -> None:
    how = config(digest={"to": ["team@example.net"]})
    told = dict(findings(how))
    assert told["desk", "digest", "to"] == "no paging.email: nobody can send these mails"
    assert ("desk", "digest", "to") not in dict(findings(config()))
