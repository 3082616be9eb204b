"""A text as sentences, clauses and words, folded so that spelling matters little."""
# ruff: noqa: RUF001 - its letters look alike in several alphabets, and are meant

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

HOST, ADDRESS, IP, FILE = "<host>", "<address>", "<ip>", "<file>"
TEST: Final = "<test>"  # a host that nobody but its owner looks at
_LONGEST_CLAUSE: Final = 40  # words; whoever writes without points is cut here

_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("’‘`´ʼ", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("—–", " - "),
        **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad", ""),
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "…": ". ",
    }
)
_MARK: Final = re.compile(r"[\u0300-\u0305\u0307-\u036f]+|(?<![\u0430-\u044f])\u0306|\u0306")
_ENDINGS: Final = re.compile(
    r"html?|phtml|php|aspx?|js|css|txt|log|ini|conf|cnf|htaccess|xml|json|ya?ml|sql|zip|gz"
    r"|tar|rar|exe|pdf|docx?|xlsx?|csv|png|jpe?g|gif|webp|svg|ico|mp4|eml|msg|bak|tmp|htpasswd|env"
)
_SCRIPT: Final = re.compile(  # `.pl`, `.py` and `.sh` are countries as well
    r"(?:index|cgi|main|script|run|start|cron|backup|deploy|install|setup|app|manage|wsgi|update)"
    r"[\w-]*\.(?:pl|py|sh)"
)
_TESTED: Final = re.compile(
    r"^(?!(?:https?://)?[\w.-]+-test\.test\b)"  # an example's own name (RFC 2606)
    r"(?:https?://)?(?:[\w-]+[.-])?"
    r"(?:staging|stage|dev|devel|test|testing|beta|demo|preview|uat|sandbox|temp|tmp)\d*[.-]"
)
_TOKEN: Final = re.compile(
    r"""(?P<address>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})
    | (?P<url>(?:https?|ftp)://[^\s<>"']{0,2000}[^\s<>"'.,;:!?)\]])
    | (?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}\b)
    | (?P<host>\b[^\W_](?:[\w-]{0,62}[^\W_])?(?:\.[^\W_](?:[\w-]{0,62}[^\W_])?){0,4}
        \.[^\W\d_]{2,24}\b)
    | (?P<word>[^\W_]+)
    | (?P<stop>[.!?]+(?=\s|$|["')\]])|[;\n])
    | (?P<pause>,|\(|\)|:(?=\s)|\s-\s|/(?=\s)|"|\||\u2022)
    | (?P<elide>')
    """,
    re.VERBOSE,
)
_JOINED: Final = re.compile(r"\b(e|web|off|on|re|i|u|back|pre|wi|sub|down|time|log)-(?=[^\W\d_])")
_PARTICLE: Final = re.compile(
    r"\b([lcdnsjmt]|qu|un|dell|nell|all|sull|dall|quest|jusqu|lorsqu|puisqu)'(?=[^\W\d_])"
)
_OWNED: Final = re.compile(r"(?<=[^\W\d_])'s\b")
_DRAWN: Final = re.compile(r"([^\W\d_])\1{2,}")  # "dooown", "heeelp"
_ORDINAL: Final = re.compile(  # "am 3. beglichen", "seit dem 3. November"
    r"(?<=\d)\.(?=\s+(?:[a-zà-öø-ÿа-я\d]|Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez))"
)
_WRAPPED: Final = re.compile(r"(?<=[^\s.!?;:])[ \t]*\n(?=[a-zà-öø-ÿа-я(])")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence: its words, and whether it stands in the subject, in a question.

    `sentence` numbers the sentence that it belongs to. `old`: a subject that answers to another.
    """

    words: tuple[str, ...]
    sentence: int
    subject: bool = False
    question: bool = False
    old: bool = False


def fold(text: str) -> str:
    """Lower case without accents and odd forms: `Größe` is `grosse`, `É` is `e`."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    split = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _MARK.sub("", split)) if len(split) != len(text) else text


