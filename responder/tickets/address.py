"""Where a ticket system lives: the type of its address in the configuration."""

from typing import Annotated

from pydantic import AfterValidator
from yarl import URL


def _address(told: str) -> str:
    url = URL(told)
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("must begin with http:// or https:// and name a host")
    if url.user or url.password or url.query_string or url.fragment:
        raise ValueError("must hold no user, password, query or fragment")
    return told.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]
