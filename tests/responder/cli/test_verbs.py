"""Is the command quick to help, and does it know its verbs?"""

import subprocess
import sys
from importlib import import_module, util

import click
import pytest

from responder.cli.verbs import VERBS
from tests.responder.cli.asking import call

HEAVY = ("aiohttp", "rich", "sqlalchemy", "pydantic", "ruamel", "structlog", "asyncio")


def loaded_after(*words: str, env: dict[str, str] | None = None) -> set[str]:
    """Which heavy modules a call has loaded, in a Python of its own."""
    code = (
        "import atexit, sys\n"
        f"heavy = {HEAVY}\n"
        "said = lambda: print(*[one for one in heavy if one in sys.modules], file=sys.stderr)\n"
        "atexit.register(said)\n"
        "from responder.cli import main\n"
        f"sys.argv[1:] = {list(words)}\n"
        "main()\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True
    )
    return set(answer.stderr.split())


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(word: str) -> None:
    assert loaded_after(word) == set()


def test_a_heavy_verb_would_be_seen() -> None:
    assert {"aiohttp", "pydantic"} <= loaded_after("check", "--schema")


def test_the_shell_completes_verbs_without_loading_them() -> None:
    env = {"_RESPONDER_COMPLETE": "bash_complete", "COMP_WORDS": "responder in", "COMP_CWORD": "1"}
    assert loaded_after(env=env) == set()
    words = subprocess.run(
        [sys.executable, "-m", "responder"], env=env, capture_output=True, text=True, check=True
    )
    assert words.stdout.splitlines() == ["plain,init", "plain,incident", "plain,inflow"]


@pytest.mark.parametrize("name", VERBS)
def test_each_verb_is_where_its_name_says_and_in_the_same_words(name: str) -> None:
    module = name.replace("-", "_")
    if util.find_spec(f"responder.cli.{module}") is None:
        pytest.skip(f"responder {name} is not written yet")
    verb = getattr(import_module(f"responder.cli.{module}"), module)
    assert isinstance(verb, click.Command)
    assert verb.get_short_help_str(200) == VERBS[name]
    assert call(name, "--help").exit_code == 0


def test_help_names_every_verb() -> None:
    help_ = call("--help").output
    assert [name for name in VERBS if f"  {name} " not in help_] == []


def test_a_misspelt_verb_is_wrong_usage_and_gets_a_hint() -> None:
    result = call("chek")
    assert result.exit_code == 2
    assert 'there is no verb "chek", did you mean "check"?' in result.stderr
