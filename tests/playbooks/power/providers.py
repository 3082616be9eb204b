"""What the tests of providers' drivers share: hands, a secret in a file, and how an order fails."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from playbooks.client import open_session
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.model import Capabilities, Power, PowerState
from responder.emulators.providers import ProviderEmulator

E = TypeVar("E", bound=ProviderEmulator)


@asynccontextmanager
async def served(emulator: E, *, tls: bool | ssl.SSLContext = False) -> AsyncIterator[E]:
    """The provider, while it runs."""
    await emulator.start(tls=tls)
    try:
        yield emulator
    finally:
        await emulator.stop()


@asynccontextmanager
async def open_hands() -> AsyncIterator[Hands]:
    async with open_session() as session:
        yield Hands(session)


def secret_in(folder: Path, text: str, name: str = "secret") -> str:
    """The path of a file that holds this secret."""
    path = folder / name
    path.write_text(f"{text}\n")
    path.chmod(0o600)
    return str(path)


@contextmanager
def fails(
    kind: type[OutsideError] = OutsideError,
    *,
    saying: str = "",
    transient: bool | None = None,
    ambiguous: bool = False,
) -> Iterator[None]:
    """An error of exactly this kind; whether it is sure is always looked at."""
    with pytest.raises(OutsideError, match=saying or None) as caught:
        yield
    assert type(caught.value) is kind, caught.value
    assert caught.value.ambiguous is ambiguous, caught.value
    assert transient is None or caught.value.transient is transient, caught.value


async def becomes(power: Power, state: PowerState, hands: Hands) -> int:
    """How many readings it took until the provider showed this state."""
    for reading in range(1, 20):
        if await power.state(hands) is state:
            return reading
        await asyncio.sleep(0)
    raise AssertionError(f"never {state}")


def offers(power: Power) -> tuple[set[str], bool]:
    """The verbs, and whether the state can be read."""
    told: Capabilities = power.capabilities()
    return {str(verb) for verb in told.verbs}, told.reads_state
