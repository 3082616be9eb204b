"""The page behind a signed link to a question: what would be done, to which machine, yes or no."""

from datetime import datetime
from urllib.parse import parse_qs

from aiohttp import web

from alerts.model import person
from responder.acts import Refusal, Unknown
from responder.board import Saved
from responder.links import BadLink, OldLink, StepGrant
from responder.paging.calls import DIGEST
from responder.plan import Plan
from responder.run_values import Run
from responder.runs import acts
from responder.store import StoreUnavailable, Tx, consents
from responder.store import runs as rows
from responder.web.pages import Pages
from responder.web.route import Access, Asked, Route
from responder.web.run_page import run_view, shown
from responder.world import World

_SEEN = {200: "the page", 403: "no link of ours", 410: "too old, or asked no more"}
_TAKEN = {
    303: "taken",
    400: "not the server's name",
    403: "no link of ours",
    410: "too old",
    503: "press again",
}


class _Unusable(Exception):
    """There is nothing to be done with this link: status, title and words."""

    def __init__(self, status: int, title: str, words: str) -> None:
        super().__init__(title)
        self.status, self.title, self.words = status, title, words


class DecidePage:
    """Nobody logs in here: the signed address is the proof, for one person, step and time (DESIGN
    15.8). A look changes nothing; a yes needs the machine's name, typed by hand.
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

    async def show(self, asked: Asked) -> web.Response:
        try:
            grant = self._grant(asked)
            return await self._page(grant)
        except _Unusable as end:
            return self._refused(end)
        except StoreUnavailable:
            return self._refused(_busy())

    async def take(self, asked: Asked) -> web.Response:
        """Yes or no as the link's person; pressed again it changes nothing."""
        world = self._world
        try:
            grant = self._grant(asked)
            form = _form(asked.body)
            _, saved = await world.store.write(
                _decided, grant, form, plan=world.live.plan, now=world.clock.now()
            )
        except Refusal as refusal:
            return await self._page(grant, refusal=str(refusal), status=400)
        except Unknown:
            return self._refused(_Unusable(410, "This run is gone", "It is not known here."))
        except _Unusable as end:
            return self._refused(end)
        except StoreUnavailable:
            return self._refused(_busy())
        world.follow(saved)
        world.hasten("runs")
        return web.Response(status=303, headers={"Location": asked.request.match_info["token"]})

    async def _page(
        self, grant: StepGrant, *, refusal: str = "", status: int = 200
    ) -> web.Response:
        world = self._world
        view = await world.store.read(run_view, grant.run)
        if view is None:
            raise _Unusable(410, "This run is gone", "It is not known here.")
        answer = await world.store.read(_answered, view.run, grant)
        return shown(
            world, self._pages, view,
            person=grant.person, answer=answer, refusal=refusal, status=status,
        )  # fmt: skip

    def _grant(self, asked: Asked) -> StepGrant:
        """Raises _Unusable."""
        try:
            grant = self._world.links.read_step(asked.part("token"), now=self._world.clock.now())
        except OldLink:
            words = "A question has its time. Look for a newer message, or at the board."
            raise _Unusable(410, "This question is too old", words) from None
        except BadLink:
            words = "It may have been cut in half on its way: open it from the message again."
            raise _Unusable(403, "This is no link of ours", words) from None
        if grant.person not in self._world.live.config.people:
            words = f"{grant.person} is not on the team any more."
            raise _Unusable(403, "This link is of no use any more", words)
        return grant

    def _refused(self, end: _Unusable) -> web.Response:
        return self._pages.page(
            "refused.html", status=end.status, root="../", title=end.title, words=end.words
        )


def _decided(
    tx: Tx, grant: StepGrant, form: dict[str, list[str]], *, plan: Plan, now: datetime
) -> tuple[Run, Saved]:
    """The answer of the form. Raises Refusal, Unknown."""
    by = person(grant.person)
    run = rows.hold(tx, grant.run)
    digest = str(run.asked.get("digest", "")) if run else ""
    if run is not None and not digest.startswith(grant.digest[:DIGEST] or "-"):
        raise Refusal("it does not ask this any more")
    why = " ".join(form.get("reason", []))
    if form.get("answer") == ["no"]:
        return acts.acted(
            tx, lambda board: acts.reject(board, id_=grant.run, actor=by, words=why),
            plan=plan, now=now,
        )  # fmt: skip
    if form.get("answer") != ["yes"]:
        raise Refusal("say yes or no")
    typed, overrules = "".join(form.get("name", [])).strip(), form.get("overrule", [])
    return acts.acted(
        tx,
        lambda board: acts.approve(
            board, id_=grant.run, actor=by, digest=digest, typed=typed, overrules=overrules,
            words=why, via="link",
        ),
        plan=plan,
        now=now,
    )  # fmt: skip


def _answered(tx: Tx, run: Run, grant: StepGrant) -> str:
    """What this link's question has come to; "" while it waits for this person."""
    digest = str(run.asked.get("digest", ""))
    if not run.asked or not digest.startswith(grant.digest or "-"):
        return f"This is answered, or asked no more: the run is {run.state}."
    if by := run.asked.get("rejected_by"):
        return f"{by} has said no."
    given = consents.of_step(tx, run.id, run.step, digest)
    since = str(run.asked["since"])
    if any(one.person == grant.person and one.at.isoformat() >= since for one in given):
        return "You have said yes."
    return ""


def _form(body: bytes) -> dict[str, list[str]]:
    """The fields of the form; what is no form has none."""
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=40)
    except ValueError:
        return {}


def _busy() -> _Unusable:
    return _Unusable(503, "It could not be stored", "Go back and press the button again.")
