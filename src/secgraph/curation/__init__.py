"""Who is who: candidates for one body, judgements on them, and the merge of rows, with what it changes.

Candidates are scored, never taken: nothing in a dataset changes but by a judgement that a person made.
"""

from __future__ import annotations

from secgraph.curation.candidates import COLUMNS, LEAST, Candidate, all_parties, candidates, table
from secgraph.curation.effect import Merged, effect
from secgraph.curation.judged import Judgement, party_name
from secgraph.curation.merge import Plan, plan
from secgraph.curation.model import COMPARISONS, DIALECTS, Model, Scored
from secgraph.curation.names import Reader
from secgraph.curation.session import ANSWERS, DIFFERENT, LATER, SAME, Answer, Session, answers, judgement_of
from secgraph.curation.subjects import Party, Published, countries_of, of_published, of_tables

__all__ = [
    "ANSWERS", "COLUMNS", "COMPARISONS", "DIALECTS", "DIFFERENT", "LATER", "LEAST", "SAME", "Answer", "Candidate",
    "Judgement", "Merged", "Model", "Party", "Plan", "Published", "Reader", "Scored", "Session", "all_parties",
    "answers", "candidates", "countries_of", "effect", "judgement_of", "of_published", "of_tables", "party_name",
    "plan", "table",
]  # fmt: skip
