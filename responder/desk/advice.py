"""What a customer is advised to do where the fault is not ours, by cause (R37)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ADVICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "expired_domain": (
            "The registration of your domain has run out. Please renew it with the company where "
            "you registered it; it works again within a day after that."
        ),
        "external_dns": (
            "The name servers of your domain are not ours. Please ask whoever runs them to set the "
            "records as your contract with us names them, or to use our name servers."
        ),
        "third_party_mail": (
            "Your mail is kept by another company. Please ask it what has become of the message; "
            "tell it the time, the sender and the recipient."
        ),
        "own_software": (
            "The fault is in software of your own. Please ask whoever made it, and undo the last "
            "change meanwhile; we can restore a copy from before it if you ask us to."
        ),
        "connection": (
            "Your connection to the internet loses the way to us. Please ask your provider, and "
            "tell it from where, since when and to which address."
        ),
    }
)
"""Words that can be sent as they are, or be changed first."""
