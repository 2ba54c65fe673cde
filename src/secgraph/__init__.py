"""secgraph: the open, reproducible knowledge graph of regional security cooperation.

import secgraph
g = secgraph.open()
g.query("members-of-body", body="pcc-see", date="2018-10-01").to_pandas()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from secgraph.api import (
        Answer,
        Graph,
        build,
        check,
        doctor,
        measures,
        network_table,
        new,
        open,
        policies,
        projections,
    )

__version__ = "0.1.0"
__all__ = [
    "Answer", "Graph", "__version__", "build", "check", "doctor", "measures", "network_table", "new", "open",
    "policies", "projections",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    # The API brings heavy libraries; a worker that only needs a store must start fast.
    if name in __all__:
        from secgraph import api

        return getattr(api, name)
    raise AttributeError(f"module 'secgraph' has no attribute {name!r}")
