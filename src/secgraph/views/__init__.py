"""Pictures of the network, as pages that work without any network."""

from secgraph.views.looks import boxes, period
from secgraph.views.pictures import CAP, SEED, Picture, choose, page, picture
from secgraph.views.rendering import draw

__all__ = ["CAP", "SEED", "Picture", "boxes", "choose", "draw", "page", "period", "picture"]
