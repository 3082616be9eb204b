"""What drivers that speak HTTP share: an address, a certificate to trust, and a login."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import aiohttp
from pydantic import AfterValidator, Field
from yarl import URL

from playbooks.client import Answer, HttpAddress
from playbooks.outside import OutsideError
from playbooks.power.model import LoginRefused, PowerSettings
from probes.credentials import Secret
from probes.reasons import Failed
from probes.settings import FilePath

_LONGEST_WORD = 200
_NO = frozenset({401, 403})


def _origin(told: str) -> str:
    """Passwords travel along this line, so that nothing but TLS is taken."""
    url = URL(told)
    if url.scheme != "https":
        raise ValueError("must begin with https://")
    if url.path != "/" or url.query_string or url.fragment or url.user or url.password:
        raise ValueError("is scheme, host and port alone, such as https://bmc.example.net")
    return str(url.origin())


# The base of a device's calls, without a slash at its end: https://bmc.example.net:8443
Origin = Annotated[HttpAddress, AfterValidator(_origin)]


class TlsPower(PowerSettings):
    """A device that is spoken to over TLS, verified as usual unless one of the keys says how."""

    url: Origin
    fingerprint: str = Field(
        "",
        pattern=r"^([0-9a-f]{64})?$",
        description="SHA-256 of its self-signed certificate, in lower-case hexadecimal",
    )
    ca_file: FilePath | None = Field(None, description="PEM of the authority that signed it")

    @property
    def place(self) -> str:
        """Host and port."""
        url = URL(self.url)
        return f"{url.host_subcomponent}:{url.port}"

    def trust(self) -> ssl.SSLContext | aiohttp.Fingerprint | bool:
        """For `tls` of playbooks.client.call. Raises OutsideError where ca_file is no use."""
        if self.fingerprint:
            return aiohttp.Fingerprint(bytes.fromhex(self.fingerprint))
        if self.ca_file is None:
            return True
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            told = f"the root certificate {self.ca_file} can't be used: {error.strerror or error}"
            raise OutsideError(told, transient=False) from None


def revealed(secret: Secret) -> str:
    """The secret's text. Raises OutsideError where there is none."""
    try:
        text = secret.reveal()
    except Failed as error:
        raise OutsideError(error.reason, transient=False) from None
    if not text:
        raise OutsideError(f"the secret {secret!r} is empty", transient=False)
    return text


def let_in(answer: Answer) -> Answer:
    """The answer, unless it says that our login is no good: LoginRefused, after this one try."""
    if answer.status in _NO:
        message = f"{answer.what} answered {answer.status}: it refuses our login"
        raise LoginRefused(message)
    return answer


@contextmanager
def only_asking() -> Iterator[None]:
    """Around calls that read: whatever they meet, no verb can have been heard."""
    try:
        yield
    except OutsideError as error:
        error.ambiguous = False
        raise


def word(told: object) -> str:
    """One short line out of a stranger's JSON; "" where it is no text."""
    if not isinstance(told, str):
        return ""
    line = "".join(sign if sign.isprintable() else " " for sign in told[: 4 * _LONGEST_WORD])
    return " ".join(line.split())[:_LONGEST_WORD]
