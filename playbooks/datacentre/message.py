"""An order to a data centre in words: every field that it needs, one task, nothing left open."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from typing_extensions import override

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
    written_at: datetime
    answers: str = ""  # the key of the letter that this one takes back

    def with_pin(self, pin: str) -> str:
        """The body as the data centre gets it; to be neither kept nor logged."""
        return self.body.replace(PIN_MARK, one_line(pin), 1)


@dataclass(frozen=True, slots=True)
class Missing:
    """The order can't be written: what the inventory or the site's profile does not say."""

    what: tuple[str, ...]

    @override
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
    fields = _fields(profile, spot, wish)
    needed = (*_ALWAYS, *(_STRICTLY if strict else ()))
    outlets = (_OUTLETS,) if strict and WORKS[wish.task].powers else ()
    if lacking := tuple(name for name in (*needed, *outlets) if name not in fields):
        return Missing(lacking)
    body = "\n".join(_lines(profile, spot, trouble, WORKS[wish.task], fields))
    title = f"REMOTE HANDS: {WORKS[wish.task].title} \u2013 {_place(spot)}"
    subject = in_header(f"[{fields[_REFERENCE]}] [{wish.priority}] {title}")
    return Letter(wish.key, fields[_REFERENCE], wish.task, subject, body, fields, now)


def compose_stop(letter: Letter, profile: Profile, *, now: datetime) -> Letter:
    """ "Please stop": takes back what the letter ordered, under the same reference."""
    work = WORKS[Task.STOP]
    lines = [
        f"Please STOP. We take back our order {letter.reference}: {WORKS[letter.task].title}.",
        f"The machine answers again, seen {at(now, profile)}.",
        "",
        *_told(letter.fields, (*_WHO, *_WHERE)),
        "",
        *_numbered("WHAT TO DO", work.actions),
        "",
        *_listed("PLEASE REPORT BACK", work.report),
    ]
    subject = letter.subject.replace("REMOTE HANDS:", "STOP REMOTE HANDS:", 1)
    return replace(
        letter,
        key=f"{letter.key}/stop",
        task=Task.STOP,
        subject=subject,
        body="\n".join(lines),
        written_at=now,
        answers=letter.key,
    )


def at(moment: datetime, profile: Profile) -> str:
    """A time in the site's zone and in UTC."""
    there = moment.astimezone(profile.zone_info)
    return f"{there:%Y-%m-%d %H:%M %Z} ({moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"


_REFERENCE, _OUTLETS = "our reference", "power outlets (each supply)"
_PIN = "PIN (authorised.pin_file)"
_WHO = (
    "account",
    "contract",
    "authorised contact",
    _PIN,
    "call-back number",
    "second number",
    "languages",
)
_WHERE = (
    "site",
    "room",
    "cage",
    "rack",
    "unit",
    "face",
    "label",
    "vendor and model",
    "serial number",
    _OUTLETS,
    "switch and port",
    "our name of it",
)
_LIMITS = ("time limit", "cost ceiling", "approval")
_ALWAYS = (
    _REFERENCE,
    "account",
    "authorised contact",
    "call-back number",
    "site",
    "our name of it",
)
_STRICTLY = (
    *(_PIN, "languages", "room", "rack", "unit", "label", "vendor and model", "serial number"),
    *("switch and port", *_LIMITS),
)


def _fields(profile: Profile, spot: Spot, wish: Wish) -> dict[str, str]:
    """Every field that has a value; the PIN's only says that there is one."""
    hardware, who = spot.hardware, profile.authorised
    told = {
        _REFERENCE: reference_of(wish.key),
        "account": profile.account,
        "contract": profile.contract,
        "authorised contact": who.name if who else "",
        _PIN: PIN_MARK if who and who.pin_file else "",
        "call-back number": profile.call_back[0] if profile.call_back else "",
        "second number": ", ".join(profile.call_back[1:]),
        "languages": ", ".join(profile.languages),
        "site": profile.name or spot.site,
        "room": hardware.room,
        "cage": hardware.cage,
        "rack": spot.rack,
        "unit": hardware.unit,
        "face": hardware.face,
        "label": hardware.label,
        "vendor and model": hardware.machine,
        "serial number": hardware.serial,
        _OUTLETS: hardware.power,
        "switch and port": hardware.switch_port,
        "our name of it": spot.server,
        "time limit": show_duration(profile.time_limit),
        "cost ceiling": profile.price.ceiling,
        "approval": wish.approval,
    }
    return {name: _clean(value) for name, value in told.items() if value}


def _lines(
    profile: Profile, spot: Spot, trouble: Trouble, work: Work, fields: Mapping[str, str]
) -> Iterator[str]:
    reference = fields[_REFERENCE]
    yield f"Remote hands order {reference}. Please keep [{reference}] in the subject of answers."
    yield from ("", "WHO ORDERS", *_told(fields, _WHO))
    yield from ("", "WHICH MACHINE", *_told(fields, _WHERE))
    yield from ("", "WHAT IS WRONG", _clean(trouble.text))
    yield f"Since: {at(trouble.since, profile)}"
    yield from (f"{at(when, profile)}: {_clean(what)}" for when, what in trouble.done[-_MOST_DONE:])
    actions = [_filled(action, fields) for action in work.actions]
    yield from ("", *_numbered(f"THE TASK, and nothing else: {work.title}", actions))
    yield from ("", *_listed("STOP WHEN", STOP_WHEN), STOP_THEN)
    yield from ("", *_listed("DO NOT", (*map(_clean, spot.hardware.do_not), *NEVER)))
    yield from ("", *_listed("PLEASE REPORT BACK", work.report))
    yield from ("", "LIMITS", *_told(fields, _LIMITS))
    yield "If they are not enough, call us before you go on."


def _told(fields: Mapping[str, str], names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if name in fields:
            shown = "PIN" if name == _PIN else name[0].upper() + name[1:]
            yield f"{shown}: {fields[name]}"


def _filled(action: str, fields: Mapping[str, str]) -> str:
    """The machine's own words in the action; what is not known is said to be so."""
    known = {"label": "label", "serial": "serial number", "power": _OUTLETS}
    for mark, name in known.items():
        action = action.replace(f"{{{mark}}}", fields.get(name, "(not known to us)"))
    return action


def _clean(value: str) -> str:
    """One line in which nobody but us can ask for the PIN."""
    return value if value == PIN_MARK else one_line(value).replace("[PIN", "(PIN")


def _place(spot: Spot) -> str:
    """label - site/room/rack/U12, as far as it is known."""
    hardware = spot.hardware
    unit = f"U{hardware.unit}" if hardware.unit else ""
    where = "/".join(filter(None, (spot.site, hardware.room, spot.rack, unit)))
    return f"{_clean(hardware.label or spot.server)} \u2013 {_clean(where)}"


def _numbered(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{title}:"
    yield from (f"{number}. {line}" for number, line in enumerate(lines, start=1))


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{title}:"
    yield from (f"- {line}" for line in lines)
