"""Does a WHM server's map hold each account once, and fail rather than forget?"""

from datetime import UTC, datetime

import pytest

from probes.discovery import Account, Reseller, discover
from probes.panel_trouble import PanelTrouble
from probes.reasons import Failed
from responder.emulators.whm_book import Account as Booked
from responder.emulators.whm_book import Token, WhmBook
from responder.emulators.whm_faults import WhmFault
from tests.probes.panels import open_net, panel, running

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def company() -> WhmBook:
    book = WhmBook()
    book.add_reseller("ana", "ana.example", sites=2, now=NOW)
    book.add_reseller("bob", "bob.example", now=NOW)
    book.accounts.append(Booked("gone", "gone.example", deleted=True))
    book.account("ana2").suspended = True
    return book


async def test_resellers_and_accounts_come_with_owner_and_address() -> None:
    async with open_net() as net, running(company()) as whm:
        found = await discover(panel(whm.url), net)
    assert found.resellers == (Reseller("ana", "ana.example"), Reseller("bob", "bob.example"))
    assert [one.user for one in found.accounts] == ["ana", "ana1", "ana2", "bob"]
    assert found.accounts[2] == Account(
        "ana2", "site2.ana.example", "ana", "127.0.0.1", suspended=True, plan="default"
    )


async def test_a_new_reseller_appears_at_the_next_asking() -> None:
    async with open_net() as net, running(company()) as whm:
        before = await discover(panel(whm.url), net)
        whm.book.add_reseller("eve", "eve.example", sites=1, now=NOW)
        after = await discover(panel(whm.url), net)
    assert {one.name for one in after.resellers} - {one.name for one in before.resellers} == {"eve"}


async def test_thousands_of_accounts_come_in_pages_and_each_once() -> None:
    many = [Booked(f"u{n:04}", f"u{n}.example") for n in range(1100)]
    async with open_net() as net, running(WhmBook(accounts=many)) as whm:
        found = await discover(panel(whm.url), net)
        assert list(whm.asked).count("listaccts") == 5
    assert [one.user for one in found.accounts] == [one.user for one in many]


async def test_a_resellers_own_token_sees_him_alone() -> None:
    book = company()
    book.tokens.append(Token("his", "key", user="ana"))
    async with open_net() as net, running(book) as whm:
        whm.faults.calls["listresellers"] = WhmFault.REFUSED
        found = await discover(panel(whm.url, user="ana", token="key"), net)
    assert [one.name for one in found.resellers] == ["ana"]
    assert [one.user for one in found.accounts] == ["ana", "ana1", "ana2"]


@pytest.mark.parametrize("fault", sorted({*WhmFault} - {WhmFault.SILENT, WhmFault.API_0}))
async def test_a_panel_that_does_not_answer_well_keeps_its_map(fault: WhmFault) -> None:
    async with open_net() as net, running(company()) as whm:
        whm.faults.everywhere = fault
        with pytest.raises(Failed):
            await discover(panel(whm.url), net)


async def test_half_an_answer_is_no_map() -> None:
    async with open_net() as net, running(company()) as whm:
        whm.faults.calls["listresellers"] = WhmFault.BROKEN
        with pytest.raises(PanelTrouble):
            await discover(panel(whm.url), net)


async def test_shapes_of_api_0_make_the_same_map() -> None:
    async with open_net() as net, running(company()) as whm:
        new = await discover(panel(whm.url), net)
        whm.faults.everywhere = WhmFault.API_0
        assert await discover(panel(whm.url), net) == new
