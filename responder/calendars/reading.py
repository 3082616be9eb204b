"""A program of its own that reads one calendar: what it is given may be endless or huge.

    python -m responder.calendars.reading BEGIN END ZONE ONLY < calendar.ics

BEGIN and END are moments in ISO 8601, ZONE is where times without a zone are meant; of the events
whose title holds ONLY it prints [[uid, begin, end, title], ...] as JSON. Whoever starts it sets a
time limit: a rule such as FREQ=SECONDLY for a thousand years is a valid calendar (RFC 5545).
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

MOST = 2000  # absences of one person in a year
_MEMORY = 1 << 30  # bytes
_CPU = 20  # seconds
_LONGEST = 200  # characters of a title


def main() -> int:
    """Exit 1 with the reason on stderr where it is no calendar."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))
    begins, ends, zone, only = sys.argv[1:5]
    within = (datetime.fromisoformat(begins), datetime.fromisoformat(ends))
    try:
        found = list(absences(sys.stdin.read(), within, zone=ZoneInfo(zone), only=only))
    except (ValueError, KeyError, TypeError, ArithmeticError, AttributeError, LookupError) as bad:
        sys.stderr.write(f"it is no calendar that can be read: {type(bad).__name__}")
        return 1
    if len(found) > MOST:
        sys.stderr.write(f"it has more than {MOST} events in a year")
        return 1
    sys.stdout.write(json.dumps(found))
    return 0


def absences(
    text: str, within: tuple[datetime, datetime], *, zone: ZoneInfo, only: str = ""
) -> Iterator[tuple[str, str, str, str]]:
    """Each event of this time in which its owner is busy, repeated ones as often as they come; one
    too many and no more.
    """
    from icalendar import Calendar
    from recurring_ical_events import of  # type: ignore[import-untyped]

    known: set[str] = set()
    for calendar in Calendar.from_ical(text, multiple=True):
        for event in of(calendar).between(*within):
            told = _told(event, within, zone)
            if told and told[0] not in known and _counts(event, only):
                known.add(told[0])
                yield told
            if len(known) > MOST:
                return


def _counts(event: Any, only: str) -> bool:
    """Not what is called off, nor what leaves its owner free (RFC 5545, 3.8.2.7)."""
    free = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    over = str(event.get("STATUS", "")).upper() == "CANCELLED"
    return not free and not over and only.casefold() in str(event.get("SUMMARY", "")).casefold()


def _told(
    event: Any, within: tuple[datetime, datetime], zone: ZoneInfo
) -> tuple[str, str, str, str] | None:
    """As far as it lies in this time; None for what lasts no time at all."""
    starts, ends = _moment(event.start, zone), _moment(event.end, zone)
    starts, ends = max(starts, within[0]), min(ends, within[1])
    if ends <= starts:
        return None
    private = str(event.get("CLASS", "PUBLIC")).upper() != "PUBLIC"
    title = "" if private else str(event.get("SUMMARY", ""))[:_LONGEST]
    uid = f"{str(event.get('UID', ''))[:_LONGEST]}@{starts:%Y%m%dT%H%M%SZ}"
    return uid, starts.isoformat(), ends.isoformat(), title


def _moment(at: date, zone: ZoneInfo) -> datetime:
    """In UTC; a date is its midnight there, a time without a zone is one on the walls there."""
    if not isinstance(at, datetime):
        at = datetime.combine(at, time())
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
