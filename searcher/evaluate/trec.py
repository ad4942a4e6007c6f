"""The three files of an evaluation: queries, judgements, runs.

Queries are ``id TAB text``, one a line. Judgements (*qrels*) and runs are TREC's::

    q1 0 a17 1                      query, unused, article, grade
    q1 Q0 a17 1 12.5 searcher       query, unused, article, rank, score, tag

Any of them may be gzipped (``.gz``). A line that cannot be used raises
:class:`~searcher.errors.EvaluationError` naming file and line: a judgement that is
silently skipped changes every figure printed afterwards.
"""

from __future__ import annotations

import gzip
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from searcher.errors import EvaluationError

Ranking = Sequence[tuple[str, float]]
"""One answer: (article id, score), best first."""


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (``file:line``, text without its line end), blank lines left out."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            for number, raw in enumerate(stream, 1):
                where = f"{path}:{number}"
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise EvaluationError(f"{where}: not UTF-8 ({error.reason})") from None
                if line.strip():
                    yield where, line
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise EvaluationError(f"{path}: cannot be read ({reason})") from None


def _columns(line: str) -> list[str]:
    # Article ids are often paths, and a path may hold spaces: tabs then say where a
    # column ends.
    return [part.strip() for part in line.split("\t")] if "\t" in line else line.split()


def read_queries(path: Path) -> dict[str, str]:
    """Query id to text, in file order. Raises EvaluationError."""
    queries: dict[str, str] = {}
    for where, line in _lines(path):
        query_id, tab, text = line.partition("\t")
        query_id, text = query_id.strip(), text.strip()
        if not (tab and query_id and text):
            raise EvaluationError(f"{where}: expected id TAB query, found {line!r}")
        if query_id in queries:
            raise EvaluationError(f"{where}: the query id {query_id!r} was used before")
        queries[query_id] = text
    if not queries:
        raise EvaluationError(f"{path}: holds no query")
    return queries


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Query id to its judged articles, id to grade. Raises EvaluationError.

    The same judgement twice is harmless; two different grades for one article are not.
    """
    qrels: dict[str, dict[str, int]] = {}
    for where, line in _lines(path):
        columns = _columns(line)
        if len(columns) != 4:
            raise EvaluationError(
                f"{where}: expected query 0 article grade, found {len(columns)} columns"
                " (separate them by tabs where an article id holds spaces)"
            )
        query_id, _, article_id, grade_text = columns
        try:
            grade = int(grade_text)
        except ValueError:
            raise EvaluationError(f"{where}: the grade {grade_text!r} is not a number") from None
        judged = qrels.setdefault(query_id, {})
        if judged.setdefault(article_id, grade) != grade:
            raise EvaluationError(
                f"{where}: {article_id!r} was graded {judged[article_id]} for {query_id!r} before"
            )
    if not qrels:
        raise EvaluationError(f"{path}: holds no judgement")
    return qrels


def read_run(path: Path) -> dict[str, list[tuple[str, float]]]:
    """Query id to its ranking, ordered by the rank column. Raises EvaluationError."""
    ranked: dict[str, list[tuple[int, str, float]]] = {}
    for where, line in _lines(path):
        columns = _columns(line)
        if len(columns) != 6:
            raise EvaluationError(
                f"{where}: expected query Q0 article rank score tag, found {len(columns)} columns"
            )
        query_id, _, article_id, rank, score, _ = columns
        try:
            row = int(rank), article_id, float(score)
        except ValueError:
            raise EvaluationError(
                f"{where}: rank {rank!r} and score {score!r} should be numbers"
            ) from None
        ranked.setdefault(query_id, []).append(row)
    return {
        query_id: [(article_id, score) for _, article_id, score in sorted(rows)]
        for query_id, rows in ranked.items()
    }


def _single(value: float) -> float:
    """``value`` rounded to single precision."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(3.4028234663852886e38, value)


def _next_below(value: float) -> float:
    """The largest single-precision number below ``value``, itself single precision.

    >>> _next_below(1.0)
    0.9999999403953552
    >>> _next_below(0.0) < 0 < _next_below(_next_below(1e-44))
    True
    """
    if value == 0:
        return -struct.unpack("<f", struct.pack("<I", 1))[0]  # type: ignore[no-any-return]
    bits = struct.unpack("<i", struct.pack("<f", value))[0]
    # As integers, positive floats grow with their value and negative ones shrink.
    below = struct.pack("<i", bits - 1 if value > 0 else bits + 1)
    return float(struct.unpack("<f", below)[0])


def decreasing(scores: Sequence[float]) -> list[float]:
    """The scores with ties broken downwards, so that sorting by score keeps the order.

    ``trec_eval`` ignores the rank column, reads scores as single-precision numbers and
    orders equal ones by article id, backwards. Our ties have an order, which is part of
    the answer. Every number returned is single precision and lower than the one before.

    >>> decreasing([2.0, 1.0, 1.0])
    [2.0, 1.0, 0.9999999403953552]
    """
    out: list[float] = []
    for score in scores:
        if not math.isfinite(score):
            raise EvaluationError(f"a score is {score}, which no run file can hold")
        value = _single(score)
        out.append(min(value, _next_below(out[-1])) if out else value)
    return out


def write_run(path: Path, rankings: Mapping[str, Ranking], tag: str = "searcher") -> None:
    """Write a TREC run file that every trec tool reads in our order.

    Raises EvaluationError for an id with white space, which the format cannot hold.
    """
    lines = []
    for query_id, ranking in rankings.items():
        scores = decreasing([score for _, score in ranking])
        for rank, ((article_id, _), score) in enumerate(zip(ranking, scores, strict=True), 1):
            for name in (query_id, article_id, tag):
                if len(name.split()) != 1:
                    raise EvaluationError(f"{name!r} holds white space; a TREC run cannot")
            lines.append(f"{query_id} Q0 {article_id} {rank} {score!r} {tag}\n")
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be written ({error.strerror or error})") from None
