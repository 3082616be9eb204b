"""Posts what team and management read to a webhook, such as a chat's: plain JSON `{"text"}`."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import aiohttp

from playbooks.client import call
from playbooks.outside import OutsideError
from responder.outbox import Done, Dropped, Outcome
from responder.store import Tx
from responder.values import EffectKind, Figure, Job

_WHAT: Final = "the webhook of the digest"


class Hooking:
    """The outbox handler for `desk.hook`. `url` is that of the configuration now; it may hold a
    secret, and stands in no message.
    """

    kinds = (EffectKind.DESK_HOOK,)
    hands = 1
    deadline = timedelta(hours=24)
    quiet_seconds = 0.0

    def __init__(self, session: aiohttp.ClientSession, *, url: Callable[[], str | None]) -> None:
        self._session = session
        self._url = url

    async def perform(self, job: Job) -> Outcome:
        url = self._url()
        if url is None:
            return Dropped("no webhook is configured any more")
        body = {"text": job.payload["text"], "subject": job.payload["subject"]}
        answer = await call(
            self._session, "POST", url, what=_WHAT, json=body, headers={"Idempotency-Key": job.key}
        )
        if answer.status >= 300:
            transient = answer.status >= 500 or answer.status in (408, 429)
            raise OutsideError(f"{_WHAT} answered {answer.status}", transient=transient)
        return Done({"status": answer.status})

    def record(
        self, _tx: Tx, _job: Job, _outcome: Done | Dropped, *, now: datetime
    ) -> Sequence[Figure]:
        """It stands in the outbox."""
        return ()

    def trouble(
        self, _tx: Tx, _job: Job, _error: OutsideError, *, dead: bool, now: datetime
    ) -> None:
        """A dead letter is seen on the board: a digest is nothing to wake anybody for."""
