"""Tokens of OAuth2, fetched with the module's own credentials at each look."""

import asyncio
import json
import ssl
from base64 import b64encode
from urllib.parse import quote_plus, urlencode

from probes.handshake import context, server_name
from probes.http_answer import Answer
from probes.http_exchange import Seal, carry
from probes.http_proxy import Proxies
from probes.http_request import Request, common_and_private
from probes.http_settings import OAuth2
from probes.http_url import Url, read_url
from probes.http_way import way
from probes.model import Phase
from probes.reasons import Failed, of_error
from probes.sight import Sight

_MOST = 65536  # bytes of a token server's answer
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def token(given: OAuth2, sight: Sight) -> str:
    """The value of the header Authorization. Raises Failed (unknown): without a token we can't
    tell anything of the target.
    """
    sight.phase = Phase.AUTH
    quiet = Sight(sight.net, within=sight.left)
    secret = given.client_secret or given.client_secret_file
    try:
        async with asyncio.timeout(sight.left / 2):
            return await _fetch(given, secret.reveal() if secret else "", quiet)
    except TimeoutError:
        raise _no_token("it did not answer in time") from None
    except (OSError, ssl.SSLError, Failed) as error:
        raise _no_token(of_error(error, quiet.phase).reason) from None


async def _fetch(given: OAuth2, secret: str, sight: Sight) -> str:
    """The secret goes into a header (RFC 6749, 2.3.1); servers that don't take it get a form."""
    form = [("grant_type", "client_credentials"), *given.endpoint_params.items()]
    if given.scopes:
        form.append(("scope", " ".join(given.scopes)))
    login = f"{quote_plus(given.client_id)}:{quote_plus(secret)}"
    answer = await _asked(given, {"Authorization": f"Basic {_coded(login)}"}, form, sight)
    if answer.status in (400, 401):
        form += [("client_id", given.client_id), ("client_secret", secret)]
        answer = await _asked(given, {}, form, sight)
    if answer.status != 200:
        raise _no_token(f"status {answer.status}")
    return _read(answer.body)


async def _asked(
    given: OAuth2, headers: dict[str, str], form: list[tuple[str, str]], sight: Sight
) -> Answer:
    url = read_url(given.token_url)
    common, private = common_and_private({**_FORM, **headers})
    body = urlencode(form).encode()
    request = Request(url, "POST", url.authority, common, private, body)
    answer = Answer(keep=True, limit=_MOST)
    proxies = Proxies.of(given) or Proxies()
    exchange, host, port = way(request, url.host, answer, sight, _seal(given, url), proxies)
    await carry(exchange, host, port)
    return answer


def _seal(given: OAuth2, url: Url) -> Seal | None:
    if not url.secure:
        return None
    return Seal(context(given.tls_config), server_name(given.tls_config, "", url.host))


def _read(body: bytes) -> str:
    try:
        told = json.loads(body)
        kind, value = told.get("token_type") or "Bearer", told["access_token"]
    except (ValueError, KeyError, AttributeError):
        raise _no_token("its answer holds no access_token") from None
    if not isinstance(value, str) or not value.isprintable() or not str(kind).isalpha():
        raise _no_token("its answer holds no usable access_token")
    return f"{'Bearer' if str(kind).lower() == 'bearer' else kind} {value}"


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode()


def _no_token(why: str) -> Failed:
    told = f"no token from the token server: {why}"
    return Failed(Phase.AUTH, told, verdict_unknown=True)
