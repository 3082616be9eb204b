"""This process, told apart from every other, and whether one told so has surely ended."""

import os
import secrets
from pathlib import Path

_PROC = Path("/proc")


def own() -> str:
    """Machine, pid, beginning and a random word. Where no /proc tells the machine it is "?"."""
    pid = os.getpid()
    try:
        told = f"{_machine()} {pid} {_began(pid)}"
    except OSError:
        told = f"? {pid} ?"
    return f"{told} {secrets.token_hex(8)}"


def ended(life: str) -> bool:
    """True when that process has surely ended: it ran here, and here is no such process any more.

    False for one that lives, and for one of another machine, of which nobody here can know.
    """
    try:
        machine, pid, began, _ = life.split(" ")
        if machine != _machine():
            return False
        return _began(int(pid)) != began
    except FileNotFoundError:
        return not _is_there(int(pid))
    except (OSError, ValueError):
        return False


def _machine() -> str:
    """The kernel since its start, and our namespace of pids: a container has pids of its own."""
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{(_PROC / 'self/ns/pid').stat().st_ino}"


def _began(pid: int) -> str:
    """Clock ticks from the start of the machine (proc(5), `stat`, field 22); the second field is a
    name, which may hold spaces and brackets.
    """
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return fields[19]


def _is_there(pid: int) -> bool:
    """A hardened /proc hides the processes of other users."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
