"""Does the house keep its own rules?"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.require import require
from tests.rooms import HOUSE, caption, files, hung

# The only two places that must outlive any error: a bad turn and a bad transaction.
CATCH_ALL = {"responder/supervise.py", "responder/store/thread.py"}
BROAD = {"Exception", "BaseException"}
LONGEST = 300
EXPORTED = re.compile(r"\bresponder_[a-z0-9_]+[a-z0-9]\b")
# Written so that no pattern matches itself.
FOREIGN = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KE[Y]|\bAKIA[0-9A-Z]{16}\b|\bgh[ps]_\w{30,}|\bxox[abp]-\w{10,}"
    r"|/work/(?:main|shared)\b|/roo[t]/|\.pyen[v]\b|/opt/(?:pypi|wheels)\b"
    r"|pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org|proxy\.golang\.org"
)


def named(file: Path) -> str:
    return str(file.relative_to(HOUSE))


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def broad_excepts(module: ast.AST) -> Iterator[int]:
    """Lines of `except:`, `except Exception` and the like, in a tuple too."""
    for node in ast.walk(module):
        if isinstance(node, ast.ExceptHandler):
            caught = re.findall(r"\w+", ast.unparse(node.type)) if node.type else ["Exception"]
            if BROAD & set(caught):
                yield node.lineno


def metrics_named_in(text: str) -> set[str]:
    """Our metric families in a dashboard, a rule or a page; a histogram's parts are one family."""
    return {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in EXPORTED.findall(text)}


def metrics_declared() -> set[str]:
    """The families of each *metrics.py and families.py; a counter may lack its `_total` there."""
    own: set[str] = set()
    room = HOUSE / "responder"
    for file in (*room.rglob("*metrics.py"), *room.rglob("families.py")):
        constants = (node for node in ast.walk(tree(file)) if isinstance(node, ast.Constant))
        names = {str(node.value) for node in constants if EXPORTED.fullmatch(str(node.value))}
        assert names, f"{named(file)} names no metric: has the check gone blind?"
        own |= names
    return own | {f"{name}_total" for name in own}


def shown_metrics() -> dict[str, set[str]]:
    """Metric families by the file under deploy/ or docs/ that shows them to people."""
    pages = [page for folder in ("deploy", "docs") for page in (HOUSE / folder).rglob("*")]
    written = [page for page in pages if page.is_file() and page.suffix != ".pyc"]
    texts = {page: page.read_text(encoding="utf-8") for page in written}
    return {named(page): metrics_named_in(text) for page, text in texts.items()}


def test_every_file_says_on_its_first_line_what_it_is_for() -> None:
    ours = [*files(), *(HOUSE / "tests").rglob("*.py")]
    silent = [named(file) for file in ours if caption(file)[-1:] not in (".", "?")]
    assert silent == []


def test_the_room_map_of_the_readme_is_what_the_captions_say() -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    assert readme == hung(readme), "make rooms"


def test_nothing_waits_inside_the_store() -> None:
    waiting = [
        f"{named(file)}:{node.lineno}"
        for file in (HOUSE / "responder" / "store").rglob("*.py")
        if file.name != "thread.py"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.AsyncFunctionDef)
    ]
    assert waiting == []


def test_only_two_files_catch_everything() -> None:
    broad = [
        f"{named(file)}:{line}"
        for file in files()
        if named(file) not in CATCH_ALL
        for line in broad_excepts(tree(file))
    ]
    assert broad == []


def test_a_broad_except_is_seen_in_every_form() -> None:
    def seen(clause: str) -> list[int]:
        return list(broad_excepts(ast.parse(f"try:\n  go()\n{clause}\n  pass")))

    assert seen("except:") == [3]
    assert seen("except Exception as error:") == [3]
    assert seen("except (OSError, BaseException):") == [3]
    assert seen("except builtins.Exception:") == [3]
    assert seen("except* Exception:") == [3]
    assert seen("except OSError:") == []


def test_no_file_has_grown_a_second_noun() -> None:
    """A migration is history: written once, as long as it must be, and never edited."""
    rooms = [file for file in files() if file.parent.name != "versions"]
    lengths = {named(file): file.read_text(encoding="utf-8").count("\n") for file in rooms}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_every_metric_that_people_are_shown_is_exported() -> None:
    declared = metrics_declared()
    missing = {page: names - declared for page, names in shown_metrics().items()}
    assert {page: names for page, names in missing.items() if names} == {}


def test_dashboards_and_rules_name_metrics_that_the_check_can_see() -> None:
    shown = shown_metrics()
    blind = [
        page
        for page in shown
        if page.startswith(("deploy/grafana/dashboards/", "deploy/prometheus/rules"))
        and not shown[page]
    ]
    assert blind == []
    query = "histogram_quantile(0.9, rate(responder_ticket_reaction_seconds_bucket[5m]))"
    assert metrics_named_in(query) == {"responder_ticket_reaction_seconds"}


def test_no_secret_no_path_of_a_machine_and_no_registry_in_the_repository() -> None:
    require("a git checkout", present=(HOUSE / ".git").exists())
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE, capture_output=True, check=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    found = [
        f"{name}: {match.group()}"
        for name in listed
        if name and (HOUSE / name).is_file()
        for match in FOREIGN.finditer((HOUSE / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []
