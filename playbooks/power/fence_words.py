"""What fence agents say, and what it means; their exit code is 1 for every failure."""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping

from playbooks.outside import OutsideError
from playbooks.power.device import word
from playbooks.power.model import LoginRefused, PowerState, WrongDevice
from playbooks.programs import Output

_STATUS = re.compile(r"^Status: (ON|OFF)$", re.MULTILINE)
_STAMP = re.compile(r"^[0-9-]{10} [0-9:,]+ [A-Z]+: ")
_USAGE = "Please use '-h' for usage"
_LOGIN_PAUSE = 300.0  # shorter than usual: it may have been a closed port after all
_SAYS_LITTLE = "a wrong login, no such plug or nobody there; agents do not tell which"

# By the texts of `fail` in fencing.py 4.12. The first group comes before any verb can have been
# told, the second at any time.
_BEFORE: Mapping[str, Callable[[str], OutsideError]] = {
    "Unable to connect/login to fencing device": lambda what: LoginRefused(
        f"{what} lets us not in: {_SAYS_LITTLE}", pause=_LOGIN_PAUSE
    ),
    "You have to (?:set|enter)|Unable to run |not found or not accessible": (
        lambda what: OutsideError(f"{what} lacks an option or a program", transient=False)
    ),
    "You have to be root|ImportError|ModuleNotFoundError": lambda what: OutsideError(
        f"{what} can't run here", transient=False
    ),
    "Can not find VM UUID": lambda what: WrongDevice(f"{what} knows no such machine"),
}
_ANY_TIME: Mapping[str, Callable[[str], OutsideError]] = {
    "Unable to obtain correct plug status|Either unable to obtain correct plug status"
    "|Unable to get PowerState": lambda what: LoginRefused(
        f"{what} gets no state: {_SAYS_LITTLE}", pause=_LOGIN_PAUSE
    ),
    "does not have the correct privileges": lambda what: LoginRefused(
        f"{what} may not do this with our login"
    ),
    "CERTIFICATE_VERIFY_FAILED|SSLError|certificate verify failed": lambda what: OutsideError(
        f"{what} does not trust the device's certificate", transient=False
    ),
    "Connection timed out|Connection lost|NewConnectionError|ConnectTimeout": (
        lambda what: OutsideError(f"{what} gets no answer", transient=True)
    ),
    "Timed out waiting to power (?:ON|OFF)": lambda what: OutsideError(
        f"{what} told the device, and saw no change", transient=True
    ),
}


def state_of(text: str) -> PowerState | None:
    """What the action `status` says."""
    found = _STATUS.search(text)
    return PowerState(found[1].lower()) if found else None


def did(verb: str, said: Output) -> bool:
    """Has the agent seen the machine in the state that was wanted?"""
    done = rf"^Success: (?:Powered|Already) {verb.upper()}$"
    return said.code == 0 and re.search(done, said.out, re.MULTILINE) is not None


def trouble(what: str, said: Output, *, told: bool, secrets: Iterable[str]) -> OutsideError:
    """Why it failed. `told`: it was to tell a verb, which may have been heard by then."""
    for group, doubt in ((_BEFORE, False), (_ANY_TIME, told)):
        for words, error in group.items():
            if re.search(words, said.err + said.out):
                found = error(what)
                found.ambiguous = doubt
                return found
    shown = masked(_last_words(said.err), secrets) or "nothing"
    message = f"{what} failed with {said.code} and said: {shown}"
    return OutsideError(message, transient=False, ambiguous=told)


def _last_words(text: str) -> str:
    """Without the time, and the line that ends every failure of `fail_usage`, whatever it was."""
    lines = (_STAMP.sub("", line).strip() for line in text.splitlines())
    return next((line for line in reversed(list(lines)) if line and line != _USAGE), "")


def masked(text: str, secrets: Iterable[str]) -> str:
    """One line of it without any secret, in any form in which an agent hands it on."""
    for secret in secrets:
        for form in (shlex.quote(secret), secret):
            text = text.replace(form, "***") if secret else text
    return word(text)
