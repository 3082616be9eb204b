"""The six digits that a person's telephone shows: are they right, new, and not guessed?"""

import base64
import binascii
import hmac
import json
import re
import struct
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from probes.durations import show_duration

STEP = 30  # seconds for which a code is shown
SKEW = 1  # steps by which a telephone's clock may be wrong
GUESSES, MEMORY = 5, 600  # so many wrong codes in so many seconds; then none is taken
SHORTEST = 16  # bytes of a seed, RFC 4226 section 4 R6
ISSUER = "Rapid Responder"

_CODE = re.compile(r"[0-9]{6}", re.ASCII)


class BadSeed(ValueError):
    """This text is no seed; the words do not show it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What is remembered of a person: the last step whose code was taken (no code counts two times,
    RFC 6238 section 5.2), and when wrong codes came, in seconds since 1970.
    """

    used: int = 0
    wrong: tuple[int, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Tried":
        """What `text()` wrote; nothing is remembered in ""."""
        if not text:
            return cls()
        told = json.loads(text)
        return cls(told["used"], tuple(told["wrong"]))

    def text(self) -> str:
        """To be stored."""
        return json.dumps({"used": self.used, "wrong": self.wrong})


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be remembered, and why the code was not taken; "" where it was. `resting`: none
    would be, for a while.
    """

    tried: Tried
    refusal: str = ""
    resting: bool = False


def seed_of(text: str) -> bytes:
    """The seed in base32; spaces, case and padding do not matter. Raises BadSeed."""
    letters = "".join(text.split()).upper().rstrip("=")
    try:
        seed = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise BadSeed("the seed of a second factor is no base32 text (A-Z, 2-7)") from None
    if len(seed) < SHORTEST:
        raise BadSeed(f"the seed of a second factor has {len(seed)} bytes, not {SHORTEST} or more")
    return seed


def code_at(seed: bytes, step: int) -> str:
    """The code of this step: RFC 6238 with SHA-1 and six digits."""
    mac = hmac.digest(seed, struct.pack(">Q", step), "sha1")
    place = mac[-1] & 15
    (number,) = struct.unpack(">I", mac[place : place + 4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def step_of(now: datetime) -> int:
    """The step that a right clock is in."""
    return int(now.timestamp()) // STEP


def judged(tried: Tried, given: str, seed: bytes, *, now: datetime) -> Judged:
    """Is this code taken now? What was no code at all does not count as a wrong one."""
    second = int(now.timestamp())
    wrong = tuple(one for one in tried.wrong if one > second - MEMORY)
    if len(wrong) >= GUESSES:
        rest = show_duration(timedelta(seconds=wrong[0] + MEMORY - second))
        return Judged(tried, f"too many wrong codes: none is taken for {rest}", resting=True)
    digits = "".join(given.split())
    if not _CODE.fullmatch(digits):
        return Judged(tried, "type the six digits that your app shows")
    here = step_of(now)
    steps = range(max(0, here - SKEW), here + SKEW + 1)
    fitting = [one for one in steps if hmac.compare_digest(code_at(seed, one), digits)]
    if not fitting:
        return Judged(replace(tried, wrong=(*wrong, second)), "this code is wrong")
    if max(fitting) <= tried.used:
        return Judged(tried, "this code was used already: wait for the next one")
    return Judged(Tried(max(fitting), wrong))


def address(seed_text: str, person: str) -> str:
    """What an app takes a seed from (the otpauth:// form that all of them know)."""
    secret = "".join(seed_text.split()).upper().rstrip("=")
    told = {"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": 6, "period": STEP}
    label = f"{quote(ISSUER)}:{quote(person, safe='')}"
    return f"otpauth://totp/{label}?{urlencode(told, quote_via=quote)}"
