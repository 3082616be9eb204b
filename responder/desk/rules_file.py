"""The rules for requests, read from their files: those of the house and the user's own."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import AfterValidator, ValidationInfo

import alerts.requests
from alerts.requests.rules import Rules, joined, known_names, unknown
from alerts.requests.settings import RulesFile
from responder.configfile import validated
from responder.problems import BadConfig, Loading, Problem, did_you_mean, in_order, loading
from responder.shapes import Shape
from responder.wording import Found, explain
from responder.yamlfile import read

log = structlog.get_logger(__name__)

_LAST_GOOD: dict[Path | None, Rules] = {}
FOLDER = Path(alerts.requests.__file__).parent / "rules"


@dataclass(frozen=True, slots=True)
class Written:
    """A file of rules that can be used, and where everything stands in it."""

    rules: RulesFile
    file: Path
    top: Found


def request_rules(file: Path | None = None) -> Rules:
    """The shipped rules, with those of this file before them.

    Raises BadConfig with everything that is wrong in the file, each at its place.
    """
    if file is None:
        return _shipped_rules()
    try:
        known = file.stat()
    except OSError:
        return _own_rules(file, (0, 0))  # reading it says what is wrong
    return _own_rules(file, (known.st_mtime_ns, known.st_size))


def rules_in_force(file: Path | None = None) -> Rules:
    """The same; while a file can't be read, as when somebody is writing it, the last that could be,
    or the shipped ones alone: no customer is turned away for it.
    """
    try:
        rules = request_rules(file)
    except BadConfig as bad:
        log.warning("rules_unread", reason=str(bad))
        return _LAST_GOOD.get(file) or _shipped_rules()
    _LAST_GOOD[file] = rules
    return rules


@lru_cache(maxsize=4)
def _own_rules(file: Path, _state: tuple[int, int]) -> Rules:
    """Read anew when the file has changed."""
    own = _written(file)
    problems = list(_wrong(own, [own, *_shipped()]))
    if problems:
        raise BadConfig(in_order(problems, [file]))
    return joined([one.rules for one in (own, *_shipped())])


def strange_tasks(file: Path, known: Collection[str]) -> Iterator[Problem]:
    """Rules of a file whose task stands in no scope list: nobody would know whose it is. Of a file
    that can't be used nothing is said here.
    """
    try:
        own = _written(file)
    except BadConfig:
        return
    for number, rule in enumerate(own.rules.rules):
        if rule.task and rule.task not in known:
            near = did_you_mean(rule.task, known)
            told = f'no task is called "{rule.task}" (desk.scope may add it){near}'
            yield own.top.follow(("rules", number, "task")).problem(told)


def _examined(path: Path, info: ValidationInfo) -> Path:
    """Relative to the configuration's folder; what is wrong in the file is wrong in the whole."""
    load = loading(info)
    file = load.folder / path
    load.files.append(file)
    try:
        request_rules(file)
    except BadConfig as bad:
        load.problems += bad.problems
    return file


RulesPath = Annotated[Path, AfterValidator(_examined)]
"""A file of rules that the configuration names."""


@cache
def _shipped_rules() -> Rules:
    shipped = _shipped()
    problems = [problem for one in shipped for problem in _wrong(one, shipped)]
    if problems:
        raise BadConfig(problems)
    return joined([one.rules for one in shipped])


@cache
def _shipped() -> tuple[Written, ...]:
    return tuple(_written(file) for file in sorted(FOLDER.glob("*.yml")))


def _written(file: Path) -> Written:
    root, problems = read(file)
    top = Found(root, Shape.of(RulesFile))
    rules, errors = validated(RulesFile, root.plain, Loading(file.parent))
    told = {problem.spot for problem in problems}
    also = (problem for error in errors for problem in explain(error, top))
    problems += [problem for problem in also if problem.spot not in told]
    if problems or rules is None:
        raise BadConfig(in_order(problems, [file]))
    return Written(rules, file, top)


def _wrong(one: Written, all_files: Sequence[Written]) -> Iterator[Problem]:
    """What only shows beside the other files: names that nothing explains, ids given twice."""
    rules = [other.rules for other in all_files]
    known = known_names(rules)
    for loc, name in unknown(one.rules, known):
        message = f'no words and no fact are called "{name}"{did_you_mean(name, known)}'
        yield one.top.follow(loc).problem(message)
    others = {rule.id for other in all_files if other is not one for rule in other.rules.rules}
    seen: set[str] = set()
    for number, rule in enumerate(one.rules.rules):
        if rule.id in seen or (rule.id in others and rule.id not in one.rules.off):
            yield one.top.follow(("rules", number, "id")).problem(f'"{rule.id}" stands here twice')
        seen.add(rule.id)
    for number, name in enumerate(one.rules.off):
        if name not in others:
            yield one.top.follow(("off", number)).problem(
                f'no shipped rule is called "{name}"{did_you_mean(name, others)}'
            )
