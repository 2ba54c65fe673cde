"""Who is who in a dataset: candidates, judgements on them, and what a merge would change, for Python and the commands.

A dataset is judged, not a release: judgements go to its tables, and show in the graph at the next build.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from secgraph import releases
from secgraph.api.answers import Answer
from secgraph.errors import StoreError
from secgraph.relations import Relations
from secgraph.values import Table

if TYPE_CHECKING:
    from secgraph.curation import Candidate, Judgement, Model

LEAST: Final = 0.5
"""The least probability of a candidate unless told."""


class Identities:
    """The bodies of one dataset, those that others name, and what is judged of them.

    `without_release` says why no release is at hand, once that is known.

    >>> isinstance(Identities(small).candidates(), list)
    True

    Args:
        data: the dataset, a folder of tables; judgements are written into it.
        store: the store with the built release: it knows the names that nobody is identified by, the money and the
            networks. Without one only the bodies of the tables are compared, and no effect is told.
    """

    def __init__(self, data: Path, store: Path | None = None) -> None:
        from secgraph import curation

        self._curation = curation
        self.session = curation.Session(Path(data))
        self._relations: Relations | None = None
        self._store = store
        self.without_release = "no store was given" if store is None else ""

    @property
    def relations(self) -> Relations | None:
        """The relations of the store's current release, where there is one."""
        if self._relations is None and self._store is not None:
            try:
                self._relations = Relations(releases.current(self._store).path / "relations")
            except StoreError as missing:
                self._store, self.without_release = None, missing.message
        return self._relations

    def candidates(self, least: float = LEAST) -> list[Candidate]:
        """Return the pairs that may be one body and that nobody has judged, the likeliest first.

        Args:
            least: the least probability.
        """
        return self._curation.candidates(self.session.records, self.relations, least=least)

    def table(self, least: float = LEAST) -> Answer:
        """Return the candidates as a table: names, probability, why, and an empty column for the judgement."""
        found = self._curation.table(self.candidates(least))
        why = f"only the bodies of the tables are compared: {self.without_release}"
        told = "" if self.relations else why
        return Answer(found.columns, found.rows, "; ".join(part for part in (found.note, told) if part))

    def answers(self, text: str) -> list[Judgement]:
        """Return the judgements of a file of candidates that was filled in.

        Raises:
            SourceError: rows with unknown ids or words; then nothing is taken.
        """
        found = self._curation.answers(text, self.session, self.relations)
        return [one.judgement for one in found]

    def effect(self, judgement: Judgement) -> Table | None:
        """Return what a merge would change in sums and ranks; None without a built release."""
        if self.relations is None:
            return None
        return self._curation.effect(self.relations, judgement.left, judgement.right)

    def model(self, dialect: str = "duckdb") -> str:
        """Return the settings of Splink with all that was measured on this dataset, as JSON.

        Args:
            dialect: duckdb or spark.
        """
        return self._model().export(dialect)

    def records(self) -> list[dict[str, Any]]:
        """Return what the model compares, one record for each name of each body: the table that its settings need."""
        return self._model().records

    def _model(self) -> Model:
        from secgraph import curation

        reader = curation.Reader(curation.countries_of(self.session.records))
        return curation.Model(curation.all_parties(self.session.records, self.relations), reader)
