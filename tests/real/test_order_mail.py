"""An order that a real Postfix takes, queues once, and names in its answer."""

from pathlib import Path

import pytest

from playbooks.client import open_session
from playbooks.datacentre.by_mail import MailChannel
from playbooks.datacentre.channel import Means
from playbooks.hands import Hands
from playbooks.mail import MailServer
from playbooks.outside import OutsideError
from probes.credentials import FileSecret
from tests.playbooks.datacentre.scene import a_letter, a_site, pin_file
from tests.real.mail_servers import Postfix

pytestmark = pytest.mark.xdist_group("targets")  # each worker would start all of them


async def test_postfix_takes_the_order(postfix: Postfix, tmp_path: Path) -> None:
    server = MailServer("127.0.0.1", postfix.smtp, "responder@mail.hosting.test")
    letter = a_letter(a_site(tmp_path))
    async with open_session() as session:
        means = Means(Hands(session), post=server, pin_file=FileSecret(pin_file(tmp_path)))
        receipt = await MailChannel(to="noc@mail.hosting.test").send(letter, means)
        assert "queued as" in receipt.detail
        with pytest.raises(OutsideError, match=r"454|550|554") as caught:
            await MailChannel(to="noc@dc.example").send(letter, means)
    assert not caught.value.ambiguous
