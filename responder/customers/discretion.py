"""What a brand's customers must never read: another brand's name, our own names, a secret (R10)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType
from typing import Final

from typing_extensions import override

from probes.redaction import scrub
from responder.customers.brands import Brand
from responder.customers.replies import shipped_replies, sources_of
from responder.customers.wording import shipped, sources

_TOKEN: Final = re.compile(r"[\w.:/@%+-]+")
_WORD: Final = re.compile(r"[^\W_]+")
_MOST_PARTS: Final = 12  # of a token: a host name of more is not one of ours
_KEYS: Final = re.compile(r"\b(?:server|rack|dc|reseller|brand|hand|alert):[\w./-]+", re.IGNORECASE)
_REMEMBERED: Final = 300  # texts
_SHORTEST: Final = 3  # letters: "al" and "di" are words of many languages
# Machines are called so everywhere, and customers' words would be refused for nothing.
_COMMON: Final = re.compile(
    "backup|cache|cloud|cpanel|database|dns|firewall|ftp|host|imap|mail|monitoring|network|node"
    "|panel|plesk|proxy|router|server|smtp|status|storage|support|switch|web|www"
)


@dataclass(frozen=True, slots=True)
class Leak:
    """A word that must not go out, and what it is."""

    word: str
    what: str

    @override
    def __str__(self) -> str:
        return f'"{self.word}" is {self.what}'


@dataclass(frozen=True)
class Discretion:
    """What stands in no message. `names`: our own words, each with what it is (compiled once)."""

    brands: Mapping[str, Brand] = field(default_factory=lambda: MappingProxyType({}))
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    _read: dict[tuple[str, str], tuple[Leak, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def leaks(self, text: str, *, brand: str) -> tuple[Leak, ...]:
        """Everything in this text that customers of this brand must not read.

        Words that stand in the messages that come with the program, or in the brand's own, are
        ordinary words and no names; another brand's name is one everywhere but in the brand's own.
        A text is read once: a customer may load the page of his long words again and again.
        """
        known = self._read.get((brand, text))
        if known is None:
            folded = plain(text)
            found = dict.fromkeys(self._found(folded, brand))
            known = (*found, *_secrets(text), *_keys(folded))
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[brand, text] = known
        return known

    def _found(self, folded: str, brand: str) -> Iterator[Leak]:
        own, said, usual = self._own_words[brand], self._said_words[brand], _ordinary()
        never = {plain(word) for word in self.brands[brand].never_say}
        for word in dict.fromkeys(_spans(folded)):
            if word in never:
                yield Leak(word, "a word that the brand never says")
            elif word in self._others and word not in own and self._others[word] - {brand}:
                yield Leak(word, "a name of another brand")
            elif word in self._single and not any(word in known for known in (own, said, usual)):
                yield Leak(word, self._single[word])
        for phrase, what in self._phrases(brand):
            if _stands(phrase, folded):
                yield Leak(phrase, what)

    def _phrases(self, brand: str) -> Iterator[tuple[str, str]]:
        """Names of several words; one that is a part of the brand's own name is none."""
        own = plain(own_words(brand, self.brands[brand]))
        said = plain(" ".join(_texts(self.brands[brand])))
        for word in map(plain, self.brands[brand].never_say):
            if not _is_single(word):
                yield word, "a word that the brand never says"
        for phrase, owners in self._other_phrases.items():
            if owners - {brand} and not _stands(phrase, own):
                yield phrase, "a name of another brand"
        for phrase, what in self._named_phrases.items():
            if not (_stands(phrase, own) or _stands(phrase, said)):
                yield phrase, what

    @cached_property
    def _owners(self) -> Mapping[str, frozenset[str]]:
        owners: dict[str, set[str]] = {}
        for name, one in self.brands.items():
            for word in map(plain, _brand_names(name, one)):
                if len(word) >= _SHORTEST and word not in _ordinary():
                    owners.setdefault(word, set()).add(name)
        return {word: frozenset(names) for word, names in owners.items()}

    @cached_property
    def _others(self) -> Mapping[str, frozenset[str]]:
        return {word: names for word, names in self._owners.items() if _is_single(word)}

    @cached_property
    def _other_phrases(self) -> Mapping[str, frozenset[str]]:
        return {word: names for word, names in self._owners.items() if not _is_single(word)}

    @cached_property
    def _named(self) -> Mapping[str, str]:
        return {plain(word): what for word, what in self.names.items() if _tells(plain(word))}

    @cached_property
    def _single(self) -> Mapping[str, str]:
        return {word: what for word, what in self._named.items() if _is_single(word)}

    @cached_property
    def _named_phrases(self) -> Mapping[str, str]:
        return {word: what for word, what in self._named.items() if not _is_single(word)}

    @cached_property
    def _own_words(self) -> Mapping[str, frozenset[str]]:
        return {
            name: frozenset(_spans(plain(own_words(name, one))))
            for name, one in self.brands.items()
        }

    @cached_property
    def _said_words(self) -> Mapping[str, frozenset[str]]:
        return {
            name: frozenset(_spans(plain(" ".join(_texts(one)))))
            for name, one in self.brands.items()
        }


