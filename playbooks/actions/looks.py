"""What several kinds of look say together of one server (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from probes.model import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Opinions:
    """The kinds that see it up, see it down, and that could not tell. Two ports are one kind, and
    so are two sites: only other ways to look count as other opinions. `trouble` holds what fails.
    """

    up: tuple[str, ...]
    down: tuple[str, ...]
    unknown: tuple[str, ...]
    trouble: tuple[str, ...]

    @property
    def answers(self) -> bool:
        """Is it well, as far as anybody can tell?"""
        return bool(self.up) and not self.trouble

    def words(self) -> str:
        """What fails, in a line."""
        return "; ".join(self.trouble) or "no look could tell"


def opinions(findings: Mapping[str, Finding]) -> Opinions:
    """A kind is down when one of its looks fails and none succeeds: of two hundred sites one that
    fails says nothing of the server.
    """
    verdicts: dict[str, set[Verdict]] = {}
    for key, finding in findings.items():
        verdicts.setdefault(kind_of(key), set()).add(finding.verdict)
    up = tuple(kind for kind, told in verdicts.items() if Verdict.UP in told)
    failing = (kind for kind, told in verdicts.items() if Verdict.DOWN in told)
    down = tuple(kind for kind in failing if kind not in up)
    unknown = tuple(kind for kind in verdicts if kind not in up and kind not in down)
    trouble = tuple(
        f"{key}: {finding.reason or 'down'}"
        for key, finding in findings.items()
        if finding.verdict is Verdict.DOWN
    )
    return Opinions(up, down, unknown, trouble)


def kinds_of(keys: Iterable[str]) -> frozenset[str]:
    """The different kinds among them."""
    return frozenset(map(kind_of, keys))


def kind_of(key: str) -> str:
    """`tcp` of `tcp:22`, and of `web1/tcp:22`."""
    return key.partition(":")[0].rpartition("/")[2]
