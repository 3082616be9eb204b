"""Does an emulated machine obey its BMC, and break as it is told?"""

import pytest

from responder.emulators.chassis import Chassis, Fault


async def test_a_machine_goes_off_and_on_and_whoever_watches_hears_of_it() -> None:
    heard: list[bool] = []

    async def hear(on: bool) -> None:
        heard.append(on)

    machine = Chassis(watchers=[hear])
    for verb in ("off", "off", "on", "reset", "soft"):
        machine.press(verb)
    assert (machine.power, machine.changing) == (True, True)
    await machine.settled()
    assert heard == [False, True, False, True, False]
    assert (machine.power, machine.changing) == (False, False)
    assert [order.verb for order in machine.orders] == ["off", "off", "on", "reset", "soft"]
    assert (machine.told("off"), machine.told("on", "reset"), machine.told()) == (2, 2, 5)


@pytest.mark.parametrize(
    ("fault", "off", "on"), [(Fault.STUCK_ON, True, True), (Fault.NO_POWERON, False, False)]
)
async def test_a_broken_machine_takes_orders_and_stays(fault: Fault, off: bool, on: bool) -> None:
    machine = Chassis(fault=fault)
    machine.press("off")
    await machine.settled()
    assert machine.power is off
    machine.press("on")
    await machine.settled()
    assert machine.power is on


async def test_a_slow_machine_is_as_it_was_until_it_is_done() -> None:
    machine = Chassis(fault=Fault.SLOW, slow_seconds=0.05)
    machine.press("off")
    assert machine.power
    await machine.settled()
    assert not machine.power


async def test_a_reset_does_not_switch_a_machine_on() -> None:
    machine = Chassis(power=False)
    machine.press("reset")
    await machine.settled()
    assert not machine.power


async def test_what_is_under_way_can_be_forgotten() -> None:
    machine = Chassis(settles=60)
    machine.press("off")
    await machine.stop()
    assert (machine.power, machine.changing) == (True, False)
