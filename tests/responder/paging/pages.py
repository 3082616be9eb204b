"""Pages to send in tests, ordinary and hostile."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from alerts.model import Priority
from playbooks.ports import Page, PageEvent

PAGE: Final = Page(
    key="INC-7/1/1/ana/0",
    thread="INC-7",
    event=PageEvent.OPENED,
    person="ana",
    step=1,
    incident="INC-7",
    priority=Priority.CRITICAL,
    title="CRITICAL: web1 is down",
    text="web1 is down\n\nAcknowledge: https://responder.example.net/a/4fd0\n",
    server="web1",
    link="https://responder.example.net/a/4fd0",
    short="CRITICAL: web1 is down\nhttps://responder.example.net/a/4fd0",
    at=datetime(2025, 11, 21, 3, 10, tzinfo=UTC),
    answer="https://responder.example.net/callbacks/t0ken",
)

HOSTILE_TEXTS: Final = (
    "web1\r\nBcc: everybody@example.net\r\n\r\nforged body",
    "=?utf-8?q?=0D=0AX-Injected:_yes?=",
    "==?utf-8?b?DQpYLUluamVjdGVkOiB5ZXM=?=",
    "=\u200b?utf-8?q?=0D=0AX-Injected:_yes?=",
    "\r\n.\r\nMAIL FROM:<evil@example.net>\r\n",
    "nul\x00 esc\x1b[2J bidi\u202e half\ud800",
    '{"a": "\\u0000"}<script>alert(1)</script>${7*7}',
    "Zürich 東京 🔥" * 400,
    "x" * 300_000,
    "",
)


def hostile(text: str) -> Page:
    """A page whose every word came from a label."""
    return replace(
        PAGE,
        key=f"INC-7/{text[:1000]}",
        thread=f"INC-7 {text[:1000]}",
        incident=text,
        title=text,
        text=text,
        server=text,
        person=text,
        short=text,
        link=f"https://responder.example.net/{text[:100]}",
    )
