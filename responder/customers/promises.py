"""Does a text promise a time? Nothing may that no person has set (R72)."""

import re
from collections.abc import Iterable
from typing import Final

_UNITS: Final = (
    r"h|hrs?|hours?|mins?|minutes?|secs?|seconds?|days?|weeks?"  # en
    r"|std|stunden?|minuten?|sekunden?|tage?n?|wochen?"  # de
    r"|horas?|minutos?|segundos?|d[ií]as?|semanas?"  # es, pt
    r"|heures?|secondes?|jours?|semaines?"  # fr
    r"|or[ae]|minut[oi]|second[oi]|giorn[oi]|settiman[ae]"  # it
    r"|uur|uren|minuut|dag(?:en)?|seconden|weken"  # nl
    r"|godzin[ay]?|minut[ay]?|sekund[ay]?|dni|dzie[nń]|tygodni[ea]?"  # pl
    r"|час(?:а|ов|ове)?|минут[аиы]?|секунд[аиы]?|дн(?:я|ей|и)|ден|день|седмиц[аи]|недел[яьюи]"  # noqa: RUF001 bg, ru
)
_SOON: Final = (
    r"eta|asap|shortly|soon|tomorrow|tonight|in no time|any minute"
    r"|in k[üu]rze|bald|demn[äa]chst|morgen|heute abend|umgehend"
    r"|pronto|en breve|ma[ñn]ana|em breve|amanh[ãa]|logo"
    r"|bient[ôo]t|sous peu|demain"
    r"|presto|a breve|domani"
    r"|binnenkort|spoedig|straks"
    r"|wkr[óo]tce|niebawem|jutro"
    r"|скоро|вскоре|завтра|утре|в ближайшее время"
)
_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)\d{1,2}\s?[:.h]\s?\d{2}(?!\d|\.\d)",  # 14:30, 14.30, 14h30
        r"\d{1,2}\s?[ap]\.?m\b",
        r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}",
        rf"(?<!\w)(?:\d+|half an|an|one|two|ein(?:er|e)?|un[ae]?|uma?)\s?(?:{_UNITS})(?!\w)",
        rf"(?<!\w)(?:{_SOON})(?!\w)",
    )
)


def promises(text: str, *, facts: Iterable[str] = ()) -> tuple[str, ...]:
    """Whatever reads like a time to come. `facts` are times that are known, or that a person has
    set: they are none.
    """
    for fact in sorted(filter(None, facts), key=len, reverse=True):
        text = text.replace(fact, " … ")
    return tuple(match[0] for pattern in _PATTERNS for match in pattern.finditer(text))
