"""The few things that we ask a data centre to do, step by step, and when it must stop."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Task(StrEnum):
    """What an order asks for: exactly one of these."""

    POWER_CYCLE = "power_cycle"
    POWER_CYCLE_AND_PHOTO = "power_cycle_and_console_photo"
    POWER_ON = "power_on"
    LOOK_AT_SCREEN = "look_at_screen"
    STOP = "stop"  # take back what was ordered


@dataclass(frozen=True, slots=True)
class Work:
    """A task in words. In `actions`, {label}, {serial}, {power} stand for the machine's own."""

    title: str
    actions: tuple[str, ...]
    report: tuple[str, ...]
    powers: bool = True  # it needs the outlets


_FIND = (
    "Find the machine by its label {label}. Compare the serial number: {serial}. If one of them"
    " is not as written here, do not touch it, and call us."
)
_LEDS = "Before you touch it, note the colour of its power and disk LEDs."
_CUT = (
    "Cut ALL of its power at once: {power}. (Without access to the outlets: hold its power button"
    " for 10 seconds, until all fans are still.)"
)
_WAIT = "Wait 30 seconds."
_GIVE = "Give power back: {power}. If it does not start within 10 seconds, press its power button."
_SCREEN = "Connect screen and keyboard. Do not press any key."
_PHOTO = "After 5 minutes, take a photo of its screen that can be read."

_STATES = "State of the power and disk LEDs before and after"
_WHEN = "The time of each action, and your name"
_SHOT = "The photo of the screen, as an answer to this message"

WORKS: Mapping[Task, Work] = MappingProxyType(
    {
        Task.POWER_CYCLE: Work("power cycle", (_FIND, _LEDS, _CUT, _WAIT, _GIVE), (_WHEN, _STATES)),
        Task.POWER_CYCLE_AND_PHOTO: Work(
            "power cycle and photo of the screen",
            (_FIND, _LEDS, _SCREEN, _CUT, _WAIT, _GIVE, _PHOTO),
            (_WHEN, _STATES, _SHOT),
        ),
        Task.POWER_ON: Work("power on", (_FIND, _LEDS, _GIVE), (_WHEN, _STATES)),
        Task.LOOK_AT_SCREEN: Work(
            "look at the screen",
            (_FIND, _LEDS, _SCREEN, "Take a photo of its screen that can be read."),
            (_WHEN, "State of the power and disk LEDs", _SHOT),
            powers=False,
        ),
        Task.STOP: Work(
            "STOP",
            (
                "If you have not begun: do not touch the machine. It answers again.",
                "If you have begun: bring it back under power, and stop there.",
            ),
            ("Whether you have begun, what you have done, and when",),
            powers=False,
        ),
    }
)

STOP_WHEN = (
    "The label, the serial number or the place is not as written here",
    "A disk LED is amber or red, or you smell or see smoke",
    "The screen shows a RAID, repair, firmware or installation menu",
    "Anything else would be needed than the actions above",
)
STOP_THEN = "In each of these cases do not continue: send a photo, and call us."

NEVER = (
    "touch any other machine, cable or switch",
    "press a key in a RAID, repair or firmware menu",
    "reinstall, reset settings, or take out a disk",
)
