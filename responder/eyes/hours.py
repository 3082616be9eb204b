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

    def so_far(self) -> list[Hour]:
        """The figures that are not in the store yet."""
        return [
            Hour(key, hour, int(looks), int(failed), int(unknown), seconds, longest)
            for (key, hour), (looks, failed, unknown, seconds, longest) in self._sums.items()
        ]

    def forget(self, hours: list[Hour]) -> None:
        """These are in the store; what was counted meanwhile stays."""
        for one in hours:
            sums = self._sums[one.key, one.hour]
            sums[0] -= one.looks
            sums[1] -= one.failed
            sums[2] -= one.unknown
            sums[3] -= one.seconds
            if not sums[0]:
                del self._sums[one.key, one.hour]
