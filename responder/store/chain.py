"""Append-only logs that prove themselves: every line holds the hash of the line before it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# The one way to write a row down, the same on every engine, Python and machine.
_canonical = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
).encode


def link(previous: str, row: Mapping[str, Any]) -> str:
    """The hash of a line: SHA-256, in hexadecimal, over `[previous, row]` as canonical JSON.

    `previous` is the hash of the line before, "" for the first. The row holds plain values
    (strings, numbers, booleans, lists, mappings): TypeError for a datetime, ValueError for NaN.
    Anybody can check a line with jq and sha256sum.
    """
    return hashlib.sha256(_canonical([previous, dict(row)]).encode()).hexdigest()
