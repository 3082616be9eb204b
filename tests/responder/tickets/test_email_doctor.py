"""Does the doctor see what mail lacks, without sending any?"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope, Session

from playbooks.outside import OutsideError
from playbooks.ports import Examines, Lack
from responder.tickets.email_doctor import MailDoctor
from tests.contracts.house_email import QUEUES, settings
from tests.real.smtp import Connection, Mailbox

ALL = {**QUEUES, "abuse": "abuse@hosting.test"}


class Picky(Mailbox):
    """Takes no mail to some addresses."""

    strangers: frozenset[str] = frozenset()

    async def handle_RCPT(
        self, _: Connection, __: Session, envelope: Envelope, to: str, ___: list[str]
    ) -> str:
        """aiosmtpd's hook: is this one of ours?"""
        if to in self.strangers:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(to)
        return "250 OK"


@pytest.fixture
async def picky() -> AsyncIterator[Picky]:
    server = Picky()
    await server.start()
    yield server
    await server.stop()


async def lacks(server: Mailbox, **told: object) -> list[Lack]:
    doctor = MailDoctor(settings(server.port, **{"queues": ALL, **told}))
    assert isinstance(doctor, Examines)
    return list(await doctor.examine())


async def test_addresses_that_are_taken_lack_nothing_but_a_mailbox(picky: Picky) -> None:
    (lack,) = await lacks(picky)
    assert (lack.part, lack.name, lack.mendable) == ("access", "imap", False)
    assert picky.messages == []


async def test_an_address_that_is_refused_is_told(picky: Picky) -> None:
    picky.strangers = frozenset({"rr@hosting.test", "rr-comment@hosting.test"})
    refused = [one for one in await lacks(picky) if one.name != "imap"]
    assert [one.name for one in refused] == ["rr@hosting.test", "rr-comment@hosting.test"]
    assert "No such mailbox" in refused[0].problem


async def test_a_queue_without_an_address_is_told(picky: Picky) -> None:
    told = {one.name: one.problem for one in await lacks(picky, queues=QUEUES)}
    assert told["abuse"] == "it has no address: its tickets go to rapid-response"


async def test_a_mailbox_that_does_not_answer_is_told(picky: Picky, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("sesame\n")
    imap = {"host": "127.0.0.1", "port": 9, "user": "rr", "password_file": tmp_path / "password"}
    smtp = {"host": "127.0.0.1", "port": picky.port, "from": "r@hosting.test"}
    smtp["reply_to"] = "answers@hosting.test"
    (lack,) = await lacks(picky, imap=imap, smtp=smtp)
    assert (lack.name, "the mailbox of rr" in lack.problem) == ("imap", True)


async def test_a_mail_server_that_is_away_can_not_be_asked(picky: Picky) -> None:
    await picky.stop()
    with pytest.raises(OutsideError) as away:
        await lacks(picky)
    assert away.value.transient


async def test_nothing_of_it_is_mended_by_us(picky: Picky) -> None:
    lack = Lack("access", "rr@hosting.test", "", "")
    with pytest.raises(OutsideError, match="by hand"):
        await MailDoctor(settings(picky.port)).mend(lack)
