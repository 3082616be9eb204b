"""Do the rules, the tables, the metrics and PromQL agree with what a person worked out?"""

import asyncio
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from responder.judge import judge
from responder.kpi.metrics import KpiMetrics
from responder.store import Store, Tx, kpis
from responder.store import tickets as rows
from responder.store.opening import open_store
from responder.store.standing import Share, answered, standing
from responder.store.tables import kpi_observation
from responder.sync import absorb
from responder.values import Figure
from tests.require import require
from tests.responder.desk.company import PLAN, add_ticket
from tests.responder.desk.tickets import OPENED, minutes
from tests.responder.kpi.fixed_week import (
    ANSWERED,
    BY_BRAND,
    JUDGED_AT,
    LEVEL1,
    ONE_TOUCH,
    REACTION_BY_BRAND,
    SOLVED,
    STORIES,
    SUMMARY,
    VOTES,
)
from tests.rooms import HOUSE

TICKETS = [f"ticket:{story.number}" for story in STORIES]


async def opened(store: Store) -> list[Figure]:
    """All tickets of the log are opened; what was counted."""
    counted: list[Figure] = []
    for story in STORIES:
        taken = await store.write(add_ticket, story.ticket())
        counted += taken.figures
    return counted


async def played(store: Store, *, batch: int = 7) -> list[Figure]:
    """All that happened, as polls bring it, and what time makes of it; what was counted."""
    counted: list[Figure] = []
    changes = sorted((one for story in STORIES for one in story.changes()), key=lambda one: one.at)
    for start in range(0, len(changes), batch):
        some = changes[start : start + batch]
        absorbed = await store.write(
            absorb, some, system="rt", cursor=("tickets/rt", str(start)), people={}, plan=PLAN,
            now=some[-1].at,
        )  # fmt: skip
        counted += absorbed.figures
    return [*counted, *await store.write(judge, now=JUDGED_AT)]


def observed(tx: Tx) -> dict[str, dict[str, float]]:
    """What the table holds, ticket by ticket, in minutes."""
    found: dict[str, dict[str, float]] = {}
    for row in tx.execute(select(kpi_observation)):
        if not row.figure.startswith("opened"):
            found.setdefault(row.about, {})[row.figure] = row.seconds / 60
    return found


def by_hand() -> dict[str, dict[str, float]]:
    """What the table should hold."""
    return {f"ticket:{one.number}": dict(one.figures) for one in STORIES if one.figures}


def test_there_are_fifty_tickets() -> None:
    assert [one.number for one in STORIES] == [*range(1, 51)]


async def test_each_ticket_has_the_figures_that_a_person_worked_out(store: Store) -> None:
    await opened(store)
    await played(store)
    assert await store.read(observed) == by_hand()


@pytest.mark.parametrize("batch", [1, 3, 1000])
async def test_however_the_polls_fall_the_figures_are_the_same(
    file_store: Store, batch: int
) -> None:
    await opened(file_store)
    await played(file_store, batch=batch)
    assert await file_store.read(observed) == by_hand()


async def test_the_same_log_twice_counts_nothing_twice(store: Store) -> None:
    await opened(store)
    first = await played(store)
    assert await opened(store) == []
    assert await played(store) == []
    assert await store.read(observed) == by_hand()
    counted = [
        one for one in first if one.about not in ("ticket:8", "ticket:48")
    ]  # merged away meanwhile
    assert len(counted) == sum(len(one) for one in by_hand().values())


async def test_the_summary_is_what_a_person_worked_out(store: Store) -> None:
    """R93, R94: averages and quantiles, by priority and level."""
    await opened(store)
    await played(store)
    summary = await store.read(kpis.summary, since=OPENED, until=JUDGED_AT)
    told = {
        (one.figure, one.priority, one.level, one.by): (
            one.count,
            round(one.average * one.count / 60, 4),
            one.median / 60,
            round(one.p90 / 60, 4),
        )
        for one in summary
    }
    assert {key: told[key] for key in SUMMARY} == SUMMARY
    solved: dict[str, int] = {}
    for (figure, _, level, _), one in told.items():
        if figure == "solved":
            solved[level] = solved.get(level, 0) + one[0]
    assert solved == SOLVED
    assert sum(one[0] for key, one in told.items() if key[0] == "one_touch") == ONE_TOUCH


async def test_a_summary_may_be_of_one_brand_and_by_channel(store: Store) -> None:
    await opened(store)
    await played(store)
    for brand, (total, number) in REACTION_BY_BRAND.items():
        found = await store.read(
            kpis.summary, since=OPENED, until=JUDGED_AT, brand=brand, by=("channel",)
        )
        mine = [one for one in found if one.figure == "reaction"]
        assert sum(one.count for one in mine) == number
        assert sum(one.average * one.count for one in mine) == pytest.approx(60 * total)
    # 35 and 36 by phone; the others of zeta by mail, and 47 by form.
    assert {(one.channel, one.count) for one in mine} == {("email", 11), ("form", 1), ("phone", 2)}


