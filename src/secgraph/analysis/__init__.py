"""Measures and positions: networks in, tables and coordinates out, by igraph where the work is heavy."""

from secgraph.analysis.degree import degree, top
from secgraph.analysis.layout import Box, Position, beside, layout
from secgraph.analysis.measures import MEASURES, LeaveOneOut, Measure, find_measure, measure, measure_all
from secgraph.analysis.study import Study, collapse, to_igraph

__all__ = [
    "MEASURES",
    "Box",
    "LeaveOneOut",
    "Measure",
    "Position",
    "Study",
    "beside",
    "collapse",
    "degree",
    "find_measure",
    "layout",
    "measure",
    "measure_all",
    "to_igraph",
    "top",
]
