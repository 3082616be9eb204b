"""Reads the mailbox that data centres answer to: in order, bounded, and changing nothing there."""

import asyncio
import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from pydantic import Field
from typing_extensions import override

from playbooks.outside import OutsideError
from playbooks.plain import one_line
from probes.reasons import Failed
from probes.settings import FilePath, Piece, SecretFile

_MOST_MAILS = 50  # of one poll; the rest comes with the next
_MOST_BYTES = 128 << 10  # of one mail: photos are cut off
_STEP_SECONDS = 10.0  # for one answer
_FIRST_DAYS = 2  # how far back a new cursor looks: whatever is older is not about an open order

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it came, cut at 128 KiB. `cursor` is the place behind it."""

    raw: bytes = field(repr=False)
    cursor: str = ""


class Mailbox(Piece):
    """An IMAP mailbox (RFC 9051). Its mails are neither marked as read nor moved."""

    host: str
    port: int = Field(993, ge=1, le=65535)
    user: str
    password_file: SecretFile
    folder: str = Field("INBOX", pattern=r'^[^\x00-\x1f"\\]{1,100}$')
    security: Literal["tls", "starttls", "none"] = Field(
        "tls", description="none: only where the line itself is trusted"
    )
    ca_file: FilePath | None = Field(None, description="PEM of the authority that signed it")

    @property
    def name(self) -> str:
        """Which mailbox it is, for the cursor: two sites may share one."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"

    async def read(
        self, cursor: str, *, now: datetime, within: float = 30.0
    ) -> tuple[Sequence[Mail], str]:
        """What came since, oldest first, and the new cursor; "" is two days ago.

        Raises OutsideError: never ambiguous, for reading changes nothing.
        """
        return await self._asked(lambda imap: _news(imap, cursor, now), within)

    async def end(self, *, within: float = 30.0) -> str:
        """The cursor behind everything that is there by now. Raises OutsideError."""
        return await self._asked(_end, within)

    async def holds(self, message_id: str, *, within: float = 30.0) -> bool:
        """Is the mail of this Message-ID there? Raises OutsideError."""
        return await self._asked(lambda imap: _holds(imap, message_id), within)

    async def answering(self, message_id: str, *, within: float = 30.0) -> Sequence[Mail]:
        """The mails that name this Message-ID as one that they answer, the oldest first. None for
        one that no search can hold. Raises OutsideError.
        """
        if not re.fullmatch(r"<[!#-\[\]-~]{1,250}>", message_id):
            return ()
        return await self._asked(lambda imap: _answering(imap, message_id), within)

    async def _asked(self, ask: "Callable[[_Imap], Told]", within: float) -> "Told":
        where = f"the mailbox of {self.user} ({self.host}:{self.port})"
        line = _Line(self, where)
        try:
            async with asyncio.timeout(within):
                return await asyncio.to_thread(line.ask, ask)
        except TimeoutError:
            raise OutsideError(f"{where}: not read within {within:g} s", transient=True) from None
        finally:
            line.cut()


