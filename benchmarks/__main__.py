"""``python -m benchmarks``: measure, and write ``raw.csv`` and ``summary.md``."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import shutil
import sys
import tempfile
from itertools import islice
from pathlib import Path

from benchmarks import measure, process, queries, scale, summary
from benchmarks.articles import Row, read_jsonl, write_rows
from benchmarks.peers import PEERS, SUBJECT, prepare

#: What is measured of each size, after the builds.
STEPS = ("queries", "threads", "cold", "add")
#: Articles added to the full index in one go.
EXTRA = 100


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure searcher beside other engines on the same articles and queries.",
    )
    parser.add_argument("--corpus", type=Path, help="JSONL (or .gz): id, title, body, date")
    parser.add_argument("--sizes", default="", help="articles, as 37128,300000 (default: all)")
    parser.add_argument("--peers", default=",".join(PEERS), help=f"of {', '.join(PEERS)}")
    parser.add_argument("--classes", default=",".join(queries.CLASSES), help="of the seventeen")
    parser.add_argument("--queries", type=int, default=200, help="a class (default 200)")
    parser.add_argument("--passes", type=int, default=3, help="medians of so many (default 3)")
    parser.add_argument("--budget", type=float, default=20, help="seconds an engine, class, table")
    parser.add_argument("--clock", default="wall", choices=("wall", "cpu"), help="of the queries")
    parser.add_argument("--workers", default="1", help="builds with so many workers, as 1,2")
    parser.add_argument("--work", type=Path, help="where indexes live, and are kept for next time")
    parser.add_argument("--rebuild", default="", help="engines whose builds are measured again")
    parser.add_argument("--only", default=",".join(STEPS), help=f"of {', '.join(STEPS)}, build")
    parser.add_argument("--out", type=Path, help="default benchmarks/runs/<date>")
    parser.add_argument("--smoke", action="store_true", help="300 invented articles, a minute")
    options = parser.parse_args(argv)
    if not options.smoke and not options.corpus:
        parser.error("--corpus FILE.jsonl is needed (or --smoke)")
    for given, known in (
        (options.peers, PEERS),
        (options.classes, queries.CLASSES),
        (options.only, (*STEPS, "build")),
        (options.rebuild, PEERS),
    ):
        if unknown := set(filter(None, given.split(","))) - set(known):
            parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return options


def _machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return (
        f"{os.cpu_count()} × {model}, {platform.system()}, Python {platform.python_version()}{load}"
    )


def _present(names: list[str], work: Path) -> dict[str, str]:
    """Engines that can be run here, to their versions; the others are named on stderr."""
    found = {}
    for name in names:
        try:
            prepare(name, work / name)
            cost = process.run(PEERS[name]("version"))
            version = cost.output.strip()
            vectors = [line for line in cost.errors.splitlines() if "ector incubator API" in line]
            found[name] = "; ".join([version, *(line.removeprefix("INFO: ") for line in vectors)])
            if cost.errors and "Error" in cost.errors:
                raise RuntimeError(cost.errors.splitlines()[-1])
        except Exception as error:
            found.pop(name, None)
            reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            measure.say(f"{name}: left out ({reason})")
    return found


def _corpora(base: list[Row], sizes: list[int], work: Path) -> dict[int, Path]:
    """The plain file of each size, and of the extra articles beside it (``.extra``)."""
    files = {}
    for size in sizes:
        path = files[size] = work / f"{size}.tsv"
        extra = path.with_suffix(".extra")
        if path.exists() and extra.exists():
            continue
        measure.say(f"making the corpus of {size:,} articles")
        write_rows(path, scale.scaled(base, size))
        more = islice(scale.recombined(base, seed=2), EXTRA)
        write_rows(extra, (row._replace(id=f"x{row.id}") for row in more))
    return files


def main(argv: list[str] | None = None) -> None:
    options = _arguments(argv)
    plan = measure.Plan(
        queries=options.queries,
        passes=options.passes,
        budget=options.budget,
        clock=options.clock,
        workers=tuple(map(int, options.workers.split(","))),
        rebuild=frozenset(options.rebuild.split(",")),
    )
    if options.smoke:
        few = min(5, options.queries)
        plan = measure.Plan(queries=few, passes=1, repeat=2, budget=2, warm_up=0.1, cold=1)
    today = datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%d")
    out = options.out or Path(__file__).parent / "runs" / today
    kept = options.work is not None
    work = options.work or Path(tempfile.mkdtemp(prefix="searcher-benchmarks-"))
    try:
        out.mkdir(parents=True, exist_ok=True)
        work.mkdir(parents=True, exist_ok=True)
        _measure(options, plan, work, out)
    finally:
        if not kept:
            shutil.rmtree(work, ignore_errors=True)
    print(out / "summary.md")


def _measure(options: argparse.Namespace, plan: measure.Plan, work: Path, out: Path) -> None:
    base = scale.invented(300) if options.smoke else list(read_jsonl(options.corpus))
    sizes = sorted(int(size) for size in options.sizes.split(",") if size) or [len(base)]
    about = [
        _machine(),
        f"{len(base):,} {'invented' if options.smoke else 'given'} articles;"
        f" {plan.queries} queries a class, medians of {plan.passes},"
        f" at most {plan.budget:g} s an engine, class and table; {plan.clock} clock",
    ]
    peers = _present(options.peers.split(","), work)
    about += [f"{name}: {version}" for name, version in peers.items()]

    files = _corpora(base, sizes, work)
    # A quarter more than is timed, to warm up with.
    drawn = queries.draw(base[: sizes[0]], plan.queries + plan.queries // 4 + 1)
    asked = {name: drawn[name] for name in queries.CLASSES if name in options.classes.split(",")}
    del base
    steps = options.only.split(",")
    for size in sizes:
        measure.say(f"{size:,} articles")
        indexes = {}
        for peer in peers:
            directory = work / str(size) / peer
            try:
                if measure.build(plan, size, peer, files[size], directory):
                    indexes[peer] = directory
            except RuntimeError as error:
                if peer == SUBJECT:
                    raise
                measure.say(f"  {peer}: left out ({error})")
        if "queries" in steps:
            measure.queries(plan, size, indexes, asked, work / "engines.log")
        if "threads" in steps:
            measure.threads(plan, size, indexes, asked)
        if "cold" in steps:
            measure.cold(plan, size, indexes, drawn["or_snip"][0])
        if "add" in steps:
            measure.add(plan, size, indexes, files[size].with_suffix(".extra"))
        # Written after each size: a long run that is stopped leaves what it has.
        summary.write_csv(out / "raw.csv", plan.figures)
        summary.write_summary(out / "summary.md", plan.figures, about)


if __name__ == "__main__":
    main(sys.argv[1:])
