"""An evaluation as a table to read, or as JSON to keep.

Holds the comparison's figures and their two renderings; computes nothing but differences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from searcher.evaluate.compare import paired_randomisation

if TYPE_CHECKING:
    from searcher.evaluate import Evaluation

#: How many queries are shown that gained, and that lost, most.
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: its mean for A and, in a comparison, for B, the difference and p."""

    measure: str
    meaning: str
    a: float
    b: float | None = None
    difference: float | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One query whose value of the first measure differs between A and B."""

    query_id: str
    text: str
    a: float
    b: float

    @property
    def difference(self) -> float:
        return self.a - self.b


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one evaluation, or of A against B.

    ``gained`` and ``lost`` hold the queries with the largest differences of the first
    measure, largest first; both are empty without a B. Milliseconds are means per query.
    """

    name_a: str
    name_b: str | None
    queries: int
    unjudged: int
    rows: tuple[Row, ...]
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]
    ms_a: float
    ms_b: float | None

    def as_text(self) -> str:
        """For a terminal: figures to four digits, no colour."""
        left_out = f", {self.unjudged} without a judgement left out" if self.unjudged else ""
        lines = [f"{self.queries} queries{left_out}", ""]
        width = max(8, len(self.name_a), len(self.name_b or ""))
        measures = max(len(row.measure) for row in self.rows)
        head = f"{'':{measures}}  {self.name_a:>{width}}"
        if self.name_b is not None:
            head += f"  {self.name_b:>{width}}  difference       p"
        lines.append(head)
        for row in self.rows:
            line = f"{row.measure:{measures}}  {row.a:{width}.4f}"
            if row.b is not None:
                line += f"  {row.b:{width}.4f}  {row.difference:+10.4f}  {row.p:6.4f}"
            lines.append(line)
        line = f"{'ms/query':{measures}}  {self.ms_a:{width}.2f}"
        lines.append(line if self.ms_b is None else f"{line}  {self.ms_b:{width}.2f}")
        for title, changes in (("gained", self.gained), ("lost", self.lost)):
            if changes:
                lines += [
                    "",
                    f"{title} most in {self.rows[0].measure}, {self.name_b} to {self.name_a}",
                ]
                lines += [
                    f"  {change.difference:+.4f}  {change.b:.4f} to {change.a:.4f}"
                    f"  {change.query_id}  {change.text}"
                    for change in changes
                ]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, without rounding. ``b``, ``difference`` and ``p`` are null without a B."""

        def rows(changes: tuple[Change, ...]) -> list[dict[str, Any]]:
            return [
                {
                    "query_id": change.query_id,
                    "query": change.text,
                    "a": change.a,
                    "b": change.b,
                    "difference": change.difference,
                }
                for change in changes
            ]

        return {
            "a": self.name_a,
            "b": self.name_b,
            "queries": self.queries,
            "unjudged": self.unjudged,
            "measures": [
                {
                    "measure": row.measure,
                    "meaning": row.meaning,
                    "a": row.a,
                    "b": row.b,
                    "difference": row.difference,
                    "p": row.p,
                }
                for row in self.rows
            ],
            "gained": rows(self.gained),
            "lost": rows(self.lost),
            "ms_per_query": {"a": self.ms_a, "b": self.ms_b},
        }


def compare(
    a: Evaluation, b: Evaluation | None = None, *, name_a: str = "A", name_b: str = "B"
) -> Report:
    """The report of ``a`` alone, or of ``a`` against ``b`` on the same queries."""
    rows = []
    for measure in a.measures:
        name = measure.name
        if b is None:
            rows.append(Row(name, measure.meaning, a.mean(name)))
            continue
        mine, theirs = a.values[name], b.values[name]
        p = paired_randomisation(list(mine.values()), [theirs[query_id] for query_id in mine])
        difference = a.mean(name) - b.mean(name)
        rows.append(Row(name, measure.meaning, a.mean(name), b.mean(name), difference, p))

    changes = []
    if b is not None:
        first = a.measures[0].name
        changes = [
            Change(query_id, text, a.values[first][query_id], b.values[first][query_id])
            for query_id, text in a.queries.items()
        ]
    # sorted is stable: equal changes keep the order of the query file.
    by_gain = sorted(changes, key=lambda change: -change.difference)
    by_loss = sorted(changes, key=lambda change: change.difference)
    return Report(
        name_a=name_a,
        name_b=None if b is None else name_b,
        queries=len(a.queries),
        unjudged=len(a.unjudged),
        rows=tuple(rows),
        gained=tuple(change for change in by_gain[:SHOWN] if change.difference > 0),
        lost=tuple(change for change in by_loss[:SHOWN] if change.difference < 0),
        ms_a=1000 * a.seconds / len(a.queries),
        ms_b=None if b is None else 1000 * b.seconds / len(b.queries),
    )
