"""A run in a company in memory, put where a test needs it, and persons who act on it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from alerts.model import person
from playbooks.frozen import Book, book
from playbooks.playbook import Playbook
from responder.plan import Plan
from responder.run_values import Act, Consent, Intent, Run, RunState
from responder.runs import acts, byhand
from responder.store import consents, gated, logs
from responder.store import runs as rows
from responder.values import Incident
from tests.responder.estate import plan
from tests.responder.room import Room

DIGEST = "d" * 64
SOON = timedelta(minutes=10)


def cycling(name: str = "host-down", **safety: Any) -> Book:
    """A playbook of three steps: it cycles the power, waits, and tells."""
    told = {
        "playbook": name,
        "version": 3,
        "about": "A host that does not answer",
        "safety": safety,
        "steps": [
            {"id": "cycle", "uses": "power.cycle", "on_fail": "tell"},
            {"id": "back", "uses": "probe.wait_up"},
            {"id": "tell", "uses": "ticket.note", "with": {"text": "look at it"}},
        ],
    }
    return book(Playbook.model_validate(told), "books/host-down.yaml")


def playing(*books: Book) -> Plan:
    """How the company decides, with these playbooks."""
    return replace(plan(), books=books or (cycling(),))


@dataclass
class Runs:
    """Persons and one run on web1."""

    room: Room
    people: dict[str, Any] = field(default_factory=dict)

    def begins(self, *, who: str = "mira", **wanted: Any) -> Run:
        """A person begins the playbook on web1."""
        asked = {"playbook": "host-down", "server": "web1", "typed": "web1", **wanted}
        run, _ = self.room.do(byhand.begin, wanted=byhand.Wanted(**asked), actor=person(who))
        return self.now(run.id)

    def stands(self, state: RunState, run: Run | None = None, **changes: Any) -> Run:
        """The run, put where a member would have left it."""
        run = run or self.begins()
        changed = replace(run, state=state, step_at=self.room.now, **changes)
        self.room.look(rows.change, changed, [], now=self.room.now)
        return self.now(run.id)

    def asks(self, run: Run | None = None, **more: Any) -> Run:
        """The run waits for a person's yes to its first step."""
        asked = {
            "digest": DIGEST,
            "since": self.room.now.isoformat(),
            "until": (self.room.now + SOON).isoformat(),
            "action": "power.cycle",
            "would": "switch web1 off and on",
            **more,
        }
        later = self.room.now + timedelta(seconds=5)
        return self.stands(RunState.WAITING, run, asked=asked, wake_at=later)

    def unknown(self, verb: str = "off") -> Run:
        """Nobody knows what became of the first step; its act is open, its device is locked."""
        run = self.begins()
        act = Act(run.id, "cycle", "web1", "power.cycle", self.room.now, by_person=True)
        assert self.room.look(gated.begin_act, replace(act, device="bmc 1"), now=self.room.now)
        intent = Intent(verb, self.room.now, "cycle")
        return self.stands(RunState.UNKNOWN, run, intent=intent, wake_at=None)

    def acts(self, act: Callable[..., Run], *, who: str = "mira", **told: Any) -> Run:
        """A person does something with it."""

        def work(board: Any) -> Run:
            return act(board, actor=person(who), **{"id_": 1, **told})

        run, _ = self.room.do(acts.acted, act=work)
        assert run == self.now(run.id)
        return self.now(run.id)

    def approves(self, *, who: str = "mira", **told: Any) -> Run:
        """A person agrees to what the run asks."""
        return self.acts(acts.approve, who=who, **{"digest": DIGEST, "typed": "web1", **told})

    def now(self, id_: int = 1) -> Run:
        """The run as it is stored."""
        (run,) = self.room.look(rows.by_ids, [id_])
        return run  # type: ignore[no-any-return]

    def journal(self, id_: int = 1) -> list[tuple[str, str, str]]:
        """Kind, actor and words of each line."""
        lines = self.room.look(logs.read, "run", id_)
        return [(line.kind, line.actor.name, line.words) for line in lines]

    def kinds(self, id_: int = 1) -> list[str]:
        """What happened, in words of its journal."""
        return [kind for kind, _, _ in self.journal(id_)]

    def agreed(self, id_: int = 1) -> list[Consent]:
        """Who has agreed to what."""
        found: list[Consent] = self.room.look(consents.of_run, id_)
        return found

    def open_acts(self) -> list[Act]:
        """What is under way."""
        found: list[Act] = self.room.look(gated.under_way)
        return found

    def incident(self, id_: int = 1) -> Incident:
        """The incident that it is for."""
        (found,) = [one for one in self.room.incidents() if one.id == id_]
        return found
