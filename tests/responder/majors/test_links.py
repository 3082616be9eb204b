"""Do incidents that belong together show it, and can the whole of it be drawn?"""

import pytest

from responder.acts import Refusal, Unknown
from responder.majors import links
from responder.majors.graph import Edge, Graph, dot, graph_of
from responder.store import logs
from responder.store.incident_links import Relation
from responder.story import told
from tests.responder.room import MIRA, Room

RELATED, CAUSED_BY = Relation.RELATED, Relation.CAUSED_BY


def link(room: Room, one: int, other: int, kind: Relation = RELATED, words: str = "") -> None:
    room.do(links.link, id_=one, other=other, kind=kind, actor=MIRA, words=words)


def graph(room: Room, id_: int = 1) -> Graph:
    found: Graph | None = room.look(graph_of, id_)
    assert found is not None
    return found


def ends(room: Room, id_: int = 1) -> list[tuple[int, int, str]]:
    return [(one.begins, one.ends, one.kind) for one in graph(room, id_).edges]


@pytest.fixture
def three(room: Room) -> Room:
    """Three troubles of one night."""
    for server in ("web1", "db1", "far1"):
        room.fires(server)
    return room


def test_r73_links_export_as_one_graph_from_whichever_end(three: Room) -> None:
    link(three, 1, 2, CAUSED_BY, "the database was away")
    link(three, 3, 2)
    expected = [(1, 2, "caused_by"), (3, 2, "related")]
    assert [ends(three, id_) for id_ in (1, 2, 3)] == [expected] * 3
    assert [one.id for one in graph(three).incidents] == [1, 2, 3]
    assert graph(three).edges[0].by == "mira"


def test_both_logs_tell_of_it_each_from_its_own_side(three: Room) -> None:
    link(three, 1, 2, CAUSED_BY, "the database was away")
    said = [told(three.look(logs.read, "incident", id_)[-1]) for id_ in (1, 2)]
    assert said == [
        "caused by incident 2 by mira: the database was away",
        "the cause of incident 1 by mira: the database was away",
    ]


def test_r73_a_trouble_may_have_several_causes(three: Room) -> None:
    link(three, 1, 2, CAUSED_BY)
    link(three, 1, 3, CAUSED_BY)
    assert ends(three) == [(1, 2, "caused_by"), (1, 3, "caused_by")]


def test_related_goes_both_ways_and_is_said_once(three: Room) -> None:
    link(three, 1, 2)
    link(three, 2, 1)
    link(three, 1, 2)
    assert ends(three) == [(1, 2, "related")]
    three.do(links.unlink, id_=2, other=1, kind=RELATED, actor=MIRA)
    assert ends(three) == []
    last = told(three.look(logs.read, "incident", 1)[-1])
    assert last == "not related to incident 2 after all by mira"


def test_nothing_causes_itself_over_any_number_of_others(three: Room) -> None:
    link(three, 1, 2, CAUSED_BY)
    link(three, 2, 3, CAUSED_BY)
    with pytest.raises(Refusal, match="incident 1 was caused by incident 3 already"):
        link(three, 3, 1, CAUSED_BY)
    with pytest.raises(Refusal, match="itself"):
        link(three, 1, 1)


def test_what_is_not_there_is_unknown(three: Room) -> None:
    with pytest.raises(Unknown, match="no incident 9"):
        link(three, 1, 9)
    with pytest.raises(Unknown, match="not caused by incident 2"):
        three.do(links.unlink, id_=1, other=2, kind=CAUSED_BY, actor=MIRA)
    assert three.look(graph_of, 9) is None


def test_parts_of_a_storm_are_in_the_graph(room: Room) -> None:
    room.storms(*(f"web{number}" for number in range(1, 7)))
    site = room.incident("dc:fra1")
    found = graph(room, site.id)
    parts = [one.id for one in room.incidents() if one.parent == site.id]
    assert len(parts) >= 5
    assert [one.id for one in found.incidents] == sorted([site.id, *parts])
    assert {one.kind for one in found.edges} == {"part_of"}
    assert {one.ends for one in found.edges} == {site.id}
    assert graph(room, found.edges[0].begins) == found
    assert found.whole


def test_hostile_titles_stay_inside_their_box(room: Room) -> None:
    room.opens('end"]; evil [label="x\\')
    drawn = dot(graph(room))
    assert drawn.splitlines()[3] == (
        '  i1 [label="1 critical open\\nend\\"]; evil [label=\\"x\\\\"];'
    )
    assert drawn.startswith("digraph incidents {")
    assert drawn.endswith("}\n")


def test_arrows_lead_from_what_happened_to_why(three: Room) -> None:
    shown = Graph(graph(three).incidents, [Edge(1, 2, "caused_by"), Edge(1, 3, "related")])
    lines = dot(shown).splitlines()
    assert '  i1 -> i2 [label="caused by"];' in lines
    assert '  i1 -> i3 [label="related", style=dotted, dir=none];' in lines
