"""Do the names in a playbook stand for something in the configuration?"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from playbooks.actions.commands import Command
from playbooks.actions.datacentre import ContactDatacentre, WaitForReply
from playbooks.playbook import Step
from responder.books.reading import Written
from responder.problems import Loc, Problem, did_you_mean

SSH = "ssh.run"
_CALLS = frozenset({SSH, "command.run"})
_LOOKS = frozenset({"probe.confirm", "probe.wait_up"})
_CALLERS = frozenset({"page", "escalate"})


@dataclass(frozen=True, slots=True)
class Known:
    """What playbooks can name: commands, kinds of look and modules, whom one can call, and what
    `when` may ask for.
    """

    commands: Mapping[str, Command]
    looks: Collection[str]
    people: Collection[str]
    brands: Collection[str] = ()
    tags: Collection[str] = field(default_factory=frozenset)


def strangers(one: Written, known: Known) -> Iterator[Problem]:
    """Names that a step can't work with. A lookup is nobody's name before it is filled in."""
    for place, step in enumerate(one.playbook.steps):
        for loc, message in _of_step(step, known):
            yield one.problem(("steps", place, "with", *loc), message)


def beside(one: Written, known: Known) -> Iterator[Problem]:
    """What `when` asks for and nothing has, and answers that are awaited to orders of nobody."""
    yield from _unordered(one)
    for key, wanted, there in (
        ("brand", one.playbook.when.brand, known.brands),
        ("tags", one.playbook.when.tags, known.tags),
    ):
        for name in [name for name in wanted if name not in there]:
            what = "brand is called" if key == "brand" else "server has the tag"
            hint = did_you_mean(name, there)
            yield one.problem(("when", key), f'no {what} "{name}"{hint}: it never begins for that')


def _unordered(one: Written) -> Iterator[Problem]:
    ordered: set[str] = set()
    for place, step in enumerate(one.playbook.steps):
        task = step.with_.get("task", ContactDatacentre.model_fields["task"].default)
        if step.uses == ContactDatacentre.uses:
            ordered.add(task)
        elif step.uses == WaitForReply.uses and task not in ordered:
            told = f"no step before it orders {task}: there is nothing to wait for"
            yield one.problem(("steps", place, "uses"), told)


def _of_step(step: Step, known: Known) -> Iterator[tuple[Loc, str]]:
    if step.uses in _CALLS:
        yield from _command(step, known.commands)
    elif step.uses in _CALLERS:
        to = step.with_.get("to")
        if to and _is_strange(to, known.people):
            hint = did_you_mean(to, known.people)
            yield ("to",), f'no person, team or rota is called "{to}"{hint}'
    elif step.uses in _LOOKS:
        written = step.with_.get("kinds", ())
        kinds = enumerate([written] if isinstance(written, str) else written)
        for place, kind in kinds:
            name = kind.partition(":")[0]
            if _is_strange(name, known.looks):
                loc: Loc = ("kinds",) if isinstance(written, str) else ("kinds", place)
                hint = did_you_mean(name, known.looks)
                yield loc, f'there is no kind or module "{name}"{hint}'


def _command(step: Step, commands: Mapping[str, Command]) -> Iterator[tuple[Loc, str]]:
    name = step.with_.get("command")
    if not name:
        return
    if name not in commands:
        yield ("command",), f'playbooks.commands has no "{name}"{did_you_mean(name, commands)}'
    elif (commands[name].ssh is not None) is not (step.uses == SSH):
        has = "an" if step.uses != SSH else "no"
        yield ("command",), f'"{name}" has {has} `ssh`: {step.uses} can\'t call it'


def _is_strange(name: str, known: Collection[str]) -> bool:
    return "{{" not in name and name not in known
