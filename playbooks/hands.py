"""What all that reaches out from a playbook shares: the HTTP session, the way to start programs."""

from dataclasses import dataclass, field

import aiohttp

from playbooks.programs import Programs


@dataclass(frozen=True, slots=True)
class Hands:
    """Lives as long as the daemon. Calls go through playbooks/client.py, programs through
    playbooks/programs.py: bounded in time and size, and their trouble is an OutsideError.
    """

    session: aiohttp.ClientSession
    programs: Programs = field(default_factory=Programs)
