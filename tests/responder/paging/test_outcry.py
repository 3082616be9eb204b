"""Does a cry reach people without the store, once, by whatever way takes it?"""

from dataclasses import dataclass, field, replace
from typing import Any

from alerts.inventory import Inventory
from alerts.model import Priority
from playbooks.outside import OutsideError
from playbooks.ports import Page, PageEvent, Receipt
from responder.paging.delivery import Ways
from responder.paging.outcry import Outcry

PAGE = Page(
    key="x-1/left-off/7",
    thread="x-1",
    event=PageEvent.NEEDED,
    person="",
    step=0,
    incident="1",
    priority=Priority.CRITICAL,
    title="web1 MAY BE OFF",
    text="web1 MAY BE OFF",
)


@dataclass
class Way:
    """A method of one kind."""

    kind: str


@dataclass
class Provider:
    """Takes pages, unless it is down."""

    down: bool = False
    taken: list[str] = field(default_factory=list)

    @property
    def keyed(self) -> bool:
        return True

    async def page(self, page: Page, method: Any) -> Receipt:
        if self.down:
            raise OutsideError("the provider is down", transient=True)
        self.taken.append(page.key)
        return Receipt()


def outcry(**providers: Provider) -> Outcry:
    methods = {"ana": [Way("mail"), Way("sms")], "ben": [Way("sms")], "cyd": []}
    return Outcry(lambda: Ways(methods, providers, Inventory()))


async def test_everybody_is_told_once() -> None:
    mail, sms = Provider(), Provider()
    one = outcry(mail=mail, sms=sms)
    assert await one.cry(PAGE, ["ana", "ben", "cyd", "nobody"]) == ["ana", "ben"]
    assert await one.cry(PAGE, ["ana", "ben"]) == []
    assert (mail.taken, sms.taken) == ([PAGE.key], [PAGE.key])


async def test_the_next_way_is_taken_where_one_is_down() -> None:
    mail, sms = Provider(down=True), Provider()
    assert await outcry(mail=mail, sms=sms).cry(PAGE, ["ana"]) == ["ana"]
    assert sms.taken == [PAGE.key]


async def test_what_reached_nobody_is_cried_again() -> None:
    mail = Provider(down=True)
    one = outcry(mail=mail)
    assert await one.cry(PAGE, ["ana"]) == []
    mail.down = False
    assert await one.cry(PAGE, ["ana"]) == ["ana"]


async def test_another_machine_is_another_cry() -> None:
    mail = Provider()
    one = outcry(mail=mail)
    await one.cry(PAGE, ["ana"])
    assert await one.cry(replace(PAGE, key="x-2/left-off/8"), ["ana"]) == ["ana"]
