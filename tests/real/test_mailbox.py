"""Answers of data centres in a real Dovecot: read in order, once, and left unread."""

import imaplib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from playbooks.datacentre.incoming import read_mail
from playbooks.datacentre.mailbox import Mailbox
from playbooks.outside import OutsideError
from tests.real.mail_servers import Dovecot
from tests.real.targets import Identity

pytestmark = pytest.mark.xdist_group("targets")  # each worker would start all of them


@pytest.fixture
def folder(dovecot: Dovecot, identity: Identity) -> Iterator[str]:
    """A folder of its own for each test."""
    name = f"answers{datetime.now(UTC):%H%M%S%f}"
    with _session(dovecot, identity) as imap:
        imap.create(name)
    yield name
    with _session(dovecot, identity) as imap:
        imap.delete(name)


def _session(dovecot: Dovecot, identity: Identity) -> imaplib.IMAP4:
    trust = ssl.create_default_context(cafile=identity.certificate)
    imap = imaplib.IMAP4_SSL("127.0.0.1", dovecot.imaps, ssl_context=trust, timeout=10)
    imap.login("watch", "sesame")
    return imap


def deliver(dovecot: Dovecot, identity: Identity, folder: str, *subjects: str) -> None:
    with _session(dovecot, identity) as imap:
        for subject in subjects:
            text = f"From: noc@dc.example\r\nSubject: {subject}\r\n\r\nDone.\r\n".encode()
            imap.append(folder, "", imaplib.Time2Internaldate(datetime.now(UTC)), text)


def box(dovecot: Dovecot, identity: Identity, path: Path, **told: Any) -> Mailbox:
    (path / "password").write_text("sesame\n")
    return Mailbox.model_validate(
        {
            "host": "127.0.0.1",
            "port": dovecot.imaps,
            "user": "watch",
            "password_file": str(path / "password"),
            "ca_file": str(identity.certificate),
        }
        | told
    )


async def subjects(mailbox: Mailbox, cursor: str) -> tuple[list[str], str]:
    mails, after = await mailbox.read(cursor, now=datetime.now(UTC))
    return [read_mail(mail.raw).subject for mail in mails], after


async def test_answers_are_read_once_and_in_order(
    dovecot: Dovecot, identity: Identity, folder: str, tmp_path: Path
) -> None:
    mailbox = box(dovecot, identity, tmp_path, folder=folder)
    assert (await subjects(mailbox, ""))[0] == []
    deliver(dovecot, identity, folder, "one", "two")
    told, cursor = await subjects(mailbox, "")
    assert told == ["one", "two"]
    assert (await subjects(mailbox, cursor)) == ([], cursor)
    deliver(dovecot, identity, folder, "three")
    assert (await subjects(mailbox, cursor))[0] == ["three"]


async def test_what_was_read_by_us_is_still_unread(
    dovecot: Dovecot, identity: Identity, folder: str, tmp_path: Path
) -> None:
    deliver(dovecot, identity, folder, "one")
    await subjects(box(dovecot, identity, tmp_path, folder=folder), "")
    with _session(dovecot, identity) as imap:
        imap.select(folder)
        assert imap.search(None, "UNSEEN")[1] == [b"1"]


async def test_a_flood_comes_in_pieces(
    dovecot: Dovecot, identity: Identity, folder: str, tmp_path: Path
) -> None:
    names = [f"mail {number}" for number in range(60)]
    deliver(dovecot, identity, folder, *names)
    mailbox = box(dovecot, identity, tmp_path, folder=folder)
    first, cursor = await subjects(mailbox, "")
    rest, _ = await subjects(mailbox, cursor)
    assert (len(first), first + rest) == (50, names)


async def test_a_big_mail_is_cut(
    dovecot: Dovecot, identity: Identity, folder: str, tmp_path: Path
) -> None:
    with _session(dovecot, identity) as imap:
        text = b"Subject: photo\r\n\r\nDone.\r\n" + b"x" * 70 + b"\r\n" * 200_000
        imap.append(folder, "", imaplib.Time2Internaldate(datetime.now(UTC)), text)
    mailbox = box(dovecot, identity, tmp_path, folder=folder)
    [mail], _ = await mailbox.read("", now=datetime.now(UTC))
    assert len(mail.raw) == 128 << 10
    assert read_mail(mail.raw).text.startswith("Done.")


async def test_starttls_is_spoken(
    dovecot: Dovecot, identity: Identity, folder: str, tmp_path: Path
) -> None:
    deliver(dovecot, identity, folder, "one")
    told = {"folder": folder, "port": dovecot.imap, "security": "starttls"}
    assert (await subjects(box(dovecot, identity, tmp_path, **told), ""))[0] == ["one"]


async def test_a_wrong_password_is_for_a_person(
    dovecot: Dovecot, identity: Identity, tmp_path: Path
) -> None:
    mailbox = box(dovecot, identity, tmp_path)
    (tmp_path / "password").write_text("barley\n")
    with pytest.raises(OutsideError, match="login refused") as caught:
        await mailbox.read("", now=datetime.now(UTC))
    assert not caught.value.transient


async def test_a_stranger_never_hears_the_password(
    dovecot: Dovecot, identity: Identity, tmp_path: Path
) -> None:
    with pytest.raises(OutsideError, match="certificate") as caught:
        await box(dovecot, identity, tmp_path, ca_file=None).read("", now=datetime.now(UTC))
    assert not caught.value.transient