class _Line:
    """One session, in a thread of its own; `cut` ends it from outside, whatever it waits for."""

    def __init__(self, box: Mailbox, where: str) -> None:
        self._box = box
        self._where = where
        self._sockets: list[socket.socket] = []
        self._cut = False

    def ask(self, ask: "Callable[[_Imap], Told]") -> Told:
        try:
            with ExitStack() as ended:
                imap = self._connect(ended)
                self._log_in(imap)
                _good(imap.select(f'"{self._box.folder}"', readonly=True))
                return ask(imap)
        except ssl.SSLCertVerificationError:
            told = f"{self._where}: its certificate is not valid"
            raise OutsideError(told, transient=False) from None
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            told = one_line(str(error)) or "no connection"
            raise OutsideError(f"{self._where}: {told}", transient=True) from None

    def hold(self, opened: socket.socket) -> None:
        """Raises OSError where it is too late already."""
        self._sockets.append(opened)
        if self._cut:
            raise OSError("no time left")

    def cut(self) -> None:
        """Nothing happens where the session has ended by itself."""
        self._cut = True
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _connect(self, ended: ExitStack) -> "_Imap":
        box = self._box
        trust = None if box.security == "none" else ssl.create_default_context(cafile=box.ca_file)
        imap = _Imap(box.host, box.port, trust if box.security == "tls" else None, self.hold)
        ended.callback(imap.leave)
        if box.security == "starttls":
            imap.starttls(trust)
        return imap

    def _log_in(self, imap: imaplib.IMAP4) -> None:
        """A wrong password is for a person to mend; the server's words may repeat it."""
        try:
            password = self._box.password_file.reveal()
        except Failed as error:
            raise OutsideError(error.reason, transient=False) from None
        try:
            imap.login(self._box.user, password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            raise OutsideError(f"{self._where}: login refused", transient=False) from None


class _Imap(imaplib.IMAP4):
    """imaplib, whose every socket can be cut, and which takes no more than we asked for."""

    def __init__(
        self,
        host: str,
        port: int,
        trust: ssl.SSLContext | None,
        hold: Callable[[socket.socket], None],
    ) -> None:
        self._trust = trust
        self._hold = hold
        super().__init__(host, port, timeout=_STEP_SECONDS)

    @override
    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        raw = socket.create_connection((host, port), timeout)
        if self._trust is None:
            self.sock = raw
        else:
            self.sock = self._trust.wrap_socket(
                raw, server_hostname=host, do_handshake_on_connect=False
            )
        with ExitStack() as undone:
            undone.callback(self.sock.close)
            self._hold(self.sock)
            if isinstance(self.sock, ssl.SSLSocket):
                self.sock.do_handshake()
            undone.pop_all()
        self.file = self.sock.makefile("rb")

    @override
    def read(self, size: int) -> bytes:
        if size > _MOST_BYTES + 4096:
            raise OSError(f"it announces {size} bytes where {_MOST_BYTES} were asked for")
        return super().read(size)

    def leave(self) -> None:
        """Ends the line: a polite word whose answer nobody awaits."""
        with suppress(OSError):
            self.send(b"END LOGOUT\r\n")
        with suppress(OSError):
            self.shutdown()


def _news(imap: imaplib.IMAP4, cursor: str, now: datetime) -> tuple[Sequence[Mail], str]:
    validity = _validity(imap)
    known, _, last = cursor.partition(":")
    if known == str(validity):
        place, uids = cursor, _after(imap, int(last))
    else:
        place, uids = f"{validity}:{_last(imap)}", _lately(imap, now)
    mails = []
    for uid, raw in _readable(imap, uids[:_MOST_MAILS]):
        place = f"{validity}:{uid}"
        if raw:
            mails.append(Mail(raw, place))
    return mails, place


def _readable(imap: imaplib.IMAP4, uids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """What the server gives. One that it refuses is asked for again, until it gives a later one: a
    broken mail must not hold back all that follow.
    """
    refused: imaplib.IMAP4.error | None = None
    given = False
    for uid in uids:
        try:
            raw = _fetched(imap, uid)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            refused = error
            continue
        given = True
        yield uid, raw
    if refused is not None and not given:
        raise refused


def _end(imap: imaplib.IMAP4) -> str:
    last = _last(imap)
    return f"{_validity(imap)}:{last}"


def _last(imap: imaplib.IMAP4) -> int:
    """`*` is the last mail, and there is none in an empty folder."""
    return max(_searched(imap, "UID *:*"), default=0)


def _holds(imap: imaplib.IMAP4, message_id: str) -> bool:
    return bool(_searched(imap, f'HEADER Message-ID "{message_id}"'))


def _answering(imap: imaplib.IMAP4, message_id: str) -> Sequence[Mail]:
    wanted = f'OR HEADER In-Reply-To "{message_id}" HEADER References "{message_id}"'
    found = (_fetched(imap, uid) for uid in _searched(imap, wanted)[:_MOST_MAILS])
    return [Mail(raw) for raw in found if raw]


def _after(imap: imaplib.IMAP4, last: int) -> list[int]:
    """`N:*` always names the last mail too, however low its number (RFC 9051, 9)."""
    return [uid for uid in _searched(imap, f"UID {last + 1}:*") if uid > last]


def _lately(imap: imaplib.IMAP4, now: datetime) -> list[int]:
    since = (now.astimezone(UTC) - timedelta(days=_FIRST_DAYS)).strftime("%d-%b-%Y")
    return _searched(imap, f"SINCE {since}")


def _searched(imap: imaplib.IMAP4, wanted: str) -> list[int]:
    found = _good(imap.uid("SEARCH", wanted))
    return sorted(map(int, b" ".join(one for one in found if isinstance(one, bytes)).split()))


def _fetched(imap: imaplib.IMAP4, uid: int) -> bytes:
    """b"" for a mail that was deleted meanwhile."""
    parts = _good(imap.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{_MOST_BYTES}>)"))
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")


def _good(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    status, told = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"the server answered {status}: {_said(told)}")
    return told


def _said(told: Sequence[object]) -> str:
    return " ".join(_words(told))


def _words(told: Sequence[object]) -> Iterator[str]:
    for one in told:
        if isinstance(one, bytes):
            yield one.decode("ascii", "replace")


def _validity(imap: imaplib.IMAP4) -> int:
    found = re.search(r"\d+", _said(imap.response("UIDVALIDITY")[1]))
    if not found:
        raise imaplib.IMAP4.error("the server names no UIDVALIDITY")
    return int(found[0])
