"""The knowledge base: which of its Markdown files and pages may help with a request (R82)."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import structlog

from responder.desk.section import Knowledge

log = structlog.get_logger(__name__)

MOST: Final = 3  # that are suggested
_TITLE, _TAG, _TEXT = 3.0, 4.0, 1.0
_LEAST: Final = 4.0  # less is no suggestion at all
_WORD: Final = re.compile(r"[^\W_]{3,}")
_HEAD: Final = re.compile(r"^(?:#\s*|title:\s*)(.+)$", re.IGNORECASE | re.MULTILINE)
_TAGS: Final = re.compile(r"^tags:\s*\[?(.*?)\]?\s*$", re.IGNORECASE | re.MULTILINE)
_URL: Final = re.compile(r"^url:\s*(https?://\S+)\s*$", re.IGNORECASE | re.MULTILINE)
_SHORT: Final = 3  # letters: only as a tag is such a word one that counts
_STEM: Final = 5  # letters: "mailboxes" is "mailbox", without a dictionary of ten languages
_FILES: Final = 2000
_BYTES: Final = 200_000


@dataclass(frozen=True)
class Article:
    """One article. `id` is the name of its file, or its address; `url` is "" for one that customers
    can't read.
    """

    id: str
    title: str
    tags: tuple[str, ...] = ()
    text: str = ""
    url: str = ""

    @cached_property
    def weights(self) -> dict[str, float]:
        """How much each word stands for it."""
        found: defaultdict[str, float] = defaultdict(float)
        for words, weight in ((self.title, _TITLE), (self.text, _TEXT)):
            for word in set(_stems(words)):
                found[word] += weight if len(word) > _SHORT else 0.0  # "you" tells nothing
        for word in set(_stems(" ".join(self.tags))):
            found[word] += _TAG
        return found


@dataclass(frozen=True)
class Shelf:
    """All articles, ready to be searched."""

    articles: tuple[Article, ...] = ()

    @cached_property
    def _rarity(self) -> dict[str, float]:
        """A word that stands in every article tells nothing."""
        seen = Counter(word for one in self.articles for word in one.weights)
        return {word: math.log(1 + len(self.articles) / count) for word, count in seen.items()}

    def suggest(self, text: str, *, most: int = MOST) -> list[Article]:
        """The articles that fit best, the best first; none rather than a wrong one."""
        words = set(_stems(text))
        scored = [(self._score(one, words), one) for one in self.articles]
        fitting = [(score, one) for score, one in scored if score >= _LEAST]
        fitting.sort(key=lambda pair: (-pair[0], pair[1].id))
        return [one for _, one in fitting[:most]]

    def _score(self, one: Article, words: Iterable[str]) -> float:
        return sum(one.weights[word] * self._rarity[word] for word in words if word in one.weights)


@dataclass(frozen=True, slots=True)
class _Folder:
    """What stands in a folder now: it is read again when anything has changed."""

    path: Path
    files: tuple[tuple[str, int, int], ...] = field(default=())


def shelf(settings: Knowledge) -> Shelf:
    """The articles as they are now. A folder that can't be read has none, and the log says so."""
    listed = tuple(
        Article(url, _named(url), tuple(tags), url=url) for url, tags in settings.urls.items()
    )
    if settings.folder is None:
        return _shelf(listed, None)
    return _shelf(listed, _Folder(settings.folder, _files(settings.folder)))


def article(name: str, markdown: str) -> Article:
    """A Markdown file: its title, a line `tags: mail, imap`, perhaps a line `url: https://...`."""
    title, tags, url = (one.search(markdown) for one in (_HEAD, _TAGS, _URL))
    return Article(
        name,
        title[1].strip() if title else name,
        tuple(filter(None, (tag.strip() for tag in tags[1].split(",")))) if tags else (),
        markdown,
        url[1] if url else "",
    )


def _files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    try:
        found = sorted(folder.glob("*.md"))[:_FILES]
        stats = ((one, one.stat()) for one in found)
        return tuple((one.name, stat.st_mtime_ns, stat.st_size) for one, stat in stats)
    except OSError as error:
        log.warning("knowledge_unread", folder=str(folder), reason=str(error))
        return ()


@lru_cache(maxsize=4)
def _shelf(listed: tuple[Article, ...], folder: _Folder | None) -> Shelf:
    files = [folder.path / name for name, _, _ in folder.files] if folder else []
    return Shelf((*listed, *_read(files)))


def _read(files: Sequence[Path]) -> Iterable[Article]:
    for file in files:
        try:
            with file.open(encoding="utf-8", errors="replace") as opened:
                yield article(file.stem, opened.read(_BYTES))
        except OSError as error:
            log.warning("article_unread", file=str(file), reason=str(error))


def _named(url: str) -> str:
    """A title out of an address: the last part of it."""
    return url.rstrip("/").rpartition("/")[2].partition(".")[0].replace("-", " ") or url


def _stems(text: str) -> list[str]:
    return [word[:_STEM] for word in _WORD.findall(text.casefold())]
