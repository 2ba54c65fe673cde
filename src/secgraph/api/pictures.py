"""The pictures of a release: networks, changes, matrices and time, each as a page, SVG or PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack

from secgraph.api.analyses import Analyses, LensOptions, choice, several
from secgraph.api.drawing import FORMS, Drawing
from secgraph.errors import ConfigError

if TYPE_CHECKING:
    from secgraph.analysis.gaps import Matrix

PICTURES: Final = ("network", "diff", "heat-map", "timeline")


class Pictures(Analyses):
    """The verb that draws, one picture for one question."""

    def draw(
        self,
        output: str | Path | None = None,
        *,
        what: str = "network",
        ego: str = "",
        hops: int = 1,
        top: int = 0,
        form: str = "",
        projection: str = "",
        before: str = "",
        after: str = "",
        of: str = "needs",
        by: str = "country",
        rows: str = "",
        project_aims: bool = False,
        **lens: Unpack[LensOptions],
    ) -> Drawing:
        """Return a picture, and write it where `output` says: text of the page or SVG, which a notebook shows.

        >>> g.draw(ego="rcc")[:15]
        '<!DOCTYPE html>'
        >>> g.draw(what="heat-map", form="svg").form
        'svg'

        Args:
            output: the file to write.
            what: `network`, `diff` (what changed from `before` to `after`), `heat-map` (of a matrix) or `timeline`.
            ego: a thing, drawn with all that is within `hops` ties.
            hops: how far from the ego.
            top: how many nodes or programmes at most; 0 takes the default.
            form: html, svg or png; by the ending of `output` if it is not given, else html.
            projection: of a network, the one to draw in place of the ties themselves, as co-attendance.
            before: of a diff, the first date.
            after: of a diff, the second date.
            of: of a heat map: needs, programmes or meetings.
            by: of a heat map of needs, what the columns are.
            rows: likewise, what the rows are.
            project_aims: likewise, count them as needs.
            lens: what narrows, as of `network`; a pillar is drawn with its parts, members, events and programmes.

        Raises:
            ConfigError: no such picture or form, an ego and a pillar at once, or more than can be drawn.
            NotFoundError: a name that stands for nothing; with the nearest.
        """
        if what not in PICTURES:
            raise ConfigError(f"there is no picture of a {what}", hint="one of " + ", ".join(PICTURES))
        ending = Path(output).suffix.lstrip(".").lower() if output is not None else ""
        form = form or (ending if ending in FORMS else FORMS[0])
        if form not in FORMS:
            raise ConfigError(f"a picture is not written as {form}", hint="one of " + ", ".join(FORMS))
        if what == "heat-map":
            matrix = self.gaps(by, rows=rows, project_aims=project_aims, **lens) if of == "needs" else None
            made = self._heat_map(matrix or self.coverage(of, **lens), form)
        elif what == "timeline":
            made = self._timeline(form, top, lens)
        else:
            made = self._network(form, ego, hops, top, projection, (before, after) if what == "diff" else None, lens)
        drawing = Drawing.of(made.encode() if isinstance(made, str) else made, form)
        if output is not None:
            from secgraph.files import write_atomically

            write_atomically(Path(output), drawing.data)
        return drawing

    def _network(
        self,
        form: str,
        ego: str,
        hops: int,
        top: int,
        projection: str,
        dates: tuple[str, str] | None,
        lens: LensOptions,
    ) -> str | bytes:
        from secgraph import views

        pillar = lens.pop("pillar", "")
        focus = {"ego": self.resolve(ego) if ego else "", "pillar": self.resolve(pillar) if pillar else ""}
        if dates:
            from secgraph import network

            # One layer may be a projection, as people say it; of several, each is a layer of the lens.
            layers = several(lens.get("layer", ()))
            layer = layers[0] if len(layers) == 1 else ""
            seen = self._lens(lens, () if layer else layers)
            found = network.diff(self.relations, *dates, seen, layer)
            chosen = views.changes(found, hops=hops, top=top, **focus)
        else:
            projection, lens = choice(projection, lens)
            seen = self._lens(lens, lens.get("layer", ()))
            chosen = views.scene(self.relations, hops=hops, top=top, lens=seen, layer=projection, **focus)
        footer = views.footer_of(chosen.graph, self.digest)
        return (
            views.picture(chosen, footer=footer) if form == "html" else views.still_picture(chosen, form, footer=footer)
        )

    def _heat_map(self, matrix: Matrix, form: str) -> str | bytes:
        from secgraph import views

        footer = f"Release {self.digest}."
        return (
            views.heat_map_page(matrix, footer=footer)
            if form == "html"
            else views.heat_map(matrix, form, footer=footer)
        )

    def _timeline(self, form: str, top: int, lens: LensOptions) -> str | bytes:
        from secgraph import views

        seen = self._lens(lens, lens.get("layer", ()))
        line = views.timeline(self.relations, seen, programmes=top) if top else views.timeline(self.relations, seen)
        footer = f"Release {self.digest}."
        return (
            views.timeline_page(line, footer=footer)
            if form == "html"
            else views.timeline_chart(line, form, footer=footer)
        )
