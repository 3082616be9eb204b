"""Several files read as one: `include:` and what it brings in."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from glob import glob, has_magic
from pathlib import Path

from responder.problems import BadConfig, Problem, Spot, in_order
from responder.yamlfile import Node, read

INCLUDE = "include"


@dataclass(frozen=True, slots=True)
class Gathered:
    """One tree out of all files, and what was wrong on the way."""

    root: Node
    files: tuple[Path, ...]
    problems: tuple[Problem, ...]


def gather(file: Path) -> Gathered:
    """The file with all that it includes. Raises BadConfig when one of them can't be read.

    `include:` is a list of files or globs, relative to the file that names them. Sections of the
    same name are joined; each entry in them (a server, a person, a setting) stands in one file.
    """
    work = _Gathering()
    sections = work.take(file, ())
    if sections is None or work.broken:
        raise BadConfig(in_order(work.problems, tuple(work.files.values())))
    top = Spot(file, 1, 1)
    return Gathered(Node(top, top, sections), tuple(work.files.values()), tuple(work.problems))


@dataclass(slots=True)
class _Gathering:
    """What one gathering has seen so far."""

    files: dict[Path, Path] = field(default_factory=dict)  # as they are called, by their real path
    problems: list[Problem] = field(default_factory=list)
    broken: bool = False

    def take(self, file: Path, above: tuple[Path, ...]) -> dict[str, Node] | None:
        """The sections of this file and all below; `above` are the real paths that led here."""
        real = _real(file)
        self.files[real] = file
        sections = self._sections(file)
        if sections is None or INCLUDE not in sections:
            return sections
        for wanted in self._wanted(sections.pop(INCLUDE), file, (*above, real)):
            self.problems += _join(sections, self.take(wanted, (*above, real)) or {})
        return sections

    def _sections(self, file: Path) -> dict[str, Node] | None:
        try:
            root, problems = read(file)
        except BadConfig as trouble:
            problems, root = list(trouble.problems), None
        self.problems += problems
        if root and isinstance(root.value, dict):
            return root.value
        if root:
            self._complain(root, 'must be a mapping ("key: value" lines)')
        self.broken = True
        return None

    def _wanted(self, include: Node, file: Path, above: tuple[Path, ...]) -> Iterator[Path]:
        """The files to read next, each once."""
        if not isinstance(include.value, list):
            self._complain(include, "include must be a list of files")
            return
        for item in include.value:
            if not isinstance(item.value, str) or not item.value:
                self._complain(item, "must be the name of a file")
            elif has_magic(item.value):
                yield from filter(self._is_new, matches(item.value, file.parent))
            elif self._may_follow(item, file.parent / item.value, above):
                yield file.parent / item.value

    def _may_follow(self, item: Node, path: Path, above: tuple[Path, ...]) -> bool:
        if _real(path) in above:
            chain = " -> ".join(seen.name for seen in (*above, _real(path)))
            self._complain(item, f"the files include each other: {chain}")
            return False
        if _is_missing(path):
            self._complain(item, f"there is no file {path}")
            return False
        return self._is_new(path)

    def _is_new(self, path: Path) -> bool:
        return _real(path) not in self.files

    def _complain(self, node: Node, message: str) -> None:
        self.problems.append(Problem.at(node.place, message))


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:  # a name too long, a folder that is closed to us: reading it will say so
        return False


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve raises at a loop of links


def matches(pattern: str, folder: Path) -> Iterator[Path]:
    """The files below the folder that fit this pattern, by name."""
    # Not Path.glob: that one takes an editor's hidden files too.
    names = sorted(glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207
    return filter(Path.is_file, (folder / name for name in names))


def _join(sections: dict[str, Node], more: dict[str, Node]) -> Iterator[Problem]:
    """Adds the sections of another file; tells what stands in both."""
    for name, node in more.items():
        first = sections.setdefault(name, node)
        if first is node:
            continue
        if isinstance(first.value, dict) and isinstance(node.value, dict):
            twice = first.value.keys() & node.value.keys()
            yield from (_again(node.value[key], key, first.value[key]) for key in sorted(twice))
            first.value.update({key: node.value[key] for key in node.value if key not in twice})
        elif isinstance(first.value, list) and isinstance(node.value, list):
            first.value.extend(node.value)
        else:
            yield _again(node, name, first)


def _again(node: Node, name: str, first: Node) -> Problem:
    return Problem.at(node.at, f'"{name}" stands already at {":".join(map(str, first.at))}')
