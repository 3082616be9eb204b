"""Is each thing that a ticket system lacks told and created once?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from playbooks.ports import Lack
from responder.tickets.doctor import examined, mended


@dataclass
class Bare:
    """A ticket system without the group in which two of our queues shall lie."""

    made: list[str] = field(default_factory=list)

    async def examine(self) -> Sequence[Lack]:
        return [
            Lack("queue", "RR", "not there", "for abuse", mendable=True),
            Lack("field", "key", "not there", "by hand"),
            Lack("queue", "RR", "not there", "for rapid-response", mendable=True),
        ]

    async def mend(self, lack: Lack) -> str:
        self.made.append(lack.name)
        return "created"


async def test_a_group_of_two_queues_is_told_and_created_once() -> None:
    system = Bare()
    found = await examined(system, ())
    assert [one.lack.name for one in found] == ["RR", "key"]
    assert "abuse" in found[0].lack.advice
    assert [one.mended for one in await mended(system, found)] == ["created", ""]
    assert system.made == ["RR"]
