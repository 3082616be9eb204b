"""Lists of bad senders: what each may answer, and what its answers mean (RFC 5782)."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from probes.dns_words import name_on_wire
from probes.settings import Piece, SecretFile

_XBL = {f"127.0.0.{code}": "XBL" for code in range(4, 8)}
_SBL = {"127.0.0.2": "SBL", "127.0.0.3": "CSS", "127.0.0.9": "DROP"}
_SPAMHAUS = "https://check.spamhaus.org/"

# The answers: https://www.spamhaus.org/faqs/dnsbl-usage/, https://surbl.org/lists,
# https://uribl.com/about.shtml, https://www.spamcop.net/bl.shtml, https://barracudacentral.org/rbl.
KNOWN: Mapping[str, Mapping[str, Any]] = {
    "zen.spamhaus.org": {
        "listed": _SBL | _XBL,
        # Policy, not misdeeds: normal for the ranges of hosting companies.
        "harmless": {"127.0.0.10": "PBL", "127.0.0.11": "PBL"},
        "removal": _SPAMHAUS,
    },
    "sbl.spamhaus.org": {"listed": _SBL, "removal": _SPAMHAUS},
    "xbl.spamhaus.org": {"listed": _XBL, "removal": _SPAMHAUS},
    "dbl.spamhaus.org": {
        "of": "domain",
        "listed": {
            "127.0.1.2": "spam",
            "127.0.1.4": "phishing",
            "127.0.1.5": "malware",
            "127.0.1.6": "botnet control",
            "127.0.1.102": "abused, spam",
            "127.0.1.103": "abused, redirector",
            "127.0.1.104": "abused, phishing",
            "127.0.1.105": "abused, malware",
            "127.0.1.106": "abused, botnet control",
        },
        "control": ("dbltest.com", "invalid"),
        "removal": _SPAMHAUS,
    },
    "multi.surbl.org": {
        "of": "domain",
        "bits": {8: "phishing", 16: "malware", 64: "abuse", 128: "cracked"},
        "control": ("surbl-org-permanent-test-point.com", "invalid"),
        "removal": "https://surbl.org/surbl-analysis",
    },
    "multi.uribl.com": {
        "of": "domain",
        "bits": {2: "black", 4: "grey", 8: "red"},
        "control": ("test.uribl.com", "invalid"),
        "removal": "https://admin.uribl.com/",
    },
    "bl.spamcop.net": {
        "listed": {"127.0.0.2": "SpamCop"},
        "removal": "https://www.spamcop.net/bl.shtml",
    },
    "b.barracudacentral.org": {
        "listed": {"127.0.0.2": "Barracuda"},
        "removal": "https://www.barracudacentral.org/rbl/removal-request",
    },
}
# No list ever lists with these: https://www.spamhaus.org/faqs/dnsbl-usage/#200
_REFUSALS = {
    "127.255.255.252": "it says that its zone's name is misspelt",
    "127.255.255.254": "it does not answer public resolvers: ask through your own",
    "127.255.255.255": "it says that we ask too much",
    "127.0.1.255": "it takes domains, not addresses",
}


class Word(StrEnum):
    """What an answer says."""

    CLEAN = "clean"
    LISTED = "listed"
    UNCLEAR = "unclear"


class Meaning(NamedTuple):
    """An answer in words; `code` is the answer itself (127.0.0.2), `text` what it stands for."""

    word: Word
    code: str = ""
    text: str = ""


CLEAN = Meaning(Word.CLEAN)


def unclear(text: str) -> Meaning:
    """It could not be told whether the name is listed."""
    return Meaning(Word.UNCLEAR, text=text)


def _zone(text: str) -> str:
    name_on_wire(text)  # its ValueError says what is wrong
    return text.lower().removesuffix(".")


def _code(text: str) -> str:
    if not str(ip_address(text)).startswith("127."):
        raise ValueError(f"{text} is no answer of a list (127.x.y.z)")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Code = Annotated[str, AfterValidator(_code)]


class BlockList(Piece):
    """One list. Of a zone that is known, or `like` one, the rest is known and may be added to.

    With `key_file` the zone is asked under that key, which is never shown.
    """

    zone: Zone
    like: str = ""
    of: Literal["address", "domain"] = "address"
    listed: Mapping[Code, str] = {}
    bits: Mapping[int, str] = {}
    harmless: Mapping[Code, str] = {}
    control: tuple[str, str] = ("", "")
    removal: str = ""
    key_file: SecretFile | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        name = str(given.get("like") or given.get("zone", ""))
        if given.get("like") and name not in KNOWN:
            raise ValueError(f"like: {name} is not known; known are {', '.join(KNOWN)}")
        known = KNOWN.get(name.lower().removesuffix("."), {})
        both = {
            key: {**known[key], **given[key]}
            for key in ("listed", "harmless")
            if key in known and isinstance(given.get(key), Mapping)
        }
        return {**known, **given, **both}

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if not self.listed and not self.bits:
            told = f"say which answers of {self.zone} mean that somebody is listed: "
            raise ValueError(told + '{zone: ..., listed: {"127.0.0.2": spam}}')
        return self

    @property
    def control_points(self) -> tuple[str, str]:
        """A name that is always listed and one that never is (RFC 5782, section 5)."""
        if self.control[0]:
            return self.control
        return ("2.0.0.127", "1.0.0.127") if self.of == "address" else ("test", "invalid")

    def meaning(self, answers: Collection[str]) -> Meaning:
        """Only an answer out of this list's own table is a listing."""
        for answer in answers:
            if refusal := self._refusal(answer):
                return unclear(refusal)
        told = [meaning for answer in sorted(answers) if (meaning := self._of(answer)) != CLEAN]
        listings = [one for one in told if one.word is Word.LISTED]
        return (listings or told or [CLEAN])[0]

    def _refusal(self, answer: str) -> str:
        if answer.startswith("127.255.255.") or answer == "127.0.1.255":
            return _REFUSALS.get(answer, f"it answers {answer}, an error")
        if self.bits and answer == "127.0.0.1":
            return "it refuses us: ask through your own resolver, or with a key"
        if not answer.startswith("127."):
            return f"the answer {answer} is no list's: does the resolver rewrite answers?"
        return ""

    def _of(self, answer: str) -> Meaning:
        if answer in self.listed:
            return Meaning(Word.LISTED, answer, self.listed[answer])
        if answer in self.harmless:
            return CLEAN
        last = int(answer.rpartition(".")[2]) if answer.startswith("127.0.0.") else 0
        if words := [word for bit, word in sorted(self.bits.items()) if last & bit]:
            return Meaning(Word.LISTED, answer, ", ".join(words))
        return unclear(f"it answers {answer}, which is in no table of this list")


def _named(given: Any) -> Any:
    return {"zone": given} if isinstance(given, str) else given


AnyList = Annotated[BlockList, BeforeValidator(_named)]
"""A BlockList, or the bare zone of a known one."""


def reversed_name(address: str) -> str:
    """192.0.2.1 is asked as 1.2.0.192, an IPv6 address by its 32 nibbles."""
    pointer = ip_address(address).reverse_pointer
    return pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
