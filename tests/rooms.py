"""The room map of the README: every file of the house with the caption of its first line."""

import ast
from pathlib import Path

HOUSE = Path(__file__).parent.parent
PACKAGES = ("probes", "alerts", "playbooks", "responder")
BEGIN, END = "<!-- rooms -->\n", "<!-- /rooms -->"


def caption(file: Path) -> str:
    """The first line of a file's docstring; empty when it has none on its first line."""
    told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    first = file.read_text(encoding="utf-8").split("\n", 1)[0]
    return told.splitlines()[0] if told and first.startswith('"""') else ""


def files() -> list[Path]:
    """Every source file, in the order of the conveyor; a package before its files."""
    return [file for package in PACKAGES for file in sorted((HOUSE / package).rglob("*.py"))]


def room(file: Path) -> str:
    """How the map names a file: a package by its folder."""
    path = file.relative_to(HOUSE)
    return f"{path.parent}/" if path.name == "__init__.py" else str(path)


def drawn() -> str:
    """The whole map as it should stand in the README."""
    shown = [file for file in files() if "versions" not in file.parts]
    width = max(len(room(file)) for file in shown)
    lines = [f"{room(file):{width}}  {caption(file)}".rstrip() for file in shown]
    return "\n".join(["```", *lines, "```", ""])


def hung(readme: str) -> str:
    """The README's text with the map of now between its two marks."""
    before, _, rest = readme.partition(BEGIN)
    return before + BEGIN + drawn() + END + rest.partition(END)[2]


if __name__ == "__main__":
    page = HOUSE / "README.md"
    page.write_text(hung(page.read_text(encoding="utf-8")), encoding="utf-8")
