"""A playbook file becomes a playbook, or a list of all that is wrong with it, each at its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playbooks.actions.kinds import ACTIONS
from playbooks.playbook import Playbook
from playbooks.sense import Draft, drafts, faults
from responder.configfile import unwise, validated
from responder.problems import BadConfig, Loading, Problem, did_you_mean
from responder.shapes import Shape
from responder.wording import Found, explain
from responder.yamlfile import read


@dataclass(frozen=True, slots=True)
class Written:
    """A playbook that can be used, and the file that it stands in."""

    playbook: Playbook
    file: Path
    top: Found

    @property
    def name(self) -> str:
        return self.playbook.playbook

    def problem(self, loc: tuple[int | str, ...], message: str) -> Problem:
        """Something about the place in the file to which this way leads."""
        return self.top.follow(loc).problem(message)


def read_book(file: Path, load: Loading) -> Written | None:
    """The playbook in this file; None when it can't be used, and `load` is told why.

    Files that its steps name are relative to the configuration's folder, as all others are.
    """
    load.files.append(file)
    try:
        root, problems = read(file)
    except BadConfig as bad:
        load.problems += bad.problems
        return None
    context = Loading(load.folder, fault=load.fault)
    top = Found(root, Shape.of(Playbook))
    book, errors = validated(Playbook, root.plain, context)
    problems += _senseless(top)
    problems += _unfit(top, context)
    told = {problem.spot for problem in problems}
    also = (problem for error in errors for problem in explain(error, top))
    problems += [problem for problem in also if problem.spot not in told]
    load.problems += problems
    load.remarks += unwise(context, top)
    return None if problems or book is None else Written(book, file, top)


def _senseless(top: Found) -> Iterator[Problem]:
    """What no other reader of the file would notice."""
    for fault in faults(top.node.plain, ACTIONS):
        hint = did_you_mean(fault.word, fault.choices) if fault.word else ""
        yield top.follow(fault.loc).problem(fault.told + hint, at_key=len(fault.loc) == 1)


def _unfit(top: Found, context: Loading) -> Iterator[Problem]:
    """What the actions do not take of what stands under `with`."""
    for step in drafts(top.node.plain):
        if step.uses in ACTIONS and isinstance(step.settings, dict):
            yield from _refused(step, top.follow(step.loc()), context)


def _refused(step: Draft, found: Found, context: Loading) -> Iterator[Problem]:
    action = ACTIONS[step.uses]
    _, errors = validated(action, step.settings, context)
    path = f"{found.path}.with"
    settings = Found(found.node.below("with") or found.node, Shape.of(action), path)
    for error in errors:
        yield from explain(error, settings)
