"""The last that was seen of every target, ready to be told to Prometheus."""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from struct import Struct
from typing import Final, NamedTuple

from probes.exposition import header, number
from probes.labels import written
from probes.model import Look, Observation, Verdict

AT_ONCE: Final = 200  # lines that are made before somebody else may have the loop
_SHARED: Final = 4096  # different sets of names that are remembered, so that looks can share them
_LABEL: Final = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
# Labels that series have of their own, or that say nothing about whose they are.
_OTHERS: Final = frozenset(
    {
        "cipher", "fingerprint_sha256", "instance", "issuer", "look", "phase", "serialnumber",
        "serving_status", "severity", "subject", "subjectalternative", "version",
    }
)  # fmt: skip
_DOUBLE = Struct("d")
Names = tuple[str, ...]
_NOTHING: Final[tuple[Names, Names, tuple[float, ...]]] = ((), (), ())


class _Last(NamedTuple):
    """One look's result. Families and own labels are shared among looks that have the same: 10,000
    of 14 series take 5 MB; kept as lines they would take 25, and a line is quickly made.
    """

    look: Look
    labels: str
    verdict: Verdict
    families: Names
    owns: Names
    values: bytes  # doubles; an array would be one thing more for the collector of cycles


class Glass:
    """Shows what was last seen. A look that could not tell has no series: blackbox_exporter has no
    name for that, and an alert on `probe_success == 0` must not take it for an outage.
    """

    def __init__(self) -> None:
        self._lasts: dict[str, _Last] = {}
        self._labels: dict[str, str] = {}  # whose labels these are, by look
        self._same: dict[Names, Names] = {}

    def show(self, look: Look, observation: Observation) -> None:
        """This was seen just now."""
        known = self._lasts.get(look.key)
        labels = known.labels if known and known.look is look else self._labels_of(look)
        verdict = observation.finding.verdict
        families, owns, values = _NOTHING
        if observation.samples and verdict is not Verdict.UNKNOWN:
            families, owns, values = zip(*observation.samples, strict=True)
        if known and known.families == families and known.owns == owns:
            families, owns = known.families, known.owns
        else:
            families, owns = self._shared(families), self._shared(owns)
        self._lasts[look.key] = _Last(
            look, labels, verdict, families, owns, array("d", values).tobytes()
        )

    def forget(self, keys: Iterable[str]) -> None:
        """These are looked at no longer."""
        for key in keys:
            if last := self._lasts.pop(key, None):
                self._labels.pop(last.labels, None)

    def keep(self, keys: Collection[str]) -> None:
        """Only these are looked at from now on."""
        self.forget([key for key in self._lasts if key not in keys])

    def verdicts(self) -> Mapping[Verdict, int]:
        """How many targets were last seen how."""
        counts = Counter(last.verdict for last in self._lasts.values())
        return {verdict: counts[verdict] for verdict in Verdict}

    def page(self) -> Iterator[str]:
        """Lines of Prometheus' text format, a family's together, as of the moment of the first.
        Some pieces are empty: between any two of them other work may be done.
        """
        shapes: defaultdict[Names, list[_Last]] = defaultdict(list)
        for number_, last in enumerate(list(self._lasts.values())):
            shapes[last.families].append(last)
            if not number_ % (10 * AT_ONCE):
                yield ""
        for family in sorted({family for families in shapes for family in families}):
            yield header(family)
            for families, lasts in shapes.items():
                for place, one in enumerate(families):
                    if one == family:
                        yield from _lines(family, place, lasts)

    def _shared(self, names: Names) -> Names:
        if len(self._same) > _SHARED:
            self._same.clear()
        return self._same.setdefault(names, names)

    def _labels_of(self, look: Look) -> str:
        """Two looks may not have the same labels: Prometheus would lose one of them."""
        self.forget([look.key])
        told = {name: text for name, text in look.target.labels.items() if _fits(name, text)}
        told = {"module": look.module, **told, "instance": look.target.address}
        labels = written(told)
        if self._labels.setdefault(labels, look.key) != look.key:
            labels = written({**told, "look": look.key})
            self._labels[labels] = look.key
        return labels


def _fits(name: str, text: str) -> bool:
    return bool(text) and name not in _OTHERS and _LABEL.fullmatch(name) is not None


def _lines(family: str, place: int, lasts: list[_Last]) -> Iterator[str]:
    offset = place * _DOUBLE.size
    for begin in range(0, len(lasts), AT_ONCE):
        yield "".join(
            [_line(family, place, offset, last) for last in lasts[begin : begin + AT_ONCE]]
        )


def _line(family: str, place: int, offset: int, last: _Last) -> str:
    own = last.owns[place]
    (value,) = _DOUBLE.unpack_from(last.values, offset)
    return f"{family}{{{last.labels}{',' if own else ''}{own}}} {number(value)}\n"
