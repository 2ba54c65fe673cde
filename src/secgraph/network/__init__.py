"""Networks: the relations as graphs, seen through a lens, projected, and compared over time."""

from secgraph.network.changes import Change, Diff, diff
from secgraph.network.graph import (
    KINDS,
    LAYERS,
    Graph,
    Span,
    Tables,
    Tie,
    cut,
    ego,
    find_node,
    multigraph,
    neighbours,
    node_key,
    pillar,
    ranking,
    top,
)
from secgraph.network.lens import ROLL_UPS, STATE_BODIES, Lens, dated, look, why_empty
from secgraph.network.projection import PROJECTIONS, Projection, one_mode, projection
from secgraph.network.time import days, holds

__all__ = [
    "KINDS",
    "LAYERS",
    "PROJECTIONS",
    "ROLL_UPS",
    "STATE_BODIES",
    "Change",
    "Diff",
    "Graph",
    "Lens",
    "Projection",
    "Span",
    "Tables",
    "Tie",
    "cut",
    "dated",
    "days",
    "diff",
    "ego",
    "find_node",
    "holds",
    "look",
    "multigraph",
    "neighbours",
    "node_key",
    "one_mode",
    "pillar",
    "projection",
    "ranking",
    "top",
    "why_empty",
]
