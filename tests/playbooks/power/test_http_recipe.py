"""Recipes of providers: ours are read, and none can be written that acts upon many machines."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML

from playbooks.power.hcloud import HetznerCloudPower
from playbooks.power.http import HttpPower
from playbooks.power.http_recipe import (
    SHIPPED,
    Follow,
    Order,
    Recipe,
    Success,
    read_recipe,
    shipped,
)
from playbooks.power.http_template import (
    BodyTemplate,
    PathTemplate,
    filled_body,
    filled_path,
    fits,
    is_bulk,
    places,
)
from playbooks.power.model import PowerSettings, Verb
from playbooks.power.proxmox import ProxmoxPower
from playbooks.power.robot import RobotPower
from playbooks.power.whm_power import WhmPower
from tests.rooms import HOUSE

OURS = ("digitalocean", "leaseweb", "ovh", "vultr")
GOOD: dict[str, Any] = {
    "title": "Example",
    "url": "https://api.example.net/v1",
    "verbs": {"reset": {"path": "/servers/{id}/reset"}},
}


def written(folder: Path, told: Any) -> Path:
    path = folder / "recipe.yaml"
    YAML(typ="safe").dump(told, path)
    return path


@pytest.mark.parametrize("provider", OURS)
def test_ours_are_read_and_say_where_they_come_from(provider: str) -> None:
    recipe = shipped(provider)
    assert recipe.title.lower() == provider
    assert Verb.RESET in recipe.verbs
    assert recipe.identity is not None
    first = (SHIPPED / f"{provider}.yaml").read_text().splitlines()[0]
    assert first.startswith("# ")
    assert "https://" in first


def test_nothing_else_is_shipped() -> None:
    assert sorted(path.name for path in SHIPPED.iterdir()) == [f"{name}.yaml" for name in OURS]


@pytest.mark.parametrize(
    ("provider", "verbs", "state"),
    [
        ("digitalocean", {"on", "off", "reset", "soft"}, True),
        ("leaseweb", {"on", "off", "reset"}, True),
        ("ovh", {"reset"}, False),
        ("vultr", {"on", "off", "reset"}, False),
    ],
)
def test_what_each_of_ours_can_do(provider: str, verbs: set[str], state: bool) -> None:
    recipe = shipped(provider)
    assert (set(recipe.verbs), recipe.state is not None) == (verbs, state)


def test_a_recipe_of_yours_is_read(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, GOOD))
    assert recipe.verbs[Verb.RESET].path == "/servers/{id}/reset"


def test_on_and_off_are_words_even_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("""
title: Example
url: https://api.example.net
verbs: {on: {path: "/servers/{id}/on"}, off: {path: "/servers/{id}/off"}}
state: {path: "/servers/{id}", at: [power], on: [on], off: [off]}
already: {on: is on already}
""")
    recipe = read_recipe(path)
    assert set(recipe.verbs) == {Verb.ON, Verb.OFF}
    assert recipe.state is not None
    assert (recipe.state.on, recipe.state.off) == (("on",), ("off",))


BULK: list[dict[str, Any]] = [
    {"verbs": {"reset": {"path": "/servers/reset"}}},
    {"verbs": {"reset": {"path": "/v2/droplets/actions", "body": {"type": "power_cycle"}}}},
    {"verbs": {"off": {"path": "/bare-metals/halt", "body": {"baremetal_ids": ["{id}"]}}}},
    {"verbs": {"off": {"path": "/bare-metals/{id}/../halt"}}},
    {"verbs": {"off": {"path": "/bare-metals/./halt"}}},
    {"verbs": {"off": {"path": "/tags/{id}/droplets/actions"}}},
    {"verbs": {"off": {"path": "/servers/{id}?tag_name=web"}}},
    {"verbs": {"off": {"path": "/servers/{id}#"}}},
    {"verbs": {"off": {"path": "/servers/{id}%2f..%2fhalt"}}},
    {"verbs": {"off": {"path": "/servers//{id}"}}},
    {"verbs": {"off": {"path": "/servers/web-{id}"}}},
    {"verbs": {"off": {"path": "/servers/{id}/{task}"}}},
    {"verbs": {"off": {"path": "servers/{id}"}}},
    {"verbs": {"off": {"path": "https://elsewhere.example/{id}"}}},
    {"verbs": {"off": {"path": "/servers/{id}/off", "body": {"ids": "{id},{id}"}}}},
    {"verbs": {"off": {"path": "/servers/{id}/off", "body": {"{id}": 1}}}},
    {"verbs": {"off": {"path": "/servers/{id}/off", "body": {"a": "{task}"}}}},
    {"state": {"path": "/servers", "at": ["status"], "on": ["on"], "off": ["off"]}},
    {"identity": {"path": "/servers", "id": "id"}},
    {"url": "https://api.example.net/v1?tag_name=web"},
    {"url": "http://api.example.net/v1"},
]


@pytest.mark.parametrize("told", BULK, ids=str)
def test_no_recipe_can_act_upon_many(told: dict[str, Any]) -> None:
    Recipe.model_validate(GOOD)
    with pytest.raises(ValidationError):
        Recipe.model_validate(GOOD | told)


@pytest.mark.parametrize(
    "told",
    [
        {"verbs": {}},
        {"verbs": {"reboot": {"path": "/servers/{id}"}}},
        {"verbs": {"reset": {"path": "/servers/{id}", "method": "DELETE"}}},
        {"verbs": {"reset": {"path": "/servers/{id}", "command": "rm"}}},
        {"login": "header"},
        {"login_header": "X-Key"},
        {"login_header": "X-Key: a\r\nX-Other", "login": "header"},
        {"sign": "md5"},
        {"headers": {"Authorization": "Bearer 7"}},
        {"headers": {"X-A": "a\r\nX-B: b"}},
        {"headers": {"X A": "a"}},
        {"already": {"reset": "already reset"}},
        {"already": {"on": "on"}},
        {"title": ""},
        {"surprise": 1},
        {"identity": {"path": "/servers/{id}", "id": "server[0]"}},
        {"follow": {"path": "/tasks/all", "at": "status", "done": ["done"]}},
        {"follow": {"path": "/tasks/{task}", "at": "status", "done": ["done"]}},
        {"follow": {"path": "/tasks/{task}", "task": "id", "at": "status", "done": []}},
    ],
    ids=str,
)
def test_what_is_no_recipe_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate(GOOD | told)


def test_everything_wrong_in_a_file_is_told_with_its_place(tmp_path: Path) -> None:
    told = GOOD | {"verbs": {"reset": {"path": "/x?y"}}, "surprise": 1}
    with pytest.raises(ValueError, match="surprise") as caught:
        read_recipe(written(tmp_path, told))
    assert "verbs.reset.path" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("title: [", "is no YAML: line"),
        ("a: 1\na: 2\n", "is no YAML"),
        ("!!python/object/apply:os.system ['true']", "is no YAML"),
        ("just text", "Input should be"),
        ("", "Input should be"),
        ("x: " + "y" * 70_000, "Input should be"),
    ],
)
def test_a_file_that_is_no_recipe_says_so(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "recipe.yaml").write_text(text)
    with pytest.raises(ValueError, match=why):
        read_recipe(tmp_path / "recipe.yaml")


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="can't be read: No such file"):
        read_recipe(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("number", ["1", "3164444"], ["0", "-1", "12a", "1/2", "", "12345678901234567890"]),
        ("uuid", ["cb676a46-66fd-4dfb-b839-443f2e6c0b60"], ["cb676a46", "halt", "*"]),
        (
            "name",
            ["ns123.ip-203-0-113-7.eu", "web1"],
            ["..", "a..b", "a/b", "a?b", "a#b", "a%2fb", "", "-a", ".a", "a b", "ä"],
        ),
    ],
)
def test_an_id_is_what_the_provider_gives(kind: str, good: list[str], bad: list[str]) -> None:
    recipe = Recipe.model_validate(GOOD | {"id": kind})
    assert all(map(recipe.fits, good))
    assert not any(map(recipe.fits, bad))


@given(value=st.text(max_size=40))
@example(value="a..b")
@example(value="..")
@example(value="web1")
def test_whatever_a_value_is_it_stays_one_step(value: str) -> None:
    template = "/servers/{id}/reset"
    if not fits(value):
        with pytest.raises(ValueError, match="no machine's id"):
            filled_path(template, {"id": value})
        return
    path = filled_path(template, {"id": value})
    assert path.count("/") == 3
    assert path.removeprefix("/servers/").removesuffix("/reset") == value
    assert not {"?", "#", "%", "\\", ":", "@", " "} & set(path)
    assert ".." not in path


@given(path=st.text(alphabet="abc{}id/.?#%~-_", max_size=30))
def test_whatever_a_path_is_it_has_no_query_and_no_way_up(path: str) -> None:
    try:
        kept = TypeAdapter(PathTemplate).validate_python(path)
    except ValidationError:
        return
    assert not {"?", "#", "%"} & set(kept)
    assert ".." not in kept
    assert "//" not in kept


@pytest.mark.parametrize(
    ("path", "bulk"),
    [
        ("/v2/droplets/actions", True),
        ("/v2/bare-metals/halt", True),
        ("/v2/bare-metals/start", True),
        ("/v2/instances/reboot", True),
        ("/v2/droplets/7/actions", False),
        ("/v2/bare-metals/7/halt", False),
        ("/servers/7/reset", False),
    ],
)
def test_the_known_bulk_calls_are_known(path: str, bulk: bool) -> None:
    assert is_bulk(path) is bulk


def test_a_body_is_filled_in_whole_values_only() -> None:
    template = TypeAdapter(BodyTemplate).validate_python(
        {"type": "power_on", "server": {"id": "{id}", "list": ["{id}", 1, None, True]}}
    )
    assert places(template) == {"id"}
    assert filled_body(template, {"id": "7"}) == {
        "type": "power_on",
        "server": {"id": "7", "list": ["7", 1, None, True]},
    }
    with pytest.raises(ValueError, match="no machine's id"):
        filled_body(template, {"id": '7", "all": "'})


def test_a_body_has_an_end() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = {"a": deep}
    with pytest.raises(ValidationError, match="nested too deep"):
        TypeAdapter(BodyTemplate).validate_python(deep)


def test_the_recipe_in_the_guide_is_one() -> None:
    page = (HOUSE / "docs" / "guide" / "power.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(title: .*?)```", page, re.DOTALL)
    recipe = Recipe.model_validate(YAML(typ="safe", pure=True).load(text))
    assert recipe.follow is not None
    keys = {*Recipe.model_fields, *Follow.model_fields, *Success.model_fields, *Order.model_fields}
    assert {key for key in keys if f"`{key}`" not in page} == set()


@pytest.mark.parametrize(
    "driver", [RobotPower, HetznerCloudPower, ProxmoxPower, WhmPower, HttpPower]
)
def test_the_guide_names_every_key_of_a_driver(driver: type[PowerSettings]) -> None:
    page = (HOUSE / "docs" / "guide" / "power.md").read_text(encoding="utf-8")
    name = driver.model_fields["driver"].default
    part = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
    own = set(driver.model_fields) - set(PowerSettings.model_fields) - {"driver"}
    assert {key for key in own if f"`{key}`" not in part} == set()
    assert "never against\nthe real thing" in part or "never against the real thing" in part
