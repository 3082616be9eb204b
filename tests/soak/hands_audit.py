"""What each run has done to its machine, and whether people know what they must know."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Engine, select
from typing_extensions import override

from responder.store import logs
from responder.store.run_tables import act, contact_order, device_lock, run
from responder.store.tables import incident
from tests.real.smtp import Mailbox
from tests.soak.hands_hall import Machine

ENDED = ("done", "failed", "aborted")


@dataclass(frozen=True)
class Case:
    """A machine in one round; what was there before it: runs, orders, changes of power, mails."""

    machine: Machine
    above: int
    orders: int
    changes: int
    mails: int

    @property
    def heard(self) -> list[str]:
        """The orders that the machine was given."""
        return [one.verb for one in self.machine.chassis.orders[self.orders :]]

    @property
    def turned(self) -> list[bool]:
        """Its power as it changed: False is off."""
        return [one.on for one in list(self.machine.bmc.changes)[self.changes :]]


class Audit:
    """Every complaint is one plain line; an empty list of them is what a soak must show."""

    def __init__(self, engine: Engine, mailbox: Mailbox) -> None:
        self._engine = engine
        self._mailbox = mailbox
        self.complaints: list[str] = []
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def complain(self, line: str) -> None:
        self.complaints.append(line)

    def judge(self, case: Case) -> None:
        """At the end of a round, before a person mends anything."""
        runs = self._rows(
            select(run)
            .where(run.c.target == case.machine.name, run.c.id > case.above)
            .order_by(run.c.id)
        )
        if not runs:
            self.complain(f"{case.machine.name}: no run")
            return
        acted = [each for each in runs if self._acts(each)]
        one = (acted or runs)[0]
        self.counts["runs"] += 1
        self.counts[str(one["state"])] += 1
        self.counts["off"] += case.turned.count(False)
        self.counts["left off"] += not case.machine.chassis.power
        self.counts["healed"] += one["outcome"] == "healed"
        self.counts["more runs"] += len(runs) - 1
        if len(acted) > 1:
            self.complain(f"{case.machine.name}: {len(acted)} runs have acted")
        if one["state"] in ("failed", "unknown"):
            self.reasons[self._reason(one["id"])] += 1
        for line in self._wrong(case, one):
            told = f"orders {case.heard}, power {case.turned}, {self._journal(one['id'])}"
            self.complain(
                f"run {one['id']} of {case.machine.name} ({one['state']}): {line}; {told}"
            )

    def _wrong(self, case: Case, one: Any) -> Iterator[str]:
        """All that must not be."""
        heard, turned = case.heard, case.turned
        if heard.count("off") > 1:
            yield f"heard off {heard.count('off')} times"
        if turned not in ([], [False], [False, True]):
            yield "a double power action"
        if one["state"] not in (*ENDED, "unknown"):
            yield f"it stands nowhere: it waits for {one['waits_for']!r}"
        if one["outcome"] == "done" and not (case.machine.chassis.power and turned):
            yield "done, and the machine is not"
        called = self._called(case)
        if not case.machine.chassis.power and not called:
            yield "the machine is off, and no page names it"
        if one["state"] in ("unknown", "failed") and not called:
            yield "nobody was called"
        if one["state"] == "unknown":
            yield from self._in_front_of_a_person(one)
        yield from self._counted(one, heard)

    def _called(self, case: Case) -> bool:
        """Did a page go out that asks for a hand, and names this machine?"""
        mails = self._mailbox.messages[case.mails :]
        asking = [one for one in mails if one["X-Responder-Event"] == "needed"]
        return any(case.machine.name in one["Subject"].replace(":", " ").split() for one in asking)

    def _in_front_of_a_person(self, one: Any) -> Iterator[str]:
        [known] = self._rows(select(incident).where(incident.c.id == one["incident"]))
        if known["state"] not in ("open", "acknowledged"):
            yield f"its incident is {known['state']}"
        elif known["page_at"] is None:
            yield "paging does not go on"

    def _counted(self, one: Any, heard: list[str]) -> Iterator[str]:
        acts = self._acts(one)
        if len(acts) > 1 or (heard and not acts):
            yield f"the gate has counted {len(acts)} acts"
        if any(each["ended_at"] is None for each in acts):
            yield "its act is under way for ever"
        if self._rows(select(device_lock).where(device_lock.c.run == one["id"])):
            yield "its device is locked for ever"

    def _acts(self, one: Any) -> list[Any]:
        return self._rows(select(act).where(act.c.run == one["id"]))

    def _journal(self, id_: int) -> str:
        told = (
            f"{one.at:%S.%f} {one.kind} {one.data.get('verb', one.data.get('step', ''))}"
            f" {one.data.get('outcome', '')} {one.words}"
            for one in self._lines(id_)
        )
        return " | ".join(" ".join(line.split()) for line in told)

    def _reason(self, id_: int) -> str:
        """Why it failed, or why nobody knows; without what differs from machine to machine."""
        ends = [one for one in self._lines(id_) if one.kind in ("step_ended", "unknown")]
        return re.sub(r"web[0-9]+|RR-[0-9A-Z]+|[0-9.:]{5,}", "#", ends[-1].words)

    def _lines(self, id_: int) -> list[logs.Line]:
        with self._engine.connect() as tx:
            return list(logs.read(tx, "run", id_))

    def _rows(self, query: Any) -> list[Any]:
        with self._engine.connect() as tx:
            return [row._mapping for row in tx.execute(query)]


class OrderAudit(Audit):
    """The same for orders by mail: each was sent once, or a person rings and asks."""

    @override
    def _wrong(self, case: Case, one: Any) -> Iterator[str]:
        orders = self._rows(select(contact_order).where(contact_order.c.run == one["id"]))
        states = [each["state"] for each in orders]
        self.counts.update(f"orders {state}" for state in states)
        mails = self._letters(case)
        self.counts["letters"] += len(mails)
        if len(mails) > 1:
            yield f"{len(mails)} letters came"
        if one["state"] not in (*ENDED, "unknown"):
            yield f"it stands nowhere: it waits for {one['waits_for']!r}"
        if one["outcome"] == "done" and (len(mails), states) != (1, ["sent"]):
            yield f"done, with {len(mails)} letters and {states}"
        if states == ["unknown"] and not self._sheet(case):
            yield "in doubt, and nobody has the call sheet"
        if one["state"] in ("unknown", "failed") and not self._called(case):
            yield "nobody was called"
        if one["state"] == "unknown":
            yield from self._in_front_of_a_person(one)
        if case.heard:
            yield "the machine was touched"
        yield from self._counted(one, mails)

    def repeated(self) -> list[str]:
        """Orders that came more than once in all of the soak, by their Message-ID."""
        ids = Counter(one["Message-ID"] for one in self._mailbox.messages if _is_order(one))
        return [id_ for id_, count in ids.items() if count > 1]

    def _letters(self, case: Case) -> list[str]:
        mails = [one for one in self._mailbox.messages[case.mails :] if _is_order(one)]
        named = [one for one in mails if case.machine.serial in one.get_content().split()]
        return [one["Message-ID"] for one in named]

    def _sheet(self, case: Case) -> bool:
        mails = self._mailbox.messages[case.mails :]
        asking = [one for one in mails if one["X-Responder-Event"] == "needed"]
        words = [one.get_content() for one in asking if case.machine.name in one["Subject"]]
        return any("please ring the data centre" in one and "RR-" in one for one in words)


def _is_order(mail: EmailMessage) -> bool:
    return mail["X-Responder-Order"] is not None and "STOP" not in mail["Subject"]
