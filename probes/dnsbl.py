"""Is an address or a domain on a list of bad senders?"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from probes.dns_exchange import Exchange, over_tcp, over_udp
from probes.dns_wire import Answer, make_question
from probes.dns_words import TYPES, name_on_wire
from probes.dnsbl_lists import AnyList, BlockList, Meaning, Word, reversed_name, unclear
from probes.dnsbl_memory import DnsblMemory, memory_of
from probes.labels import written
from probes.model import Finding, Issue, Phase, Severity, Target, unknown, up
from probes.net import Address, literal, split
from probes.reasons import Failed, of_error
from probes.settings import Settings
from probes.sight import Sight
from probes.words import clean

_SHARE = 0.9  # of the time that is left: a silent list must not end the look at the others


def _host_and_port(text: str) -> str:
    try:
        split(text, port=53)
    except Failed as failed:
        raise ValueError(failed.reason) from None
    return text


class DnsblProbe(Settings):
    """`resolver` is a recursive resolver of our own: lists answer no public ones. None is asked
    that is not named in `lists`: their terms are for the one who runs this to accept.
    """

    kind: Literal["dnsbl"] = "dnsbl"
    resolver: Annotated[str, AfterValidator(_host_and_port)]
    lists: tuple[AnyList, ...] = Field(min_length=1)

    def aim(self, address: str) -> str:
        """The server's own address."""
        return address

    async def look(self, target: Target, sight: Sight) -> Finding:
        """Up unless no list at all could be asked; listings are issues."""
        name, lists = self._asked(target.address.strip("[]"))
        host, port = split(self.resolver, port=53)
        resolver = literal(host) or await sight.net.find(host)
        desk = _Desk(sight, memory_of(sight.net), resolver, port)
        sight.phase, sight.awaited = Phase.COMMAND, "answer from the resolver"
        asking = [asyncio.create_task(desk.ask(one, name)) for one in lists]
        try:
            await asyncio.wait(asking, timeout=sight.left * _SHARE)
        finally:
            for task in asking:
                task.cancel()
        silent = unclear(f"no answer through {self.resolver}")
        meanings = [
            task.result() if task.done() and not task.cancelled() else silent for task in asking
        ]
        for one, meaning in zip(lists, meanings, strict=True):
            sight.say("List answered", list=one.zone, word=meaning.word, text=meaning.text)
            _write(sight, one, meaning)
        return judge(target.address, lists, meanings)

    def _asked(self, target: str) -> tuple[str, Sequence[BlockList]]:
        """The name that lists are asked for, and which of them know such names."""
        of = "domain" if literal(target) is None else "address"
        lists = [one for one in self.lists if one.of == of]
        if not lists:
            told = f"{target} is {'a domain' if of == 'domain' else 'an address'}"
            raise Failed(
                Phase.RESOLVE, f"{told}, and no list here is about such", verdict_unknown=True
            )
        if of == "address":
            return reversed_name(target), lists
        try:
            name_on_wire(target)
        except ValueError as error:
            raise Failed(Phase.RESOLVE, str(error), verdict_unknown=True) from None
        return target.lower().removesuffix("."), lists


def judge(target: str, lists: Sequence[BlockList], meanings: Sequence[Meaning]) -> Finding:
    """Issues DNSBL_LISTED and DNSBL_LIST_BROKEN; unknown when every list is broken."""
    both = list(zip(lists, meanings, strict=True))
    if all(meaning.word is Word.UNCLEAR for meaning in meanings):
        told = "; ".join(f"{one.zone}: {meaning.text}" for one, meaning in both)
        return unknown(Phase.COMMAND, f"no list can be asked: {told}"[:500])
    return up(
        *(_listed(target, one, said) for one, said in both if said.word is Word.LISTED),
        *(_broken(one, said) for one, said in both if said.word is Word.UNCLEAR),
    )


