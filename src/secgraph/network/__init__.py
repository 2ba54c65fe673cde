"""Networks: the relations as graphs, seen through a lens, projected, and compared over time."""

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
from secgraph.network.lens import Lens, look
from secgraph.network.projection import PROJECTIONS, Projection, one_mode, projection
from secgraph.network.time import days, holds

__all__ = [
    "KINDS",
    "LAYERS",
    "PROJECTIONS",
    "Graph",
    "Lens",
    "Projection",
    "Span",
    "Tables",
    "Tie",
    "cut",
    "days",
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
]