async def test_the_windows_are_what_a_person_worked_out(store: Store) -> None:
    """R39: the share of level 1; R95: satisfaction, and how many have answered."""
    await opened(store)
    await played(store)
    found = await store.read(standing, now=JUDGED_AT)
    assert found.votes == BY_BRAND
    assert found.level1 == LEVEL1
    assert found.answered == ANSWERED
    assert found.open == {("level-1", "high"): 2, ("level-2", "high"): 1}  # 5 9, 50
    assert found.oldest == {"level-1": OPENED, "level-2": minutes(4320)}
    assert found.old == {
        ("level-1", "24h"): 2, ("level-1", "48h"): 2, ("level-2", "24h"): 1, ("level-2", "48h"): 1,
    }  # fmt: skip
    reactions = {brand: spent for (brand, one), spent in found.brands.items() if one == "reaction"}
    assert reactions == {name: (60 * all_, n) for name, (all_, n) in REACTION_BY_BRAND.items()}
    assert await store.read(kpis.votes, since=OPENED, until=JUDGED_AT) == VOTES
    assert await store.read(answered, since=OPENED, until=JUDGED_AT) == ANSWERED
    # 13 is solved, and not yet for a day.
    assert await store.read(kpis.pending, now=JUDGED_AT) == kpis.Pending(0, 1)
    later = await store.read(standing, now=minutes(60 * 24 * 90))
    assert (later.votes, later.level1) == ({}, Share(0, 0))


async def test_the_counters_and_promql_agree_with_the_table(
    file_store: Store, tmp_path: Path
) -> None:
    registry = CollectorRegistry()
    metrics = KpiMetrics(registry, brands=["acme"])
    metrics.observe([*await opened(file_store), *await played(file_store)])
    reaction = 'responder_ticket_reaction_seconds_{}{{by="person",level="level-1"}}'
    # A counter cannot take back what 8 gave it (1 minute) before it was merged away; of 48 one and
    # the same poll told that it was taken and merged.
    expected: dict[str, float] = {
        f"sum({reaction.format('sum')}) / sum({reaction.format('count')})": (
            (125 + 650 + 120 + 1) * 60 / (13 + 14 + 2 + 1)
        ),
        "sum(responder_ticket_useful_response_seconds_sum)"
        " / sum(responder_ticket_useful_response_seconds_count)": 7610 * 60 / 30,
        'sum(responder_tickets_solved_total{level="level-1"})'
        ' / sum(responder_tickets_solved_total{level=~"level-.*"})': LEVEL1.part / LEVEL1.whole,
        # Of ten answers: 10 gave two.
        'sum(responder_csat_answers_total{score=~"4|5"}) / sum(responder_csat_answers_total)': 0.7,
        # 2, 30-34, 35 36, 50; 35 36; 12
        "sum(responder_tickets_escalated_total)": 9 + 2 + 1,
        'responder_tickets_handed_back_total{from_level="level-2",solution="no"}': 1,
        'responder_tickets_handed_back_total{from_level="level-2",solution="yes"}': 5,
        "responder_tickets_reopened_total": 2,
        "responder_tickets_misscoped_total": 3,
        "responder_tickets_one_touch_total": ONE_TOUCH,
        'sum(responder_tickets_opened_total{channel="phone"})': 3,
        # All that was solved but 13, and 4 and 47 once.
        "sum(responder_ticket_resolution_seconds_count)": 41,
        'responder_ticket_resolution_seconds_bucket{le="1800.0",level="level-1",priority="high"}': (
            1
        ),
        **{
            f'responder_tickets_solved_total{{level="{level}"}}': number
            for level, number in SOLVED.items()
        },
    }
    ask_promtool(registry, expected, folder=tmp_path)


def ask_promtool(registry: CollectorRegistry, expected: dict[str, float], *, folder: Path) -> None:
    """Does the real PromQL engine come to these numbers over our page?"""
    promtool = shutil.which("promtool")
    require("promtool", present=promtool is not None)
    page = generate_latest(registry).decode()
    series = [
        f"      - series: {_quoted(sample.name, sample.labels)}\n        values: '{sample.value}'"
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    ]
    questions = [
        f"      - expr: '{told}'\n        eval_time: 0m\n        exp_samples:\n"
        f"          - {{labels: {_labels(told)}, value: {value}}}"
        for told, value in expected.items()
    ]
    lines = ["rule_files: []", "evaluation_interval: 1m", "tests:", "  - interval: 1m"]
    lines += ["    input_series:", *series, "    promql_expr_test:", *questions]
    file = folder / "page.yml"
    file.write_text("\n".join(lines) + "\n")
    verdict = subprocess.run(
        [str(promtool), "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def _quoted(name: str, labels: dict[str, str]) -> str:
    told = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"'{name}{{{told}}}'"


def _labels(asked: str) -> str:
    return "'{}'" if asked.startswith("sum(") else f"'{asked}'"


KILLED = """
import asyncio, sys
from responder.store.opening import open_store
from tests.responder.kpi.test_fixed_log import opened, played

async def play():
    store = open_store(sys.argv[1], ballast=0)
    await opened(store)
    print("opened", flush=True)
    for _ in range(1000):
        await played(store, batch=1)

asyncio.run(play())
"""


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.05, 0.1])
async def test_a_kill_at_any_moment_counts_nothing_twice(tmp_path: Path, seconds: float) -> None:
    url = f"sqlite:///{tmp_path / 'responder.db'}"
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, url), stdout=asyncio.subprocess.PIPE, cwd=HOUSE
    )
    assert child.stdout is not None
    while (told := await child.stdout.readline()).strip() != b"opened":
        assert told, "it died by itself"
    await asyncio.sleep(seconds)
    child.kill()
    assert await child.wait() == -signal.SIGKILL
    store = open_store(url, ballast=0)
    await played(store)
    assert await store.read(observed) == by_hand()
    heads = await store.read(rows.heads)
    assert len(heads) == len(STORIES)
    await store.close()
