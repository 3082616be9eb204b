"""Pages for people: templates that escape everything, and the one style sheet beside them."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerts.moments import show_moment
from playbooks.plain import one_line
from probes.durations import show_duration
from responder.web.route import Access, Asked, Route

_HERE = Path(__file__).parent
_STYLE = (_HERE / "static" / "page.css").read_text(encoding="utf-8")
_VERSION = hashlib.blake2b(_STYLE.encode(), digest_size=6).hexdigest()


class Pages:
    """Renders templates. Every value is text of strangers: it is escaped, and kept on one line."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"clock": clock, "stamp": show_moment, "line": one_line}
        self._templates.globals |= {"ago": ago, "link": link, "took": took, "style": _VERSION}

    def routes(self) -> list[Route]:
        """What the pages need besides themselves."""
        summary = "The style sheet of the pages"
        return [Route("GET", "/static/page.css", self.style, Access.OPEN, summary)]

    async def style(self, _: Asked) -> web.Response:
        """The address changes with the content, so that browsers need not ask again."""
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return web.Response(text=_STYLE, content_type="text/css", headers=headers)

    def page(self, template: str, *, status: int = 200, **facts: object) -> web.Response:
        """This template with these facts. Nobody keeps a copy: it is about now."""
        text = self._templates.get_template(template).render(facts)
        answer = web.Response(text=text, content_type="text/html", charset="utf-8", status=status)
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer


def clock(moment: datetime) -> str:
    """As a person reads it on a phone at night."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def ago(moment: datetime, now: datetime) -> str:
    """How long since then."""
    return show_duration(now - moment)


def took(seconds: float) -> str:
    """How long a look took: `23 ms`, `1.8 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"


def link(text: str) -> str:
    """An address that is safe to follow, or "": http and https, and nothing hidden in it."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        return ""
    return text if good and text.isprintable() and " " not in text else ""
