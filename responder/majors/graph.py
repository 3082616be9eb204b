"""Everything that hangs together with an incident: found, and drawn in DOT (R73)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from playbooks.plain import one_line
from responder.store import Tx
from responder.store import incident_links as rows
from responder.store import incidents as incident_rows
from responder.store.incident_links import Relation
from responder.values import Incident

MOST: Final = 500  # incidents of one graph
PART_OF: Final = "part_of"
_TITLE: Final = 60
_STYLES: Final = {PART_OF: "dashed", str(Relation.RELATED): "dotted"}


@dataclass(frozen=True, slots=True)
class Edge:
    """`begins` is part of, related to, or was caused by `ends`."""

    begins: int
    ends: int
    kind: str
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Incidents and how they hang together; `whole` says that nothing was left out."""

    incidents: Sequence[Incident]
    edges: Sequence[Edge]
    whole: bool = True


def graph_of(tx: Tx, id_: int) -> Graph | None:
    """Whatever can be reached from this incident over links, parts and wholes; None when there is
    no such incident.
    """
    if not incident_rows.by_ids(tx, [id_]):
        return None
    known, fresh, edges = {id_}, {id_}, dict[Edge, None]()
    while fresh and len(known) < MOST:
        found = list(_edges(tx, fresh))
        edges |= dict.fromkeys(found)
        fresh = {end for one in found for end in (one.begins, one.ends)} - known
        known |= fresh
    kept = set(sorted(known, key=lambda one: (one != id_, one))[:MOST])
    shown = [one for one in edges if {one.begins, one.ends} <= kept]
    found_ = sorted(incident_rows.by_ids(tx, kept), key=lambda one: one.id)
    return Graph(found_, sorted(shown, key=_order), whole=len(known) == len(kept) and not fresh)


def dot(graph: Graph) -> str:
    """For Graphviz: an arrow leads from what happened to why (https://graphviz.org/doc/info/)."""
    lines = ["digraph incidents {", "  rankdir=LR;", "  node [shape=box];"]
    for one in graph.incidents:
        label = f"{one.id} {one.priority} {one.state}\n{one_line(one.title, limit=_TITLE)}"
        lines.append(f"  i{one.id} [label={_quoted(label)}];")
    for edge in graph.edges:
        style = f", style={_STYLES[edge.kind]}" if edge.kind in _STYLES else ""
        ends = ", dir=none" if edge.kind == Relation.RELATED else ""
        told = f"label={_quoted(edge.kind.replace('_', ' '))}{style}{ends}"
        lines.append(f"  i{edge.begins} -> i{edge.ends} [{told}];")
    return "\n".join([*lines, "}"]) + "\n"


def _edges(tx: Tx, ids: Iterable[int]) -> Iterator[Edge]:
    wanted = list(ids)
    for link in rows.of(tx, wanted):
        yield Edge(link.incident, link.other, str(link.kind), link.by, link.at)
    for part, whole in rows.wholes_and_parts(tx, wanted):
        yield Edge(part, whole, PART_OF)


def _order(edge: Edge) -> tuple[int, int, str]:
    return edge.begins, edge.ends, edge.kind


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
