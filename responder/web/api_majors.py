"""Major incidents over the API: who leads, what to write, what belongs together, the look back."""

from collections.abc import Callable
from functools import partial

from aiohttp import web

from alerts.model import person
from responder import acts
from responder.acts import Done
from responder.majors import life, links
from responder.majors.drafts import drafts_of
from responder.majors.graph import dot, graph_of
from responder.majors.review import review_of
from responder.majors.review_words import words
from responder.store.incident_links import Relation
from responder.web import major_views as shapes
from responder.web import views
from responder.web.answers import IncidentAnswer
from responder.web.api_incidents import PATH
from responder.web.orders import MayNoteOrder, NoteOrder
from responder.web.route import Access, Asked, Refused, Route, known, number, said
from responder.world import World

_ACTED = {
    200: "done; the incident as it is now",
    400: "the body does not fit",
    404: "no such incident",
    409: "it does not fit where the incident stands",
}
_READ = {200: "as it is now", 404: "no such incident"}


class MajorsDoor:
    """Whoever leads acts as a responder; whoever writes to customers may be an agent."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer."""
        one = f"{PATH}/{{id}}"
        responder, agent, viewer = Access.RESPONDER, Access.AGENT, Access.VIEWER
        return [
            Route(
                "POST", f"{one}/major", self.declare, responder,
                "It is major: say who leads, and how often customers hear",
                takes=shapes.MajorOrder, answers=IncidentAnswer, gives=_ACTED,
            ),
            Route(
                "POST", f"{one}/major/end", self.end, responder, "It is major no more",
                takes=MayNoteOrder, answers=IncidentAnswer, gives=_ACTED,
            ),
            Route(
                "POST", f"{one}/major/told", self.told, agent,
                "Customers were told in another way: the time begins anew",
                takes=NoteOrder, answers=IncidentAnswer, gives=_ACTED,
            ),
            Route(
                "GET", f"{one}/major/draft", self.draft, viewer,
                "What customers may be written, by brand and language",
                asks=shapes.DraftQuery, answers=shapes.DraftsAnswer, gives=_READ,
                by_brand=True,
            ),
            Route(
                "POST", f"{one}/links", self.link, responder, "It has to do with another incident",
                takes=shapes.LinkOrder, answers=IncidentAnswer, gives=_ACTED,
            ),
            Route(
                "DELETE", f"{one}/links/{{kind}}/{{other}}", self.unlink, responder,
                "It has nothing to do with it", answers=IncidentAnswer, gives=_ACTED,
            ),
            Route(
                "GET", f"{one}/graph", self.graph, viewer, "All that hangs together with it",
                asks=shapes.GraphQuery, answers=shapes.GraphAnswer, gives=_READ,
            ),
            Route(
                "GET", f"{one}/review", self.review, viewer, "The look back, to be finished",
                asks=shapes.ReviewQuery, answers=shapes.ReviewAnswer, gives=_READ,
            ),
        ]  # fmt: skip

    async def declare(self, asked: Asked) -> web.Response:
        return await self._act(
            asked, partial(life.declare, wish=asked.take(shapes.MajorOrder).wish())
        )

    async def end(self, asked: Asked) -> web.Response:
        return await self._act(asked, partial(life.end, words=asked.take(MayNoteOrder).note))

    async def told(self, asked: Asked) -> web.Response:
        return await self._act(asked, partial(life.said, words=asked.take(NoteOrder).note))

    async def link(self, asked: Asked) -> web.Response:
        order = asked.take(shapes.LinkOrder)
        work = partial(links.link, other=number(order.other), kind=order.kind, words=order.note)
        return await self._act(asked, work)

    async def unlink(self, asked: Asked) -> web.Response:
        if asked.part("kind") not in list(Relation):
            raise Refused(404, "not_found", f"a link is one of {', '.join(Relation)}")
        kind, other = Relation(asked.part("kind")), number(asked.part("other"))
        return await self._act(asked, partial(links.unlink, other=other, kind=kind))

    async def draft(self, asked: Asked) -> web.Response:
        world, query = self._world, asked.look(shapes.DraftQuery)
        try:
            due = query.due(world.clock.now())
        except ValueError as bad:
            raise Refused(400, "bad_request", str(bad), where="next_update") from None
        try:
            found = await world.store.read(
                drafts_of,
                number(asked.part("id")),
                brand=asked.brand(query.brand),
                language=query.language,
                next_update=due,
                plan=world.live.plan,
            )
        except acts.Unknown as unknown:
            raise Refused(404, "not_found", str(unknown)) from None
        if asked.caller.brand is not None and not any(one.customers for one in found.drafts):
            raise Refused(404, "not_found", "there is no such incident")
        return said(shapes.drafts_answer(found).model_dump_json())

    async def graph(self, asked: Asked) -> web.Response:
        """As JSON, or in the words of Graphviz."""
        query = asked.look(shapes.GraphQuery)
        found = await self._world.store.read(graph_of, number(asked.part("id")))
        if found is None:
            raise Refused(404, "not_found", "there is no such incident")
        if query.format == "dot":
            return web.Response(text=dot(found), content_type="text/vnd.graphviz")
        return said(shapes.graph_answer(found).model_dump_json(by_alias=True))

    async def review(self, asked: Asked) -> web.Response:
        query, id_ = asked.look(shapes.ReviewQuery), number(asked.part("id"))
        found = await self._world.store.read(review_of, id_)
        if found is None:
            raise Refused(404, "not_found", "there is no such incident")
        text = words(found)
        if query.format == "markdown":
            return web.Response(text=text, content_type="text/markdown")
        return said(shapes.ReviewAnswer(incident=str(id_), markdown=text).model_dump_json())

    async def _act(self, asked: Asked, work: Callable[..., Done]) -> web.Response:
        world, id_ = self._world, number(asked.part("id"))
        told = {"plan": world.live.plan, "now": world.clock.now()}
        try:
            done: Done = await world.store.write(
                work, id_=id_, actor=person(asked.caller.name), **told
            )
        except acts.Unknown as unknown:
            raise Refused(404, "not_found", str(unknown)) from None
        except acts.Refusal as refusal:
            raise Refused(409, "conflict", str(refusal)) from None
        world.follow(done.saved)
        found = await world.store.read(views.incident, id_)
        return said(known(found, f"there is no incident {id_}"))
