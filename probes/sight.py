"""What one look has seen so far: it stays readable when the deadline cuts the look off."""

import time

from probes.model import Phase, Sample, Span
from probes.net import Net

Fact = str | int | float


class Sight:
    """Filled by a probe while it looks; read by probes/look.py when the look is over.

    `phase` is how far the look came: set it before each step, so that a deadline names the right
    one; `awaited` says in words what is waited for ("reply to the ping"), where that is plainer.
    `until` is the deadline on `time.monotonic`'s scale.
    """

    __slots__ = ("awaited", "begun", "lines", "net", "phase", "samples", "spans", "until")

    def __init__(self, net: Net, *, within: float, debug: bool = False) -> None:
        self.net = net
        self.begun = time.monotonic()
        self.until = self.begun + within
        self.phase = Phase.RESOLVE
        self.awaited = ""
        self.samples: list[Sample] = []
        self.spans: list[Span] = []
        self.lines: list[str] | None = [] if debug else None

    @property
    def left(self) -> float:
        """Seconds until the deadline; 0 when it is past."""
        return max(0.0, self.until - time.monotonic())

    def gauge(self, name: str, value: float, labels: str = "") -> None:
        """One series in blackbox_exporter's words; `labels` as between braces: `phase="tls"`."""
        self.samples.append((name, labels, value))

    def span(self, what: str, began: float, ended: float | None = None) -> float:
        """One bar of the waterfall (monotonic seconds); its length is given back."""
        ended = time.monotonic() if ended is None else ended
        self.spans.append((what, began - self.begun, ended - self.begun))
        return ended - began

    def say(self, message: str, **facts: Fact) -> None:
        """A line for whoever debugs; costs nothing unless somebody does. No secret ever."""
        if self.lines is not None:
            told = " ".join(f"{name}={_told(fact)}" for name, fact in facts.items())
            at = time.monotonic() - self.begun
            self.lines.append(f'+{at:.4f}s msg="{message}"{" " if told else ""}{told}')


def _told(fact: Fact) -> str:
    text = str(fact)
    return repr(text) if isinstance(fact, str) and (" " in text or not text) else text
