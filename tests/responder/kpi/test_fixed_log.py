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
from responder.store.standing import Share, standing
from responder.store.tables import kpi_observation
from responder.sync import absorb
from responder.values import Figure
from tests.require import require
from tests.responder.desk.company import PLAN, add_ticket
from tests.responder.desk.tickets import OPENED, minutes
from tests.responder.kpi.fixed_log import JUDGED_AT, STORIES
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
    counted = [one for one in first if one.about != "ticket:8"]  # merged away meanwhile
    assert len(counted) == sum(len(one) for one in by_hand().values())


async def test_the_summary_is_what_a_person_worked_out(store: Store) -> None:
    """R39, R93, R94, R95."""
    await opened(store)
    await played(store)
    summary = await store.read(kpis.summary, since=OPENED, until=JUDGED_AT)
    told = {
        (one.figure, one.priority, one.level, one.by): (
            one.count,
            round(one.average / 60, 4),
            one.median / 60,
            round(one.p90 / 60, 4),
        )
        for one in summary
    }
    # 5 5 10 10 10 15 30
    assert told["reaction", "high", "level-1", "person"] == (7, 12.1429, 10, 21)
    assert told["reaction", "high", "sales-billing", "person"] == (1, 30, 30, 30)
    assert told["reaction", "critical", "rapid-response", "person"] == (1, 2, 2, 2)
    assert told["reaction/automation", "high", "level-1", "automation"] == (1, 30, 30, 30)
    # 5 10 10 10 20, and 10 10 10 50 before it went to level 2
    assert told["first_reply", "high", "level-1", "person"] == (5, 11, 10, 16)
    assert told["useful_response", "high", "level-1", "person"] == (4, 20, 10, 38)
    assert told["useful_response", "high", "level-2", "person"] == (1, 60, 60, 60)
    # 20 60 200; the solving after 3600 minutes has not held for a day yet
    assert told["resolution", "high", "level-1", "person"] == (3, 93.3333, 60, 172)
    assert told["resolution", "high", "automation", "automation"] == (1, 30, 30, 30)
    assert told["requester_wait", "high", "level-1", "person"] == (1, 30, 30, 30)


async def test_the_windows_are_what_a_person_worked_out(store: Store) -> None:
    await opened(store)
    await played(store)
    found = await store.read(standing, now=JUDGED_AT)
    assert found.votes == {"acme": Share(1, 2)}  # 4 and 2
    assert found.level1 == Share(4, 6)  # 1 4 10 13, of these and 2 12
    assert found.open == {("level-1", "high"): 2}  # 5 9
    assert found.oldest == {"level-1": OPENED}
    votes = await store.read(kpis.votes, since=OPENED, until=JUDGED_AT)
    assert votes == {2: 1, 4: 1}
    later = await store.read(standing, now=minutes(60 * 24 * 90))
    assert (later.votes, later.level1) == ({}, Share(0, 0))


async def test_the_counters_and_promql_agree_with_the_table(
    file_store: Store, tmp_path: Path
) -> None:
    registry = CollectorRegistry()
    metrics = KpiMetrics(registry, brands=["acme"])
    metrics.observe([*await opened(file_store), *await played(file_store)])
    reaction = 'responder_ticket_reaction_seconds_{}{{by="person",level="level-1"}}'
    # A counter cannot take back what ticket 8 gave it (1 minute) before it was merged away.
    expected = {
        f"sum({reaction.format('sum')}) / sum({reaction.format('count')})": (85 + 1) * 60 / (7 + 1),
        'sum(responder_tickets_solved_total{level="level-1"})'
        ' / sum(responder_tickets_solved_total{level=~"level-.*"})': 4 / 6,
        'sum(responder_csat_answers_total{score=~"4|5"}) / sum(responder_csat_answers_total)': 2
        / 3,
        "sum(responder_tickets_escalated_total)": 2,
        "sum(responder_tickets_reopened_total)": 1,
        'sum(responder_tickets_opened_total{channel="phone"})': 1,
        "sum(responder_ticket_resolution_seconds_count)": 8,
        'responder_ticket_resolution_seconds_bucket{le="1800.0",level="level-1",priority="high"}': (
            1
        ),
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
    return f"'{asked}'" if "_bucket" in asked else "'{}'"


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
