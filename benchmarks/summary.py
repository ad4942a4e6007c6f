"""Figures to tables: ``raw.csv`` for machines, ``summary.md`` for people.

A ratio is of means over the queries that both engines answered; ``best`` is the peer with
the lowest mean. The subject of the tables is never its own peer.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean

from benchmarks.measure import Figure
from benchmarks.peers import SUBJECT
from benchmarks.queries import CLASSES, Query


def write_csv(path: Path, figures: Iterable[Figure]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(Figure._fields)
        for each in figures:
            query = "" if each.query < 0 else each.query
            rows.writerow((*each[:4], query, f"{each.value:.4g}"))


def read_csv(path: Path) -> list[Figure]:
    """The inverse of :func:`write_csv`, to four digits."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Figure(
                int(row["size"]),
                row["peer"],
                row["measure"],
                row["query_class"],
                int(row["query"] or -1),
                float(row["value"]),
            )
            for row in csv.DictReader(lines)
        ]


def _percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest value that at least ``share`` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    line = lambda cells: "| " + " | ".join(cells) + " |"  # noqa: E731
    return [line(head), "|---" * len(head) + "|", *map(line, rows), ""]


def _ms(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


class _Times:
    """Milliseconds of one size and one table: class and peer to query number to value."""

    def __init__(self, figures: Iterable[Figure], size: int, measure: str) -> None:
        self.of: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        for each in figures:
            if each.size == size and each.measure == measure:
                self.of[each.query_class, each.peer][each.query] = each.value

    def ratio(self, name: str, peer: str, to: str, share: float | None = None) -> float | None:
        """``peer``'s mean (or percentile) over ``to``'s, on the queries both answered."""
        mine, theirs = self.of[name, peer], self.of[name, to]
        common = mine.keys() & theirs.keys()
        if not common:
            return None
        measure = fmean if share is None else lambda values: _percentile(list(values), share)
        return measure([mine[n] for n in common]) / measure([theirs[n] for n in common])

    def best(self, name: str, peers: Iterable[str]) -> str | None:
        """The fastest peer of a class, each compared with one that answered every query."""
        able = [peer for peer in peers if peer != SUBJECT and self.of[name, peer]]
        if not able:
            return None
        fullest = max(able, key=lambda peer: len(self.of[name, peer]))
        return min(able, key=lambda peer: self.ratio(name, peer, fullest) or math.inf)

    def against_best(
        self, name: str, peers: Iterable[str], share: float | None = None
    ) -> float | None:
        best = self.best(name, peers)
        return self.ratio(name, SUBJECT, best, share) if best else None


def _latency(times: _Times, peers: Sequence[str]) -> list[str]:
    head = ["class", "best peer", f"{SUBJECT} / best", "p99 / best's p99"]
    head += [f"{peer}, ms mean (p50 / p99)" for peer in peers]
    rows = []
    for name in CLASSES:
        best = times.best(name, peers)
        if best is None:
            continue
        ratio = times.ratio(name, SUBJECT, best)
        tail = times.ratio(name, SUBJECT, best, 0.99)
        row = [name, best, *(f"**{r:.2f}**" if r else "–" for r in (ratio, tail))]
        for peer in peers:
            values = list(times.of[name, peer].values())
            if not values:
                row.append("–")
                continue
            cell = f"{_ms(fmean(values))} ({_ms(_percentile(values, 0.5))}"
            cell += f" / {_ms(_percentile(values, 0.99))})"
            against = times.ratio(name, peer, best)
            cell += f" ×{against:.2f}" if against and peer != best else ""
            most = max(len(times.of[name, each]) for each in peers)
            row.append(cell + (f" n={len(values)}" if len(values) < most else ""))
        rows.append(row)
    return _table(head, rows)


def _exponent(
    first: _Times, last: _Times, name: str, peer: str, sizes: Sequence[int]
) -> tuple[float, float] | None:
    """(factor, exponent of N) by which a mean grows from the last size but one to the last."""
    a, b = first.of[name, peer], last.of[name, peer]
    common = a.keys() & b.keys()
    if not common:
        return None
    grown = fmean(b[n] for n in common) / fmean(a[n] for n in common)
    return grown, math.log(grown) / math.log(sizes[-1] / sizes[-2])


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _overview(figures: Sequence[Figure], sizes: Sequence[int], peers: Sequence[str]) -> list[str]:
    """One row a class: every ratio to the best peer that the tables below hold."""
    tables = ("first", "interleaved", "hot")
    times = {(size, table): _Times(figures, size, table) for size in sizes for table in tables}
    head = ["class", "best peer (hot)"]
    head += [f"{size:,}: first / interleaved / hot" for size in sizes]
    head += ["p99 at the largest: interleaved / hot"]
    if len(sizes) > 1:
        head += [f"exponent of N, hot: {SUBJECT} / best peer"]
    rows = []
    for name in CLASSES:
        largest = times[sizes[-1], "hot"]
        best = largest.best(name, peers)
        if best is None or not largest.of[name, SUBJECT]:
            continue
        row = [name, best]
        for size in sizes:
            ratios = [times[size, table].against_best(name, peers) for table in tables]
            row.append(" / ".join(map(_ratio, ratios)))
        tails = [times[sizes[-1], t].against_best(name, peers, 0.99) for t in tables[1:]]
        row.append(" / ".join(map(_ratio, tails)))
        if len(sizes) > 1:
            two = times[sizes[-2], "hot"], largest
            grown = [_exponent(*two, name, peer, sizes) for peer in (SUBJECT, best)]
            row.append(" / ".join(_ratio(each and each[1]) for each in grown))
        rows.append(row)
    return [
        f"## In short: {SUBJECT}'s mean over that of the best peer of each class",
        "",
        *_table(head, rows),
    ]


def _full_recipe(
    figures: Sequence[Figure], sizes: Sequence[int], peers: Sequence[str]
) -> list[str]:
    """The full recipe against each engine's plain OR."""
    others = [peer for peer in peers if peer != SUBJECT]
    rows = []
    for name in (name for name in CLASSES if Query(name).plain().kind != name):
        for size in sizes:
            row = [name, f"{size:,}"]
            for peer in others:
                ratios = [
                    _Times(figures, size, table).ratio(name, SUBJECT, peer)
                    for table in ("first", "interleaved", "hot")
                ]
                row.append(" / ".join(map(_ratio, ratios)) if any(ratios) else "–")
            rows.append(row)
    title = f"## {SUBJECT}'s full recipe over each engine's plain OR: first / interleaved / hot"
    return [title, "", *_table(["class", "articles", *others], rows)]


def _threads(figures: Sequence[Figure]) -> list[str]:
    """Queries a second by one thread and by two."""
    rates = {
        (f.peer, f.size, f.query_class, f.measure): f.value
        for f in figures
        if f.measure in ("threads1_qps", "threads2_qps")
    }
    rows = []
    for peer, size, name, measure in rates:
        if measure == "threads1_qps":
            one, two = rates[peer, size, name, measure], rates[peer, size, name, "threads2_qps"]
            rows.append([peer, f"{size:,}", name, f"{one:,.0f}", f"{two:,.0f}", f"{two / one:.2f}"])
    if not rows:
        return []
    head = ["engine", "articles", "class", "queries / s, one thread", "two threads", "ratio"]
    return ["## Two threads of one process", "", *_table(head, rows)]


#: Rows of the table of ratios of single figures: what, measure, and the engine compared with.
_AGAINST = (
    ("CPU time of a build, 1 worker", "build_cpu_s", "tantivy"),
    ("wall time of a build, 2 workers", "build2_wall_s", "tantivy"),
    ("peak memory of a build", "build_peak_mb", "tantivy"),
    ("index bytes", "index_bytes", "tantivy"),
    ("cold start, whole process", "cold_wall_ms", "python -c 'import typer'"),
    ("cold start, whole process", "cold_wall_ms", "tantivy"),
    ("100 more articles", "add100_wall_s", "tantivy"),
    ("anonymous memory after all queries", "after_anonymous_mb", "tantivy"),
)


def _single_ratios(figures: Sequence[Figure], sizes: Sequence[int]) -> list[str]:
    found = {(f.size, f.peer, f.measure): f.value for f in figures}
    rows = []
    for what, measure, peer in _AGAINST:
        row = [what, peer]
        for size in sizes:
            mine, theirs = found.get((size, SUBJECT, measure)), found.get((size, peer, measure))
            row.append(_ratio(mine / theirs if mine and theirs else None))
        if set(row[2:]) != {"–"}:
            rows.append(row)
    title = f"## In short: {SUBJECT} over another, lower is better"
    head = ["what", "over", *(f"{size:,}" for size in sizes)]
    return [title, "", *_table(head, rows)] if rows else []


def _growth(figures: Sequence[Figure], sizes: Sequence[int], peers: Sequence[str]) -> list[str]:
    """How the mean grows between the two largest sizes, as an exponent of N."""
    small, large = sizes[-2], sizes[-1]
    first, last = (_Times(figures, size, "hot") for size in (small, large))
    rows = []
    for name in CLASSES:
        row = [name]
        for peer in peers:
            grown = _exponent(first, last, name, peer, sizes)
            row.append(f"×{grown[0]:.1f} ({grown[1]:.2f})" if grown else "–")
        rows.append(row)
    title = f"## Growth, {small:,} to {large:,} articles (hot), and the exponent of N"
    return [title, "", *_table(["class", *peers], rows)]


#: Columns of the table of single figures: heading, measure, what it is shown as.
_SINGLE = (
    ("docs / CPU s, 1 worker", "build_cpu_s", lambda value, n: f"{n / value:,.0f}"),
    ("docs / CPU s, 2 workers", "build2_cpu_s", lambda value, n: f"{n / value:,.0f}"),
    ("build s, 1 worker", "build_wall_s", lambda value, n: f"{value:.1f}"),
    ("build s, 2 workers", "build2_wall_s", lambda value, n: f"{value:.1f}"),
    ("peak MB, building", "build_peak_mb", lambda value, n: f"{value:.0f}"),
    ("(anonymous)", "build_anonymous_mb", lambda value, n: f"{value:.0f}"),
    ("peak MB anonymous, 2 workers", "build2_anonymous_mb", lambda value, n: f"{value:.0f}"),
    ("index bytes / article", "index_bytes", lambda value, n: f"{value / n:,.0f}"),
    ("cold to ten snippets, ms (median)", "cold_wall_ms", lambda value, n: f"{value:.0f}"),
    ("(min)", "cold_min_ms", lambda value, n: f"{value:.0f}"),
    ("100 more articles, s", "add100_wall_s", lambda value, n: f"{value:.2f}"),
    ("(CPU s)", "add100_cpu_s", lambda value, n: f"{value:.2f}"),
)


def _resources(figures: Sequence[Figure], size: int) -> list[str]:
    found = {(f.peer, f.measure): f.value for f in figures if f.size == size}
    peers = list(dict.fromkeys(f.peer for f in figures if f.size == size))
    head = ["engine", *(heading for heading, _, _ in _SINGLE)]
    head += ["MB anonymous + mapped, opened", "after all queries"]
    rows = []
    for peer in peers:
        row = [peer]
        for _, measure, show in _SINGLE:
            value = found.get((peer, measure))
            row.append("–" if not value else show(value, size))
        for when in ("open", "after"):
            anonymous = found.get((peer, f"{when}_anonymous_mb"))
            mapped = found.get((peer, f"{when}_mapped_mb"), 0)
            row.append("–" if anonymous is None else f"{anonymous:.0f} + {mapped:.0f}")
        rows.append(row)
    return _table(head, rows)


def _agreement(figures: Sequence[Figure], size: int) -> list[str]:
    shares: dict[tuple[str, str], list[float]] = defaultdict(list)
    for each in figures:
        if each.size == size and each.measure == "agreement":
            shares[each.query_class, each.peer].append(each.value)
    peers = list(dict.fromkeys(peer for _, peer in shares))
    return _table(
        ["class", *peers],
        [
            [name, *(f"{fmean(s):.2f}" if (s := shares[name, peer]) else "–" for peer in peers)]
            for name in CLASSES
            if any(shares[name, peer] for peer in peers)
        ],
    )


def write_summary(path: Path, figures: Sequence[Figure], about: Sequence[str]) -> None:
    """The tables of one run; ``about`` says on what and how it was made."""
    sizes = sorted({each.size for each in figures})
    lines = ["# Benchmark run", "", *(f"- {each}" for each in about), ""]
    lines += [f"- `{name}`: {meaning}" for name, meaning in CLASSES.items()] + [""]
    asked = [f for f in figures if f.measure in ("first", "interleaved", "hot")]
    everyone = list(dict.fromkeys(each.peer for each in asked))
    if asked:
        lines += _overview(asked, sizes, everyone)
        lines += _full_recipe(asked, sizes, everyone)
    lines += _single_ratios(figures, sizes)
    lines += _threads(figures)
    for size in sizes:
        mine = [each for each in figures if each.size == size]
        peers = list(dict.fromkeys(f.peer for f in mine if f.measure in ("interleaved", "hot")))
        lines += [f"## {size:,} articles", ""]
        for measure, heading in (
            ("first", "The first time each query is asked (one pass, so noisier)"),
            ("interleaved", "Every query to every engine in turn (cold CPU caches)"),
            ("hot", "Each query several times in a row (hot caches)"),
        ):
            lines += [f"### {heading}", "", *_latency(_Times(mine, size, measure), peers)]
        lines += ["### Building, size, starting, adding, memory", "", *_resources(mine, size)]
        if peers:
            lines += [f"### Share of the first ten that {peers[0]} returns too", ""]
            lines += _agreement(mine, size)
    if len(sizes) > 1:
        lines += _growth(figures, sizes, everyone)
    path.write_text("\n".join(lines), encoding="utf-8")
