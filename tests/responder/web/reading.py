"""A page as a machine reads it: its elements, its forms, and what it wants from elsewhere."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from typing_extensions import override

VOID = {"meta", "link", "br", "hr", "img", "input", "col"}
INLINE = {"a", "span", "time", "strong"}


@dataclass
class Read:
    """What stands on a page. `skeleton`: every start tag with the names of its attributes."""

    skeleton: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    text: str = ""
    unclosed: list[str] = field(default_factory=list)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.skeleton]

    def values(self, tag: str, name: str) -> list[str]:
        """The values of this attribute on all these elements."""
        return [value for one, known, value in self.attributes if (one, known) == (tag, name)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read = Read()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.read.text += "" if tag in INLINE else " "
        self.read.skeleton.append((tag, tuple(name for name, _ in attrs)))
        self.read.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.read.unclosed.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.read.unclosed.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.read.text += data


def read(html: str) -> Read:
    """The page, which must close what it opens."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.read.unclosed == []
    reader.read.text = " ".join(reader.read.text.split())
    return reader.read
