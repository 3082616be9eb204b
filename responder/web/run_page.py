"""One run on a page: its steps, the gate's verdicts, and for the called person the question."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from alerts.moments import read_moment
from playbooks.frozen import outline
from playbooks.gate import OVERRULABLE, Ruling
from responder.run_values import Run, RunState
from responder.runs.acts import asked_name
from responder.runs.story import told_of_run
from responder.store import Tx, logs, runs
from responder.web.pages import Pages
from responder.web.route import Access, Asked, Refused, Route, number
from responder.world import World

SHOWN_LINES = 40
LOOKS: Mapping[RunState, tuple[str, str]] = {
    RunState.DUE: ("pending", "…"),
    RunState.RUNNING: ("acknowledged", "▶"),
    RunState.WAITING: ("acknowledged", "◷"),
    RunState.PAUSED: ("medium", "‖"),
    RunState.UNKNOWN: ("critical", "?"),
    RunState.DONE: ("ok", "✓"),
    RunState.FAILED: ("critical", "✗"),
    RunState.ABORTED: ("closed", "■"),
}
_RULINGS = {Ruling.PASS: "ok", Ruling.WAIT: "acknowledged", Ruling.DENY: "critical"}
_OUTCOMES = {"ok": ("ok", "✓"), "failed": ("critical", "✗"), "skipped": ("closed", "-")}
_NEXT = ("pending", "·")


@dataclass(frozen=True, slots=True)
class RunView:
    """All that the page shows."""

    run: Run
    steps: Sequence[tuple[str, str, str]]
    story: Sequence[tuple[datetime, str]]


class RunPage:
    """What a person wants to know of one run."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def routes(self) -> list[Route]:
        """Whoever may see the board may see this."""
        gives = {200: "the page", 404: "no such run"}
        path, access = "/runs/{id}", Access.LOOPBACK
        return [Route("GET", path, self.show, access, "One run, for a person", gives=gives)]

    async def show(self, asked: Asked) -> web.Response:
        view = await self._world.store.read(run_view, number(asked.part("id")))
        if view is None:
            raise Refused(404, "not_found", "there is no such run")
        return shown(self._world, self._pages, view)


def run_view(tx: Tx, id_: int) -> RunView | None:
    """Everything about this run; None when there is none."""
    found = runs.by_ids(tx, [id_])
    if not found:
        return None
    run = found[0]
    steps = outline(runs.copies(tx, [run.hash])[run.hash])
    lines = logs.read(tx, "run", run.id)
    story = [(line.at, told_of_run(line)) for line in reversed(lines[-SHOWN_LINES:])]
    return RunView(run, steps, story)


def shown(
    world: World,
    pages: Pages,
    view: RunView,
    *,
    person: str = "",
    answer: str = "",
    refusal: str = "",
    code: bool = False,
    status: int = 200,
    root: str = "../",
) -> web.Response:
    """The page; with a question for this person where one is asked and not answered."""
    run = view.run
    part = world.live.config.servers.get(run.target)
    power = part.power if part else None
    where = [one for one in ((part.datacentre, part.rack) if part else ()) if one]
    asks = bool(person and run.asked and not answer)
    return pages.page(
        "run.html",
        status=status,
        root=root,
        run=run,
        look=LOOKS[run.state],
        colours=_RULINGS,
        name=asked_name(run),
        person=person,
        question=_question(run) if asks else None,
        overrulable=[one for one in run.checks if _may_overrule(one)],
        answer=answer,
        refusal=refusal,
        code=code,
        place=", ".join(where),
        serial=power.serial if power else "",
        driver=power.driver if power else "",
        steps=list(_steps(view)),
        story=view.story,
        now=world.clock.now(),
    )


def _question(run: Run) -> dict[str, Any]:
    return {"would": run.asked["would"], "until": read_moment(run.asked["until"])}


def _may_overrule(check: Mapping[str, Any]) -> bool:
    stands = check.get("ruling") != "pass" and not check.get("overruled_by")
    return stands and check["name"] in OVERRULABLE and not check.get("never")


def _steps(view: RunView) -> Iterator[dict[str, Any]]:
    for id_, uses, _ in view.steps:
        result = view.run.results.get(id_, {})
        outcome = str(result.get("outcome", ""))
        colour, sign = _OUTCOMES.get(outcome, _NEXT)
        here = id_ == view.run.step and not outcome and view.run.live
        if here:
            colour, sign = LOOKS[view.run.state]
        yield {
            "id": id_,
            "uses": uses,
            "outcome": outcome,
            "here": here,
            "text": str(result.get("text", "")),
            "colour": colour,
            "sign": sign,
        }
