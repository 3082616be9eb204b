"""What every way to switch a machine must do for us, whoever made the device."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from playbooks.client import open_session
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.kinds import POWERS
from playbooks.power.model import LoginRefused, Power, PowerState, Verb, WrongDevice, mismatch
from tests.contracts.power_houses import DRIVERS, HOUSES, About, House

WRONG = "an0ther-pa55word"
QUICK = 0.5
LATEST = 7  # before the 8 s that a device has otherwise
UNSURE = {"fence"}  # an agent says the same before and after an order
Ask = Callable[[Power, Hands], Awaitable[object]]


@dataclass(frozen=True)
class Scene:
    """A house, our hands, and a folder for secrets."""

    house: House
    hands: Hands
    folder: Path

    def power(self, **told: object) -> Power:
        """The driver as the configuration file makes it."""
        return self._power("right", self.house.secret, told)

    def stranger(self, **told: object) -> Power:
        """The same with a wrong password."""
        return self._power("wrong", WRONG, told)

    def forgetful(self) -> Power:
        """The same without a password."""
        return self._power("nowhere", None, {})

    def _power(self, name: str, secret: str | None, told: About) -> Power:
        file = self.folder / name
        if secret:
            file.write_text(secret + "\n")
        about = {"timeout": "8s"} | self.house.about | self.house.login(str(file)) | told
        return DRIVERS.validate_python(about)

    async def orders(self, wanted: int) -> int:
        """How many, a moment later: a device may write them down after its answer."""
        for _ in range(1500):
            if self.house.orders() >= wanted:
                break
            await asyncio.sleep(0.02)
        return self.house.orders()

    async def becomes(self, state: PowerState) -> None:
        began = asyncio.get_running_loop().time()
        while (told := await self.power().state(self.hands)) is not state:
            assert asyncio.get_running_loop().time() - began < 45, f"it is {told}, never {state}"
            await asyncio.sleep(0.02)


@pytest.fixture(params=sorted(HOUSES))
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    """Every driver in turn."""
    async with HOUSES[request.param](tmp_path) as house, open_session() as session:
        yield Scene(house, Hands(session), tmp_path)


def questions(power: Power) -> list[Ask]:
    """What can be asked of it without changing anything."""
    told = power.capabilities()
    state: list[Ask] = [lambda one, hands: one.state(hands)] * told.reads_state
    identity: list[Ask] = [lambda one, hands: one.identity(hands)] * told.reads_identity
    return state + identity


def everything(power: Power) -> list[Ask]:
    """Questions, and one order."""
    return [*questions(power), telling(min(power.capabilities().verbs))]


def telling(verb: Verb) -> Ask:
    return lambda power, hands: power.act(verb, hands)


def must_read(power: Power) -> None:
    if not power.capabilities().reads_state:
        pytest.skip(f"{power.driver} can't read the state")


async def trouble(ask: Ask, power: Power, hands: Hands) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await ask(power, hands)
    return caught.value


def test_every_driver_has_a_house() -> None:
    drivers = {str(kind.model_fields["driver"].default) for kind in POWERS}  # type: ignore[attr-defined]
    assert drivers == set(HOUSES)


async def test_it_says_what_it_is(scene: Scene) -> None:
    power = scene.power()
    assert power.driver == scene.house.about["driver"]
    assert power.device().startswith(power.driver)
    assert power.account().startswith(power.driver)
    assert power.capabilities().verbs <= set(Verb)
    assert power.capabilities().verbs
    assert power.capabilities().settles > 0


async def test_the_machine_proves_who_it_is(scene: Scene) -> None:
    power = scene.power()
    assert power.capabilities().reads_identity or power.vouched
    if power.capabilities().reads_identity:
        assert mismatch(power.expected(), await power.identity(scene.hands)) == ""
    assert scene.house.orders() == 0
    assert scene.house.strays() == []


async def test_asking_changes_nothing(scene: Scene) -> None:
    power = scene.power()
    must_read(power)
    for _ in range(3):
        assert await power.state(scene.hands) is PowerState.ON
    assert scene.house.is_on
    assert (scene.house.orders(), scene.house.strays()) == (0, [])


async def test_off_is_seen_and_so_is_on(scene: Scene) -> None:
    power = scene.power()
    must_read(power)
    await power.act(Verb.OFF, scene.hands)
    await scene.becomes(PowerState.OFF)
    assert not scene.house.is_on
    await power.act(Verb.ON, scene.hands)
    await scene.becomes(PowerState.ON)
    assert scene.house.is_on
    assert scene.house.strays() == []


async def test_on_and_off_may_be_told_twice(scene: Scene) -> None:
    power = scene.power()
    must_read(power)
    for verb, state in ((Verb.ON, PowerState.ON), (Verb.OFF, PowerState.OFF)):
        for _ in range(2):
            await power.act(verb, scene.hands)
            await scene.becomes(state)


@pytest.mark.parametrize("verb", list(Verb))
async def test_a_verb_is_told_once_or_not_at_all(scene: Scene, verb: Verb) -> None:
    power = scene.power()
    if verb not in power.capabilities().verbs:
        with pytest.raises(WrongDevice):
            await power.act(verb, scene.hands)
        assert (scene.house.orders(), scene.house.strays()) == (0, [])
        return
    if verb is Verb.ON:
        await power.act(Verb.OFF, scene.hands)
        await scene.becomes(PowerState.OFF)
    before = scene.house.orders()
    await power.act(verb, scene.hands)
    assert await scene.orders(before + 1) == before + 1
    assert scene.house.strays() == []


async def test_a_refused_login_is_tried_once(scene: Scene) -> None:
    for count, ask in enumerate(everything(scene.power()), start=1):
        error = await trouble(ask, scene.stranger(), scene.hands)
        assert isinstance(error, LoginRefused)
        assert not error.transient
        assert not error.ambiguous or scene.house.about["driver"] in UNSURE
        assert error.pause > 0
        assert scene.house.refused() == count
    assert scene.house.orders() == 0


async def test_a_silent_device_is_left_in_time(scene: Scene) -> None:
    scene.house.fall_silent()
    power = scene.power(timeout=f"{QUICK}s")
    for ask in questions(power):
        began = asyncio.get_running_loop().time()
        error = await trouble(ask, power, scene.hands)
        assert asyncio.get_running_loop().time() - began < LATEST
        assert not isinstance(error, LoginRefused)
        assert (error.transient, error.ambiguous) == (True, False)


async def test_an_order_to_a_silent_device_is_left_in_time(scene: Scene) -> None:
    scene.house.fall_silent()
    power = scene.power(timeout=f"{QUICK}s")
    for verb in power.capabilities().verbs:
        began = asyncio.get_running_loop().time()
        error = await trouble(telling(verb), power, scene.hands)
        assert asyncio.get_running_loop().time() - began < LATEST
        assert not isinstance(error, LoginRefused)
        assert error.transient


async def test_no_secret_is_ever_told(scene: Scene) -> None:
    said: list[object] = []
    with capture_logs() as logs:
        for power in (scene.power(), scene.stranger()):
            said += [power, power.device(), power.account(), power.expected(), power.__dict__]
        for ask in everything(scene.power()):
            said.append(await trouble(ask, scene.stranger(), scene.hands))
        scene.house.fall_silent()
        for ask in everything(scene.power()):
            said.append(await trouble(ask, scene.power(timeout="0.3s"), scene.hands))
    told = "\n".join(f"{one} {one!r}" for one in (*said, *causes(said), *logs))
    user = scene.house.about.get("user", "")
    for word in (scene.house.secret, WRONG):
        assert word not in told
        assert b64encode(f"{user}:{word}".encode()).decode() not in told


def causes(said: list[object]) -> list[object]:
    """What the errors say that led to these errors."""
    found = [one.__cause__ or one.__context__ for one in said if isinstance(one, BaseException)]
    return [*found, *causes(list(found))] if any(found) else []


async def test_a_secret_that_is_not_there_is_said(scene: Scene) -> None:
    power = scene.forgetful()
    for ask in everything(power):
        error = await trouble(ask, power, scene.hands)
        assert "nowhere" in str(error)
        assert (error.transient, error.ambiguous) == (False, False)
    assert scene.house.orders() == 0
