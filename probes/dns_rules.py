"""What the records of an answer must say, as blackbox_exporter's dns prober wants it."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from probes.dns_wire import Answer
from probes.patterns import read_pattern
from probes.settings import Piece, Regexp
from probes.words import clean


class Validator(Piece):
    """Rules for the records of one section; an expression may match anywhere in a record's text."""

    fail_if_matches_regexp: tuple[Regexp, ...] = ()
    fail_if_all_match_regexp: tuple[Regexp, ...] = ()
    fail_if_not_matches_regexp: tuple[Regexp, ...] = ()
    fail_if_none_matches_regexp: tuple[Regexp, ...] = ()

    def broken(self, records: Sequence[str]) -> str:
        """Which rule these records break, or nothing.

        `fail_if_all_match_regexp` fails when NOT all match: blackbox_exporter's own reading, which
        is the opposite of its name.
        """
        if not records and self.fail_if_not_matches_regexp:
            return "fail_if_not_matches_regexp specified but no RRs returned"
        if not records and self.fail_if_none_matches_regexp:
            return "fail_if_none_matches_regexp specified but no RRs returned"
        for record in records:
            if _any(self.fail_if_matches_regexp, record):
                return f"At least one RR matched regexp: {clean(record)}"
            if not _all(self.fail_if_not_matches_regexp, record):
                return f"At least one RR did not match regexp: {clean(record)}"
        if not all(_all(self.fail_if_all_match_regexp, record) for record in records):
            return "Not all RRs matched regexp"
        none = self.fail_if_none_matches_regexp
        if none and not any(_any(none, record) for record in records):
            return "None of the RRs did matched any regexp"
        return ""


def _any(expressions: tuple[str, ...], record: str) -> bool:
    return any(read_pattern(one).search(record) for one in expressions)


def _all(expressions: tuple[str, ...], record: str) -> bool:
    return all(read_pattern(one).search(record) for one in expressions)


Sections = tuple[list[str], list[str], list[str]]


def zone_lines(answer: Answer) -> Sections:
    """Every record of the three sections as a line of a zone file, its parts apart by TABs.

    ValueError when a record's data is not what its type says.
    """
    message: Any = import_module("dns.message")  # 2 MB and 50 ms, for those who have rules
    error: Any = import_module("dns.exception").DNSException
    try:
        parsed = message.from_wire(answer.wire, ignore_trailing=True, one_rr_per_rrset=True)
    except error as wrong:
        raise ValueError(str(wrong)) from None
    first, second, third = (
        [_line(rrset) for rrset in section]
        for section in (parsed.answer, parsed.authority, parsed.additional)
    )
    return first, second, [*third, *_edns(parsed)]


def _edns(parsed: Any) -> list[str]:
    """The pseudo record of EDNS counts as a record, in the words of blackbox_exporter's library."""
    if parsed.edns < 0:
        return []
    flags = " do" if parsed.ednsflags & 0x8000 else ""
    told = f"; EDNS: version {parsed.edns}; flags:{flags}; udp: {parsed.payload}"
    return [f"\n;; OPT PSEUDOSECTION:\n{told}"]


def _line(rrset: Any) -> str:
    klass = import_module("dns.rdataclass").to_text(rrset.rdclass)
    kind = import_module("dns.rdatatype").to_text(rrset.rdtype)
    data = rrset[0].to_text() if len(rrset) else ""
    return f"{rrset.name.to_text()}\t{rrset.ttl}\t{klass}\t{kind}\t{data}"
