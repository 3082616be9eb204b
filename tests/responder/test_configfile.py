"""Does a bad configuration file tell everything that is wrong with it, and where?"""

import json
import time
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.configfile import BadConfig, load, schema
from tests.responder.sample import Colour, Sample, read


def told(folder: Path, text: str, **more: str) -> list[str]:
    """What is wrong, each as `file:line:column: message`, without the folder."""
    with pytest.raises(BadConfig) as caught:
        read(folder, text, **more)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


WRONG = {
    "an unknown section": (
        "servrs: {}\n",
        'sample.yaml:1:1: unknown key "servrs", did you mean "servers"?',
    ),
    "a slip in include": (
        "inclde: []\n",
        'sample.yaml:1:1: unknown key "inclde", did you mean "include"?',
    ),
    "an unknown key below": (
        "servers:\n  web1:\n    address: a\n    tag: [x]\n",
        'sample.yaml:4:5: servers.web1: unknown key "tag", did you mean "tags"?',
    ),
    "an unknown key like no other": (
        "people:\n  ana: {xyz: 1}\n",
        'sample.yaml:2:9: people.ana: unknown key "xyz" (known here: phone, awake, zone)',
    ),
    "an unknown key behind a union's tag": (
        "servers:\n  web1:\n    address: a\n    looks:\n      - {kind: tcp, prot: 1, port: 2}\n",
        'sample.yaml:5:21: servers.web1.looks[0]: unknown key "prot", did you mean "port"?',
    ),
    "a union in a field": (
        "servers:\n  web1:\n    address: a\n    main: {kind: http, url: u, port: 2}\n",
        'sample.yaml:4:32: servers.web1.main: unknown key "port" (known here: kind, url, share)',
    ),
    "an unknown kind": (
        "servers:\n  web1:\n    address: a\n    looks: [{kind: htp, url: x}]\n",
        "sample.yaml:4:20: servers.web1.looks[0].kind: "
        'must be one of "tcp", "http", did you mean "http"?',
    ),
    "no kind": (
        "servers:\n  web1:\n    address: a\n    looks:\n    - url: x\n",
        'sample.yaml:5:7: servers.web1.looks[0]: "kind" is missing: one of "http", "tcp"',
    ),
    "an unknown word": (
        "servers: {web1: {address: a, colour: Ambr}}\n",
        'sample.yaml:1:38: servers.web1.colour: must be "amber" or "green", did you mean "amber"?',
    ),
    "a missing key": (
        "servers:\n  web1:\n    tags: []\n",
        'sample.yaml:2:3: servers.web1: "address" is missing',
    ),
    "an alias of a field": (
        "mail: {form: a}\n",
        'sample.yaml:1:8: mail: unknown key "form", did you mean "from"?',
    ),
    "a phone number without quotes": (
        "people:\n  ana: {phone: +359888123456}\n",
        "sample.yaml:2:16: people.ana.phone: must be text: put it in quotes",
    ),
    "a version without quotes": (
        "notes: [1.10]\n",
        "sample.yaml:1:9: notes[0]: must be text: put it in quotes",
    ),
    "text for a number": (
        "servers: {a: {address: a, main: {kind: tcp, port: ssh}}}\n",
        "sample.yaml:1:51: servers.a.main.port: must be a whole number",
    ),
    "text for a truth": (
        "people: {ana: {awake: perhaps}}\n",
        "sample.yaml:1:23: people.ana.awake: must be true or false",
    ),
    "a word for a list": (
        "notes: one\n",
        "sample.yaml:1:8: notes: must be a list",
    ),
    "a list for a mapping": (
        "people:\n- ana\n",
        'sample.yaml:1:1: people: must be a mapping ("key: value" lines)',
    ),
    "nothing where a mapping belongs": (
        "people:\n  ana:\nnotes: []\n",
        'sample.yaml:2:3: people.ana: must be a mapping ("key: value" lines), '
        "but nothing stands here",
    ),
    "an unknown person with a neighbour": (
        "people: {ana: {}}\nteams:\n  night: [ana, anna]\n",
        'sample.yaml:3:16: teams.night[1]: nobody is called "anna", did you mean "ana"?',
    ),
    "a secret in the open": (
        "mail: {password: hunter2hunter2}\n",
        "sample.yaml:1:18: mail.password: a secret never stands here itself: "
        "write ${env:NAME}, ${cred:NAME} or ${file:PATH}",
    ),
    "a secret from nowhere": (
        "mail: {password: '${evn:X}'}\n",
        'sample.yaml:1:18: mail.password: "evn" is no place for a secret, did you mean "env"?',
    ),
    "no such variable": (
        "mail: {password: '${env:NO_SUCH_NAME}'}\n",
        "sample.yaml:1:18: mail.password: the environment variable NO_SUCH_NAME is not set",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_each_mistake_has_its_place_and_its_words(tmp_path: Path, text: str, message: str) -> None:
    assert told(tmp_path, text) == [message]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
servers:
  web1: {adress: a}
  web1: {}
people:
  ana: {phone: 1, awake: x}
"""
    assert told(tmp_path, text) == [
        'sample.yaml:2:3: servers.web1: "address" is missing',
        'sample.yaml:2:10: servers.web1: unknown key "adress", did you mean "address"?',
        'sample.yaml:3:3: "web1" stands here twice, first in line 2',
        "sample.yaml:5:16: people.ana.phone: must be text: put it in quotes",
        "sample.yaml:5:26: people.ana.awake: must be true or false",
    ]


def test_every_wrong_cross_reference_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, "teams:\n  day: [bo]\n  night:\n    - mia\n    - bo\n") == [
        'sample.yaml:2:9: teams.day[0]: nobody is called "bo"',
        'sample.yaml:4:7: teams.night[0]: nobody is called "mia"',
        'sample.yaml:5:7: teams.night[1]: nobody is called "bo"',
    ]


def test_a_missing_secret_file_is_loud_but_its_name_may_be_the_secret(tmp_path: Path) -> None:
    assert told(tmp_path, "mail:\n  token_file: hunter2hunter2\n") == [
        f"sample.yaml:2:15: mail.token_file: the secret file {tmp_path}/... "
        "can't be read: No such file or directory"
    ]


def test_a_good_file_becomes_its_model(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n", encoding="utf-8")
    (tmp_path / "token").chmod(0o600)
    text = """\
servers:
  web1: {address: 10.0.0.1, looks: [{kind: tcp, port: 22}], colour: amber}
  101: {address: no}
mail: {from: a@example.net, token_file: token}
"""
    loaded = read(tmp_path, text)
    assert loaded.findings == ()
    assert loaded.files == (tmp_path / "sample.yaml",)
    assert list(loaded.value.servers) == ["web1", "101"]
    assert loaded.value.servers["101"].address == "no"
    assert loaded.value.servers["web1"].colour is Colour.AMBER
    assert loaded.value.mail.token_file is not None
    assert loaded.value.mail.token_file.reveal() == "t0ken"


def test_what_is_unwise_is_a_finding_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken", encoding="utf-8")
    (tmp_path / "token").chmod(0o644)
    text = """\
people: {ana: {phone: "${env:PHONE}"}}
teams:
  night: [ana]
mail:
  token_file: token
"""
    assert [str(finding) for finding in read(tmp_path, text).findings] == [
        f"{tmp_path}/sample.yaml:1:23: no field for a secret: ${{...}} is taken as it stands",
        f"{tmp_path}/sample.yaml:3:3: teams.night: a team of one person",
        f"{tmp_path}/sample.yaml:5:15: the secret file {tmp_path}/token is open to everybody: "
        "chmod 600 it",
    ]


def test_a_name_may_look_like_a_reference(tmp_path: Path) -> None:
    loaded = read(tmp_path, 'servers: {"${env:HOME}": {address: a}}\n')
    assert list(loaded.value.servers) == ["${env:HOME}"]


def test_the_schema_for_editors_knows_kinds_and_includes() -> None:
    told_schema = schema(Sample)
    assert told_schema["properties"]["include"]["type"] == "array"
    looks = told_schema["$defs"]["Server"]["properties"]["looks"]["items"]
    assert set(looks["discriminator"]["mapping"]) == {"tcp", "http"}
    secret = json.dumps(told_schema["$defs"]["Mail"]["properties"]["password"])
    assert "(env|cred|file)" in secret


SECRET = st.from_regex(r"hunter[A-Za-z0-9/+='\" ]{4,30}x", fullmatch=True)


def part(value: st.SearchStrategy[object], *keys: str) -> st.SearchStrategy[object]:
    """A mapping with some of these keys, or something else in its place."""
    return st.dictionaries(st.sampled_from(keys), value) | value


def trees(secret: str) -> st.SearchStrategy[object]:
    """Files of about the right shape with the secret in odd places; `include` tells its names."""
    leaf = st.just(secret) | st.none() | st.booleans() | st.integers() | st.just("tcp")
    odd = st.recursive(
        leaf, lambda inner: st.lists(inner) | st.dictionaries(st.just("kind"), inner)
    )
    look = part(odd, "kind", "port", "url", "share")
    server = part(odd | look | st.lists(look), "address", "tags", "looks", "main", "colour")
    person = part(odd, "phone", "awake", "zone")
    mail = part(odd, "from", "password", "token_file")
    return st.fixed_dictionaries(
        {"servers": part(server, "web1", "web2"), "people": part(person, "ana"), "mail": mail},
        optional={"notes": odd, "teams": part(odd, "night")},
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), secret=SECRET)
def test_no_error_ever_shows_a_value(tmp_path: Path, data: st.DataObject, secret: str) -> None:
    file = tmp_path / "sample.yaml"
    file.write_text(json.dumps(data.draw(trees(secret))), encoding="utf-8")
    try:
        load(file, Sample)
    except BadConfig as trouble:
        shown = "".join(traceback.format_exception(trouble))
    else:
        shown = ""
    assert secret not in shown


def test_two_thousand_servers_load_in_seconds(tmp_path: Path) -> None:
    """0.5 s on two shared cores, most of it ruamel's; the bar leaves room for a busy machine."""
    entry = "  web{0}:\n    address: 10.0.0.1\n    tags: [a, b]\n    colour: amber\n"
    text = "servers:\n" + "".join(entry.format(number) for number in range(2000))
    begun = time.thread_time()
    assert len(read(tmp_path, text).value.servers) == 2000
    assert time.thread_time() - begun < 20


def test_an_error_in_each_of_two_thousand_servers_is_told_in_seconds(tmp_path: Path) -> None:
    text = "servers:\n" + "".join(f"  web{number}: {{adress: x}}\n" for number in range(2000))
    begun = time.thread_time()
    assert len(told(tmp_path, text)) == 4000
    assert time.thread_time() - begun < 40
