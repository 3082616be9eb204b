"""Leaseweb, Vultr, DigitalOcean and a recipe of one's own, each against an emulator of theirs."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from playbooks.hands import Hands
from playbooks.power.http import HttpPower
from playbooks.power.model import (
    Busy,
    LoginRefused,
    Power,
    PowerState,
    Verb,
    WrongDevice,
    mismatch,
)
from responder.emulators.providers import Fault, ProviderEmulator, Rented
from responder.emulators.providers_hetzner import TOKEN as CLOUD_TOKEN
from responder.emulators.providers_hetzner import CloudEmulator
from responder.emulators.providers_hosters import (
    TOKEN,
    DropletEmulator,
    LeasewebEmulator,
    VultrEmulator,
)
from tests.playbooks.power.providers import (
    becomes,
    fails,
    offers,
    open_hands,
    secret_in,
    served,
)

UUIDS = ("cb676a46-66fd-4dfb-b839-443f2e6c0b60", "11111111-66fd-4dfb-b839-443f2e6c0b60")


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with open_hands() as opened:
        yield opened


@pytest.fixture
async def leaseweb() -> AsyncIterator[LeasewebEmulator]:
    machines = (Rented("12345", serial="JDK18"), Rented("12346", name="web2", serial="JDK19"))
    async with served(LeasewebEmulator(*machines)) as emulator:
        yield emulator


@pytest.fixture
async def vultr() -> AsyncIterator[VultrEmulator]:
    machines = (Rented(UUIDS[0]), Rented(UUIDS[1], name="web2"))
    async with served(VultrEmulator(*machines)) as emulator:
        yield emulator


@pytest.fixture
async def droplets() -> AsyncIterator[DropletEmulator]:
    async with served(DropletEmulator(Rented("7"), Rented("8", name="web2"))) as emulator:
        yield emulator


def driver(emulator: ProviderEmulator, folder: Path, provider: str, /, **told: Any) -> HttpPower:
    about = {
        "provider": provider,
        "url": emulator.url,
        "id": next(iter(emulator.machines)),
        "hostname": "web1",
        "secret_file": secret_in(folder, TOKEN),
        "timeout": "20s",
    }
    return HttpPower.model_validate(about | told)


def own(
    emulator: ProviderEmulator, folder: Path, recipe: dict[str, Any], /, **told: Any
) -> HttpPower:
    """A driver by a recipe of one's own."""
    path = folder / "recipe.yaml"
    YAML(typ="safe").dump(recipe, path)
    about = {"provider": None, "recipe_file": str(path)}
    return driver(emulator, folder, "", **about | told)


def untouched(emulator: ProviderEmulator) -> bool:
    """Was nobody but the first machine told anything?"""
    return not any(machine.orders for machine in list(emulator.machines.values())[1:])


# Leaseweb


async def test_leaseweb_is_a_power_driver(leaseweb: LeasewebEmulator, tmp_path: Path) -> None:
    power: Power = driver(leaseweb, tmp_path, "leaseweb")
    assert offers(power) == ({"on", "off", "reset"}, True)
    assert power.device() == "http Leaseweb 12345"
    assert power.account() == f"http Leaseweb {tmp_path / 'secret'}"
    assert power.capabilities().settles == 120
    assert TOKEN not in repr(power)


@pytest.mark.parametrize(
    ("verb", "call", "on"),
    [
        (Verb.ON, "powerOn", True),
        (Verb.OFF, "powerOff", False),
        (Verb.RESET, "powerCycle", True),
    ],
)
async def test_leaseweb_has_a_call_for_each_verb(
    leaseweb: LeasewebEmulator, hands: Hands, tmp_path: Path, verb: Verb, call: str, on: bool
) -> None:
    await driver(leaseweb, tmp_path, "leaseweb").act(verb, hands)
    assert leaseweb.lines() == [f"POST /bareMetals/v2/servers/12345/{call}"]
    assert leaseweb.machines["12345"].on is on
    assert untouched(leaseweb)


