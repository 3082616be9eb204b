"""A network between us and a BMC that loses what a test wants it to lose, and counts the logins."""

import asyncio
from collections.abc import Callable

from typing_extensions import override

_LOGIN = 0x12  # RAKP message 1, in which a user says who he is
_SESSION_HEADER = 4  # where RMCP ends; then the kind of session, and the kind of payload
_RMCP_PLUS = 0x06

Address = tuple[str, int]


class Relay(asyncio.DatagramProtocol):
    """Listens at `port` and hands on to `to`. `loses` says which answer gets lost, by its number
    (1 is the first) since `loses` was set.
    """

    def __init__(self, to: int) -> None:
        self.port = 0
        self.logins = 0
        self.asked = 0
        self._to: Address = ("127.0.0.1", to)
        self._caller: Address | None = None
        self._answers = 0
        self._loses: Callable[[int], bool] = lambda _: False
        self._transport: asyncio.DatagramTransport | None = None

    def lose(self, loses: Callable[[int], bool]) -> None:
        """From now on."""
        self._loses, self._answers = loses, 0

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        self.port = self._transport.get_extra_info("sockname")[1]

    def stop(self) -> None:
        if self._transport is not None:
            self._transport.close()

    @override
    def datagram_received(self, data: bytes, addr: Address) -> None:
        assert self._transport is not None
        if addr != self._to:
            self._caller = addr
            self.asked += 1
            session, payload = data[_SESSION_HEADER], data[_SESSION_HEADER + 1]
            self.logins += session == _RMCP_PLUS and payload & 0x3F == _LOGIN
            self._transport.sendto(data, self._to)
            return
        self._answers += 1
        if self._caller is not None and not self._loses(self._answers):
            self._transport.sendto(data, self._caller)
