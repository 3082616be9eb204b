"""Asks the running daemon: over its Unix socket, or at an address with a token."""

import getpass
import http.client
import json
import socket
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import click
from typing_extensions import override

from responder.cli.configuration import chosen, config_option, store_url
from responder.cli.exits import Failed
from responder.places import SOCKET, home

WITHIN = 30.0  # seconds for one answer

P = ParamSpec("P")
R = TypeVar("R")

# http.client, because aiohttp takes longer to load than the whole answer takes.


class NoDaemon(Failed):
    """Nobody listens there: what was asked has not been done."""


class Api:
    """A daemon that can be asked. `where` is how messages name it; `home` is the folder of its
    store and `file` its configuration, None when it may be another machine's.
    """

    def __init__(
        self,
        connect: Callable[[], http.client.HTTPConnection],
        *,
        where: str,
        base: str = "",
        token: str = "",
        home: Path | None = None,
        file: Path | None = None,
    ) -> None:
        self.home = home
        self.file = file
        self._connect = connect
        self._where = where
        self._base = base.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    @classmethod
    def at_socket(cls, path: Path, *, file: Path | None = None) -> "Api":
        """The daemon of this machine; the operating system tells it who we are."""
        return cls(lambda: _OverSocket(path), where=str(path), home=path.parent, file=file)

    @classmethod
    def at_url(cls, url: str, *, token: str) -> "Api":
        """Any daemon. Raises Failed when the address is none."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Failed(f"{url} is no address: it begins with http:// or https:// and has a host")
        kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        host, port = parts.hostname, parts.port
        return cls(
            lambda: kind[parts.scheme](host, port, timeout=WITHIN),
            where=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            base=parts.path,
            token=token,
        )

    def get(self, *path: object, **query: object) -> Any:
        """The answer to a question; parameters that are None are left out."""
        return self._ask("GET", path, query, None)

    def post(self, *path: object, body: Mapping[str, object] | None = None) -> Any:
        """The answer to an act."""
        return self._ask("POST", path, {}, body or {})

    def delete(self, *path: object) -> Any:
        """The answer to an ending."""
        return self._ask("DELETE", path, {}, None)

    def _ask(
        self,
        method: str,
        path: tuple[object, ...],
        query: Mapping[str, object],
        body: Mapping[str, object] | None,
    ) -> Any:
        status, told = self._call(method, _target(self._base, path, query), body)
        if status >= 400:
            raise Failed(_refusal(status, told))
        return told

    def _call(self, method: str, target: str, body: Mapping[str, object] | None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        connection = self._connect()
        try:
            connection.request(method, target, body=data, headers=self._headers)
            answer = connection.getresponse()
            return answer.status, _read(answer)
        except (FileNotFoundError, ConnectionRefusedError):
            raise NoDaemon(
                f"no responder runs here (nobody answers at {self._where}): start it with"
                " `responder run`, or name another one with --url and --token-file"
            ) from None
        except PermissionError:
            raise Failed(
                f"{self._where} is not open to {getpass.getuser()}: act as the user of the"
                " responder, or give --url and --token-file"
            ) from None
        except (OSError, http.client.HTTPException) as trouble:
            told = str(trouble) or type(trouble).__name__
            raise Failed(f"{self._where} gave no answer: {told}") from None
        finally:
            connection.close()


def speaks_to_daemon(verb: Callable[Concatenate[Api, P], R]) -> Callable[..., R]:
    """Gives a verb the options that say which daemon is meant, and that daemon as its first
    argument.
    """

    @config_option
    @click.option("--url", help="Another responder's address, instead of the socket.")
    @click.option(
        "--token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The file of a token for --url.",
    )
    @wraps(verb)
    def told(
        *args: Any, file: Path | None, url: str | None, token_file: Path | None, **kwargs: Any
    ) -> R:
        return verb(_daemon(file, url, token_file), *args, **kwargs)

    return told


def _daemon(file: Path | None, url: str | None, token_file: Path | None) -> Api:
    if url is not None:
        return Api.at_url(url, token=_token(token_file))
    if token_file is not None:
        raise click.UsageError("--token-file goes with --url")
    config = chosen(file)
    return Api.at_socket(home(store_url(config), beside=config.parent) / SOCKET, file=config)


def _token(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8").split("\n", 1)[0].strip()
    except (OSError, UnicodeDecodeError) as trouble:
        raise Failed(f"the token file {file} can't be read: {trouble}") from None


class _OverSocket(http.client.HTTPConnection):
    """HTTP to a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("responder", timeout=WITHIN)
        self._path = path

    @override
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _target(base: str, path: tuple[object, ...], query: Mapping[str, object]) -> str:
    asked = {name: value for name, value in query.items() if value not in (None, ())}
    steps = "/".join(quote(str(step), safe="/" if at == 0 else "") for at, step in enumerate(path))
    return f"{base}{steps}" + (f"?{urlencode(asked, doseq=True)}" if asked else "")


def _read(answer: http.client.HTTPResponse) -> Any:
    text = answer.read().decode("utf-8", "replace")
    if "application/json" not in (answer.getheader("Content-Type") or ""):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise http.client.HTTPException("the answer is no JSON") from None


def _refusal(status: int, told: Any) -> str:
    """The daemon's own words, `{"error": {"message", "where"}}`."""
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return f"the responder answered {status}"
    where = f"{error['where']}: " if error.get("where") else ""
    return f"{where}{error.get('message', status)}"
