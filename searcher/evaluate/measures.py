"""How good one ranking is: the measures, as declared objects.

A measure is a name in the notation of ``ir-measures`` (``nDCG@10``, ``R(rel=2)@100``),
one line of meaning, a citation, and a pure function of one ranking. Values agree with
``ir-measures`` (``trec_eval`` below it), which is what published figures are made with.

Knows nothing of engines, files or averages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from searcher.errors import EvaluationError

Judged = Mapping[str, int]
"""The judged articles of one query: id to grade; 0 and below is not relevant."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure, ready to be computed.

    ``value(ranking, judged)`` takes article ids, best first and without repeats, and the
    query's judgements; it returns a number from 0 (worst) to 1 (best). An article nobody
    judged counts as not relevant, and a query without any relevant article scores 0.
    """

    name: str
    meaning: str
    citation: str
    cutoff: int
    value: Callable[[Sequence[str], Judged], float]


def _discounted_gain(gains: Sequence[float]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def _ndcg(cutoff: int, ranking: Sequence[str], judged: Judged) -> float:
    """Discounted gain of the ranking over that of the best possible one; gain is the grade.

    >>> _ndcg(10, ["x", "a"], {"a": 1})      # found at rank 2: 1 / log2(3)
    0.6309297535714575
    >>> _ndcg(10, ["b", "a"], {"a": 2, "b": 1})   # (1 + 2/log2 3) / (2 + 1/log2 3)
    0.8597186998521972
    >>> _ndcg(1, ["x", "a"], {"a": 1})
    0.0
    """
    best = sorted((grade for grade in judged.values() if grade > 0), reverse=True)
    ideal = _discounted_gain(best[:cutoff])
    gained = _discounted_gain([max(0, judged.get(article, 0)) for article in ranking[:cutoff]])
    return gained / ideal if ideal else 0.0


def _reciprocal_rank(rel: int, cutoff: int, ranking: Sequence[str], judged: Judged) -> float:
    """One over the rank of the first relevant article.

    >>> _reciprocal_rank(1, 10, ["x", "y", "a", "b"], {"a": 1, "b": 1})
    0.3333333333333333
    >>> _reciprocal_rank(2, 10, ["a", "b"], {"a": 1, "b": 2})
    0.5
    >>> _reciprocal_rank(1, 2, ["x", "y", "a"], {"a": 1})
    0.0
    """
    for rank, article in enumerate(ranking[:cutoff], 1):
        if judged.get(article, 0) >= rel:
            return 1 / rank
    return 0.0


def _recall(rel: int, cutoff: int, ranking: Sequence[str], judged: Judged) -> float:
    """The share of the relevant articles that was returned.

    >>> _recall(1, 10, ["x", "a", "b"], {"a": 1, "b": 1, "c": 1, "d": 1})
    0.5
    >>> _recall(2, 10, ["x", "a"], {"a": 1, "c": 2})
    0.0
    """
    relevant = {article for article, grade in judged.items() if grade >= rel}
    return len(relevant.intersection(ranking[:cutoff])) / len(relevant) if relevant else 0.0


def ndcg(cutoff: int) -> Measure:
    """Normalised discounted cumulative gain; an article gains its grade, as in trec_eval.

    >>> ndcg(10).value(["a", "x"], {"a": 1})
    1.0
    """
    return Measure(
        f"nDCG@{cutoff}",
        f"discounted gain of the first {cutoff} against the best possible order",
        "Järvelin & Kekäläinen, ACM TOIS 20(4), 2002",
        cutoff,
        lambda ranking, judged: _ndcg(cutoff, ranking, judged),
    )


def reciprocal_rank(cutoff: int, *, rel: int = 1) -> Measure:
    """Reciprocal rank of the first article graded ``rel`` or better.

    >>> reciprocal_rank(10).value(["x", "a"], {"a": 1})
    0.5
    """
    return Measure(
        f"RR@{cutoff}" if rel == 1 else f"RR(rel={rel})@{cutoff}",
        f"one over the rank of the first relevant article, 0 beyond rank {cutoff}",
        "Kantor & Voorhees, Information Retrieval 2(2), 2000",
        cutoff,
        lambda ranking, judged: _reciprocal_rank(rel, cutoff, ranking, judged),
    )


def recall(cutoff: int, *, rel: int = 1) -> Measure:
    """Share of the articles graded ``rel`` or better among the first ``cutoff``.

    >>> recall(2).value(["a", "x", "b"], {"a": 1, "b": 1})
    0.5
    """
    return Measure(
        f"R@{cutoff}" if rel == 1 else f"R(rel={rel})@{cutoff}",
        f"share of the relevant articles among the first {cutoff}",
        "Manning, Raghavan & Schütze, Introduction to Information Retrieval, ch. 8",
        cutoff,
        lambda ranking, judged: _recall(rel, cutoff, ranking, judged),
    )


#: What is printed when nothing else is asked for.
DEFAULT: tuple[Measure, ...] = (ndcg(10), reciprocal_rank(10), recall(10), recall(100))

_NAME = re.compile(r"(?:(nDCG)|(RR|R)(?:\(rel=([1-9]\d*)\))?)@([1-9]\d*)")


def measure(name: str) -> Measure:
    """The measure a name stands for, in the notation of ``ir-measures``.

    >>> measure("R(rel=2)@100").name
    'R(rel=2)@100'
    >>> measure("precision")
    Traceback (most recent call last):
        ...
    searcher.errors.EvaluationError: no measure is called 'precision'; there are nDCG@k, RR@k, \
R@k, and RR(rel=n)@k, R(rel=n)@k for graded judgements
    """
    found = _NAME.fullmatch(name)
    if not found:
        raise EvaluationError(
            f"no measure is called {name!r}; there are nDCG@k, RR@k, R@k, "
            "and RR(rel=n)@k, R(rel=n)@k for graded judgements"
        )
    gain, binary, rel, cutoff = found.groups()
    if gain:
        return ndcg(int(cutoff))
    make = reciprocal_rank if binary == "RR" else recall
    return make(int(cutoff), rel=int(rel or 1))
