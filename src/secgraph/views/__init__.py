"""Pictures of networks, matrices, time and money: pages that work without any network, SVG or PNG for papers."""

from secgraph.views.bars import Group, Groups, bars, bars_page
from secgraph.views.chartpages import heat_map_page, timeline_page
from secgraph.views.charts import heat_map, timeline_chart
from secgraph.views.looks import boxes, period
from secgraph.views.moneypages import Counted, Listed, Note, Shown, figure, short_figure
from secgraph.views.pictures import CAP, SEED, Picture, changes, choose, footer_of, page, picture, scene, still_picture
from secgraph.views.rendering import draw
from secgraph.views.sankey import CAP as FLOW_CAP
from secgraph.views.sankey import Flow, Flows, sankey, sankey_page
from secgraph.views.timelines import Timeline, timeline
from secgraph.views.waterfall import Step, Waterfall, waterfall, waterfall_page

__all__ = [
    "CAP", "FLOW_CAP", "SEED", "Counted", "Flow", "Flows", "Group", "Groups", "Listed", "Note", "Picture", "Shown",
    "Step", "Timeline",
    "Waterfall", "bars", "bars_page", "boxes", "changes", "choose", "draw", "figure", "footer_of", "heat_map",
    "heat_map_page", "page", "period", "picture", "sankey", "sankey_page", "scene", "short_figure", "still_picture",
    "timeline", "timeline_chart", "timeline_page", "waterfall", "waterfall_page",
]  # fmt: skip
