"""One message as its reader sees it: his language, his brand's name and zone (pure)."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from playbooks.plain import in_header, many_lines
from responder.customers.brands import Brand
from responder.customers.templates import rendered
from responder.customers.wording import Change, Language

_SUBJECT = 150  # characters


@dataclass(frozen=True, slots=True)
class News:
    """What there is to say. `words` and `next_update` are a person's."""

    change: Change
    began: datetime
    ended: datetime | None = None
    words: str = ""
    next_update: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What a customer reads."""

    subject: str
    text: str


def letter(news: News, brand: Brand, *, name: str, language: Language) -> Letter:
    """The message of this brand (`name` in the configuration), for a reader of this language."""
    title = brand.title or name
    values = {
        "brand": title,
        "url": brand.url or "",
        "mail": brand.mail or "",
        "signature": brand.signature or _signature(brand, title),
        "began": told_time(news.began, brand.zone),
        "ended": told_time(news.ended, brand.zone),
        "words": many_lines(news.words).strip(),
        "next_update": told_time(news.next_update, brand.zone),
    }
    words = brand.words(language, news.change)
    subject = in_header(rendered(words.subject or "", values), limit=_SUBJECT)
    return Letter(subject, rendered(words.text or "", values))


def told_time(moment: datetime | None, zone: str) -> str:
    """Such as `2026-03-29 14:05 (CEST)`, which reads alike in every language; "" for none."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(zone))
    name = local.tzname() or ""
    shown = name if name.isalpha() else f"UTC{local:%z}"  # some zones have a number for a name
    return f"{local:%Y-%m-%d %H:%M} ({shown})"


def _signature(brand: Brand, title: str) -> str:
    return "\n".join(filter(None, (title, brand.url, brand.mail)))
