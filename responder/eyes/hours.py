"""The looks of each hour in a few figures, gathered in memory, then added to the store."""

from datetime import datetime

from probes.model import Observation, Verdict
from responder.store.probes import Hour


class Hours:
    """What was seen since the figures were last taken away."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, datetime], list[float]] = {}

    def count(self, key: str, observation: Observation, *, now: datetime) -> None:
        """One look more."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        sums = self._sums.get((key, hour))
        if sums is None:
            sums = self._sums[key, hour] = [0, 0, 0, 0.0, 0.0]
        sums[0] += 1
        sums[1] += observation.verdict is Verdict.DOWN
        sums[2] += observation.verdict is Verdict.UNKNOWN
        sums[3] += observation.seconds
        sums[4] = max(sums[4], observation.seconds)

    def taken(self) -> list[Hour]:
        """The figures so far; from here on they count anew."""
        sums, self._sums = self._sums, {}
        return [
            Hour(key, hour, int(looks), int(failed), int(unknown), seconds, longest)
            for (key, hour), (looks, failed, unknown, seconds, longest) in sums.items()
        ]

    def give_back(self, hours: list[Hour]) -> None:
        """They could not be stored: they count again."""
        for one in hours:
            known = self._sums.setdefault((one.key, one.hour), [0, 0, 0, 0.0, 0.0])
            known[0] += one.looks
            known[1] += one.failed
            known[2] += one.unknown
            known[3] += one.seconds
            known[4] = max(known[4], one.longest)
