"""Does the section `probes:` say where it is wrong, and mean what its writer meant?"""

from pathlib import Path

import pytest

from probes.model import Patience
from responder.config import Config
from responder.configfile import BadConfig, load
from responder.probing.section import Probing

FILE = """\
servers: {{web1: {{address: 127.0.0.2}}}}
probes:
  modules:
    question: {{kind: dns, query_name: example.org}}
    shop: {{kind: http, timeout: 2s}}
  looks:
    - {{{look}}}
"""


def read(folder: Path, text: str) -> Probing:
    """The section as the daemon reads it."""
    (folder / "responder.yaml").write_text(text)
    return load(folder / "responder.yaml", Config).value.probes


def told(folder: Path, text: str) -> list[str]:
    """What is wrong, each as `line:column: message`."""
    with pytest.raises(BadConfig) as caught:
        read(folder, text)
    return [str(problem).split("responder.yaml:", 1)[1] for problem in caught.value.problems]


def with_look(look: str) -> str:
    return FILE.format(look=look)


@pytest.mark.parametrize(
    ("look", "problem"),
    [
        ("servers: web1", "7:7: probes.looks[0]: a look needs a kind or a module"),
        ("kind: ping", "7:7: probes.looks[0]: a look needs servers, tags, targets or file_sd"),
        (
            "kind: pnig, servers: web1",
            '7:14: probes.looks[0].kind: there is no kind "pnig", did you mean "ping"?',
        ),
        (
            "module: shp, servers: web1",
            '7:16: probes.looks[0].module: there is no module "shp", did you mean "shop"?',
        ),
        (
            "kind: ping, servers: web2",
            '7:29: probes.looks[0].servers: no server is called "web2", did you mean "web1"?',
        ),
        ("kind: dns, servers: web1", 'the kind "dns" needs settings: write a module of it'),
        ("kind: tcp, servers: web1", '"tcp" does not know where to look'),
        ("kind: ping, servers: web1, target: '{adress}'", "knows only {address} and {name}"),
        ("kind: ping, servers: web1, target: '{address.x}'", "knows only {address} and {name}"),
        (
            "kind: http, servers: web1, target: 'http://ana:pw@{address}/'",
            "7:43: probes.looks[0].target: no credentials in a target: use basic_auth of a module",
        ),
        ("kind: ping, servers: web1, target: ''", "the target is empty"),
        ("kind: ping, servers: web1, target: '-{name}'", "does not begin with a dash"),
        ("kind: ping, servers: web1, target: '{address[a]}'", "knows only {address} and {name}"),
        ("kind: ping, servers: web1, target: '{'", "knows only {address} and {name}"),
        ("kind: ping, servers: web1, interval: 10s, retry: 11s", "must not be longer than"),
        (
            "kind: ping, servers: web1, retry: 2m",
            "7:42: probes.looks[0].retry: must not be longer than the interval",
        ),
        (
            "kind: ping, servers: web1, interval: 0s",
            "7:45: probes.looks[0].interval: must be at least 100ms",
        ),
        (
            "kind: ping, servers: web1, interval: soon",
            "7:45: probes.looks[0].interval: write a duration",
        ),
        (
            "kind: ping, servers: web1, attempts: 0",
            "7:45: probes.looks[0].attempts: must be greater",
        ),
        (
            "kind: ping, servers: web1, severity: dreadful",
            '7:45: probes.looks[0].severity: must be "critical"',
        ),
        ("kind: ping, servers: web1, each: rack", '7:41: probes.looks[0].each: must be "server"'),
        (
            "kind: ping, server: web1",
            '7:20: probes.looks[0]: unknown key "server", did you mean "servers"?',
        ),
        (
            "kind: http, targets: 'http://ana:pw@web1/'",
            "7:29: probes.looks[0].targets: no credentials in a target",
        ),
        ("kind: ping, targets: '-f'", "a target does not begin with a dash"),
    ],
)
def test_a_look_that_can_not_be_meant_says_where(tmp_path: Path, look: str, problem: str) -> None:
    problems = told(tmp_path, with_look(look))
    assert problem in problems[0], problems
    assert problems[0].startswith("7:")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("probes: {forbid: {a: b}}", "1:10: probes.forbid: must be a list: write networks such as"),
        ("probes: {forbid: [private, 10.0.0.1/8]}", "1:28: probes.forbid[1]: 10.0.0.1/8 has host"),
        ("probes: {forbid: home}", "1:18: probes.forbid: 'home' does not appear to be"),
        ("probes: {modules: {x: {kind: htp}}}", "1:30: probes.modules.x.kind: must be one of"),
        (
            "probes: {modules: {x: {kind: tcp, prot: 1}}}",
            '1:35: probes.modules.x: unknown key "prot',
        ),
        ("probes: {modules: {'a b': {kind: tcp}}}", "1:20: probes.modules.a b: must match pattern"),
        ("probes: {modules_file: 3}", "1:24: probes.modules_file: must be the path of a file"),
        ("probes: {second_opinion: always}", '1:26: probes.second_opinion: must be "ask" or'),
        ("probes: {limits: {in_flight: 0}}", "1:30: probes.limits.in_flight: must be greater"),
        ("probes: {vantages: {fra2: {}}}", '1:21: probes.vantages.fra2: "url" is missing'),
        ("probes: {loks: []}", '1:10: probes: unknown key "loks", did you mean "looks"?'),
    ],
)
def test_a_section_that_is_wrong_says_where(tmp_path: Path, text: str, problem: str) -> None:
    problems = told(tmp_path, text)
    assert problems[0].startswith(problem), problems


