"""The signature that OVH wants on every call of its API."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OvhKeys:
    """An application of OVH's, and a consumer who has let it in."""

    application: str
    secret: str
    consumer: str

    def sign(self, method: str, url: str, body: bytes, *, at: int) -> Mapping[str, str]:
        """The headers of one call; `at` is OVH's own clock (GET /auth/time), in seconds.

        https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api, "Sign requests".
        """
        parts = (self.secret, self.consumer, method, url, body.decode(), str(at))
        # SHA-1 is OVH's choice; what it guards is one call within a few seconds, under TLS.
        digest = hashlib.sha1("+".join(parts).encode(), usedforsecurity=False).hexdigest()
        return {
            "X-Ovh-Application": self.application,
            "X-Ovh-Consumer": self.consumer,
            "X-Ovh-Timestamp": str(at),
            "X-Ovh-Signature": f"$1${digest}",
        }
