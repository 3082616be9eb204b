"""What a way to a data centre is, and what it needs to carry an order."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from playbooks.datacentre.message import Letter
from playbooks.hands import Hands
from playbooks.mail import MailServer
from playbooks.outside import OutsideError
from playbooks.plain import one_line
from playbooks.ports import Receipt
from playbooks.power.model import Power
from probes.credentials import Secret
from probes.reasons import Failed


@dataclass(frozen=True, slots=True)
class Means:
    """What carries an order: our HTTP session, our mail server, the machine's own power driver, and
    the PIN, which is read at the moment of sending.
    """

    hands: Hands
    post: MailServer | None = None
    power: Power | None = None
    pin_file: Secret | None = None

    def pin(self) -> str:
        """Raises OutsideError, permanent, where there is none; "" where none is configured."""
        if self.pin_file is None:
            return ""
        try:
            pin = one_line(self.pin_file.reveal())
        except Failed as error:
            raise OutsideError(error.reason, transient=False) from None
        if not pin:
            raise OutsideError("the PIN's file is empty", transient=False)
        return pin


@runtime_checkable
class Channel(Protocol):
    """One way that carries an order without a person: a frozen model, its fields are the keys of
    the file. `wordy`: the letter itself travels, so that every field must be in it.

    `send` carries a letter, an order or its "please stop", once. Raises OutsideError, `ambiguous`
    where it may have arrived all the same. The receipt's `reference` is their name for it.
    """

    @property
    def kind(self) -> str: ...
    @property
    def wordy(self) -> bool: ...
    async def send(self, letter: Letter, means: Means, *, ticket: str = "") -> Receipt: ...
