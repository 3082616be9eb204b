"""What a stranger says, fit to stand in one line of ours."""

import re

from probes.model import Phase
from probes.reasons import Failed

MOST = 200

_ABOUT_US = re.compile(
    r"\b(?:too many|maximum number of) (?:concurrent |simultaneous )?(?:\w+ )?connections from\b"
    r"|\bconnections from user\+ip\b|\bfrom (?:your|this) (?:ip|host|address|internet address)\b"
    r"|\byour (?:ip|host|address|network|internet address)\b"
    r"|\bclient host\b.*\b(?:blocked|rejected|refused|denied)\b|\bblocked using\b|\bblack ?listed\b"
    r"|\brate limit|\bExceeded MaxStartups\b|\bNot allowed at this time\b",
    re.IGNORECASE,
)


def clean(text: str, most: int = MOST) -> str:
    """Without what a terminal or a page would obey, and not longer than this."""
    told = "".join(letter if letter.isprintable() else " " for letter in text[: most * 4]).strip()
    told = " ".join(told.split())
    return told if len(told) <= most else f"{told[: most - 1]}…"


def about_us(text: str) -> bool:
    """Does the server refuse this machine and perhaps nobody else? Then it is not down."""
    return _ABOUT_US.search(text) is not None


def refusal(phase: Phase, reason: str, said: str) -> Failed:
    """Down, or unknown where what the server said is about us."""
    return Failed(phase, reason, verdict_unknown=about_us(said))
