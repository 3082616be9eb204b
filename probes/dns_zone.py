"""Do all name servers of a domain answer for it, and say the same?"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import AfterValidator

from probes.dns_exchange import Exchange, over_tcp, over_udp
from probes.dns_wire import ANSWER, AUTHORITY, Answer, Question, question
from probes.dns_words import TYPES
from probes.model import Finding, Issue, Phase, Severity, Verdict, down, unknown, up
from probes.net import literal, split
from probes.reasons import Failed, of_error
from probes.sight import Sight

_SHARE = 0.9  # of the time that is left; a silent server must not end the whole look


def _by_address(text: str) -> str:
    try:
        host, _ = split(text, port=53)
    except Failed as failed:
        raise ValueError(failed.reason) from None
    if literal(host) is None:
        raise ValueError(f'"{text}" is not the address of a name server (ADDRESS or ADDRESS:PORT)')
    return text


NameServer = Annotated[str, AfterValidator(_by_address)]
"""ADDRESS, ADDRESS:PORT or [IPv6]:PORT; by address, so that no other DNS stands in between."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one name server says of the domain, or why it says nothing that counts. `ours`: it was
    us who could not ask it.
    """

    server: str
    serial: int | None = None
    addresses: frozenset[str] | None = None
    trouble: str = ""
    silent: bool = False
    ours: bool = False


async def look_at_zone(
    servers: Sequence[str], domain: str, sight: Sight, *, kind: str, source: str
) -> tuple[Said, ...]:
    """Ask them all at once for the serial, and for the addresses (`kind` A or AAAA) if wanted."""
    sight.phase, sight.awaited = Phase.COMMAND, f"answer about {domain} from its name servers"
    questions = [question(domain, "SOA", recursion=False)]
    if kind:
        questions.append(question(domain, kind, recursion=False))
    asking = [asyncio.create_task(_ask(server, questions, sight, source)) for server in servers]
    try:
        await asyncio.wait(asking, timeout=sight.left * _SHARE)
    finally:
        for task in asking:
            task.cancel()
    nothing = "no answer"
    return tuple(
        task.result()
        if task.done() and not task.cancelled()
        else Said(server, trouble=nothing, silent=True)
        for server, task in zip(servers, asking, strict=True)
    )


async def _ask(server: str, questions: list[Question], sight: Sight, source: str) -> Said:
    said = Said(server)
    host, port = split(server, port=53)
    try:
        address = await sight.net.find(host)
        for asked in questions:
            answer = await _answer(Exchange(address, port, asked, source), sight)
            if trouble := _trouble(answer):
                return Said(server, trouble=trouble)
            if asked.type == "SOA":
                said = replace(said, serial=answer.serial((ANSWER, AUTHORITY)))
            else:
                said = replace(said, addresses=answer.addresses(TYPES[asked.type]))
    except (OSError, EOFError, Failed) as error:
        found = of_error(error, Phase.COMMAND)
        silent, ours = found.phase is not Phase.CONTENT, found.verdict is Verdict.UNKNOWN
        return Said(server, trouble=found.reason, silent=silent, ours=ours)
    if said.serial is None:
        return Said(server, trouble="its answer holds no SOA record")
    return said


async def _answer(exchange: Exchange, sight: Sight) -> Answer:
    answer = await over_udp(exchange, sight)
    return await over_tcp(exchange, sight) if answer.truncated else answer


def _trouble(answer: Answer) -> str:
    if answer.rcode != "NOERROR":
        return f"it answers {answer.rcode}"
    return "" if answer.authoritative else "it answers without authority (no AA flag)"


def judge(domain: str, said: Sequence[Said], expected: frozenset[str]) -> Finding:
    """Down when none serves the domain, or all with wrong addresses; what only some do wrong are
    issues: DNS_NAME_SERVER, DNS_ANSWER, DNS_DRIFT.
    """
    good = [one for one in said if not one.trouble]
    if not good:
        told = "; ".join(f"{one.server}: {one.trouble}" for one in said)
        phase = Phase.COMMAND if any(one.silent for one in said) else Phase.CONTENT
        found = unknown if any(one.ours for one in said) else down
        return found(phase, f"no name server serves {domain}: {told}"[:500])
    wrong = [one for one in good if expected and one.addresses != expected]
    if wrong and len(wrong) == len(good):
        return down(Phase.CONTENT, _wrong(domain, wrong[0], expected))
    labels = {"domain": domain}
    issues = [
        Issue(
            "DNS_NAME_SERVER",
            Severity.ERROR,
            f"name server {one.server} does not serve {domain}: {one.trouble}",
            about=one.server,
            labels=labels,
        )
        for one in said
        if one.trouble and not one.ours
    ]
    issues += [
        Issue("DNS_ANSWER", Severity.ERROR, _wrong(domain, one, expected), one.server, labels)
        for one in wrong
    ]
    if len({one.serial for one in good}) > 1:
        told = ", ".join(f"{one.server} has {one.serial}" for one in good)
        text = f"the name servers of {domain} differ in its serial: {told}"
        issues.append(Issue("DNS_DRIFT", Severity.WARNING, text, about=domain, labels=labels))
    return up(*issues)


def _wrong(domain: str, said: Said, expected: frozenset[str]) -> str:
    got = shown(said.addresses or frozenset())
    return f"{said.server} says that {domain} is {got}, not {shown(expected)}"


def shown(addresses: frozenset[str]) -> str:
    """`192.0.2.1, 192.0.2.2`, or words for none."""
    return ", ".join(sorted(addresses)[:10]) or "without an address"
