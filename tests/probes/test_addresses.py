"""Is a text that can't be a target refused in plain words?"""

import pytest

from probes.addresses import unfit


@pytest.mark.parametrize(
    "address",
    [
        *("web1", "127.0.0.1:25", "[::1]:25", "::1", "a-b", "web1:8080/a@b", "web1?a=b@c"),
        *("http://web1/a@b?c=d@e", "https://web1:8443/", "https://web1:8443/@ana", "http://web1?@"),
        *("http://[::1]:80/@ana", "http://web1/a:b@c", "http://web1:/a@b"),
    ],
)
def test_what_people_write_is_a_target(address: str) -> None:
    assert unfit(address) == ""


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("-oProxyCommand=x", "does not begin with a dash"),
        ("http://ana:pw@web1/", "no credentials in a target"),
        ("ana@web1", "no credentials in a target"),
        ("//ana:pw@web1/", "no credentials in a target"),
        ("http:///ana:pw@web1/", "no credentials in a target"),
        ("http:ana:pw@web1", "no credentials in a target"),
        ("http:\\\\ana:pw@web1", "no credentials in a target"),
        ("http://ana:p/w@web1/", "no credentials in a target"),
        ("http://ana:p?w@web1/", "no credentials in a target"),
        ("http://ana:p#w@web1/", "no credentials in a target"),
        ("", "the target is empty"),
        (" ", "the target is empty"),
        ("web1\nweb2", "one line of at most 4096"),
        ("w" * 4097, "one line of at most 4096"),
    ],
)
def test_what_is_an_option_a_secret_or_no_line_is_refused(address: str, told: str) -> None:
    assert told in unfit(address)
