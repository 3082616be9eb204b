"""An order to a data centre in words: every field that it needs, one task, nothing left open."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from playbooks.datacentre.hardware import Hardware
from playbooks.datacentre.profile import Profile
from playbooks.datacentre.tasks import NEVER, STOP_THEN, STOP_WHEN, WORKS, Task, Work
from playbooks.plain import in_header, one_line
from probes.durations import show_duration

PIN_MARK = "[PIN: filled in when it is sent]"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none that is misheard or misread
_MOST_DONE = 20


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the machine stands: the names of server, site and rack, and what is known of it."""

    server: str
    site: str
    rack: str
    hardware: Hardware


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong since when, and what was done about it so far: hostile text."""

    text: str
    since: datetime
    done: Sequence[tuple[datetime, str]] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be ordered. `key` is of incident, site and task; `approval` says who takes on its
    cost.
    """

    key: str
    task: Task
    approval: str
    priority: str = "P1"


@dataclass(frozen=True, slots=True)
class Letter:
    """An order in words. The PIN stands in it as PIN_MARK until it is sent: `with_pin`."""

    key: str
    reference: str
    task: Task
    subject: str
    body: str
    fields: Mapping[str, str]

    def with_pin(self, pin: str) -> str:
        """The body as the data centre gets it; to be neither kept nor logged."""
        return self.body.replace(PIN_MARK, one_line(pin), 1)


@dataclass(frozen=True, slots=True)
class Missing:
    """The order can't be written: what the inventory or the site's profile does not say."""

    what: tuple[str, ...]

    def __str__(self) -> str:
        return f"the order can't be written, these are missing: {', '.join(self.what)}"


def order_key(incident: str, site: str, task: Task) -> str:
    """One order per incident, site and task, for ever."""
    return f"{incident}/{site}/{task}"


def reference_of(key: str) -> str:
    """Our name of this order, to be spelled over a telephone: RR-7K3F9QXA."""
    number = int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=5).digest())
    return "RR-" + "".join(_ALPHABET[number >> shift & 31] for shift in range(35, -5, -5))


def compose(
    profile: Profile, spot: Spot, trouble: Trouble, wish: Wish, *, strict: bool, now: datetime
) -> Letter | Missing:
    """The letter of a new order. `strict`: it goes out without a person, so that every field must
    be there.
    """
    work = WORKS[wish.task]
    fields = _fields(profile, spot, work, wish)
    needed = _MACHINES_NEED if strict else _PEOPLE_NEED
    lacking = [name for name in needed if not fields.get(name)]
    if work.powers and strict and not spot.hardware.power:
        lacking.append("power outlets (A and B)" if spot.hardware.supplies == 2 else _OUTLETS)
    if lacking:
        return Missing(tuple(lacking))
    fields[_SYMPTOM] = one_line(trouble.text)
    lines = _Writer(profile, spot, fields, now)
    body = "\n".join(lines.body(work, trouble))
    reference = fields[_REFERENCE]
    subject = f"[{reference}] [{wish.priority}] REMOTE HANDS: {work.title} - {_place(spot)}"
    return Letter(wish.key, reference, wish.task, in_header(subject), body, fields)


def compose_stop(letter: Letter, profile: Profile, *, now: datetime) -> Letter:
    """"Please stop": takes back what the letter ordered, under the same reference."""
    work = WORKS[Task.STOP]
    fields = dict(letter.fields)
    subject = letter.subject.replace("REMOTE HANDS:", "STOP REMOTE HANDS:", 1)
    lines = [
        f"Please STOP. We take back our order {letter.reference}: {WORKS[letter.task].title}.",
        f"The machine answers again since {at(now, profile)} or shortly before.",
        "",
        *(f"{name}: {fields[name]}" for name in _STOP_NAMES if fields.get(name)),
        f"PIN: {PIN_MARK}",
        "",
        *_numbered("What to do", work.actions),
        "",
        *_listed("Please report back", work.report),
    ]
    key = f"{letter.key}/stop"
    body = "\n".join(lines)
    return Letter(key, letter.reference, Task.STOP, in_header(subject), body, fields)


def at(moment: datetime, profile: Profile) -> str:
    """A time in the site's zone and in UTC."""
    there = moment.astimezone(profile.zone_info)
    return f"{there:%Y-%m-%d %H:%M %Z} ({moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"


_REFERENCE, _SYMPTOM, _OUTLETS = "our reference", "symptom", "power outlet"
_PEOPLE_NEED = (
    _REFERENCE,
    "account",
    "authorised contact",
    "call-back number",
    "server",
    "site",
)
_MACHINES_NEED = (
    *_PEOPLE_NEED,
    "PIN (authorised.pin_file)",
    "languages",
    "room",
    "rack",
    "unit",
    "label",
    "vendor and model",
    "serial number",
    "switch and port",
    "time limit",
    "cost ceiling",
    "approval",
)
_STOP_NAMES = (
    _REFERENCE,
    "account",
    "contract",
    "authorised contact",
    "call-back number",
    "site",
    "room",
    "cage",
    "rack",
    "unit",
    "label",
    "serial number",
)


def _fields(profile: Profile, spot: Spot, work: Work, wish: Wish) -> dict[str, str]:
    """Every field that has a value, in the order of the letter; the PIN's only says that it is."""
    hardware, who = spot.hardware, profile.authorised
    told = {
        _REFERENCE: reference_of(wish.key),
        "priority": wish.priority,
        "account": profile.account,
        "contract": profile.contract,
        "authorised contact": who.name if who else "",
        "PIN (authorised.pin_file)": PIN_MARK if who and who.pin_file else "",
        "call-back number": profile.call_back[0] if profile.call_back else "",
        "second number": ", ".join(profile.call_back[1:]),
        "languages": ", ".join(profile.languages),
        "server": spot.server,
        "site": profile.name or spot.site,
        "room": hardware.room,
        "cage": hardware.cage,
        "rack": spot.rack,
        "unit": hardware.unit,
        "face": hardware.face,
        "label": hardware.label,
        "vendor and model": hardware.machine,
        "serial number": hardware.serial,
        "power outlets": hardware.power if work.powers else "",
        "switch and port": hardware.switch_port,
        "task": work.title,
        "time limit": show_duration(profile.time_limit),
        "cost ceiling": profile.price.ceiling,
        "approval": wish.approval,
    }
    return {name: _clean(value) for name, value in told.items() if value}


def _clean(value: str) -> str:
    """One line in which nobody but us can ask for the PIN."""
    return value if value == PIN_MARK else one_line(value).replace("[PIN", "(PIN")


def _place(spot: Spot) -> str:
    """label - site/room/rack/U12, as far as it is known."""
    hardware = spot.hardware
    unit = f"U{hardware.unit}" if hardware.unit else ""
    where = "/".join(filter(None, (spot.site, hardware.room, spot.rack, unit)))
    return f"{_clean(hardware.label or spot.server)} - {_clean(where)}"


def _numbered(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{title}:"
    yield from (f"{number}. {line}" for number, line in enumerate(lines, start=1))


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{title}:"
    yield from (f"- {line}" for line in lines)
