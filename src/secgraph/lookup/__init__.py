"""Finding one's way: from what a person types to a thing, from a thing to its card, from a fact to its sources.

Reads a store and nothing else; only `why` looks into the per-source graphs.
"""

from secgraph.lookup.card import Card, show
from secgraph.lookup.names import find, resolve
from secgraph.lookup.reasons import why

__all__ = ["Card", "find", "resolve", "show", "why"]
