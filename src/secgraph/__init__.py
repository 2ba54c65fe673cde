"""secgraph: the open, reproducible knowledge graph of regional security cooperation."""

__version__ = "0.1.0"
