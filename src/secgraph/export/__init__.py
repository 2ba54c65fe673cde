"""Exports: what is kept here, as files for others: a release in many formats, a network for graph programs."""

from secgraph.export.graphs import gexf, graphml
from secgraph.export.release import DATASETS, FOLDERS, FORMATS, TRIPLES, export, framed, graph_bytes, workbook

__all__ = [
    "DATASETS", "FOLDERS", "FORMATS", "TRIPLES", "export", "framed", "gexf", "graph_bytes", "graphml", "workbook",
]  # fmt: skip
