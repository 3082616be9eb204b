"""What a match found, put into a text: `$1`, `${1}`, `${name}`, `$$`, by the rules of Go.

See Regexp.Expand in pkg.go.dev/regexp: the longest name counts (`$1x` is `${1x}`), what is unknown
or took no part is empty, what is malformed stays as it is.
"""

import re

from probes.patterns import Found

_PLACE = re.compile(rb"\$(?:(\$)|\{([0-9A-Za-z_]+)\}|([0-9A-Za-z_]+))")
_MANY = 100_000_000  # Go takes a longer number for a name


def expanded(template: bytes, found: Found) -> bytes:
    """The template with its places filled from the groups of a match in bytes."""
    if b"$" not in template:
        return template
    return _PLACE.sub(lambda place: _filling(place, found), template)


def _filling(place: re.Match[bytes], found: Found) -> bytes:
    if place.group(1):
        return b"$"
    name = (place.group(2) or place.group(3)).decode()
    numbered = name.isdigit() and (name == "0" or name[0] != "0") and int(name) < _MANY
    try:
        value = found.group(int(name) if numbered else name)
    except (IndexError, KeyError):
        return b""
    return value if isinstance(value, bytes) else b""
