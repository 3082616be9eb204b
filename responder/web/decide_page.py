"""The page behind a signed link to a question: what would be done, to which machine, yes or no."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs

import structlog
from aiohttp import web

from alerts.model import person
from responder.acts import Refusal, Unknown
from responder.board import Board, Saved
from responder.links import StepGrant
from responder.paging.calls import DIGEST
from responder.plan import Plan
from responder.run_values import Run
from responder.runs import acts
from responder.store import Tx, consents
from responder.store import runs as rows
from responder.totp import Judged, Tried
from responder.web.pages import Pages
from responder.web.route import Access, Asked, Route
from responder.web.run_page import run_view, shown
from responder.web.second_factor import seed_for, taken
from responder.web.signed import Unusable, answered, granted
from responder.world import World

log = structlog.get_logger(__name__)

Form = Mapping[str, list[str]]

_OLD = "A question has its time. Look for a newer message, or at the board."
_SEEN = {200: "the page", 403: "no link of ours", 410: "too old, or asked no more"}
_TAKEN = {
    303: "taken",
    400: "not taken, and the page says why",
    403: "no link of ours",
    410: "too old",
    429: "too many wrong codes",
    503: "press again",
}


class DecidePage:
    """Nobody logs in here: the signed address is the proof, for one person, step and time (DESIGN
    15.8). A look changes nothing; a yes needs the machine's name, typed by hand, and where the
    configuration says so a code of the person's telephone. A no needs neither.
    """

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def routes(self) -> list[Route]:
        """GET shows, POST decides."""
        path = "/r/{token}"
        return [
            Route("GET", path, self.show, Access.OPEN, "A question of a run", gives=_SEEN),
            Route("POST", path, self.take, Access.OPEN, "Yes or no", gives=_TAKEN, limit=8192),
        ]

    async def show(self, asked: Asked) -> web.StreamResponse:
        return await answered(self._pages, self._shown(asked))

    async def take(self, asked: Asked) -> web.StreamResponse:
        """Yes or no as the link's person; pressed again it changes nothing."""
        return await answered(self._pages, self._taken(asked))

    async def _shown(self, asked: Asked) -> web.Response:
        return await self._page(self._grant(asked))

    async def _taken(self, asked: Asked) -> web.Response:
        world, grant = self._world, self._grant(asked)
        form = _form(asked.body)
        try:
            yes = form.get("answer") == ["yes"]
            seed = seed_for(world.live.config, grant.person) if yes else None
            told = await world.store.write(
                _decided, grant, form, seed=seed, plan=world.live.plan, now=world.clock.now()
            )
        except Refusal as refusal:
            return await self._page(grant, refusal=str(refusal), status=400)
        except Unknown:
            raise _gone() from None
        if isinstance(told, Judged):
            log.warning("second_factor_refused", person=grant.person, reason=told.refusal)
            status = 429 if told.resting else 400
            return await self._page(grant, refusal=told.refusal, status=status)
        world.follow(told)
        world.hasten("runs")
        return web.Response(status=303, headers={"Location": asked.request.match_info["token"]})

    async def _page(
        self, grant: StepGrant, *, refusal: str = "", status: int = 200
    ) -> web.Response:
        world = self._world
        view = await world.store.read(run_view, grant.run)
        if view is None:
            raise _gone()
        answer = await world.store.read(_answered, view.run, grant)
        return shown(
            world, self._pages, view,
            person=grant.person, answer=answer, refusal=refusal, status=status,
            code=world.live.config.playbooks.second_factor,
        )  # fmt: skip

    def _grant(self, asked: Asked) -> StepGrant:
        """Raises Unusable."""
        world, token = self._world, asked.part("token")
        return granted(
            lambda: world.links.read_step(token, now=world.clock.now()),
            people=world.live.config.people,
            too_old=Unusable(410, "This question is too old", _OLD),
        )


def _decided(
    tx: Tx, grant: StepGrant, form: Form, *, seed: bytes | None, plan: Plan, now: datetime
) -> Saved | Judged:
    """The form's answer, or why its code was not taken (which counts). Raises Refusal, Unknown."""
    run = rows.hold(tx, grant.run)
    digest = str(run.asked.get("digest", "")) if run else ""
    if run is not None and not digest.startswith(grant.digest[:DIGEST] or "-"):
        raise Refusal("it does not ask this any more")
    if form.get("answer") not in (["yes"], ["no"]):
        raise Refusal("say yes or no")
    if form["answer"] == ["yes"] and run is not None and seed is not None:
        code = _code(tx, run, grant.person, form, seed=seed, now=now)
        if code.refusal:
            return code
    _, saved = acts.acted(tx, partial(_act, grant, form, digest), plan=plan, now=now)
    return saved


def _act(grant: StepGrant, form: Form, digest: str, board: Board) -> Run:
    """Yes or no, as the link's person. Raises Refusal, Unknown."""
    by, why = person(grant.person), " ".join(form.get("reason", []))
    if form["answer"] == ["no"]:
        return acts.reject(board, id_=grant.run, actor=by, words=why)
    typed, overrules = "".join(form.get("name", [])).strip(), form.get("overrule", [])
    return acts.approve(
        board, id_=grant.run, actor=by, digest=digest, typed=typed, overrules=overrules, words=why,
        via="link",
    )  # fmt: skip


def _code(tx: Tx, run: Run, who: str, form: Form, *, seed: bytes, now: datetime) -> Judged:
    """Is the form's code taken? A yes pressed again adds nothing, and takes none."""
    if _agreed(tx, run, who) and not form.get("overrule"):
        return Judged(Tried())
    return taken(tx, who, "".join(form.get("code", [])), seed=seed, now=now)


def _agreed(tx: Tx, run: Run, who: str) -> bool:
    """Has this person said yes to what the run asks now?"""
    if not run.asked:
        return False
    since = str(run.asked["since"])
    given = consents.of_step(tx, run.id, run.step, str(run.asked["digest"]))
    return any(one.person == who and one.at.isoformat() >= since for one in given)


def _answered(tx: Tx, run: Run, grant: StepGrant) -> str:
    """What this link's question has come to; "" while it waits for this person."""
    digest = str(run.asked.get("digest", ""))
    if not run.asked or not digest.startswith(grant.digest or "-"):
        return f"This is answered, or asked no more: the run is {run.state}."
    if by := run.asked.get("rejected_by"):
        return f"{by} has said no."
    return "You have said yes." if _agreed(tx, run, grant.person) else ""


def _form(body: bytes) -> Form:
    """The fields of the form; what is no form has none."""
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=40)
    except ValueError:
        return {}


def _gone() -> Unusable:
    return Unusable(410, "This run is gone", "It is not known here.")
