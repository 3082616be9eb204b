"""A page past the outbox, for the one thing that can't wait until the store is back."""

from collections.abc import Callable, Iterable

import structlog

from playbooks.outside import OutsideError
from playbooks.ports import Page
from responder.paging.delivery import Ways

log = structlog.get_logger(__name__)


class Outcry:
    """Tells people directly, once for each key in the life of this process. Nothing is remembered
    of it in the store; the key lets providers that know keys drop a repeat after a restart.
    """

    def __init__(self, ways: Callable[[], Ways]) -> None:
        self._ways = ways
        self._cried: set[str] = set()

    async def cry(self, page: Page, people: Iterable[str]) -> list[str]:
        """Page each of these people by the first of his methods that takes it; who was reached."""
        if page.key in self._cried:
            return []
        reached = [person for person in people if await self._reaches(person, page)]
        if reached:
            self._cried.add(page.key)
        log.warning("cried_out", key=page.key, title=page.title, reached=reached)
        return reached

    async def _reaches(self, person: str, page: Page) -> bool:
        ways = self._ways()
        for method in ways.methods.get(person, ()):
            notifier = ways.notifiers.get(method.kind)
            if notifier is None:
                continue
            try:
                await notifier.page(page, method)
            except OutsideError as error:
                log.warning("outcry_failed", person=person, method=method.kind, reason=str(error))
            else:
                return True
        return False
