"""Can a stranger's mail stop the reading of all that come after it?"""

import pytest

from playbooks.datacentre.incoming import read_mail

HEAD = b"From: Dana <dana@example.net>\nSubject: Re: RR-ABCD1234\nMessage-ID: <1@example.net>\n"


@pytest.mark.parametrize(
    "poison", ["<![foo[ bar ]]>", "<![ ]>", "<![%foo;[ x ]]>", "<!DOCTYPE x [<!"]
)
def test_html_that_python_refuses_is_read_all_the_same(poison: str) -> None:
    html = f"<p>It is done.</p>{poison}<p>Dana</p>".encode()
    mail = read_mail(HEAD + b"Content-Type: text/html\n\n" + html)
    assert mail.text.startswith("It is done.")
    assert mail.sender == "dana@example.net"


def test_a_writer_who_hides_in_comments_is_nobody() -> None:
    mail = read_mail(b"From: " + b"(" * 60_000 + b"\nMessage-ID: <1@example.net>\n\nIt is done.")
    assert (mail.sender, mail.name, mail.text) == ("", "", "It is done.")


@pytest.mark.parametrize(
    "line",
    [
        b"Date: ,",
        b"Date: 99 Foo 99999999999 99:99:99 +9999999999",
        b"Date: Mon, 1 Jan 0000 00:00:00",
        b'Content-Type: text/plain; charset="\0"',
        b"Content-Type: text/html; charset*=x'y'%zz",
        b"Content-Type: text/plain; name*0*=x'%%'%ff",
        b"Content-Transfer-Encoding: uuencode",
        b"Subject: =?utf-8?b?////?=",
        b"Subject: =?x-none?q?=ff?=",
        b"Content-Type: multipart/mixed",
        b"Content-Disposition: attachment; filename*=nowhere''%ff",
        b"From: =?utf-8?q?=00?= <@>",
    ],
)
def test_a_broken_header_breaks_nothing_else(line: bytes) -> None:
    mail = read_mail(line + b"\nMessage-ID: <1@example.net>\n\nIt is done.")
    assert mail.id == "<1@example.net>"
