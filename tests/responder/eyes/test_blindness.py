"""Do we notice that we see nothing, and say so once, when it lasts?"""

from probes.model import Finding, Look, Phase, Target, unknown
from responder.eyes.blindness import SOON, Blindness, fires_of_ours
from responder.probing.targets import REFERENCE
from tests.responder.eyes.made import REFUSED, UP, at, look

NETWORKS = {"gw": "office", "dns": "upstream", "web": "world"}


def reference(name: str) -> Look:
    one = look(name, "ping")
    return Look(f"{REFERENCE}{name}", "ping", one.probe, Target("192.0.2.1"), name)


def sees(blindness: Blindness, finding: Finding, second: float, *names: str) -> None:
    for name in names or NETWORKS:
        blindness.take(reference(name), finding, began=at(second))


def looking() -> Blindness:
    blindness = Blindness()
    blindness.plan(NETWORKS)
    sees(blindness, UP, 0)
    return blindness


def cut_off(*, second: float = 10) -> Blindness:
    blindness = looking()
    sees(blindness, REFUSED, second)
    return blindness


def test_two_silent_references_make_us_blind_and_one_does_not() -> None:
    blindness = looking()
    sees(blindness, REFUSED, 10, "gw")
    assert (blindness.blind, blindness.silent, blindness.changed) == (False, ("gw",), False)
    sees(blindness, REFUSED, 10, "dns")
    assert (blindness.blind, blindness.silent, blindness.changed) == (True, ("dns", "gw"), True)


def test_a_reference_that_could_not_be_asked_is_not_silent() -> None:
    blindness = looking()
    sees(blindness, unknown(Phase.CONNECT, "not allowed on our side"), 10)
    assert not blindness.blind


def test_what_was_not_asked_yet_is_known_by_its_look() -> None:
    blindness = Blindness()
    blindness.plan(NETWORKS)
    sees(blindness, UP, 0, "gw")
    sees(blindness, REFUSED, 0, "dns")
    assert blindness.unasked == {f"{REFERENCE}web"}
    blindness.plan({"gw": "office"})  # too few to tell: nothing is to be waited for
    assert not blindness.unasked


def test_references_are_asked_again_soon_while_one_is_silent() -> None:
    blindness = looking()
    assert blindness.take(reference("gw"), REFUSED, began=at(10)) == SOON
    assert blindness.take(reference("dns"), UP, began=at(10)) == SOON
    assert blindness.take(reference("gw"), UP, began=at(15)) is None


def test_it_is_told_only_when_it_lasts_and_only_once() -> None:
    blindness = cut_off()
    assert blindness.news(now=at(69.9)) is None
    alert = blindness.news(now=at(70))
    assert alert is not None
    assert (alert.firing, alert.starts_at, alert.name) == (True, at(10), "ResponderBlind")
    assert "no answer from dns, gw, web" in alert.summary
    assert blindness.news(now=at(71)) is not None  # nobody took it yet
    blindness.told(alert)
    assert blindness.news(now=at(72)) is None
    assert fires_of_ours(alert)


def test_it_ends_once_and_under_the_same_name() -> None:
    blindness = cut_off()
    begun = blindness.news(now=at(70))
    assert begun is not None
    blindness.told(begun)
    sees(blindness, UP, 100)
    assert blindness.blind
    sees(blindness, UP, 105)
    assert not blindness.blind
    ended = blindness.news(now=at(106))
    assert ended is not None
    assert (ended.firing, ended.ends_at, ended.identity) == (False, at(106), begun.identity)
    blindness.told(ended)
    assert blindness.news(now=at(107)) is None


def test_short_loss_is_never_told() -> None:
    blindness = cut_off()
    sees(blindness, UP, 20)
    sees(blindness, UP, 25)
    assert blindness.news(now=at(300)) is None


def test_what_fires_since_before_we_started_ends_when_we_see() -> None:
    blindness = looking()
    blindness.fires()
    ended = blindness.news(now=at(5))
    assert ended is not None
    assert not ended.firing


def test_a_look_from_the_time_of_blindness_is_not_believed_afterwards() -> None:
    blindness = cut_off()
    assert blindness.blurs(at(12))
    sees(blindness, UP, 20)
    sees(blindness, UP, 25)
    assert blindness.blurs(at(24))
    assert not blindness.blurs(at(26))


def test_sight_that_comes_back_while_its_loss_is_stored_is_stored_too() -> None:
    blindness = cut_off()
    assert blindness.changed
    blind = blindness.blind
    sees(blindness, UP, 20)
    sees(blindness, UP, 25)
    blindness.recorded = blind
    assert blindness.changed
    blindness.recorded = blindness.blind
    assert not blindness.changed


def test_without_references_we_are_never_blind() -> None:
    blindness = cut_off()
    blindness.plan({})
    assert (blindness.blind, set(blindness.keys())) == (False, set())
    assert set(looking().keys()) == {"@ref/gw", "@ref/dns", "@ref/web"}
