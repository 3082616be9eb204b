"""Which texts can be a target: it is shown everywhere, and may become a word on a command line."""

import re

LONGEST = 4096
# Also where the password has a / ? or # that nobody escaped, or a slash is too many or missing:
# what is no URL would be shown whole. A colon before a port, or before a path, begins no password.
_LOGIN = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?[/\\]*(?:[^/?#@]*@|[^/?#@\[:]+:(?![0-9]*(?:[/?#\\]|$))[^@]*@)"
)


def unfit(address: str) -> str:
    """Why this can't be a target, in plain words; "" when it can."""
    if not address.strip():
        return "the target is empty"
    if address.startswith("-"):
        return "a target does not begin with a dash: that would be an option"
    if _LOGIN.match(address):
        return "no credentials in a target: use basic_auth of a module"
    if len(address) > LONGEST or not address.isprintable():
        return f"a target is one line of at most {LONGEST} characters"
    return ""
