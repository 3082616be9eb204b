"""Check-ins of backups and cron jobs: a job that does not say it is well is in trouble."""

from aiohttp import web

from responder.web.route import Access, Asked, Refused, Route
from responder.world import World

_SIGNED = {200: "noted", 404: "the token is not this job's", 503: "come again"}


class Heartbeats:
    """What jobs call. Each has a sender of kind heartbeat, whose name is the key in the path."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Any method will do, because cron jobs have wget at best."""
        kinds = {
            "": (self.good, "The job is well, or ended well"),
            "/start": (self.begun, "The job begins; its end must follow"),
            "/fail": (self.failed, "The job failed: alarm now"),
        }
        return [
            Route(
                method, f"/heartbeat/{{key}}{path}", handler, Access.SENDER, summary, gives=_SIGNED
            )
            for path, (handler, summary) in kinds.items()
            for method in ("POST", "GET", "HEAD")
        ]

    async def good(self, asked: Asked) -> web.Response:
        await self._world.vitals.sign(self._key(asked), good=True)
        return web.Response(text="noted\n")

    async def failed(self, asked: Asked) -> web.Response:
        await self._world.vitals.sign(self._key(asked), good=False)
        self._world.hasten("vitals")
        return web.Response(text="noted\n")

    async def begun(self, asked: Asked) -> web.Response:
        await self._world.vitals.begin(self._key(asked))
        return web.Response(text="noted\n")

    def _key(self, asked: Asked) -> str:
        """The name of the job. Raises Refused (404): nobody learns which other jobs there are."""
        key = asked.part("key")
        sender = self._world.live.config.senders.get(key)
        if key != asked.caller.sender or sender is None or sender.kind != "heartbeat":
            raise Refused(404, "not_found", "this token checks in for no such job")
        self._world.metrics.sender_seen.labels(key).set_to_current_time()
        return key
