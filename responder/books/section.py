"""The section `playbooks:` of the configuration: which there are, and how careful each must be."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from glob import has_magic
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from playbooks.actions.commands import Command
from playbooks.frozen import Book, book
from playbooks.lookups import names, read_name
from playbooks.playbook import Playbook, PlaybookName, Safety
from playbooks.sense import MODE, NO_LOOKUP, doubts
from responder.books.reading import Written, read_book
from responder.books.shipped import FOLDER, shipped, shipped_names
from responder.includes import matches
from responder.parts import Name, Part
from responder.problems import ConfigProblems, Loading, Loc, did_you_mean, loading

M = TypeVar("M", bound=BaseModel)


def _read_all(written: Any, info: ValidationInfo) -> tuple[Written, ...]:
    """Each file once. What is wrong in one is told of that file, not of the list."""
    if isinstance(written, tuple):
        return written
    several = [written] if isinstance(written, str) else written
    if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
        raise ValueError("must be a list of files")
    load = loading(info)
    found = [_paths(one, load) for one in several]
    books = [read_book(path, load) for path in dict.fromkeys(path for one in found for path in one)]
    missing = [place for place, one in enumerate(several) if not (has_magic(one) or found[place])]
    if missing:
        raise ConfigProblems([((place,), "there is no such file") for place in missing])
    return tuple(filter(None, books))


def _paths(one: str, load: Loading) -> list[Path]:
    """A glob that nothing fits yet is no fault."""
    if not has_magic(one):
        path = load.folder / one
        return [path] if path.exists() else []
    return list(matches(one, load.folder))


BookFiles = Annotated[
    tuple[Written, ...],
    PlainValidator(_read_all),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class Playbooks(Part):
    """The emergency procedures of this company."""

    files: BookFiles = Field((), description="Files or globs, one playbook a file")
    shipped: Literal["all", "none"] | tuple[str, ...] = Field(
        "none", description="Which of those that come with the program are in use"
    )
    overrides: Mapping[PlaybookName, Safety] = Field(
        {}, description="Keys of `safety` that count more than those of the file"
    )
    second_factor: bool = Field(
        False, description="A yes over a link needs a code of the person's app (totp_file)"
    )
    commands: Mapping[Name, Command] = Field(
        {}, description="What ssh.run and command.run may call, by name"
    )

    @cached_property
    def books(self) -> tuple[Book, ...]:
        """All that may be run, those of files first."""
        return tuple(book(self._held(one), _source(one)) for one in self._all())

    @model_validator(mode="after")
    def _hold_together(self, info: ValidationInfo) -> "Playbooks":
        load = loading(info)
        if problems := list(self._problems(load)):
            raise ConfigProblems(problems)
        self._tell(load)
        return self

    def _all(self) -> tuple[Written, ...]:
        if self.shipped == "none":
            return self.files
        own = {one.name for one in self.files}
        named = [one for one in shipped_names() if one not in own]
        ours = named if self.shipped == "all" else self.shipped
        return (*self.files, *(shipped(one) for one in ours))

    def _held(self, one: Written) -> Playbook:
        """The playbook with the safety that holds here."""
        override = self.overrides.get(one.name)
        if override is None:
            return one.playbook
        return one.playbook.model_copy(update={"safety": over(one.playbook.safety, override)})

    def _problems(self, load: Loading) -> Iterator[tuple[Loc, str]]:
        """An override without its playbook is no fault of its own while a file can't be used."""
        own = {one.name: one for one in self.files}
        ours = shipped_names()
        for place, one in enumerate(self.shipped if isinstance(self.shipped, tuple) else ()):
            if one not in ours:
                yield ("shipped", place), f'none is called "{one}"{did_you_mean(one, ours)}'
            elif one in own:
                yield ("shipped", place), f"{own[one].file} is called so too: use one of them"
        yield from _commands(self.commands)
        known = {*own, *ours}
        for name in () if load.problems else self.overrides:
            if name not in known:
                yield ("overrides", name), f"no playbook is called so{did_you_mean(name, known)}"

    def _tell(self, load: Loading) -> None:
        """What is wrong between several files, and what is unwise in those in use."""
        seen: dict[str, Written] = {}
        for one in self._all():
            first = seen.setdefault(one.name, one)
            if first is not one:
                told = f'"{one.name}" is the name of {first.file} already'
                load.problems.append(one.problem(("playbook",), told))
            self._doubt(one, load)

    def _doubt(self, one: Written, load: Loading) -> None:
        override = self.overrides.get(one.name)
        for fault in doubts(self._held(one)):
            if fault.loc == MODE and override and "mode" in override.model_fields_set:
                load.find(("playbooks", "overrides", one.name, "mode"), fault.told)
            else:
                load.remarks.append(one.problem(fault.loc, fault.told))


def _commands(commands: Mapping[str, Command]) -> Iterator[tuple[Loc, str]]:
    """Lookups in a command are those of any playbook that calls it; its steps are not known."""
    for name, one in commands.items():
        for place, word in enumerate(one.argv):
            for looked in names(word):
                if read_name(looked) is None:
                    told = f'nothing can be looked up as "{looked}"' if looked else NO_LOOKUP
                    yield ("commands", name, "argv", place), told


def over(below: M, above: M) -> M:
    """What is written `above` counts, else what stands below; in its parts too."""
    changed: dict[str, Any] = {}
    for name in above.model_fields_set:
        old, new = getattr(below, name), getattr(above, name)
        changed[name] = over(old, new) if isinstance(new, BaseModel) else new
    return below.model_copy(update=changed)


def _source(one: Written) -> str:
    return "shipped" if one.file.parent == FOLDER else str(one.file)
