"""Does the look back hold what happened, in order, and nothing that must not stand there?"""

from dataclasses import replace
from datetime import timedelta

from alerts.model import DAEMON, person
from responder import acts
from responder.majors import life, links, turning
from responder.majors.life import Wish
from responder.majors.review import Review, review_of
from responder.majors.review_words import MOST, gate_lines, words
from responder.store.incident_links import Relation
from responder.store.logs import Line
from tests.responder.estate import NIGHT
from tests.responder.room import MIRA, Room


def text(room: Room, id_: int = 1) -> str:
    found: Review | None = room.look(review_of, id_)
    assert found is not None
    return words(found)


def part(markdown: str, title: str) -> list[str]:
    """The lines under this heading."""
    below = markdown.split(f"## {title}\n\n")[1].split("\n\n## ")[0]
    return below.strip().splitlines()


def test_r73_the_whole_story_of_a_night_is_told_from_its_log(room: Room) -> None:
    room.fires("web1")
    room.fires("db1")
    room.passes(minutes=2)
    room.do(acts.acknowledge, id_=1, actor=person("ana"), words="on it")
    room.do(life.declare, id_=1, actor=MIRA, wish=Wish(communication="bob"))
    room.do(links.link, id_=1, other=2, kind=Relation.CAUSED_BY, actor=MIRA)
    room.now += timedelta(minutes=31)
    room.do(turning.turn)
    room.do(life.said, id_=1, actor=MIRA, words="told by telephone")
    room.ends("web1")
    room.passes(minutes=40)
    causes = ("a fuse blew", "the second feed was off")
    room.do(life.declare, id_=1, actor=MIRA, wish=Wish(causes=causes))
    told = text(room)
    assert told.startswith("# Review of incident 1: web1 does not answer\n")
    lasted = dict(line[2:].split(": ", 1) for line in part(told, "How long it took"))
    assert lasted["Acknowledgement"] == "2 min, at 2026-11-21 03:12:00"
    assert lasted["Mitigation (all alerts ended)"].startswith("33 min, at 2026-11-21 03:43")
    assert lasted["First automatic step"] == "not yet"
    assert part(told, "Causes") == [
        "- a fuse blew", "- the second feed was off", "- incident 2: db1 does not answer"
    ]  # fmt: skip
    assert "- Led by ana" in part(told, "Who led")
    assert "- Customers were to hear every 30 minutes; late 1 time" in part(told, "Who led")
    assert part(told, "Who was paged")[0] == (
        "- ana by email: 3 delivered, the first at 2026-11-21 03:10:30;"
        " acknowledged at 2026-11-21 03:12:00"
    )
    assert part(told, "Linked incidents") == ["- caused by incident 2: db1 does not answer"]
    assert "- 2026-11-21 03:43:00 mira: told by telephone" in part(told, "What customers were told")
    assert part(told, "Playbooks and gates") == ["Nothing."]
    assert len(part(told, "Open questions")) == 10
    assert text(room) == told


def test_times_run_forward_in_utc(room: Room) -> None:
    room.fires("web1")
    room.passes(minutes=12)
    stamps = [line[2:21] for line in part(text(room), "Timeline (UTC)")]
    assert stamps == sorted(stamps)
    assert stamps[0] == "2026-11-21 03:10:00"


def test_neither_a_secret_nor_a_mark_of_markdown_survives(room: Room) -> None:
    incident = room.opens("[click](http://x) <b># `rm`", server=None)
    room.acts(acts.note, incident.id, words="curl https://ana:pa55word@web1.example/x\n# fake")
    told = text(room, incident.id)
    assert "pa55word" not in told
    assert "\n# fake" not in told
    assert told.splitlines()[0] == (r"# Review of incident 1: \[click\](http://x) \<b\>\# \`rm\`")


def test_a_gate_tells_what_held_and_what_was_overruled(room: Room) -> None:
    room.fires("web1")
    found: Review = room.look(review_of, 1)
    checks = [
        {"name": "seat", "ruling": "pass", "reason": ""},
        {"name": "serial", "ruling": "no", "reason": "another machine"},
        {"name": "brake", "ruling": "no", "reason": "storm", "overruled_by": "ana"},
    ]
    data = {"step": "cycle", "checks": checks, "denied_by": "serial"}
    line = Line(7, 1, NIGHT, "gate", DAEMON, data, "")
    assert list(gate_lines(line)) == [
        "2026-11-21 03:10:00 gate before cycle: no, by serial (3 checks)",
        "check serial: no, another machine",
        "check brake: no, storm, overruled by ana",
    ]
    assert found.journals == {}


def test_a_very_long_story_keeps_its_beginning_and_its_end(room: Room) -> None:
    room.fires("web1")
    found: Review = room.look(review_of, 1)
    many = [replace(found.lines[0], seq=seq) for seq in range(1, MOST + 8)]
    lines = part(words(replace(found, lines=many)), "Timeline (UTC)")
    assert len(lines) == MOST + 1
    assert lines[MOST // 2] == "- (7 lines are left out: `responder incident show 1`)"


def test_there_is_no_look_back_at_nothing(room: Room) -> None:
    assert room.look(review_of, 1) is None
