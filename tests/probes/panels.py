"""Panels for the tests of their looks: an emulator, and how to ask it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import MappingProxyType

from probes.credentials import TextSecret
from probes.look import look
from probes.model import Issue, Observation, Probe, Target
from probes.net import Net
from probes.panel import Panel, PanelKind
from responder.emulators.whm import WhmEmulator
from responder.emulators.whm_book import WhmBook


@asynccontextmanager
async def open_net() -> AsyncIterator[Net]:
    """A net that is closed with all that looks shared on it."""
    net = Net()
    try:
        yield net
    finally:
        await net.close()


@asynccontextmanager
async def running(book: WhmBook | None = None, *, tls: bool = False) -> AsyncIterator[WhmEmulator]:
    """An emulated WHM that listens."""
    emulator = WhmEmulator(book)
    await emulator.start(tls=tls)
    try:
        yield emulator
    finally:
        await emulator.stop()


def panel(
    url: str, *, token: str | None = None, user: str = "root", fingerprint: str = ""
) -> Panel:
    """How to ask the emulator."""
    return Panel(
        PanelKind.WHM, url, user, TextSecret("sesame" if token is None else token), fingerprint
    )


async def seen(
    probe: Probe, at: Panel | None, net: Net, *, within: float = 5.0, reseller: str = ""
) -> Observation:
    """One look at this panel."""
    labels = MappingProxyType({"reseller": reseller} if reseller else {})
    target = Target(at.url if at else "https://127.0.0.1:2087", labels=labels, panel=at)
    return await look(probe, target, net, within=within)


def issue(observation: Observation, code: str, about: str = "") -> Issue:
    """The one issue with this code; AssertionError with all of them otherwise."""
    found = [one for one in observation.finding.issues if (one.code, one.about) == (code, about)]
    assert len(found) == 1, observation.finding
    return found[0]


def codes(observation: Observation) -> set[str]:
    """The codes of all issues."""
    return {one.code for one in observation.finding.issues}
