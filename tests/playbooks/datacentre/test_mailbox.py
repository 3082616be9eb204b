"""The mailbox of answers, against mail servers that lie, stall and shout."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from playbooks.datacentre.mailbox import Mailbox
from playbooks.outside import OutsideError
from tests.playbooks.datacentre.imap import scripted
from tests.playbooks.datacentre.scene import NIGHT
from tests.require import free_port


def box(port: int, here: Path, **told: Any) -> Mailbox:
    (here / "password").write_text("sesame\n")
    return Mailbox.model_validate(
        {
            "host": "127.0.0.1",
            "port": port,
            "user": "watch",
            "password_file": str(here / "password"),
            "security": "none",
        }
        | told
    )


async def refused(port: int, folder: Path, *, within: float = 5.0) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        await box(port, folder).read("", now=NIGHT, within=within)
    assert not caught.value.ambiguous
    assert "sesame" not in str(caught.value)
    return caught.value


async def test_new_mails_are_read_and_left_as_they_are(tmp_path: Path) -> None:
    async with scripted({}) as (port, heard):
        mails, cursor = await box(port, tmp_path).read("", now=NIGHT)
    assert [mail.raw for mail in mails] == [b"hello", b"hello"]
    assert (mails[0].cursor, cursor) == ("77:5", "77:6")
    said = " ".join(heard)
    assert "EXAMINE" in said
    assert "SEARCH SINCE 16-Jul-2026" in said
    assert "BODY.PEEK[]<0.131072>" in said
    for word in ("SELECT", "STORE", "EXPUNGE", "COPY", "MOVE"):
        assert word not in said


async def test_the_last_mail_is_not_read_again(tmp_path: Path) -> None:
    async with scripted({"SEARCH": b"* SEARCH 6\r\n"}) as (port, heard):
        mails, cursor = await box(port, tmp_path).read("77:6", now=NIGHT)
    assert (mails, cursor) == ([], "77:6")
    assert any("SEARCH UID 7:*" in line for line in heard)


async def test_what_comes_to_an_empty_mailbox_is_read_however_late(tmp_path: Path) -> None:
    """Whoever looked once must not look for the last two days alone, after a week of silence."""
    async with scripted({"SEARCH": b"* SEARCH\r\n"}) as (port, _):
        mails, cursor = await box(port, tmp_path).read("", now=NIGHT)
    assert (mails, cursor) == ([], "77:0")
    async with scripted({}) as (port, heard):
        mails, _ = await box(port, tmp_path).read(cursor, now=NIGHT)
    assert len(mails) == 2
    assert any("SEARCH UID 1:*" in line for line in heard)


async def test_old_mails_of_a_new_mailbox_are_passed_over_for_good(tmp_path: Path) -> None:
    answers = [b"* SEARCH 5 6\r\n", b"* SEARCH\r\n"]  # the last one, and those of two days
    async with scripted({"SEARCH": answers}) as (port, _):
        assert await box(port, tmp_path).read("", now=NIGHT) == ([], "77:6")


async def test_one_mail_that_the_server_can_not_give_holds_back_no_other(tmp_path: Path) -> None:
    good = b"* 2 FETCH (UID 6 BODY[]<0> {5}\r\nhello)\r\n"
    async with scripted({"FETCH": [b"NO [SERVERBUG] it is broken", good]}) as (port, _):
        mails, cursor = await box(port, tmp_path).read("77:4", now=NIGHT)
    assert ([mail.cursor for mail in mails], cursor) == (["77:6"], "77:6")


async def test_the_last_mail_is_asked_for_again_when_it_was_refused(tmp_path: Path) -> None:
    good = b"* 2 FETCH (UID 5 BODY[]<0> {5}\r\nhello)\r\n"
    async with scripted({"FETCH": [good, b"NO [SERVERBUG] not now"]}) as (port, _):
        mails, cursor = await box(port, tmp_path).read("77:4", now=NIGHT)
    assert ([mail.cursor for mail in mails], cursor) == (["77:5"], "77:5")


async def test_a_mailbox_that_was_made_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    async with scripted({}) as (port, _):
        mails, cursor = await box(port, tmp_path).read("12:900", now=NIGHT)
    assert (len(mails), cursor) == (2, "77:6")


async def test_a_wrong_password_is_tried_once_and_is_for_a_person(tmp_path: Path) -> None:
    async with scripted({"LOGIN": b"NO sesame is wrong"}) as (port, heard):
        error = await refused(port, tmp_path)
    assert not error.transient
    assert sum("LOGIN" in line for line in heard) == 1


@pytest.mark.parametrize("verb", ["", "EXAMINE", "SEARCH", "FETCH"])
async def test_a_server_that_hangs_up_is_asked_again_later(verb: str, tmp_path: Path) -> None:
    async with scripted({verb: None if verb else b"* BYE too busy\r\n"}) as (port, _):
        assert (await refused(port, tmp_path)).transient


@pytest.mark.parametrize("verb", ["EXAMINE", "SEARCH", "FETCH"])
async def test_a_no_is_asked_again_later(verb: str, tmp_path: Path) -> None:
    async with scripted({verb: b"NO such thing"}) as (port, _):
        assert (await refused(port, tmp_path)).transient


@pytest.mark.parametrize("verb", ["", "CAPABILITY", "LOGIN", "EXAMINE", "SEARCH", "FETCH"])
async def test_a_server_that_falls_silent_is_left(verb: str, tmp_path: Path) -> None:
    async with scripted({verb: b"..."}) as (port, _):
        assert (await refused(port, tmp_path, within=0.3)).transient


async def test_a_mail_of_a_gigabyte_is_not_taken(tmp_path: Path) -> None:
    huge = b"* 1 FETCH (UID 5 BODY[]<0> {1073741824}\r\n" + b"x" * 100_000
    async with scripted({"FETCH": huge}) as (port, _):
        assert "announces 1073741824 bytes" in str(await refused(port, tmp_path))


async def test_an_answer_without_uidvalidity_is_no_use(tmp_path: Path) -> None:
    async with scripted({"EXAMINE": b"* 2 EXISTS\r\n"}) as (port, _):
        assert "UIDVALIDITY" in str(await refused(port, tmp_path))


async def test_nobody_listens(tmp_path: Path) -> None:
    assert (await refused(free_port(), tmp_path)).transient


async def test_without_its_password_nothing_is_asked(tmp_path: Path) -> None:
    async with scripted({}) as (port, heard):
        mailbox = box(port, tmp_path)
        (tmp_path / "password").unlink()
        with pytest.raises(OutsideError, match="can't be read"):
            await mailbox.read("", now=NIGHT)
    assert not any("LOGIN" in line for line in heard)


def test_a_folder_can_not_smuggle_a_command_in(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        box(143, tmp_path, folder='x" \r\nA1 DELETE INBOX')


def test_two_sites_may_share_one_mailbox(tmp_path: Path) -> None:
    one, two = box(143, tmp_path), box(143, tmp_path)
    assert one.name == two.name != box(143, tmp_path, folder="fra1").name
