"""Plesk's XML API, its reading half: errors come inside a 200, one packet can hold good and bad.

https://docs.plesk.com/en-US/obsidian/api-rpc/
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from probes.model import Phase
from probes.panel import Panel
from probes.panel_access import secret_of
from probes.panel_line import Reply, line_of
from probes.panel_map import Account, PanelMap, Reseller, mapped
from probes.panel_trouble import Outcome, PanelTrouble, one_line
from probes.sight import Sight
from probes.xml import parsed

_PATH = "/enterprise/control/agent.php"
# Plesk's administrator is `admin`; "root" is what stands where nobody wrote a user.
_WITH_KEY = ("", "root")
_NO_RIGHT = frozenset({"1001", "1002", "1003", "1006", "11003"})  # login, key, permission


class Plesk:
    """One panel, as one look sees it. The token is a secret key, or the password of a `user`."""

    def __init__(self, panel: Panel, sight: Sight) -> None:
        self._panel = panel
        self._sight = sight

    async def get(self, operator: str, *nodes: str) -> Element:
        """`<operator><get>` with these nodes: the `result` of an answer that is good.

        Raises PanelTrouble.
        """
        results = [*self._results(await self._ask(operator, nodes), operator)]
        if not results:
            reason = f'Plesk answered without a result for "{operator}"'
            raise PanelTrouble(Outcome.SHAPE_UNEXPECTED, reason)
        return results[0]

    async def map(self) -> PanelMap:
        """Resellers, and the subscriptions (webspaces) with their owners."""
        resellers = {
            text(result, "id"): Reseller(text(result, "data/gen-info/login"))
            for result in self._results(await self._ask("reseller", ("gen-info",)), "reseller")
        }
        accounts = [
            _account(result, resellers)
            for result in self._results(await self._ask("webspace", ("gen_info",)), "webspace")
        ]
        return mapped(
            [one for one in resellers.values() if one.name], [one for one in accounts if one.domain]
        )

    async def _ask(self, operator: str, nodes: tuple[str, ...]) -> Element:
        sight = self._sight
        sight.say("Asking the panel", operator=operator, nodes=" ".join(nodes))
        reply = await line_of(sight).ask(
            self._panel,
            _PATH,
            sight,
            what="answer of Plesk",
            headers={"Content-Type": "text/xml", **self._credentials()},
            data=_packet(operator, nodes),
        )
        sight.phase = Phase.CONTENT
        return answer(reply)

    def _credentials(self) -> dict[str, str]:
        secret = secret_of(self._panel)
        if self._panel.user in _WITH_KEY:
            return {"KEY": secret}
        return {"HTTP_AUTH_LOGIN": self._panel.user, "HTTP_AUTH_PASSWD": secret}

    def _results(self, packet: Element, operator: str) -> Iterator[Element]:
        """Good results alone, when there are any; else the first error."""
        results = packet.findall(f"{operator}/get/result")
        good = [one for one in results if text(one, "status") == "ok"]
        if results and not good:
            raise _refusal(results[0])
        return iter(good)


def answer(reply: Reply) -> Element:
    """The packet. Raises PanelTrouble for a status, for what is no XML, and for an error that
    concerns everything.
    """
    if reply.status != 200:
        reason = f"Plesk answered with {reply.status}"
        raise PanelTrouble(Outcome.HTTP, reason, status=reply.status)
    try:
        packet = parsed(reply.body)
    except ParseError:
        html = b"<html" in reply.body[:1024].lower()
        reason = f"Plesk answered with {'an HTML page' if html else 'no XML'}"
        raise PanelTrouble(Outcome.NOT_JSON, reason) from None
    if packet.tag != "packet":
        reason = f"Plesk answered with <{one_line(packet.tag, most=40)}>, not with a packet"
        raise PanelTrouble(Outcome.NOT_JSON, reason)
    system = packet.find("system")
    if system is not None and text(system, "status") == "error":
        raise _refusal(system)
    return packet


def text(element: Element, path: str) -> str:
    """The text at this path, without blanks around it; empty when there is none."""
    return (element.findtext(path) or "").strip()


def _refusal(result: Element) -> PanelTrouble:
    code, told = text(result, "errcode"), one_line(text(result, "errtext") or "no reason given")
    phase = Phase.AUTH if code in _NO_RIGHT else Phase.CONTENT
    reason = f"Plesk refused: {told}" + (f" ({one_line(code, most=12)})" if code else "")
    return PanelTrouble(Outcome.API_REFUSED, reason, phase=phase)


def _packet(operator: str, nodes: tuple[str, ...]) -> bytes:
    """`server` takes its nodes as they are, all others take a filter and a dataset."""
    packet = Element("packet")
    get = SubElement(SubElement(packet, operator), "get")
    if operator != "server":
        SubElement(get, "filter")
        get = SubElement(get, "dataset")
    for node in nodes:
        SubElement(get, node)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(packet)


def _account(result: Element, resellers: dict[str, Reseller]) -> Account:
    """Status 0 is active; every other bit of it suspends."""
    info = result.find("data/gen_info")
    told = Element("gen_info") if info is None else info
    owner = resellers.get(text(told, "vendor-id")) or resellers.get(text(told, "owner-id"))
    name = text(told, "name").lower()
    return Account(
        user=name,
        domain=name,
        owner=owner.name if owner else "",
        ip=text(told, "dns_ip_address"),
        suspended=text(told, "status") not in ("", "0"),
    )