def _listed(target: str, one: BlockList, said: Meaning) -> Issue:
    text = f"{target} is listed by {one.zone} ({said.code}): {said.text}"
    if one.removal:
        text += f"; removal: {one.removal}"
    # Removal is asked for at level 3 (R76).
    labels = {"list": one.zone, "code": said.code, "queue": "level-3"}
    return Issue("DNSBL_LISTED", Severity.ERROR, text, about=one.zone, labels=labels)


def _broken(one: BlockList, said: Meaning) -> Issue:
    text = f"the list {one.zone} can't be asked: {said.text}"
    labels = {"list": one.zone}
    return Issue("DNSBL_LIST_BROKEN", Severity.INFO, text, about=one.zone, labels=labels)


def _write(sight: Sight, one: BlockList, meaning: Meaning) -> None:
    labels = written({"list": one.zone})
    clear = meaning.word is not Word.UNCLEAR
    sight.gauge("probe_dnsbl_list_working", float(clear), labels)
    if clear:
        sight.gauge("probe_dnsbl_listed", float(meaning.word is Word.LISTED), labels)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Asks lists through the resolver, and remembers."""

    sight: Sight
    memory: DnsblMemory
    resolver: Address
    port: int

    async def ask(self, one: BlockList, name: str) -> Meaning:
        """The list's word about this name, once the list has proved that it works."""
        try:
            broken = await self._broken(one)
            return broken or await self._recalled(one, name)
        except (OSError, EOFError, Failed) as error:
            return unclear(of_error(error, Phase.COMMAND).reason)

    async def _broken(self, one: BlockList) -> Meaning | None:
        """A list must know what is always listed, and must not list what never is."""
        listed, clean = one.control_points
        async with self.memory.alone(self._place(one)):
            always = await self._recalled(one, listed)
            never = await self._recalled(one, clean)
        if Word.UNCLEAR in (always.word, never.word):
            return always if always.word is Word.UNCLEAR else never
        if always.word is not Word.LISTED:
            return unclear(f"it does not list its own test entry {listed}: switched off")
        if never.word is Word.LISTED:
            return unclear(f"it lists everything, {clean} too: switched off")
        return None

    async def _recalled(self, one: BlockList, name: str) -> Meaning:
        place = self._place(one)
        kept = self.memory.recall(place, name, now=time.monotonic())
        if kept is not None:
            return kept
        meaning, ttl = await self._fresh(one, name)
        self.memory.keep(place, name, meaning, ttl=ttl, now=time.monotonic())
        return meaning

    def _place(self, one: BlockList) -> str:
        """What is remembered of a list belongs to the resolver as well: it may be to blame."""
        return f"{one.zone} {self.resolver.text} {self.port}"

    async def _fresh(self, one: BlockList, name: str) -> tuple[Meaning, float]:
        key = f"{one.key_file.reveal()}." if one.key_file else ""
        full = f"{name}.{key}{one.zone}"
        answer = await self._exchange(full, "A")
        meaning = one.meaning(answer.addresses(TYPES["A"]))
        ttl = min((record.ttl for record in answer.records), default=0)
        if meaning.word is Word.LISTED and (told := await self._reason(full)):
            meaning = meaning._replace(text=f"{meaning.text}: {told}")
        return meaning, float(ttl)

    async def _reason(self, name: str) -> str:
        """What the list says about it, in one line; nothing is no reason to doubt the listing."""
        with contextlib.suppress(OSError, EOFError, Failed):  # TimeoutError is an OSError
            async with asyncio.timeout(self.sight.left / 3):
                return clean(" ".join((await self._exchange(name, "TXT")).texts()), 300)
        return ""

    async def _exchange(self, name: str, kind: str) -> Answer:
        try:
            asked = make_question(name, kind)
        except ValueError:
            raise Failed(Phase.COMMAND, "the name is too long for this list") from None
        exchange = Exchange(self.resolver, self.port, asked)
        answer = await over_udp(exchange, self.sight)
        if answer.truncated:
            answer = await over_tcp(exchange, self.sight)
        if answer.rcode not in ("NOERROR", "NXDOMAIN"):
            raise Failed(Phase.COMMAND, f"the resolver answers {answer.rcode}")
        return answer
