"""Exports: what is kept here, as files for others: a release in many formats, a network for graph programs."""

from secgraph.export.framing import framed
from secgraph.export.graphs import gexf, graphml
from secgraph.export.rdf import DATASETS, TRIPLES, graph_bytes
from secgraph.export.release import FOLDERS, FORMATS, export, workbook

__all__ = [
    "DATASETS", "FOLDERS", "FORMATS", "TRIPLES", "export", "framed", "gexf", "graph_bytes", "graphml", "workbook",
]  # fmt: skip
