"""Which kind of task an alert is, and so to which level its ticket goes (pure; R75, R76, R77)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from responder.desk.levels import wished_of
from responder.desk.scope import placed
from responder.desk.section import Desk

HARDWARE: Final = "hardware"
# Words of the names that rules for node_exporter, smartctl_exporter and IPMI give their alerts:
# NodeRAIDDegraded, SmartMediaErrors, HostEdacUncorrectableErrorsDetected, HostHighCpuLoad.
_WORDS: Final[Mapping[str, frozenset[str]]] = {
    HARDWARE: frozenset(
        {"raid", "smart", "ecc", "edac", "mdadm", "nvme", "psu", "ipmi", "megaraid", "hardware"}
    ),
    "blacklist-removal": frozenset({"dnsbl", "rbl", "blacklisted", "blocklisted"}),
    "server-load": frozenset({"load", "saturation"}),
}
_WORD: Final = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+")


def task_of(labels: Mapping[str, str]) -> str:
    """The label `task`, else what the alert's name says; "" for nothing special.

    >>> task_of({"alertname": "NodeRAIDDegraded"})
    'hardware'
    >>> task_of({"alertname": "UploadFailed"})
    ''
    """
    if told := labels.get("task", ""):
        return told
    name = labels.get("alertname", "")
    words = {one.casefold() for one in _WORD.findall(name.replace("RAID", "Raid"))}
    return next((task for task, known in _WORDS.items() if words & known), "")


def wished(labels: Sequence[Mapping[str, str]], desk: Desk) -> str:
    """The queue that these alerts wish: by their label `queue`, else by the task that all of them
    are; "" where they do not agree.
    """
    if told := wished_of(labels):
        return told
    tasks = {task_of(one) for one in labels}
    if len(tasks) != 1 or "" in tasks or any(one.get("queue") for one in labels):
        return ""
    found = placed(tasks.pop(), desk)
    return found.queue if found.known else ""


def errand(labels: Sequence[Mapping[str, str]], *, machine: str) -> str:
    """A draft for the data centre, where hands must look at the hardware; "" else (R75)."""
    if not any(task_of(one) == HARDWARE for one in labels):
        return ""
    return (
        "A draft for the data centre:\n"
        f"Please look at {machine}: our monitoring reports faulty hardware. Tell us what its "
        "lights and its console show, and replace nothing before we have agreed to it."
    )
