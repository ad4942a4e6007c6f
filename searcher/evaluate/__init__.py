"""Does a change make the answers better? Judged queries, measures, and the odds of luck.

The evaluation is a client of a search function like any other: text and a limit go in,
(article id, score) pairs come out, best first. So an index, a profile of it, another
engine or a run file are all compared by the same code, in the same session::

    >>> from searcher.evaluate import evaluate
    >>> def search(text, limit):
    ...     return [("a1", 2.0), ("a7", 1.5)][:limit]
    >>> answers = evaluate(search, {"q1": "harga beras"}, {"q1": {"a7": 1}})
    >>> answers.mean("RR@10"), answers.mean("R@100")
    (0.5, 1.0)

The order the engine gives is the order that counts, ties included.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from searcher.errors import EvaluationError
from searcher.evaluate.measures import DEFAULT, Judged, Measure, measure
from searcher.evaluate.report import Report, compare
from searcher.evaluate.trec import Ranking, read_qrels, read_queries, read_run, write_run

__all__ = [
    "DEFAULT",
    "Evaluation",
    "Measure",
    "Report",
    "compare",
    "evaluate",
    "measure",
    "read_qrels",
    "read_queries",
    "read_run",
    "run",
    "write_run",
]

Search = Callable[[str, int], Sequence[tuple[str, float]]]
"""``search(text, limit)`` gives at most ``limit`` pairs (article id, score), best first."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one engine answered to the judged queries, and how good each answer was.

    ``values`` maps a measure's name to query id to value, ``rankings`` a query id to the
    answer. Both hold the judged queries only, in the order of the query file. ``unjudged``
    are the ids left out because nobody judged anything for them. ``seconds`` is the time
    spent inside ``search``.
    """

    measures: tuple[Measure, ...]
    queries: Mapping[str, str]
    values: Mapping[str, Mapping[str, float]]
    rankings: Mapping[str, Ranking]
    unjudged: tuple[str, ...]
    seconds: float

    def mean(self, name: str) -> float:
        """The mean of a measure over the judged queries."""
        values = self.values[name].values()
        return sum(values) / len(values)


def evaluate(
    search: Search,
    queries: Mapping[str, str],
    qrels: Mapping[str, Judged],
    measures: Sequence[Measure] = DEFAULT,
) -> Evaluation:
    """Ask every judged query, as deep as the deepest measure looks.

    Raises EvaluationError when no query is judged or an answer holds an article twice.
    """
    judged = {query_id: text for query_id, text in queries.items() if qrels.get(query_id)}
    if not judged:
        raise EvaluationError("no query has a judgement: do the two files belong together?")
    limit = max(each.cutoff for each in measures)
    rankings: dict[str, Ranking] = {}
    started = perf_counter()
    for query_id, text in judged.items():
        rankings[query_id] = search(text, limit)
    seconds = perf_counter() - started

    values: dict[str, dict[str, float]] = {each.name: {} for each in measures}
    for query_id, ranking in rankings.items():
        ids = [article_id for article_id, _ in ranking]
        if len(set(ids)) < len(ids):
            raise EvaluationError(f"the answer to {query_id!r} holds the same article twice")
        for each in measures:
            values[each.name][query_id] = each.value(ids, qrels[query_id])
    return Evaluation(
        measures=tuple(measures),
        queries=judged,
        values=values,
        rankings=rankings,
        unjudged=tuple(query_id for query_id in queries if query_id not in judged),
        seconds=seconds,
    )


def run(
    queries_path: Path,
    qrels_path: Path,
    search_a: Search,
    search_b: Search | None = None,
    *,
    name_a: str = "default",
    name_b: str = "plain",
    measures: Sequence[Measure] = DEFAULT,
    run_path: Path | None = None,
    as_json: bool = False,
) -> str:
    """Evaluate one search function, or two against each other, from files to a report.

    ``search_b`` is what ``search_a`` is compared with: a positive difference means that
    ``search_a`` is better. ``run_path`` gets ``search_a``'s answers as a TREC run, tagged
    ``name_a``. Returns text for people, or one JSON object (:meth:`Report.as_dict`).
    """
    queries, qrels = read_queries(queries_path), read_qrels(qrels_path)
    a = evaluate(search_a, queries, qrels, measures)
    b = evaluate(search_b, queries, qrels, measures) if search_b else None
    if run_path:
        write_run(run_path, a.rankings, tag=name_a)
    report = compare(a, b, name_a=name_a, name_b=name_b)
    if as_json:
        return json.dumps(report.as_dict(), ensure_ascii=False, indent=2)
    return report.as_text()
