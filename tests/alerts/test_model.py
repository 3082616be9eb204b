"""Is an alert the same alert whatever its labels are called in, and never another one?"""

from hypothesis import example, given
from hypothesis import strategies as st

from alerts.model import DAEMON, Alert, Priority, clean, digest_labels, person

labels = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=5)


def alert(labels: dict[str, str], **annotations: str) -> Alert:
    return Alert(labels, annotations, True, None, None, "", "", "")


@given(labels)
def test_the_order_of_labels_does_not_matter(told: dict[str, str]) -> None:
    assert digest_labels(told) == digest_labels(dict(reversed(told.items())))


@given(labels.map(lambda told: {clean(name): clean(value) for name, value in told.items()}), labels)
@example({"a": "1\0b\x002"}, {"a": "1", "b": "2"})
@example({"a": "bc"}, {"ab": "c"})
@example({"a": ""}, {"": "a"})
def test_other_labels_are_another_alert(one: dict[str, str], other: dict[str, str]) -> None:
    one = {clean(name): clean(value) for name, value in one.items()}
    other = {clean(name): clean(value) for name, value in other.items()}
    assert (one == other) is (digest_labels(one) == digest_labels(other))


@given(labels, st.text(max_size=5))
def test_copies_that_differ_in_an_ignored_label_are_one_alert(
    told: dict[str, str], replica: str
) -> None:
    ignored = {name: value for name, value in told.items() if name != "replica"}
    copy = {**ignored, "replica": replica}
    assert digest_labels(copy, ignore=["replica"]) == digest_labels(ignored)
    assert digest_labels(copy) != digest_labels(ignored)


def test_an_identity_is_16_hex_characters() -> None:
    assert len(digest_labels({})) == 16
    int(digest_labels({"a": "b"}), 16)


def test_nul_and_half_letters_become_a_mark() -> None:
    assert clean("a\0b\ud800c\udfffd") == "a\ufffdb\ufffdc\ufffdd"
    assert clean("Zürich 東京 🔥\n") == "Zürich 東京 🔥\n"


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_clean_text_can_be_stored_anywhere(text: str) -> None:
    stored = clean(text).encode()
    assert b"\0" not in stored
    assert clean(clean(text)) == clean(text)


def test_an_alert_without_a_name_or_a_summary_has_words_all_the_same() -> None:
    nameless = alert({})
    assert (nameless.name, nameless.summary) == ("unnamed alert", "unnamed alert")
    named = alert({"alertname": "HostDown"})
    assert (named.name, named.summary) == ("HostDown", "HostDown")


def test_the_best_line_for_people_is_taken() -> None:
    told = {"summary": "web1 is down", "title": "Down", "description": "no answer for 5 min"}
    assert alert({}, **told).summary == "web1 is down"
    assert alert({}, **told | {"summary": ""}).summary == "Down"
    assert alert({}, description="no answer").summary == "no answer"


def test_priorities_are_ranked() -> None:
    assert sorted(Priority, key=lambda one: one.rank) == ["low", "medium", "high", "critical"]


def test_a_person_and_the_daemon_are_told_apart() -> None:
    assert person("responder") != DAEMON
