"""What the configured ticket system lacks, and what could be created there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from playbooks.outside import OutsideError
from playbooks.ports import Examines, Lack


@runtime_checkable
class KnowsPeople(Protocol):
    """Can say whether somebody has an account there."""

    async def knows(self, account: str) -> bool:
        """Raises OutsideError."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is missing. `mended` says what was done about it, `failed` why nothing was."""

    lack: Lack
    mended: str = ""
    failed: str = ""


async def examined(system: Examines, accounts: Iterable[str]) -> list[Finding]:
    """All that is missing there, each once though several of our queues lie in it, and who of ours
    has no account. Raises OutsideError.
    """
    lacks = dict[tuple[str, str], Lack]()
    for lack in await system.examine():
        lacks.setdefault((lack.part, lack.name), lack)
    found = [Finding(lack) for lack in lacks.values()]
    if isinstance(system, KnowsPeople) and not any(one.lack.part == "access" for one in found):
        found += [Finding(_stranger(one)) for one in accounts if not await system.knows(one)]
    return found


async def mended(system: Examines, findings: Sequence[Finding]) -> list[Finding]:
    """The same findings, after what can be created was."""
    return [await _mend(system, one) if one.lack.mendable else one for one in findings]


async def _mend(system: Examines, finding: Finding) -> Finding:
    try:
        return replace(finding, mended=await system.mend(finding.lack))
    except OutsideError as error:
        return replace(finding, failed=str(error))


def _stranger(account: str) -> Lack:
    problem = "nobody has this account there: what this person does would be a stranger's"
    return Lack("access", account, problem, "create it, or correct `people: ... accounts`")