@pytest.mark.parametrize(
    ("ipmi", "pdu", "state"),
    [(True, True, PowerState.OFF), (True, False, PowerState.OFF), (False, True, PowerState.ON)],
)
async def test_leasewebs_bmc_knows_better_than_the_outlet(
    leaseweb: LeasewebEmulator,
    hands: Hands,
    tmp_path: Path,
    ipmi: bool,
    pdu: bool,
    state: PowerState,
) -> None:
    leaseweb.ipmi, leaseweb.pdu = ipmi, pdu
    leaseweb.machines["12345"].on = False
    assert await driver(leaseweb, tmp_path, "leaseweb").state(hands) is state


async def test_a_state_that_nobody_tells_is_no_state(
    leaseweb: LeasewebEmulator, hands: Hands, tmp_path: Path
) -> None:
    leaseweb.ipmi = leaseweb.pdu = False
    with fails(saying="no state that the recipe knows", transient=True):
        await driver(leaseweb, tmp_path, "leaseweb").state(hands)


@pytest.mark.parametrize(
    ("told", "right"),
    [
        ({"hostname": "web1"}, True),
        ({"hostname": "", "serial": "jdk18"}, True),
        ({"hostname": "web1", "serial": "JDK18"}, True),
        ({"hostname": "web1", "serial": "JDK19"}, False),
        ({"hostname": "web2"}, False),
    ],
)
async def test_leaseweb_is_proved_by_serial_number_and_reference(
    leaseweb: LeasewebEmulator, hands: Hands, tmp_path: Path, told: dict[str, str], right: bool
) -> None:
    power = driver(leaseweb, tmp_path, "leaseweb", **told)
    assert (mismatch(power.expected(), await power.identity(hands)) == "") is right


async def test_a_state_shows_late(leaseweb: LeasewebEmulator, hands: Hands, tmp_path: Path) -> None:
    leaseweb.machines["12345"].late = 2
    power = driver(leaseweb, tmp_path, "leaseweb")
    await power.act(Verb.OFF, hands)
    assert await becomes(power, PowerState.OFF, hands) == 3


async def test_another_power_action_under_way_is_waited_for(
    leaseweb: LeasewebEmulator, hands: Hands, tmp_path: Path
) -> None:
    leaseweb.machines["12345"].locked = True
    with fails(Busy, saying="in progress"):
        await driver(leaseweb, tmp_path, "leaseweb").act(Verb.OFF, hands)


# Vultr


async def test_vultr_tells_no_state(vultr: VultrEmulator, hands: Hands, tmp_path: Path) -> None:
    power = driver(vultr, tmp_path, "vultr")
    assert offers(power) == ({"on", "off", "reset"}, False)
    with fails(WrongDevice, saying="can't tell whether"):
        await power.state(hands)


@pytest.mark.parametrize(
    ("verb", "call"), [(Verb.ON, "start"), (Verb.OFF, "halt"), (Verb.RESET, "reboot")]
)
async def test_vultr_is_told_about_one_machine_and_never_by_its_bulk_calls(
    vultr: VultrEmulator, hands: Hands, tmp_path: Path, verb: Verb, call: str
) -> None:
    await driver(vultr, tmp_path, "vultr").act(verb, hands)
    assert vultr.lines() == [f"POST /v2/bare-metals/{UUIDS[0]}/{call}"]
    assert untouched(vultr)
    assert vultr.mass == []


