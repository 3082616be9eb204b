"""Does `responder check` tell every problem at its place, and end with the right code?"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from responder.config import Config
from responder.configfile import schema
from tests.require import require
from tests.responder.cli.asking import call, settle, told

FINE = """
daemon: {url: "https://responder.example.net"}
senders:
  alertmanager: {token_file: secrets/alertmanager, url: "http://127.0.0.1:9093"}
servers:
  web1: {address: 127.0.0.2}
  web2: {address: 127.0.0.3}
people:
  ana: {methods: [{kind: email, to: ana@example.net}]}
  ben: {methods: [{kind: email, to: ben@example.net}]}
paging:
  email: {host: 127.0.0.1, from: responder@example.net}
""".lstrip()


def test_a_good_file_is_said_to_be_fine(tmp_path: Path) -> None:
    file = settle(tmp_path, FINE)
    result = call("check", "-c", file)
    assert result.exit_code == 0
    assert result.stdout == f"{file} is fine: 2 servers, 2 people, 1 sender, 0 tokens\n"
    assert told("check", "-c", file) == {"file": str(file), "problems": [], "findings": []}


def test_every_problem_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    file = settle(tmp_path, FINE.replace("address: 127.0.0.3", "adress: x").replace("ana:", "an!:"))
    result = call("check", "-c", file)
    assert result.exit_code == 78
    first, *more = result.stdout.splitlines()
    assert first == f'{file}:6:10: servers.web2: unknown key "adress", did you mean "address"?'
    assert len(more) == 1
    assert more[0].startswith(f"{file}:8:3: ")


def test_problems_can_be_read_by_a_program(tmp_path: Path) -> None:
    file = settle(tmp_path, FINE.replace("address: 127.0.0.3", "adress: x"))
    result = call("check", "-c", file, "--json")
    assert result.exit_code == 78
    assert json.loads(result.stdout)["problems"] == [
        {
            "file": str(file),
            "line": 6,
            "column": 10,
            "message": 'servers.web2: unknown key "adress", did you mean "address"?',
        }
    ]


UNWISE = {
    "links that lead nowhere": (
        'url: "https://responder.example.net"',
        'listen: "127.0.0.1:9095"',
        ":1:1: daemon: no url: the links in pages lead to this machine, where no phone can go",
    ),
    "one person": (
        "  ben: {methods: [{kind: email, to: ben@example.net}]}\n",
        "",
        ":7:1: people: ana alone is paged about a critical incident: name a second person",
    ),
    "a sender without an address": (
        ', url: "http://127.0.0.1:9093"',
        "",
        ":3:3: senders.alertmanager: no url of its API: what it sent while we were away is not"
        " asked for (reconcile)",
    ),
    "a critical escalation to one": (
        "paging:",
        "escalations:\n  all:\n    steps: [{notify: [ben]}]\npaging:",
        ":11:3: escalations.all: ben alone is paged about a critical incident: name a second"
        " person",
    ),
    "a kind of method that nobody has": (
        "paging:",
        "escalations:\n  all:\n    steps: [{notify: [ana, ben], by: voice}]\npaging:",
        ":12:38: escalations.all.steps[0].by: nobody has a method of the kind voice: everybody's"
        " first is used",
    ),
    "an escalation that another one outdoes": (
        "paging:",
        "escalations:\n  all:\n    steps: [{notify: [ana, ben]}]\n"
        "  rest:\n    steps: [{notify: [ben]}]\npaging:",
        ":13:3: escalations.rest: never used for critical (without priorities it is for critical):"
        " all stands before it",
    ),
    "a team of one": (
        "paging:",
        "teams:\n  rapid-response: {members: [ben]}\npaging:",
        ":11:3: teams.rapid-response: ben alone is paged about a critical incident: name a second"
        " person",
    ),
}


@pytest.mark.parametrize("case", UNWISE)
def test_what_is_unwise_is_a_finding(tmp_path: Path, case: str) -> None:
    before, after, finding = UNWISE[case]
    file = settle(tmp_path, FINE.replace(before, after))
    result = call("check", "-c", file)
    assert result.stdout == f"{file}{finding}\n"
    assert result.exit_code == 3


def test_a_tag_that_no_server_has_is_a_finding(tmp_path: Path) -> None:
    """Whoever misspells it believes that his servers are looked at."""
    looks = "\nprobes: {looks: [{kind: ping, tags: [web, wbe]}]}\n"
    file = settle(tmp_path, FINE.replace("127.0.0.2}", "127.0.0.2, tags: [web]}") + looks)
    result = call("check", "-c", file)
    told = 'probes.looks[0].tags: no server has the tag "wbe", did you mean "web"?: nobody is'
    assert told in result.stdout
    assert result.exit_code == 3


def test_a_person_whom_apprise_tells_first_is_a_finding(tmp_path: Path) -> None:
    """It can't wake: nothing comes back, and nobody is asked."""
    way = "{kind: apprise, url_file: secrets/chat}"
    text = FINE.replace("ana: {methods: [{", f"ana: {{methods: [{way}, {{")
    file = settle(tmp_path, text, chat="json://127.0.0.1")
    result = call("check", "-c", file)
    told = "people.ana: apprise only tells: put a method that wakes before it"
    assert told in result.stdout
    assert result.exit_code == 3