def test_several_faults_are_told_at_once(tmp_path: Path) -> None:
    problems = told(tmp_path, with_look("kind: [pnig, tpc], targets: web1, interval: 1ms"))
    assert len(problems) == 3, problems


def test_a_module_of_the_file_and_one_of_our_own_share_no_name(tmp_path: Path) -> None:
    (tmp_path / "blackbox.yml").write_text("modules: {shop: {prober: http}}\n")
    text = "probes:\n  modules_file: blackbox.yml\n  modules: {shop: {kind: http}}\n"
    (problem,) = told(tmp_path, text)
    assert problem.startswith('3:13: probes.modules.shop: "shop" stands in modules_file already')


def test_a_broken_modules_file_says_where_it_is_broken(tmp_path: Path) -> None:
    (tmp_path / "blackbox.yml").write_text("modules:\n  shop: {prober: http, tiemout: 5s}\n")
    (problem,) = told(tmp_path, "probes: {modules_file: blackbox.yml}\n")
    assert problem.startswith("1:24: probes.modules_file: ")
    assert 'blackbox.yml:2:24: unknown key "tiemout", did you mean "timeout"?' in problem


def test_a_look_with_a_module_that_can_not_be_done_says_why(tmp_path: Path) -> None:
    (tmp_path / "blackbox.yml").write_text("modules: {rpc: {prober: grpc}}\n")
    looks = "looks: [{module: rpc, targets: 'a:1'}]"
    (problem,) = told(tmp_path, f"probes: {{modules_file: blackbox.yml, {looks}}}\n")
    assert 'probes.looks[0].module: the module "rpc" can\'t be done: ' in problem
    assert "grpc" in problem.lower()


def test_a_modules_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (problem,) = told(tmp_path, "probes: {modules_file: nowhere.yml}\n")
    assert "nowhere.yml:1:1: can't be read: No such file or directory" in problem


def test_no_secret_of_a_modules_file_is_told(tmp_path: Path) -> None:
    lines = (
        "modules:\n  shop: {prober: http, http: {basic_auth: {username: a, password: [sesame]}}}\n"
    )
    (tmp_path / "blackbox.yml").write_text(lines)
    problems = told(tmp_path, "probes: {modules_file: blackbox.yml}\n")
    assert "blackbox.yml:2:" in problems[0]
    assert "sesame" not in str(problems)


def test_everything_that_is_unwise_in_a_modules_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "blackbox.yml").write_text(
        "modules:\n  ask: {prober: grpc}\n  pop:\n    prober: tcp\n"
        "    tcp: {query_response: [{expect: '^+OK'}]}\n"
    )
    (tmp_path / "responder.yaml").write_text("probes: {modules_file: blackbox.yml}\n")
    findings = [one.message for one in load(tmp_path / "responder.yaml", Config).findings]
    place = f"{tmp_path}/blackbox.yml"
    assert f'{place}:2:3: module "ask" is refused: gRPC is not spoken here' in findings
    assert any(one.startswith(f"{place}:5:29: query_response.0.expect: ") for one in findings)


def test_what_is_right_is_read(tmp_path: Path) -> None:
    section = read(tmp_path, with_look("module: shop, servers: all, interval: 30s, attempts: 2"))
    (look,) = section.looks
    assert (look.module, look.servers) == (("shop",), ("all",))
    assert look.patience("http") == Patience(30.0, 20.0, 2, 2)
    assert {"ping", "http_2xx", "icmp", "shop", "question"} <= section.named().keys()
    assert "dns" not in section.named()


def test_words_stand_for_networks(tmp_path: Path) -> None:
    section = read(tmp_path, "probes: {forbid: [private, 192.0.2.0/24]}")
    told = list(map(str, section.forbid))
    assert told == ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "192.0.2.0/24"]


@pytest.mark.parametrize("address", ["-oProxyCommand=x", "ana:pw@web1"])
def test_a_server_s_address_is_no_option_and_holds_no_secret(tmp_path: Path, address: str) -> None:
    (problem,) = told(tmp_path, f"servers: {{web1: {{address: '{address}'}}}}")
    assert problem.startswith("1:27: servers.web1.address: ")
    assert "pw" not in problem
