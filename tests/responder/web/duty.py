"""A company with rotas, and a daemon on it that stands still, at ten past three on a Sunday."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from responder.clock import HandClock
from tests.require import free_port
from tests.stories.stage import FILE, Stage, begin, write_config

START = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)  # 05:10 in Sofia
ANA = "  ana: {{methods: [{{kind: email, to: ana@example.net}}]}}\n"
PEOPLE = """\
  ana: {{methods: [{{kind: email, to: ana@example.net}}]}}
  boris: {{methods: [{{kind: email, to: boris@example.net}}]}}
  clara: {{methods: [{{kind: email, to: clara@example.net}}], zone: Europe/Sofia}}
  dora: {{methods: [{{kind: email, to: dora@example.net}}], manager: true}}
  otto: {{}}
"""
ROTAS = """\
rotas:
  rapid-response:
    zone: Europe/Sofia
    team: rapid-response
    layers:
      - name: days
        people: [ana, boris]
        begins: 2026-11-16
        rotate: day
        shifts: [{from: "07:00", to: "19:00"}]
      - name: nights
        people: [boris, clara]
        begins: 2026-11-16
        rotate: day
        shifts: [{from: "19:00", to: "07:00"}]
      - name: peak
        people: [clara]
        begins: 2026-11-16
        shifts: [{from: "10:00", to: "18:00", days: [mon, tue]}]
        adds: true
    overrides:
      - {from: 2026-12-24 19:00, to: 2026-12-25 07:00, person: dora, reason: Christmas}
  hardware:
    promise: layers
    layers:
      - {people: [dora], begins: 2026-11-16, shifts: [{from: "08:00", to: "16:00", days: [mon]}]}
"""


def company(folder: Path, *, rotas: str = ROTAS, smtp: int | None = None) -> Path:
    """The path of its configuration."""
    file = FILE.replace(ANA, PEOPLE)
    return write_config(folder, smtp=smtp or free_port(), more=rotas, file=file)


@asynccontextmanager
async def on_duty(folder: Path, *, rotas: str = ROTAS) -> AsyncIterator[tuple[Stage, HandClock]]:
    """Its daemon, and its clock."""
    clock = HandClock(START)
    stage = await begin(company(folder, rotas=rotas), clock=clock)
    try:
        yield stage, clock
    finally:
        await stage.daemon.end()
