"""What is Grafana's own: its signature under a webhook."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

SIGNATURE = "X-Grafana-Alerting-Signature"
PAST, FUTURE = timedelta(minutes=5), timedelta(minutes=1)


def signed(
    body: bytes,
    *,
    headers: Mapping[str, str],
    secrets: Iterable[str],
    now: datetime,
    signature_header: str = SIGNATURE,
    timestamp_header: str | None = None,
) -> bool:
    """True when one of our secrets signed this body (HMAC-SHA256 in hex).

    With a `timestamp_header` the signed text is the unix time in that header, a colon and the body,
    and the time must lie within the last 5 minutes (1 minute ahead, for clocks that differ);
    without one it is the body. Header names are told in any case. An empty secret signs nothing.
    https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
    """
    told = {name.lower(): value for name, value in headers.items()}
    signature = told.get(signature_header.lower(), "").strip().lower()
    text = body
    if timestamp_header is not None:
        stamp = told.get(timestamp_header.lower(), "").strip()
        if not _is_recent(stamp, now):
            return False
        text = stamp.encode() + b":" + body
    good = 0
    for secret in filter(None, secrets):  # all are tried, so that the time tells nothing
        good |= hmac.compare_digest(_sign(text, secret), signature.encode(errors="replace"))
    return bool(good)


def _is_recent(stamp: str, now: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        return False
    return -FUTURE <= now - datetime.fromtimestamp(int(stamp), UTC) <= PAST


def _sign(text: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest().encode()
