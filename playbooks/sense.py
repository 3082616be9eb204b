"""Does a playbook make sense: its actions, the way through its steps, and what they look up?

Read from the file as it is written, so that all of it is told though more is wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from playbooks.actions.model import Action
from playbooks.conditions import read_conditions
from playbooks.lookups import ALWAYS, FACTS, OUTCOMES, names, read_name
from playbooks.playbook import CONTINUE, STOP, Mode, Playbook

Loc = tuple[int | str, ...]
Actions = Mapping[str, type[Action]]
CONFIRM = "probe.confirm"
STOPPING = frozenset({"power.off", "power.cycle", "panel.reboot", "datacentre.contact"})
"""Actions after which a machine that ran does not."""
MODE: Loc = ("safety", "mode")
_KINDS = {
    "datacentre": "dc",
    "datacenter": "dc",
    "host": "server",
    **{f"{kind}s": kind for kind in ("server", "reseller", "rack", "brand", "alert")},
}
"""What people write for a kind of thing, where it would be taken for an alert's name."""
_WRONG_KEYS = {
    "on": 'there is no key "on", which other readers take for true: write "when"',
    "include": "a playbook is one file; the configuration names several",
}
NO_LOOKUP = 'only lookups such as {{ target.name }} may follow "{{"'


@dataclass(frozen=True, slots=True)
class Fault:
    """What makes no sense, and where. `word` was written where one of `choices` is meant."""

    loc: Loc
    told: str
    word: str = ""
    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A step as it is written; "" where something else than text stands."""

    place: int
    id: str
    uses: str
    settings: Any
    condition: str
    on_fail: str

    def loc(self, *more: int | str) -> Loc:
        return ("steps", self.place, *more)


def drafts(written: Any) -> tuple[Draft, ...]:
    """The steps in a file that may hold anything."""
    steps = written.get("steps") if isinstance(written, dict) else None
    found = enumerate(steps if isinstance(steps, list) else ())
    return tuple(_draft(place, step) for place, step in found if isinstance(step, dict))


def faults(written: Any, actions: Actions) -> Iterator[Fault]:
    """All that makes no sense in a file; what stands under `with` is for the actions to judge."""
    for key, told in _WRONG_KEYS.items():
        if isinstance(written, dict) and key in written:
            yield Fault((key,), told)
    steps = drafts(written)
    for number, step in enumerate(steps):
        before, after = steps[:number], steps[number + 1 :]
        yield from _called(step, before)
        if step.uses and step.uses not in actions:
            yield Fault(
                step.loc("uses"), f'there is no action "{step.uses}"', step.uses, [*actions]
            )
        yield from _leads(step, before, after)
        yield from _looks_up(step, before, after, actions)


def doubts(book: Playbook) -> Iterator[Fault]:
    """What is unwise in a playbook that can be used."""
    for kind in filter(_KINDS.__contains__, book.when.kind):
        told = f'"{kind}" is taken for the name of an alert: the thing itself is "{_KINDS[kind]}"'
        yield Fault(("when", "kind"), told)
    confirmed = False
    for place, step in enumerate(book.steps):
        confirmed = confirmed or step.uses == CONFIRM
        if step.uses in STOPPING and not confirmed:
            told = f"no {CONFIRM} stands before it: {step.uses} can't be taken back"
            yield Fault(("steps", place, "uses"), told)
    used = dict.fromkeys(step.uses for step in book.steps if step.uses in STOPPING)
    if used and book.safety.mode is Mode.AUTO:
        yield Fault(MODE, f"auto: {', '.join(used)} without asking anybody; the gate alone decides")


def _draft(place: int, step: Mapping[str, Any]) -> Draft:
    def text(key: str, otherwise: str = "") -> str:
        value = step.get(key)
        return value if isinstance(value, str) else otherwise

    told = (text("id"), text("uses"), step.get("with", {}), text("if"), text("on_fail", STOP))
    return Draft(place, *told)


def _called(step: Draft, before: Sequence[Draft]) -> Iterator[Fault]:
    if step.id in (STOP, CONTINUE):
        yield Fault(step.loc("id"), f'"{step.id}" is a word of on_fail: call it otherwise')
    twin = next((one for one in before if step.id and one.id == step.id), None)
    if twin:
        yield Fault(step.loc("id"), f'step {twin.place + 1} is called "{step.id}" already')


def _leads(step: Draft, before: Sequence[Draft], after: Sequence[Draft]) -> Iterator[Fault]:
    later = [one.id for one in after if one.id]
    if step.on_fail in (STOP, CONTINUE, *later):
        return
    if step.on_fail in [step.id, *(one.id for one in before)]:
        told = f'"{step.on_fail}" does not come later: a playbook only goes forward'
        yield Fault(step.loc("on_fail"), told)
        return
    told = f'there is no later step "{step.on_fail}"'
    yield Fault(step.loc("on_fail"), told, step.on_fail, [*later, STOP, CONTINUE])


def _looks_up(
    step: Draft, before: Sequence[Draft], after: Sequence[Draft], actions: Actions
) -> Iterator[Fault]:
    wrong = partial(_unknown, step=step, before=before, after=after, actions=actions)
    for loc, text in _texts(step.settings, ("with",)):
        for name in names(text):
            yield from wrong(name, step.loc(*loc)) if name else [Fault(step.loc(*loc), NO_LOOKUP)]
    try:
        conditions = read_conditions(step.condition)
    except ValueError as error:
        yield Fault(step.loc("if"), str(error))
        return
    for one in conditions:
        yield from wrong(one.name, step.loc("if"))
        if one.name.endswith(".outcome") and one.word not in OUTCOMES:
            told = f'an outcome is never "{one.word}"'
            yield Fault(step.loc("if"), told, one.word, OUTCOMES)


def _texts(written: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    if isinstance(written, str):
        yield loc, written
    elif isinstance(written, dict | list):
        inner = written.items() if isinstance(written, dict) else enumerate(written)
        for key, value in inner:
            yield from _texts(value, (*loc, key))


def _unknown(
    name: str,
    loc: Loc,
    *,
    step: Draft,
    before: Sequence[Draft],
    after: Sequence[Draft],
    actions: Actions,
) -> Iterator[Fault]:
    """What is wrong with looking this up in this step."""
    read = read_name(name)
    if read is None:
        yield Fault(loc, f'nothing can be looked up as "{name}"', name, _all_names(before))
        return
    if not read.of.startswith("steps."):
        return
    wanted = read.of.removeprefix("steps.")
    past = next((one for one in before if one.id == wanted), None)
    if past is not None:
        gives = actions[past.uses].gives if past.uses in actions else (read.fact,)
        if read.fact not in (*ALWAYS, *gives):
            known = ", ".join((*ALWAYS, *gives))
            told = f'{past.uses} gives no "{read.fact}" (it gives {known})'
            yield Fault(loc, told, read.fact, (*ALWAYS, *gives))
    elif wanted in [step.id, *(one.id for one in after)]:
        yield Fault(loc, f'"{name}": the step "{wanted}" has not been when this one begins')
    else:
        ids = [one.id for one in before]
        yield Fault(loc, f'"{name}": there is no step "{wanted}" before this one', wanted, ids)


def _all_names(before: Sequence[Draft]) -> list[str]:
    facts = [f"{of}.{fact}" for of, known in FACTS.items() for fact in known]
    return [*facts, *(f"steps.{one.id}.{fact}" for one in before for fact in ALWAYS)]
