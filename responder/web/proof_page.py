"""The page behind the link in a test: one button to say that it came."""

from aiohttp import web

from responder.links import ProofGrant, pressed
from responder.store import proofs
from responder.store.proofs import Proof
from responder.web.pages import Pages
from responder.web.route import Access, Asked, Route
from responder.web.signed import Unusable, answered, granted, said
from responder.world import World

_SEEN = {200: "the page", 403: "no link of ours", 410: "too old, or tested again since"}
_TAKEN = {303: "proved", 403: "no link of ours", 410: "too old", 503: "press again"}
_PRESSED = {200: "proved", 403: "no link of ours", 410: "too old", 503: "press again"}
_OLD = Unusable(410, "This test is too old", "Ask for a new one: responder oncall test.")
_NEWER = Unusable(410, "This test is over", "A newer one was sent: open its link.")


class ProofPage:
    """Nobody logs in here: the signed address is the proof. A look proves nothing, for mail
    scanners and previews look as well.
    """

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def routes(self) -> list[Route]:
        """GET shows, POST records."""
        path = "/t/{token}"
        return [
            Route("GET", path, self.show, Access.OPEN, "A test of a way to reach somebody",
                  gives=_SEEN),
            Route("POST", path, self.take, Access.OPEN, "It came", gives=_TAKEN, limit=1024),
            Route("POST", pressed(path), self.press, Access.OPEN,
                  "It came, by a button in a message", gives=_PRESSED, limit=1024),
        ]  # fmt: skip

    async def show(self, asked: Asked) -> web.StreamResponse:
        return await answered(self._pages, self._shown(asked))

    async def take(self, asked: Asked) -> web.StreamResponse:
        """Proved as the link's person, then shown; pressed again it changes nothing."""
        return await answered(self._pages, self._taken(asked))

    async def press(self, asked: Asked) -> web.StreamResponse:
        """The same for an app that sends a bare POST."""
        return await said(self._pressed(asked))

    async def _shown(self, asked: Asked) -> web.Response:
        grant = self._grant(asked)
        proof = _found(await self._world.store.read(proofs.of_code, grant.person, grant.code))
        told = proof.confirmed_at
        return self._pages.page(
            "proof.html",
            root="../",
            person=grant.person,
            method=proof.method.partition(":")[0],
            sent_at=proof.sent_at,
            confirmed_at=told if told and told >= proof.sent_at else None,
        )

    async def _taken(self, asked: Asked) -> web.Response:
        await self._prove(self._grant(asked))
        return web.Response(status=303, headers={"Location": asked.request.match_info["token"]})

    async def _pressed(self, asked: Asked) -> str:
        proof = await self._prove(self._grant(asked))
        return f"thank you: {proof.method.partition(':')[0]} reaches {proof.person}"

    async def _prove(self, grant: ProofGrant) -> Proof:
        """Raises Unusable."""
        world, now = self._world, self._world.clock.now()
        return _found(await world.store.write(proofs.confirm, grant.person, grant.code, now=now))

    def _grant(self, asked: Asked) -> ProofGrant:
        """Raises Unusable."""
        world, token = self._world, asked.part("token")
        return granted(
            lambda: world.links.read_proof(token, now=world.clock.now()),
            people=world.live.config.people,
            too_old=_OLD,
        )


def _found(proof: Proof | None) -> Proof:
    """Raises Unusable."""
    if proof is None:
        raise _NEWER
    return proof