async def test_vultr_is_proved_by_its_label_and_shows_no_password_of_it(
    vultr: VultrEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = driver(vultr, tmp_path, "vultr")
    told = await power.identity(hands)
    assert mismatch(power.expected(), told) == ""
    assert "never-to-be-seen" not in repr(told)


@pytest.mark.parametrize("word", ["halt", "start", "reboot", "cb676a46", "*", "..", "7"])
def test_vultrs_bulk_words_are_no_ids(vultr: VultrEmulator, tmp_path: Path, word: str) -> None:
    with pytest.raises(ValidationError, match="id is no uuid"):
        driver(vultr, tmp_path, "vultr", id=word)


# DigitalOcean


@pytest.mark.parametrize(
    ("verb", "kind", "on"),
    [
        (Verb.ON, "power_on", True),
        (Verb.OFF, "power_off", False),
        (Verb.RESET, "power_cycle", True),
        (Verb.SOFT, "shutdown", False),
    ],
)
async def test_digitalocean_is_told_a_type_and_followed(
    droplets: DropletEmulator, hands: Hands, tmp_path: Path, verb: Verb, kind: str, on: bool
) -> None:
    droplets.machines["7"].on = verb is not Verb.ON
    power = driver(droplets, tmp_path, "digitalocean")
    await power.act(verb, hands)
    assert droplets.lines() == [
        "POST /v2/droplets/7/actions",
        "GET /v2/droplets/7/actions/36804636",
    ]
    assert json.loads(droplets.calls[0].body) == {"type": kind}
    assert await power.state(hands) is (PowerState.ON if on else PowerState.OFF)
    assert untouched(droplets)
    assert droplets.mass == []


async def test_a_locked_droplet_is_busy(
    droplets: DropletEmulator, hands: Hands, tmp_path: Path
) -> None:
    droplets.machines["7"].locked = True
    with pytest.raises(Busy, match="pending event") as caught:
        await driver(droplets, tmp_path, "digitalocean").act(Verb.OFF, hands)
    assert caught.value.pause == 10
    assert droplets.machines["7"].orders == []


@pytest.mark.parametrize(("verb", "on"), [(Verb.ON, True), (Verb.OFF, False)])
async def test_a_droplet_that_is_so_already_is_no_failure(
    droplets: DropletEmulator, hands: Hands, tmp_path: Path, verb: Verb, on: bool
) -> None:
    droplets.machines["7"].on = on
    await driver(droplets, tmp_path, "digitalocean").act(verb, hands)
    assert droplets.lines() == ["POST /v2/droplets/7/actions"]
    assert droplets.machines["7"].orders == []


async def test_an_action_that_errored_is_of_unknown_outcome(
    droplets: DropletEmulator, hands: Hands, tmp_path: Path
) -> None:
    droplets.fails = True
    with fails(saying="took the order, but it failed: errored", transient=True, ambiguous=True):
        await driver(droplets, tmp_path, "digitalocean").act(Verb.OFF, hands)


async def test_a_droplet_is_proved_by_its_name(
    droplets: DropletEmulator, hands: Hands, tmp_path: Path
) -> None:
    right = driver(droplets, tmp_path, "digitalocean", id=7)
    assert mismatch(right.expected(), await right.identity(hands)) == ""
    wrong = driver(droplets, tmp_path, "digitalocean", id=8)
    assert "web2, not web1" in mismatch(wrong.expected(), await wrong.identity(hands))


async def test_an_answer_about_another_machine_proves_nothing(
    droplets: DropletEmulator, hands: Hands, tmp_path: Path
) -> None:
    droplets.machines["7"] = droplets.machines["8"]
    with fails(WrongDevice, saying="another machine than 7"):
        await driver(droplets, tmp_path, "digitalocean").identity(hands)


# All of them


@pytest.mark.parametrize(
    ("fault", "transient", "ambiguous"),
    [(Fault.BROKEN, True, True), (Fault.MAINTENANCE, True, False), (Fault.HUNG_UP, True, True)],
)
async def test_which_failures_may_have_been_heard(
    leaseweb: LeasewebEmulator,
    hands: Hands,
    tmp_path: Path,
    fault: Fault,
    transient: bool,
    ambiguous: bool,
) -> None:
    leaseweb.fault = fault
    power = driver(leaseweb, tmp_path, "leaseweb")
    with fails(transient=transient, ambiguous=ambiguous):
        await power.act(Verb.OFF, hands)
    with fails(transient=transient):
        await power.state(hands)


async def test_a_wrong_token_is_tried_once(
    leaseweb: LeasewebEmulator, hands: Hands, tmp_path: Path
) -> None:
    wrong = secret_in(tmp_path, "wrong", "other")
    power = driver(leaseweb, tmp_path, "leaseweb", secret_file=wrong)
    with fails(LoginRefused):
        await power.act(Verb.RESET, hands)
    assert len(leaseweb.calls) == 1


async def test_what_a_provider_does_not_offer_is_never_sent(
    leaseweb: LeasewebEmulator, hands: Hands, tmp_path: Path
) -> None:
    with fails(WrongDevice, saying="Leaseweb offers no soft"):
        await driver(leaseweb, tmp_path, "leaseweb").act(Verb.SOFT, hands)
    assert leaseweb.lines() == []


@pytest.mark.parametrize(
    ("provider", "told", "why"),
    [
        ("leaseweb", {"provider": None}, "either provider or recipe_file"),
        ("leaseweb", {"recipe_file": "x.yaml"}, "give either provider or recipe_file"),
        ("leaseweb", {"id": "web1"}, "id is no number"),
        ("leaseweb", {"id": "1?x"}, "id is no number"),
        ("leaseweb", {"hostname": ""}, "shows hostname and serial"),
        ("leaseweb", {"uuid": UUIDS[0]}, "shows hostname and serial"),
        ("leaseweb", {"consumer_key_file": "x"}, "belongs to OVH"),
        ("digitalocean", {"serial": "7"}, "shows hostname: give"),
        ("ovh", {}, "needs user"),
        ("ovh", {"user": "key"}, "consumer_key_file belongs to OVH"),
        ("leaseweb", {"url": "https://api.example.net/?tag_name=web"}, "query"),
        ("unheard", {}, "provider"),
    ],
)
def test_what_can_not_work_is_refused_at_load(
    leaseweb: LeasewebEmulator, tmp_path: Path, provider: str, told: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        driver(leaseweb, tmp_path, provider, **told)


# One's own

RECIPE: dict[str, Any] = {
    "title": "Own Cloud",
    "url": "https://cloud.example.net/v1",
    "id": "number",
    "verbs": {
        "off": {
            "path": "/servers/{id}/actions/poweroff",
            "success": {"status": [201], "at": "action.status", "equals": "running"},
        }
    },
    "state": {
        "path": "/servers/{id}",
        "at": ["server.status"],
        "on": ["running"],
        "off": ["off"],
    },
}


@pytest.fixture
async def cloud() -> AsyncIterator[CloudEmulator]:
    async with served(CloudEmulator()) as emulator:
        yield emulator


def token(folder: Path) -> str:
    return secret_in(folder, CLOUD_TOKEN, "cloud")


async def test_a_recipe_of_ones_own_switches_a_machine(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = own(cloud, tmp_path, RECIPE, secret_file=token(tmp_path))
    await power.act(Verb.OFF, hands)
    assert await power.state(hands) is PowerState.OFF
    assert not power.capabilities().reads_identity
    with fails(WrongDevice, saying="can't tell who"):
        await power.identity(hands)


async def test_a_yes_without_its_sign_is_unsure(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.slow = 0  # the action is over at once: not what the recipe calls a yes
    power = own(cloud, tmp_path, RECIPE, secret_file=token(tmp_path))
    with fails(saying=r"answered 201, but action\.status is no yes", ambiguous=True):
        await power.act(Verb.OFF, hands)


async def test_another_status_than_the_recipes_is_no_yes(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    verbs = {"off": {"path": "/servers/{id}/actions/poweroff", "success": {"status": [204]}}}
    power = own(cloud, tmp_path, RECIPE | {"verbs": verbs}, secret_file=token(tmp_path))
    with fails(saying="answered 201", transient=True, ambiguous=True):
        await power.act(Verb.OFF, hands)


@pytest.mark.parametrize("task", ["action", "action.nothing", "action.progress.more"])
async def test_an_order_without_its_task_is_unsure(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path, task: str
) -> None:
    follow = {"path": "/actions/{task}", "task": task, "at": "action.status", "done": ["success"]}
    power = own(cloud, tmp_path, RECIPE | {"follow": follow}, secret_file=token(tmp_path))
    with fails(saying="without a task", ambiguous=True):
        await power.act(Verb.OFF, hands)


async def test_an_order_is_followed_no_longer_than_the_recipe_says(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    cloud.slow = 10**6
    follow = {
        "path": "/actions/{task}",
        "task": "action.id",
        "at": "action.status",
        "done": ["success"],
        "every": "50ms",
        "within": "300ms",
    }
    power = own(cloud, tmp_path, RECIPE | {"follow": follow}, secret_file=token(tmp_path))
    began = asyncio.get_running_loop().time()
    await power.act(Verb.OFF, hands)
    assert asyncio.get_running_loop().time() - began < 20
    assert len(cloud.lines("GET")) > 2


@pytest.mark.parametrize(
    ("base", "path", "number"),
    [
        ("https://api.example.net/v2", "/droplets/{id}", "actions"),
        ("https://api.example.net/v2/droplets", "/{id}", "actions"),
        ("https://api.example.net/v2/bare-metals", "/{id}", "halt"),
    ],
)
def test_an_id_that_makes_a_bulk_call_is_refused_at_load(
    cloud: CloudEmulator, tmp_path: Path, base: str, path: str, number: str
) -> None:
    recipe = RECIPE | {"id": "name", "url": base, "verbs": {"off": {"path": path}}}
    own(cloud, tmp_path, recipe, id="web1", url=None)
    with pytest.raises(ValidationError, match="about many machines"):
        own(cloud, tmp_path, recipe, id=number, url=None)


async def test_a_no_that_is_a_yes_for_on_is_none_for_off(
    leaseweb: LeasewebEmulator, hands: Hands, tmp_path: Path
) -> None:
    leaseweb.machines["12345"].locked = True
    login = {"login": "header", "login_header": "X-LSW-Auth"}
    verbs = {verb: {"path": f"/servers/{{id}}/power{verb.title()}"} for verb in ("on", "off")}
    recipe = RECIPE | login | {"verbs": verbs, "already": {"on": "in progress"}}
    power = own(leaseweb, tmp_path, recipe)
    await power.act(Verb.ON, hands)
    with fails(Busy):
        await power.act(Verb.OFF, hands)


async def test_a_changed_file_changes_nothing_until_it_is_loaded_again(
    cloud: CloudEmulator, hands: Hands, tmp_path: Path
) -> None:
    power = own(cloud, tmp_path, RECIPE, secret_file=token(tmp_path))
    (tmp_path / "recipe.yaml").write_text("title: [")
    assert await power.state(hands) is PowerState.ON


@pytest.mark.parametrize(
    ("login", "user", "header"),
    [
        ({"login": "basic"}, "ana", "Basic YW5hOmNsb3VkLXNlc2FtZQ=="),
        ({"login": "bearer"}, "", f"Bearer {CLOUD_TOKEN}"),
        ({"login": "header", "login_header": "Authorization"}, "", CLOUD_TOKEN),
        ({"login": "none"}, "", None),
    ],
)
async def test_each_way_to_log_in(
    cloud: CloudEmulator,
    hands: Hands,
    tmp_path: Path,
    login: dict[str, str],
    user: str,
    header: str | None,
) -> None:
    power = own(cloud, tmp_path, RECIPE | login, user=user, secret_file=token(tmp_path))
    api = await power._api("GET", "/servers/42", b"", hands)
    assert api.headers.get("Authorization") == header
