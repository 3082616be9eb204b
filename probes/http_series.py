"""The series of an http look, under blackbox_exporter's names."""

import time
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache
from typing import NamedTuple

from probes.certificates import Shown, tls_samples
from probes.http_exchange import Exchange
from probes.http_judge import Judgement
from probes.sight import Sight

_PHASES = tuple(f'phase="{name}"' for name in ("resolve", "connect", "tls"))
_LAST_PHASES = ('phase="processing"', 'phase="transfer"')
_DURATION = "probe_http_duration_seconds"


class Hop(NamedTuple):
    """One connection of the way, begun at this moment (monotonic)."""

    began: float
    exchange: Exchange


class Seen:
    """What a look has found so far. `final` is the connection whose answer is judged; `resolves`: a
    name was looked up.
    """

    # fmt: off
    __slots__ = (
        "certificates", "final", "hops", "judgement", "redirects", "resolves", "resolving",
    )
    # fmt: on

    def __init__(self) -> None:
        self.hops: list[Hop] = []
        self.final: Exchange | None = None
        self.certificates: Shown | None = None
        self.judgement: Judgement | None = None
        self.redirects = 0
        self.resolving = 0.0
        self.resolves = False

    def tell(self, sight: Sight) -> None:
        """Write all series and the bars of the waterfall."""
        self._answer(sight)
        self._phases(sight)
        if self.final is not None and self.final.tls is not None:
            sight.samples += tls_samples(self.final.tls, cipher=True, seen=self.certificates)

    def _answer(self, sight: Sight) -> None:
        judged = self.judgement or Judgement()
        final = self.final
        answer = final.answer if final is not None else None
        sight.samples += (
            ("probe_http_status_code", "", answer.status if answer else 0),
            ("probe_http_content_length", "", answer.announced if answer else 0),
            ("probe_http_uncompressed_body_length", "", judged.length),
            ("probe_http_redirects", "", self.redirects),
            ("probe_http_ssl", "", int(final is not None and final.tls is not None)),
            ("probe_http_version", "", float(answer.version) if answer else 0),
            ("probe_failed_due_to_regex", "", int(judged.by_pattern)),
        )
        modified = answer.header(b"last-modified") if answer else None
        if modified and (moment := unix_time(modified)) is not None:
            sight.gauge("probe_http_last_modified_timestamp_seconds", moment)

    def _phases(self, sight: Sight) -> None:
        if not self.hops:
            if self.resolves:
                sight.gauge(_DURATION, self.resolving, _PHASES[0])
            return
        connect = tls = processing = transfer = 0.0
        for began, exchange in self.hops:
            ready, first = exchange.secured or exchange.connected, exchange.answer.first
            connect += _bar(sight, "connect", began, exchange.connected)
            if exchange.secured:
                tls += _bar(sight, "tls", exchange.connected, exchange.secured)
            if first:
                processing += _bar(sight, "processing", ready, first)
                transfer += _bar(sight, "transfer", first, exchange.answer.ended)
        if self.resolves:
            sight.gauge(_DURATION, self.resolving, _PHASES[0])
        sight.samples += (
            (_DURATION, _PHASES[1], connect),
            (_DURATION, _PHASES[2], tls),
            (_DURATION, _LAST_PHASES[0], processing),
            (_DURATION, _LAST_PHASES[1], transfer),
        )


def _bar(sight: Sight, what: str, began: float, ended: float) -> float:
    """Seconds of this bar; one that has no end yet goes on until now, and counts nothing."""
    sight.spans.append((what, began - sight.begun, (ended or time.monotonic()) - sight.begun))
    return ended - began if ended else 0.0


@lru_cache(maxsize=4096)
def unix_time(text: bytes) -> float | None:
    """A date of HTTP as a unix time, None when it is none."""
    parsed = parsedate_tz(text.decode("latin-1"))
    try:
        return float(mktime_tz(parsed)) if parsed is not None else None
    except (ValueError, OverflowError):
        return None
