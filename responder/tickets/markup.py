"""Words in and out of ticket systems that keep them as HTML."""

import html
import re


def plain(markup: str) -> str:
    """The words alone, line by line. Strangers write this: it takes no longer than it is long."""
    lines = re.sub(r"(?i)<br\s*/?>|</p>|</div>|</li>", "\n", markup)
    return html.unescape(re.sub(r"<[^<>]*>", "", lines)).strip()


def marked_up(words: str) -> str:
    """Words as HTML that says nothing else, whatever stands in them."""
    return html.escape(words).replace("\n", "<br>")
