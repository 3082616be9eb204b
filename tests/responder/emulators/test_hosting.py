"""Does an emulated server live as its power and its system do?"""

import aiohttp

from responder.emulators.chassis import Chassis
from responder.emulators.hosting import HostingCompany, WebServer, free_port


async def welcome(server: WebServer) -> str:
    async with aiohttp.ClientSession() as session, session.get(server.url) as answer:
        return await answer.text()


async def test_it_answers_while_its_power_is_on_at_the_same_port_ever_after() -> None:
    server = WebServer("web1", "127.0.0.2")
    await server.power_on()
    port = server.port
    assert await welcome(server) == "welcome to web1\n"
    await server.power_off()
    assert not await server.answers()
    await server.power_on()
    assert (await server.answers(), server.port) == (True, port)
    await server.power_off()


async def test_one_that_hangs_is_revived_by_off_and_on_alone() -> None:
    server = WebServer("web1", "127.0.0.2")
    chassis = Chassis(watchers=[server.powered])
    await server.power_on()
    await server.hang()
    assert (chassis.power, await server.answers()) == (True, False)
    chassis.press("on")
    await chassis.settled()
    assert not await server.answers()
    chassis.press("off")
    chassis.press("on")
    await chassis.settled()
    assert await server.answers()
    await server.power_off()


async def test_a_company_opens_and_closes_as_a_whole() -> None:
    company = HostingCompany({"web1": "127.0.0.2", "web2": "127.0.0.3"})
    await company.open()
    assert [await one.answers() for one in company.servers.values()] == [True, True]
    await company.close()
    assert [await one.answers() for one in company.servers.values()] == [False, False]


def test_a_port_that_is_drawn_is_none_of_those_that_linux_gives() -> None:
    assert all(20000 <= free_port() < 32000 for _ in range(50))
