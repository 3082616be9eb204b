"""What a Redfish resource says, where anything may be missing or of the wrong type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json

from playbooks.outside import OutsideError
from playbooks.power.device import word
from playbooks.power.model import Identity, PowerState, WrongDevice

_RESET: Final = "#ComputerSystem.Reset"
_SETTLED: Final = {"On": PowerState.ON, "Off": PowerState.OFF}
_UNDER_WAY: Final = frozenset({"PoweringOn", "PoweringOff", "Paused"})


@dataclass(frozen=True, slots=True)
class Told:
    """A PowerState in our words; `strange` is one that the schema did not know (DSP2046)."""

    state: PowerState
    strange: str = ""


def power_of(system: Mapping[str, Any]) -> Told:
    """Raises OutsideError where a system shows no power state."""
    told = word(system.get("PowerState"))
    if not told:
        raise OutsideError("the Redfish BMC shows no power state of the system", transient=True)
    strange = told not in _SETTLED and told not in _UNDER_WAY
    return Told(_SETTLED.get(told, PowerState.CHANGING), told if strange else "")


def identity_of(system: Mapping[str, Any]) -> Identity:
    """Dell's SerialNumber is the board's; the service tag, which people know, is its SKU. Elsewhere
    a SKU is a product number that many machines share.
    """
    tag = word(system.get("SKU")) if word(system.get("Manufacturer")).startswith("Dell") else ""
    serial = tag or word(system.get("SerialNumber"))
    name = word(system.get("HostName")) or word(system.get("Name"))
    return Identity(serial, word(system.get("UUID")), name)


def reset_of(system: Mapping[str, Any]) -> Mapping[str, Any]:
    """The reset action. Raises WrongDevice where there is none."""
    actions = system.get("Actions")
    action = actions.get(_RESET) if isinstance(actions, dict) else None
    if not isinstance(action, dict):
        raise WrongDevice(f"the Redfish BMC shows no {_RESET}: is it the address of a system?")
    return action


def allowed(told: Mapping[str, Any]) -> frozenset[str] | None:
    """The kinds of reset that an action or an ActionInfo lists; None where it lists none."""
    listed = told.get("ResetType@Redfish.AllowableValues")
    parameters = told.get("Parameters")
    for one in parameters if isinstance(parameters, list) else ():
        if isinstance(one, dict) and one.get("Name") == "ResetType":
            listed = one.get("AllowableValues")
    if not isinstance(listed, list):
        return None
    return frozenset(kind for kind in listed if isinstance(kind, str))


def reason_of(body: bytes) -> str:
    """Why a BMC refused, in its own words; "" where it does not say (DSP0266, 8.6)."""
    try:
        told = from_json(body)
    except ValueError:
        return ""
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return ""
    details = error.get("@Message.ExtendedInfo")
    first = details[0] if isinstance(details, list) and details else None
    said = first.get("Message") if isinstance(first, dict) else None
    return next((text for text in (said, error.get("message")) if isinstance(text, str)), "")
