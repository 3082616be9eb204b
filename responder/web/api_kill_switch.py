"""The kill switch over the API: is it on, throw it, lift it."""

import structlog
from aiohttp import web
from pydantic import Field

from responder.killswitch import KillSwitch, StillThrown
from responder.web.answers import Answer
from responder.web.orders import Order, Words
from responder.web.route import Access, Asked, Refused, Route, said

log = structlog.get_logger(__name__)

PATH = "/api/v1/kill-switch"


class KillSwitchOrder(Order):
    """Why no power action may be any more."""

    reason: Words = ""


class KillSwitchAnswer(Answer):
    """Whether it is on, and since it was thrown just now: where that is written down."""

    on: bool
    reason: str = Field(description='Who threw it, when and why; "" while it is off')
    file: str = Field(description="The file of this instance that throws it by lying there")
    trouble: str = Field("", description="Why it is not written down in both file and store")


class KillSwitchDoor:
    """To throw it needs no store: the file is enough."""

    def __init__(self, kill: KillSwitch) -> None:
        self._kill = kill

    def routes(self) -> list[Route]:
        """Whoever may act may stop everything; to let it go again is for an admin."""
        return [
            Route(
                "GET", PATH, self.shown, Access.VIEWER, "Is all power action off, and why",
                answers=KillSwitchAnswer, gives={200: "as it is now"},
            ),
            Route(
                "POST", PATH, self.thrown, Access.RESPONDER, "No power action from now on",
                takes=KillSwitchOrder, answers=KillSwitchAnswer,
                gives={200: "it is on", 503: "neither file nor store could be written"},
            ),
            Route(
                "DELETE", PATH, self.lifted, Access.ADMIN, "Power actions may be again",
                answers=KillSwitchAnswer, gives={200: "as it is now", 503: "it is still on"},
            ),
        ]  # fmt: skip

    async def shown(self, _: Asked) -> web.Response:
        return said((await self._answer()).model_dump_json())

    async def thrown(self, asked: Asked) -> web.Response:
        """In force when the 200 is read, whatever the store does."""
        order = asked.take(KillSwitchOrder)
        try:
            kept = await self._kill.throw(asked.caller.name, order.reason)
        except OSError as error:
            raise Refused(503, "unavailable", str(error)) from None
        answer = await self._answer()
        return said(answer.model_copy(update={"trouble": kept.trouble}).model_dump_json())

    async def lifted(self, asked: Asked) -> web.Response:
        """Off in file and store, or an error that says why not."""
        try:
            await self._kill.lift(asked.caller.name)
        except StillThrown as error:
            raise Refused(503, "unavailable", f"the kill switch is still on: {error}") from None
        return await self.shown(asked)

    async def _answer(self) -> KillSwitchAnswer:
        reason = await self._kill.thrown()
        return KillSwitchAnswer(on=bool(reason), reason=reason, file=str(self._kill.path))
