"""Texts with variables: a small part of Jinja2, so small that no text can do harm or run on."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES: Final[Mapping[str, str]] = {
    "brand": "the brand's title",
    "url": "its page",
    "mail": "where it is written to",
    "signature": "how its messages end",
    "began": "since when, in the brand's zone",
    "ended": "until when; in a recovery",
    "words": "what a person wrote; in an update",
    "next_update": "when a person promised the next one; in an update",
    "reference": "the number of his request; in the desk's replies, as all that follows",
    "expected": "how soon he hears from us",
    "hours": "our working time, where that counts only then",
    "articles": "pages that may help, one a line",
    "link": "where he can follow it",
    "order": "the page where he orders",
    "prices": "the page with prices",
    "documents": "the page with documents",
}
"""All that a text may speak of. What there is none of is empty."""

LONGEST: Final = 20_000  # characters of one text

# Text, {{ name }}, {% if name %} and comparisons. No loops, calls, attributes, filters, sums: what
# is left can neither reach out nor grow.
_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
)
_PLAIN: Final = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,  # plain text, never HTML
    trim_blocks=True,
    lstrip_blocks=True,
)


def check(source: str) -> str:
    """The text itself. Raises ValueError (with the line) for what may not stand in it."""
    if len(source) > LONGEST:
        raise ValueError(f"has more than {LONGEST} characters")
    try:
        tree = _PLAIN.parse(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.message}") from None
    for node in _all(tree):
        if why := _wrong(node):
            raise ValueError(f"line {node.lineno}: {why}")
    return source


def rendered(source: str, values: Mapping[str, str]) -> str:
    """The text with these values; never more than two line breaks on end."""
    filled = _compiled(source).render({**dict.fromkeys(VARIABLES, ""), **values})
    lines = [line.rstrip() for line in filled.splitlines()]
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(kept).strip()


@lru_cache(maxsize=1000)
def _compiled(source: str) -> Template:
    return _PLAIN.from_string(check(source))


def _all(tree: nodes.Template) -> list[nodes.Node]:
    return [tree, *tree.find_all(nodes.Node)]


def _wrong(node: nodes.Node) -> str:
    if not isinstance(node, _ALLOWED):
        return f"{type(node).__name__.lower()} has no place in a text for customers"
    if isinstance(node, nodes.Name) and node.name not in VARIABLES:
        return f"no variable is called {node.name}: only {', '.join(VARIABLES)}"
    return ""
