"""What customers sent with a ticket, and the link by which they follow it, for the staff."""

from aiohttp import web

from responder.store import Tx, attachments
from responder.store import tickets as rows
from responder.store.attachments import File
from responder.web import track_views as views
from responder.web.answers import Answer
from responder.web.api_tickets import PATH
from responder.web.route import Access, Asked, Refused, Route, number, said
from responder.web.track_answers import kept_file, private
from responder.world import World

_GIVES = {200: "as it is now", 404: "no such ticket or picture"}


class LinkAnswer(Answer):
    """Where the customer follows it: whoever has the address can."""

    url: str


class TicketFiles:
    """Pictures are to be kept, never to be shown in place: what strangers send is not run."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Reading needs a viewer, as the ticket does."""
        files = f"{PATH}/{{id}}/files"
        return [
            Route("GET", files, self.listed, Access.VIEWER, "Pictures that came with it",
                  answers=views.FilesAnswer, gives=_GIVES),
            Route("GET", f"{files}/{{file}}", self.file, Access.VIEWER, "One of them",
                  gives=_GIVES),
            Route("GET", f"{PATH}/{{id}}/track", self.link, Access.AGENT,
                  "The link for its customer", answers=LinkAnswer, gives=_GIVES),
        ]  # fmt: skip

    async def listed(self, asked: Asked) -> web.Response:
        found = await self._world.store.read(_listed, number(asked.part("id")))
        if found is None:
            raise Refused(404, "not_found", "there is no such ticket")
        answer = views.FilesAnswer(files=tuple(map(views.told_file, found)))
        return said(answer.model_dump_json())

    async def file(self, asked: Asked) -> web.Response:
        wanted = number(asked.part("id")), asked.part("file")
        found = await self._world.store.read(attachments.read, *wanted)
        if found is None:
            raise Refused(404, "not_found", "there is no such picture")
        return kept_file(found)

    async def link(self, asked: Asked) -> web.Response:
        """A new one each time, good for 90 days."""
        ticket = await self._world.store.read(rows.by_id, number(asked.part("id")))
        if ticket is None:
            raise Refused(404, "not_found", "there is no such ticket")
        return private(said(LinkAnswer(url=self._world.track_link(ticket)).model_dump_json()))


def _listed(tx: Tx, ticket: int) -> list[File] | None:
    return None if rows.by_id(tx, ticket) is None else attachments.of_ticket(tx, ticket)
