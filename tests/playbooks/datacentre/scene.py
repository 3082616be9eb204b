"""A data centre in Frankfurt, a machine in it, and an order about it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playbooks.datacentre.hardware import Hardware
from playbooks.datacentre.message import Letter, Spot, Trouble, Wish, compose, order_key
from playbooks.datacentre.order import Order, OrderState
from playbooks.datacentre.site import Site
from playbooks.datacentre.tasks import Task

NIGHT = datetime(2026, 7, 18, 1, 10, tzinfo=UTC)
PIN = "4711-zebra"
MAIL = {"kind": "mail", "to": "noc@dc.example", "reply_to": "dc-replies@example.net"}
CALL = {"kind": "call", "number": "+49 69 1234567", "hours": "24x7"}
HARDWARE: dict[str, Any] = {
    "room": "2",
    "cage": "C4",
    "unit": "12",
    "face": "front",
    "label": "web1-fra",
    "vendor": "Dell",
    "model": "R640",
    "serial": "5XK2P03",
    "outlets": {"a": "PDU-A 7", "b": "PDU-B 7"},
    "switch_port": "sw1 ge-0/0/7",
    "do_not": ["touch U13"],
}
TROUBLE = Trouble(
    "web1 is down",
    NIGHT - timedelta(minutes=12),
    [(NIGHT - timedelta(minutes=5), "power cycle: failed, the BMC is silent")],
)


def pin_file(folder: Path) -> Path:
    file = folder / "pin"
    file.write_text(f"{PIN}\n")
    return file


def site_written(folder: Path, **told: Any) -> dict[str, Any]:
    """A site as it stands in a file."""
    return {
        "zone": "Europe/Berlin",
        "account": "ACC-1234",
        "contract": "C-77",
        "authorised": {"name": "Ana Ortiz", "pin_file": str(pin_file(folder))},
        "call_back": ["+34 91 1234567", "+34 91 7654321"],
        "languages": ["English", "German"],
        "price": {"ceiling": "EUR 100"},
        "supervisor": {"name": "Shift lead", "number": "+49 69 7654321"},
        "channels": [MAIL, CALL],
    } | told


def a_site(folder: Path, **told: Any) -> Site:
    return Site.model_validate(site_written(folder, **told))


def a_spot(**told: Any) -> Spot:
    return Spot("web1", "fra1", "r12", Hardware.model_validate(HARDWARE | told))


def a_wish(task: Task = Task.POWER_CYCLE, incident: str = "abc-7") -> Wish:
    return Wish(order_key(incident, "fra1", task), task, "run 3, approved by mira")


def a_letter(site: Site, *, wish: Wish | None = None, trouble: Trouble = TROUBLE) -> Letter:
    letter = compose(site, a_spot(), trouble, wish or a_wish(), strict=True, now=NIGHT)
    assert isinstance(letter, Letter)
    return letter


def an_order(site: Site, **told: Any) -> Order:
    letter = a_letter(site)
    values: dict[str, Any] = {
        "key": letter.key,
        "incident": 1,
        "run": None,
        "server": "web1",
        "site": "fra1",
        "task": letter.task,
        "state": OrderState.COMPOSED,
        "letter": letter,
        "changed_at": NIGHT,
    }
    return Order(**(values | told))