def plain(text: str) -> str:
    """As it reads: without invisible letters, in one case, white space as one space."""
    whole = unicodedata.normalize("NFKC", text)
    seen = "".join(letter for letter in whole if unicodedata.category(letter) != "Cf")
    return " ".join(seen.casefold().split())


def own_words(name: str, brand: Brand) -> str:
    """The brand's own name and addresses, which its customers may read."""
    doors = (brand.url, brand.status_url, brand.order_url, brand.prices_url, brand.documents_url)
    told = (name, brand.title, *doors, brand.mail, brand.mail_from, brand.reply_to)
    return " ".join(word for word in (*told, *brand.addresses) if word)


def _texts(brand: Brand) -> Iterator[str]:
    """What the brand's owner has written for its customers himself."""
    yield brand.signature or ""
    for library in (brand.texts_file, brand.texts):
        yield from (text for _, text in sources(library))
    yield from (text for _, text in sources_of(brand.replies))


def _brand_names(name: str, brand: Brand) -> Iterator[str]:
    yield name
    if brand.title:
        yield brand.title
    doors = (brand.url, brand.status_url, *brand.addresses)
    yield from (host_of(door) for door in doors if door)
    for address in (brand.mail, brand.mail_from, brand.reply_to, *brand.announce):
        if address and "@" in address:
            yield host_of(address).strip("> ")


def host_of(address: str) -> str:
    """The host of a URL or a mail address, without a port and `www.`."""
    host = address.split("://", 1)[-1].split("/", 1)[0].rpartition("@")[2]
    return host if host.startswith("[") else host.rsplit(":", 1)[0].removeprefix("www.")


@cache
def _ordinary() -> frozenset[str]:
    """The words of the messages that come with the program, in every language."""
    texts = (words for one in shipped().values() for words in (one.open, one.update, one.recovery))
    told = " ".join(f"{one.subject} {one.text}" for one in texts)
    told += " ".join(text for _, text in sources_of(shipped_replies()))
    return frozenset(_spans(plain(told)))


def _spans(folded: str) -> Iterator[str]:
    """Every word, and every name made of several, such as host names: a.b.c, b.c, a.b, c..."""
    for token in _TOKEN.finditer(folded):
        parts = [part.span() for part in _WORD.finditer(token[0])]
        for first, (begin, _) in enumerate(parts):
            for _, end in parts[first : first + _MOST_PARTS]:
                yield token[0][begin:end]


def _is_single(word: str) -> bool:
    match = _TOKEN.fullmatch(word)
    return match is not None and word in _spans(word)


def _stands(phrase: str, text: str) -> bool:
    return phrase in text and bool(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text))


def _tells(word: str) -> bool:
    """Is it a name, and not any short word or number?"""
    if word.isdigit() or _COMMON.fullmatch(word):
        return False
    return len(word) >= _SHORTEST or (len(word) > 1 and any(map(str.isdigit, word)))


def _secrets(text: str) -> Iterable[Leak]:
    return (Leak("[secret]", "a secret"),) if scrub(text) != text else ()


def _keys(folded: str) -> Iterator[Leak]:
    yield from (Leak(match[0], "the name of one of our things") for match in _KEYS.finditer(folded))
