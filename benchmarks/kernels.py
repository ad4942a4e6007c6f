"""Where a query's time goes, in this process: planning, the kernels, everything.

    python -m benchmarks.kernels CORPUS.jsonl[.gz] WORK [--size 37128] [--classes or,and]

Beside it tantivy answers the same queries, in the same loop. For each class, microseconds:

* *new*: ``index.search`` of a text not asked before, mean;
* *again*: the same text asked again (its plan is remembered), mean and 99th percentile;
* *execute*: the search alone, from a plan to documents and scores, mean and 99th percentile;
* *tantivy*: mean and 99th percentile, hot like *again*; and *again* as a part of it.

Every figure of a query is the median of five. ``python -m benchmarks`` is the measurement
that counts, with one process an engine and cold caches too; this one is for working on
kernels.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime, time
from itertools import islice
from pathlib import Path
from statistics import fmean, median
from time import perf_counter_ns
from typing import Any

from benchmarks import process, queries
from benchmarks.articles import Row, read_jsonl
from benchmarks.peers import searcher as subject
from benchmarks.peers import tantivy as peer


def _index(directory: Path, rows: list[Row], write: Callable[..., None], rebuild: bool) -> None:
    """Build an index unless it is there, and say what it took."""
    if directory.exists() and not rebuild:
        return
    import resource
    import shutil

    shutil.rmtree(directory, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_SELF)
    write(directory, rows, 1)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{directory.name}: {len(rows) / cpu:,.0f} articles per CPU second,"
        f" {process.size(directory) / len(rows):,.0f} bytes an article"
    )


def _microseconds(call: Callable[[], object], times: int = 5) -> float:
    spent = []
    for _ in range(times):
        started = perf_counter_ns()
        call()
        spent.append(perf_counter_ns() - started)
    return median(spent) / 1000


def _execution(index: Any, asked: queries.Query) -> Callable[[], object]:
    """The call from a plan to the answer's documents."""
    from searcher.query.execute import Execution
    from searcher.query.plan import Dates
    from searcher.query.ranking import ranking

    view = index.view
    plan = view.plan(subject._text(asked), ranking(subject.profile(asked)), None)[0]
    filters = []
    if asked.since:
        low, high = subject._day(asked.since), subject._day(asked.until)
        filters = [
            Dates(
                low and int(datetime.combine(low, time.min, tzinfo=UTC).timestamp()),
                high and int(datetime.combine(high, time(23, 59, 59), tzinfo=UTC).timestamp()),
            )
        ]
    if asked.kind == "sort_date":
        return lambda: Execution(view.snapshot, plan, filters).by_date(10, "newest")
    return lambda: Execution(view.snapshot, plan, filters).best(10)


def _p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--size", type=int, default=10**9)
    parser.add_argument("--queries", type=int, default=100, help="a class (default 100)")
    parser.add_argument("--classes", default=",".join(queries.CLASSES))
    parser.add_argument("--rebuild", action="store_true")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    rows = list(islice(read_jsonl(options.corpus), options.size))
    _index(options.work / "searcher", rows, subject.write, options.rebuild)
    _index(options.work / "tantivy", rows, peer.write, False)
    asked = queries.draw(rows[:37128], options.queries)
    del rows
    ours = subject.open_index(options.work / "searcher")
    theirs = peer.open_index(options.work / "tantivy")
    heads = ("new", "again", "p99", "execute", "p99", "tantivy", "p99", "ratio")
    print(f"{'class':12s}" + "".join(f"{head:>9s}" for head in heads))
    for name in options.classes.split(","):
        columns: list[list[float]] = [[], [], [], []]
        for query in asked[name]:
            columns[0].append(_microseconds(lambda q=query: subject.search(ours, q), 1))
            columns[1].append(_microseconds(lambda q=query: subject.search(ours, q)))
            columns[2].append(_microseconds(_execution(ours, query)))
            columns[3].append(_microseconds(lambda q=query: peer.search(theirs, q.plain())))
        new, again, execute, other = columns
        figures = (
            fmean(new), fmean(again), _p99(again), fmean(execute), _p99(execute),
            fmean(other), _p99(other),
        )  # fmt: skip
        ratio = fmean(again) / fmean(other)
        print(f"{name:12s}" + "".join(f"{figure:9.1f}" for figure in figures) + f"{ratio:9.2f}")


if __name__ == "__main__":
    main()
