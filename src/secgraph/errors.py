"""The one tree of errors: each class says what is wrong, builds its message from facts, and tells what to do.

Nothing here knows of exit codes or HTTP status; `cli` and `server` turn errors into those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secgraph.values import Report


class SecgraphError(Exception):
    """Anything that secgraph cannot go on from; `hint` says what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} - {self.hint}" if self.hint else self.message


class ConfigError(SecgraphError):
    """A setting, option or path that cannot be used."""


class SourceError(SecgraphError):
    """An input that cannot be read at all."""

    def __init__(self, path: object, reason: str, *, hint: str = "") -> None:
        super().__init__(f"{path}: {reason}", hint=hint)
        self.path = str(path)


class OntologyError(SecgraphError):
    """An ontology, rule, shape or qc file that is malformed, inconsistent or incoherent."""


class ValidationError(SecgraphError):
    """A dataset with findings at or above the level that stops; holds the whole report."""

    def __init__(self, report: Report, message: str) -> None:
        super().__init__(message, hint="run `secgraph check` for the findings by file, row and cell")
        self.report = report


class StoreError(SecgraphError):
    """A store or release that is missing, damaged, locked or of another version."""


class QueryError(SecgraphError):
    """A query that is malformed, refused or fails; `line` and `column` (from 1) where known."""

    def __init__(self, message: str, *, hint: str = "", line: int = 0, column: int = 0) -> None:
        place = f" (line {line}, column {column})" if line else ""
        super().__init__(message + place, hint=hint)
        self.line = line
        self.column = column


class ParameterError(QueryError):
    """A query parameter that is missing, unknown or of the wrong type; names it."""

    def __init__(self, query: str, parameter: str, reason: str, *, hint: str = "") -> None:
        super().__init__(f"query {query}: parameter {parameter}: {reason}", hint=hint)
        self.parameter = parameter


class LimitError(QueryError):
    """Work that was stopped at a limit of time, memory, size or rows; says which."""

    def __init__(self, what: str, limit: str, *, hint: str = "") -> None:
        super().__init__(f"{what}: stopped at the limit of {limit}", hint=hint)
        self.limit = limit


class QueryTimeoutError(LimitError):
    """Work that was stopped at its deadline."""


class JudgementError(SecgraphError):
    """A judgement on two names that those already made contradict; `chain` leads from one to the other."""

    def __init__(self, left: str, right: str, same: bool, chain: Sequence[str]) -> None:
        told = " = ".join(chain).replace(" = not ", ", but not ")
        super().__init__(
            f"{left} and {right} cannot be judged {'the same' if same else 'different'}: {told}",
            hint="take out the judgement that is wrong from identities.sssom.tsv",
        )
        self.chain = tuple(chain)


class NotFoundError(SecgraphError):
    """A name, id, query or entity that is not there; `candidates` are the nearest."""

    def __init__(self, kind: str, name: str, candidates: Sequence[str] = ()) -> None:
        hint = "did you mean " + ", ".join(candidates) + "?" if candidates else ""
        super().__init__(f"no {kind} named {name!r}", hint=hint)
        self.name = name
        self.candidates = tuple(candidates)


class AmbiguousError(SecgraphError):
    """A name that stands for several things; `candidates` are their ids."""

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        super().__init__(f"{name!r} is ambiguous", hint="give one of " + ", ".join(candidates))
        self.name = name
        self.candidates = tuple(candidates)
