"""A stranger's mail read into what matters: its text, what it answers, and who, man or machine."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from html.parser import HTMLParser

from typing_extensions import override

from playbooks.plain import one_line

_REFERENCE = re.compile(r"\bRR-([0-9A-Za-z]{8})\b", re.IGNORECASE)
_MISREAD = str.maketrans("OIL", "011")  # what a person types for our letters
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_TICKET = re.compile(
    r"\b(?:ticket|case|request|incident)\b\s*(?:id|no\.?|number|nr\.?)?\s*[:#]?\s*#?"
    r"([A-Z]{0,5}-?[0-9]{3,18})\b",
    re.IGNORECASE,
)
_TEXT_LONGEST = 20_000
_ENDS = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|ursprüngliche nachricht|forwarded message)\b.*"
    r"|_{8,}|-- ?|(?:on|am|le|el|op)\b.{3,120}\b(?:wrote|schrieb|écrit|escribió|schreef)\b.*:"
    r"|(?:from|von|de):\s.*@.*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message. `id` is the same when it is read again; `all_text` may name references.

    `sender` is an address in small letters, `name` how it calls itself, `to` everybody who got it;
    `bulk`: to many, or made by
    a program (Precedence), though perhaps a person's words.
    """

    id: str
    subject: str
    text: str
    answers: tuple[str, ...] = ()
    automatic: bool = False
    bounced: bool = False
    all_text: str = ""
    sender: str = ""
    name: str = ""
    bulk: bool = False
    sent_at: datetime | None = None
    to: tuple[str, ...] = ()

    @property
    def subject_references(self) -> tuple[str, ...]:
        return references(self.subject)

    @property
    def references(self) -> tuple[str, ...]:
        return references(f"{self.subject}\n{self.text}\n{self.all_text}")

    @property
    def ticket(self) -> str:
        """Their number, where the subject or the text names one."""
        found = _TICKET.search(bare(f"{self.subject}\n{self.text[:2000]}"))
        return found[1] if found else ""

    def fresh(self, ours: str) -> str:
        """The text without quotations, without a signature, and without any line of our own."""
        own = {_bare(line) for line in ours.splitlines()}
        kept: list[str] = []
        for line in self.text.splitlines():
            if _ENDS.match(line):
                break
            if not line.lstrip().startswith(">") and (not line.strip() or _bare(line) not in own):
                kept.append(line)
        return "\n".join(kept).strip()


def references(text: str) -> tuple[str, ...]:
    """Every reference of ours that is named, once each, as we write it."""
    found = (f"RR-{one.upper().translate(_MISREAD)}" for one in _REFERENCE.findall(text))
    return tuple(dict.fromkeys(found))


def bare(text: str) -> str:
    """The text without any reference of ours."""
    return _REFERENCE.sub("", text)


def read_mail(raw: bytes) -> Incoming:
    """Whatever it holds; what can't be read is left out."""
    try:
        mail = message_from_bytes(raw)
        parts = [part for part in mail.walk() if not part.is_multipart()]
    except RecursionError:  # nested a thousand times
        return Incoming(_own_id(raw), "", "")
    texts = [(part.get_content_type(), _text(part)) for part in parts if _is_text(part)]
    told = f"{_header(mail, 'In-Reply-To')} {_header(mail, 'References')}"
    everything = "\n".join(text for _, text in texts)
    report = mail.get_content_type() == "multipart/report"
    if report:  # it holds the headers of the mail that could not be delivered
        told = f"{told} {everything} {raw.decode('ascii', 'replace')}"
    found = _MESSAGE_ID.findall(_header(mail, "Message-ID"))
    name, sender = _writer(mail)
    return Incoming(
        id=found[0] if found else _own_id(raw),
        subject=one_line(_header(mail, "Subject"), limit=300),
        text=_main(texts)[:_TEXT_LONGEST],
        answers=tuple(dict.fromkeys(_MESSAGE_ID.findall(told)))[-50:],
        automatic=report or _is_automatic(mail),
        bounced=report and re.search(rb"(?im)^action:\s*failed", raw) is not None,
        all_text=everything[:_TEXT_LONGEST],
        sender=one_line(sender, limit=250).lower(),
        name=one_line(name, limit=100),
        bulk=_header(mail, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply"),
        sent_at=_time(mail),
        to=_readers(mail),
    )


def _writer(mail: Message) -> tuple[str, str]:
    """The name and address of whoever wrote it, "" where they can't be told."""
    try:
        return parseaddr(_header(mail, "From"))
    except RecursionError:  # comments within comments
        return "", ""


def _readers(mail: Message) -> tuple[str, ...]:
    """The addresses it was sent to, in small letters; the one that got it for sure first."""
    names = ("Delivered-To", "X-Original-To", "To", "Cc")
    try:
        found = getaddresses([_header(mail, name) for name in names])
    except RecursionError:  # comments within comments
        return ()
    told = (one_line(address, limit=250).lower() for _, address in found if "@" in address)
    return tuple(dict.fromkeys(told))[:50]


def _is_automatic(mail: Message) -> bool:
    """RFC 3834, 5: anything but `no` was sent by a machine."""
    told = _header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    marked = any(mail[name] is not None for name in ("X-Autoreply", "X-Autorespond"))
    return told not in ("", "no") or marked


def _time(mail: Message) -> datetime | None:
    try:
        told = parsedate_to_datetime(_header(mail, "Date"))
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _main(texts: list[tuple[str, str]]) -> str:
    """The first plain text, else the first HTML without its tags."""
    plain = next((text for kind, text in texts if kind == "text/plain" and text.strip()), "")
    html = next((text for kind, text in texts if kind == "text/html"), "")
    return plain or _untagged(html)


def _is_text(part: Message) -> bool:
    return part.get_content_maintype() == "text" and part.get_filename() is None


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _header(mail: Message, name: str) -> str:
    """Decoded, on one line, bounded; whatever can't be decoded stays as it is."""
    raw = str(mail.get(name) or "")[:4000]
    try:
        return " ".join("".join(_words(raw)).split())
    except (HeaderParseError, LookupError, ValueError):
        return " ".join(raw.split())


def _words(raw: str) -> Iterator[str]:
    for word, charset in decode_header(raw):
        yield word if isinstance(word, str) else word.decode(charset or "ascii", "replace")


def _bare(line: str) -> str:
    return " ".join(line.lstrip("> \t|").split()).casefold()


def _own_id(raw: bytes) -> str:
    return f"mail:{hashlib.blake2b(raw, digest_size=12).hexdigest()}"


class _Untagged(HTMLParser):
    """The text of HTML; a block begins a line, a quotation is left out."""

    _BLOCKS = frozenset({"p", "div", "br", "tr", "li", "blockquote", "table", "h1", "h2", "h3"})
    _HIDDEN = frozenset({"style", "script", "head", "title", "blockquote"})

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in self._HIDDEN
        if tag in self._BLOCKS:
            self.pieces.append("\n")

    @override
    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in self._HIDDEN))
        if tag in self._BLOCKS:
            self.pieces.append("\n")

    @override
    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(" ".join(data.split()) + " ")


def _untagged(html: str) -> str:
    reader = _Untagged()
    try:
        reader.feed(html)
    except AssertionError:  # what Python says to a `<![` that it does not know
        reader.pieces = [re.sub(r"<[^<>]*>", "\n", html)]
    lines = (line.strip() for line in "".join(reader.pieces).splitlines())
    return "\n".join(line for line in lines if line)
