"""Did Twilio send this? Its signature over the address and the form that came."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence

from yarl import URL

Form = Sequence[tuple[str, str]]


def signature(token: str, url: str, form: Form) -> str:
    """`X-Twilio-Signature`: https://www.twilio.com/docs/usage/security#validating-requests. A name
    that comes with several values has each different one, in order.
    """
    told = url + "".join(name + value for name, value in sorted(set(form)))
    mac = hmac.new(token.encode(), told.encode(errors="surrogatepass"), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


def genuine(given: str, *, tokens: Iterable[str], url: str, form: Form) -> bool:
    """Is it signed with one of these tokens? A wrong one learns nothing from the time it takes."""
    word = given.encode(errors="surrogatepass")
    right = [
        hmac.compare_digest(signature(token, spelling, form).encode(), word)
        for token in tokens
        for spelling in _spellings(url)
    ]
    return any(right)


def _spellings(url: str) -> tuple[str, ...]:
    """With its port and without: Twilio's own libraries take both."""
    place = URL(url, encoded=True)
    host = place.host_subcomponent or ""
    scheme, _, rest = url.partition("://")
    tail = rest[len(place.raw_authority) :]
    return (f"{scheme}://{host}{tail}", f"{scheme}://{host}:{place.port}{tail}")