def clauses(text: str, *, first: int = 0, subject: bool = False, old: bool = False) -> list[Clause]:
    """The clauses of a text, in order; sentences are numbered from `first`."""
    found: list[Clause] = []
    sentence, words = first, list[str]()
    begun = 0  # where the clauses of this sentence begin
    for kind, word in _tokens(fold(_ORDINAL.sub("", _WRAPPED.sub(" ", text)))):
        if kind == "word":
            words.append(word)
        if words and (kind != "word" or len(words) >= _LONGEST_CLAUSE):
            found.append(Clause(tuple(words), sentence, subject, old=old))
            words = []
        if kind == "stop" and len(found) > begun:
            if "?" in word:
                found[begun:] = [_asked(one) for one in found[begun:]]
            sentence, begun = sentence + 1, len(found)
    if words:
        found.append(Clause(tuple(words), sentence, subject, old=old))
    return found


def _asked(one: Clause) -> Clause:
    return Clause(one.words, one.sentence, one.subject, question=True, old=one.old)


def _tokens(text: str) -> list[tuple[str, str]]:
    text = _PARTICLE.sub(r"\1 ", _OWNED.sub("", text))
    text = _JOINED.sub(r"\1", text)
    text = re.sub(r"(?<=[^\W\d_])'(?=[^\W\d_])", "", text)
    return [told for match in _TOKEN.finditer(text) if (told := _told(match))]


def _told(match: re.Match[str]) -> tuple[str, str] | None:
    kind, text = match.lastgroup or "", match[0]
    if kind in ("stop", "pause"):
        return kind, text
    if kind == "elide":
        return None
    if kind == "host":
        return "word", _host(text)
    if kind == "url":
        return "word", TEST if _TESTED.match(text) else HOST
    if kind == "word" and text != "www":
        text = _DRAWN.sub(r"\1", text)
    return "word", {"address": ADDRESS, "ip": IP}.get(kind, text)


def _host(text: str) -> str:
    """`shop.example.com` is a host, `staging.example.com` one for tests, `index.php` a file."""
    if _TESTED.match(text):
        return TEST
    is_file = _ENDINGS.fullmatch(text.rpartition(".")[2]) or _SCRIPT.fullmatch(text)
    return FILE if is_file else HOST


def hosts(text: str) -> tuple[str, ...]:
    """The domains and hosts that are named in this text, once each, at most twenty."""
    seen: dict[str, None] = {}
    for match in _TOKEN.finditer(text[:20_000].lower()):
        name = match[0]
        if match.lastgroup == "url":
            name = re.split(r"[/?#:]", name.partition("://")[2])[0].rpartition("@")[2]
        elif match.lastgroup not in ("host", "ip") or _host(name) == FILE:
            continue
        name = name.strip(".").removeprefix("www.")
        if name and len(seen) < 20:
            seen.setdefault(name)
    return tuple(seen)


_LETTERS: Final = dict(
    zip("абвгдезийклмнопрстуфхцыэёєі", "abvgdeziiklmnoprstufhciee" + "ei", strict=True)
) | {"ж": "7", "ч": "4", "ш": "6", "щ": "6", "ъ": "a", "ь": "", "ю": "iu", "я": "ia"}  # fmt: skip
_CYRILLIC: Final = str.maketrans(_LETTERS)
_LATIN: Final = re.compile(r"shch|sht|sch|sh|zh|ch|ts|tz|kh|yu|ju|ya|ja|[qyjwx]|([a-z])\1")
_SOUNDS: Final = {
    **dict.fromkeys(("shch", "sht", "sch", "sh"), "6"),
    "zh": "7",
    "ch": "4",
    "ts": "c",
    "tz": "c",
    "kh": "h",
    "yu": "iu",
    "ju": "iu",
    "ya": "ia",
    "ja": "ia",
    "q": "ia",
    "y": "i",
    "j": "i",
    "w": "v",
    "x": "h",
}


@lru_cache(maxsize=20_000)
def slavic(word: str) -> str:
    """One spelling for a Bulgarian or Russian word, whichever letters it came in."""
    if word[:1] == "<":
        return word
    if not word.isascii():
        word = word.translate(_CYRILLIC).replace("6t", "6")
    else:
        word = _LATIN.sub(lambda match: _SOUNDS.get(match[0], match[1] or ""), word)
    return word.replace("ii", "i")


_UMLAUT: Final = re.compile("([aou])e")


@lru_cache(maxsize=20_000)
def german(word: str) -> str:
    """`fuer` and `für` are one word."""
    return _UMLAUT.sub(r"\1", word)
