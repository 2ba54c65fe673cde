"""What one family of trials came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Figure:
    """How many trials were made, what each came to, and every one that was not as it must be."""

    what: str
    outcomes: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """The number of trials."""
        return self.outcomes.total()

    def count(self, outcome: str, *wrong: str) -> None:
        """Take note of one trial: what it came to, and what about it was wrong."""
        self.outcomes[outcome] += 1
        if wrong:
            self.misses.append(f"{outcome}: {'; '.join(wrong)}")

    def line(self) -> str:
        """Return the figure as a row of a Markdown table."""
        told = "; ".join([*(f"{count} {name}" for name, count in sorted(self.outcomes.items())), *self.notes])
        return f"| {self.what} | {self.tried} | {len(self.misses)} | {told} |"
