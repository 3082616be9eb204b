"""Can a ticket system be reached by mail as we need it? Asks, and sends nothing."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

from playbooks.mail import would_take
from playbooks.outside import OutsideError
from playbooks.ports import Lack
from responder.tickets.email_settings import EmailTickets

_USED: Final = ("rapid-response", "level-1", "sales-billing", "abuse")


class MailDoctor:
    """Examines the addresses, the mail server and the mailbox of the settings (playbooks/ports.py);
    what they need must be made by hand.
    """

    def __init__(self, settings: EmailTickets) -> None:
        self._settings = settings

    async def examine(self) -> Sequence[Lack]:
        """What is refused, or missing. Raises OutsideError where nobody answers."""
        addresses = [lack async for lack in self._addresses()]
        return [*addresses, *await self._mailbox(), *self._queues()]

    async def mend(self, lack: Lack) -> str:
        """Nothing of a mail server is ours to change. Raises OutsideError."""
        raise OutsideError(f"{lack.name} must be mended by hand", transient=False)

    async def _addresses(self) -> AsyncIterator[Lack]:
        settings = self._settings
        named = [*settings.queues.values(), *settings.comments.values(), settings.copy_to]
        for address in dict.fromkeys(filter(None, named)):
            try:
                await would_take(settings.smtp.server(), to=address)
            except OutsideError as error:
                if error.transient:
                    raise
                advice = "let the mail server take our mails to it, or correct the address"
                yield Lack("access", address, str(error), advice)

    async def _mailbox(self) -> Sequence[Lack]:
        box = self._settings.imap
        if box is None:
            problem = "nobody reads the answers: they acknowledge nothing"
            advice = "name a mailbox under `imap` and its address as `smtp.reply_to`"
            return [Lack("access", "imap", problem, advice)]
        try:
            await box.end()
        except OutsideError as error:
            advice = f"let {box.user} in, with a folder {box.folder}"
            return [Lack("access", "imap", str(error), advice)]
        return []

    def _queues(self) -> Iterator[Lack]:
        for queue in _USED:
            if queue not in self._settings.queues:
                first = next(iter(self._settings.queues))
                problem = f"it has no address: its tickets go to {first}"
                yield Lack("queue", queue, problem, "name its address under `queues`")
