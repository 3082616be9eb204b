"""The series of an http look, under blackbox_exporter's names."""

import time
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache

from probes.certificates import Shown, tls_samples
from probes.http_exchange import Exchange
from probes.http_judge import Judgement
from probes.sight import Sight

_DURATION = "probe_http_duration_seconds"
_RESOLVE, _CONNECT, _TLS, _PROCESSING, _TRANSFER = (
    f'phase="{name}"' for name in ("resolve", "connect", "tls", "processing", "transfer")
)
_NOT_JUDGED = Judgement()


class Seen:
    """What a look has found so far. `hops` are its connections with the moment that each began
    (monotonic), `final` is the one whose answer is judged; `resolves`: a name was looked up.
    """

    # fmt: off
    __slots__ = (
        "certificates", "final", "hops", "judgement", "redirects", "resolves", "resolving",
    )
    # fmt: on

    def __init__(self) -> None:
        self.hops: list[tuple[float, Exchange]] = []
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
        judged, final = self.judgement or _NOT_JUDGED, self.final
        status = length = version = secure = 0.0
        if final is not None:
            answer = final.answer
            status, length, version = answer.status, answer.announced, float(answer.version)
            secure = float(final.tls is not None)
            modified = answer.header(b"last-modified")
            if modified is not None and (moment := unix_time(modified)) is not None:
                sight.gauge("probe_http_last_modified_timestamp_seconds", moment)
        sight.samples += (
            ("probe_http_status_code", "", status),
            ("probe_http_content_length", "", length),
            ("probe_http_uncompressed_body_length", "", judged.length),
            ("probe_http_redirects", "", self.redirects),
            ("probe_http_ssl", "", secure),
            ("probe_http_version", "", version),
            ("probe_failed_due_to_regex", "", float(judged.by_pattern)),
        )

    def _phases(self, sight: Sight) -> None:
        if self.resolves:
            sight.samples.append((_DURATION, _RESOLVE, self.resolving))
        if not self.hops:
            return
        connect = tls = processing = transfer = 0.0
        for began, exchange in self.hops:
            sent = connected = exchange.connected
            connect += _bar(sight, "connect", began, connected)
            if exchange.tls is not None:
                sent = exchange.secured
                tls += _bar(sight, "tls", connected, sent)
            if sent:
                processing += _bar(sight, "processing", sent, exchange.answer.first)
            if first := exchange.answer.first:
                transfer += _bar(sight, "transfer", first, exchange.answer.ended)
        sight.samples += (
            (_DURATION, _CONNECT, connect),
            (_DURATION, _TLS, tls),
            (_DURATION, _PROCESSING, processing),
            (_DURATION, _TRANSFER, transfer),
        )


def _bar(sight: Sight, what: str, began: float, ended: float) -> float:
    """Seconds of this bar; one that has no end yet goes on until now, and counts nothing."""
    begun = sight.begun
    if not ended:
        sight.spans.append((what, began - begun, time.monotonic() - begun))
        return 0.0
    sight.spans.append((what, began - begun, ended - begun))
    return ended - began


@lru_cache(maxsize=4096)
def unix_time(text: bytes) -> float | None:
    """A date of HTTP as a unix time, None when it is none."""
    parsed = parsedate_tz(text.decode("latin-1"))
    try:
        return float(mktime_tz(parsed)) if parsed is not None else None
    except (ValueError, OverflowError):
        return None
