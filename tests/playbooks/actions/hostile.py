"""What an attacker would put into a label of an alert."""

from hypothesis import strategies as st

LABELS = (
    "-oProxyCommand=touch /tmp/pwned",
    "--eval=import os",
    "$(touch /tmp/pwned)",
    "`touch /tmp/pwned`",
    "; touch /tmp/pwned",
    "' ; touch /tmp/pwned ; '",
    '" && touch /tmp/pwned #',
    "a\ntouch /tmp/pwned",
    "a\r\nX-Injected: yes",
    "a\0b",
    "| cat /etc/shadow",
    "> /tmp/pwned",
    "{{ target.name }}",
    "{{ secrets.all }}",
    "{% for x in y %}",
    "{0.__class__.__mro__}",
    "${env:PATH}",
    "%(password)s",
    "../../admin",
    "..",
    ".",
    "/",
    "@evil.example.net/",
    "evil.example.net#",
    "?token=1&x=",
    "%2e%2e%2f",
    "~root",
    "*",
    "\x1b]0;title\x07",
    "\u202egnp.exe",
    "\u2028",
    "",
    " ",
    "x" * 5000,
    "\ud800",
)

hostile = st.one_of(
    st.sampled_from(LABELS),
    st.text(max_size=60),
    st.text(alphabet="-$`;|&<>(){}[]'\"\\ \n\r\t\0.%/@?#=~*!a0", max_size=30),
)