def test_an_address_that_apprise_can_not_use_is_an_error(tmp_path: Path) -> None:
    way = "{kind: apprise, url_file: secrets/chat}"
    text = FINE.replace("ana@example.net}]", f"ana@example.net}}, {way}]")
    result = call("check", "-c", settle(tmp_path, text, chat="slak://canary"))
    assert "Apprise can't use this address of slak" in result.output
    assert "canary" not in result.output
    assert result.exit_code == 78


def test_nobody_to_page_is_a_finding(tmp_path: Path) -> None:
    file = settle(tmp_path, FINE.replace("{methods: [{kind: email, to: ana@example.net}]}", "{}"))
    file.write_text(
        file.read_text().replace("{methods: [{kind: email, to: ben@example.net}]}", "{}")
    )
    result = call("check", "-c", file)
    assert result.stdout.splitlines() == [
        f"{file}:7:1: people: nobody can be paged about a critical incident",
        f"{file}:8:3: people.ana: no methods: a page cannot reach this person",
        f"{file}:9:3: people.ben: no methods: a page cannot reach this person",
    ]
    assert result.exit_code == 3


def test_a_secret_that_others_can_read_is_a_finding(tmp_path: Path) -> None:
    file = settle(tmp_path, FINE)
    (tmp_path / "secrets" / "alertmanager").chmod(0o644)
    result = call("check", "-c", file)
    assert "chmod 600 it" in result.stdout
    assert result.exit_code == 3


def test_strict_refuses_what_is_unwise(tmp_path: Path) -> None:
    """R18, R74."""
    file = settle(tmp_path)
    assert call("check", "-c", file).exit_code == 3
    assert call("check", "-c", file, "--strict").exit_code == 78
    assert call("check", "-c", settle(tmp_path, FINE), "--strict").exit_code == 0


def test_a_store_must_be_one_of_the_two(tmp_path: Path) -> None:
    file = settle(tmp_path, 'daemon: {store: "mysql://x"}\n')
    result = call("check", "-c", file)
    assert result.exit_code == 78
    assert "daemon.store: must be sqlite:///FILE or postgresql://HOST/DATABASE" in result.stdout


def test_the_schema_is_that_of_the_file() -> None:
    result = call("check", "--schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == schema(Config)


def test_the_file_is_looked_for_where_it_usually_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    nothing = call("check")
    assert nothing.exit_code == 78
    assert "responder init" in nothing.output
    settle(tmp_path, FINE)
    assert call("check").stdout.startswith("responder.yaml is fine")
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("RESPONDER_CONFIG", str(settle(other, FINE)))
    assert call("check").stdout.startswith(f"{other}/responder.yaml is fine")
    assert call("check", "-c", "responder.yaml").stdout.startswith("responder.yaml is fine")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = call("check", "-c", tmp_path / "nothing.yaml")
    assert result.exit_code == 78
    assert result.stdout == f"{tmp_path}/nothing.yaml:1:1: there is no such file\n"


def test_a_file_that_may_not_be_read_is_said_so(tmp_path: Path) -> None:
    """As root everything may be read, so somebody else asks."""
    require("root", present=os.geteuid() == 0)
    folder = tmp_path / "closed"
    folder.mkdir()
    settle(folder, FINE)
    folder.chmod(0o700)
    code = (
        "import os, responder.includes\n"
        "from pathlib import Path\n"
        "from responder.cli import configuration\n"
        "os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)\n"
        f"configuration.PLACES = (Path({str(folder / 'responder.yaml')!r}),)\n"
        "try:\n"
        "    configuration.store_url(configuration.chosen(None))\n"
        "except configuration.Unusable as unusable:\n"
        "    print(unusable.message)\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "can't be read: Permission denied" in answer.stdout, answer.stderr


SECOND = (
    FINE.replace("ana: {", "ana: {totp_file: secrets/totp, ") + "playbooks: {second_factor: true}\n"
)


def test_who_cannot_agree_over_a_link_is_told(tmp_path: Path) -> None:
    file = settle(tmp_path, SECOND, totp="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    result = call("check", "-c", file)
    told_ = "people.ben: no totp_file: cannot agree over a link (second_factor)"
    assert result.stdout == f"{file}:9:3: {told_}\n"
    assert result.exit_code == 3
    assert call("check", "--strict", "-c", file).exit_code == 78
    settle(tmp_path, SECOND.replace("true", "false"), totp="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert call("check", "-c", file).exit_code == 0


def test_a_seed_that_makes_no_codes_is_found_and_not_shown(tmp_path: Path) -> None:
    for text, why in (("hush hush!", "no base32 text"), ("GEZDGNBV", "has 5 bytes, not 16")):
        result = call("check", "-c", settle(tmp_path, SECOND, totp=text))
        assert result.exit_code == 78
        assert "people.ana.totp_file: " in result.stdout
        assert why in result.stdout
        assert text not in result.stdout
