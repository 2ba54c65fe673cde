"""Pictures of networks, matrices and time, as pages that work without any network and as SVG or PNG for papers."""

from secgraph.views.chartpages import heat_map_page, timeline_page
from secgraph.views.charts import heat_map, timeline_chart
from secgraph.views.looks import boxes, period
from secgraph.views.pictures import CAP, SEED, Picture, changes, choose, footer_of, page, picture, scene, still_picture
from secgraph.views.rendering import draw
from secgraph.views.timelines import Timeline, timeline

__all__ = [
    "CAP", "SEED", "Picture", "Timeline", "boxes", "changes", "choose", "draw", "footer_of", "heat_map",
    "heat_map_page", "page", "period", "picture", "scene", "still_picture", "timeline", "timeline_chart",
    "timeline_page",
]  # fmt: skip
