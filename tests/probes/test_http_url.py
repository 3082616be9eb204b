"""Are URLs read as people write them, and never shown with a password?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.http_url import Url, follow, read_url
from probes.reasons import Failed


@pytest.mark.parametrize(
    ("address", "host", "port", "text"),
    [
        ("a.test", "a.test", 80, "http://a.test/"),
        ("a.test:81/x", "a.test", 81, "http://a.test:81/x"),
        ("HTTPS://a.test", "a.test", 443, "https://a.test/"),
        ("http://a.test:/x", "a.test", 80, "http://a.test/x"),
        ("http://a.test?q=1", "a.test", 80, "http://a.test/?q=1"),
        ("http://a.test/x#top", "a.test", 80, "http://a.test/x"),
        ("http://[::1]:81/x", "::1", 81, "http://[::1]:81/x"),
        ("http://::1:81/", "::1", 81, "http://[::1]:81/"),
        ("http://[fe80::1%25lo]:81/", "fe80::1%lo", 81, "http://[fe80::1]:81/"),
        ("[2001:db8::1]", "2001:db8::1", 80, "http://[2001:db8::1]/"),
        ("http://a.test/ü b", "a.test", 80, "http://a.test/%C3%BC%20b"),
        ("http://a.test/%7Ex", "a.test", 80, "http://a.test/%7Ex"),
        ("http://münchen.test/", "xn--mnchen-3ya.test", 80, "http://xn--mnchen-3ya.test/"),
        ("http://me:p%40ss@a.test/x@y", "a.test", 80, "http://a.test/x@y"),
        ("http://me:p@ss@a.test/", "a.test", 80, "http://a.test/"),
        ("http://under_score.test/", "under_score.test", 80, "http://under_score.test/"),
    ],
)
def test_a_url_is_read(address: str, host: str, port: int, text: str) -> None:
    url = read_url(address)
    assert (url.host, url.port, url.text) == (host, port, text)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", '"" is not a URL'),
        ("http://", '"http://" is not a URL'),
        ("ftp://a.test", "only http:// and https:// can be asked, not ftp://"),
        ("http://a.test:0/", '"http://a.test:0/" has no port between 1 and 65535'),
        ("http://a.test:port/", '"http://a.test:port/" names no host'),
        ("http://[zz]/", '"http://[zz]/" names no host'),
        ("http://a.test/\r\nX: y", "the target has control characters"),
        ("http://me:secret@/", '"http:///" is not a URL'),
        ("http://me:secret@a..test:x/", '"http://a..test:x/" names no host'),
        ("me:secret@[", '"[" is not a URL'),
        ("http://a.test/%zz?%", '"http://a.test/%zz?%" has a % that begins no escape'),
    ],
)
def test_what_is_no_url_is_said_without_the_password(address: str, reason: str) -> None:
    with pytest.raises(Failed) as failed:
        read_url(address)
    assert failed.value.reason == reason


def test_a_login_becomes_a_header_and_nothing_else() -> None:
    url = read_url("http://m%65:p%40ss@a.test/x")
    assert url.basic == "Basic bWU6cEBzcw=="
    assert "ss" not in url.text + url.authority + url.path
    assert read_url("http://a.test/").basic == ""


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("/y", "http://a.test:81/y"),
        ("y", "http://a.test:81/x/y"),
        ("?y", "http://a.test:81/x/z?y"),
        ("//b.test/y", "http://b.test/y"),
        ("https://b.test", "https://b.test/"),
        ("../../y z", "http://a.test:81/y%20z"),
        ("", "http://a.test:81/x/z?q"),
    ],
)
def test_a_redirect_begins_where_we_are(location: str, text: str) -> None:
    assert follow(read_url("http://a.test:81/x/z?q"), location).text == text


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_refused_and_never_breaks_a_request(address: str) -> None:
    try:
        url = read_url(address)
    except Failed as failed:
        reason = failed.reason
        url = read_url("a.test")
    else:
        reason = ""
    assert reason == "" or reason.isprintable()
    assert isinstance(url, Url)
    sent = url.path + url.authority
    assert sent.isascii()
    assert sent.isprintable()
    assert " " not in sent
    assert 0 < url.port < 65536
