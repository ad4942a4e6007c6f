"""The inside of an engine's process: ``python -m benchmarks.worker ENGINE ACTION …``.

``version``
    prints one line.
``write DIR FILE WORKERS``
    adds the articles of FILE to the index in DIR.
``cold DIR WORDS``
    opens the index, asks for any of the words, prints ten snippets.
``serve DIR CLOCK``
    answers lines on standard input until it ends. A request is ``REPEAT TAB QUERY``, the
    query as :meth:`benchmarks.queries.Query.line` writes it; the answer is ``NANOSECONDS
    TAB ID TAB ID …``, the median over REPEAT askings, or ``-`` if the engine has no such
    query. Anything but an answer goes to standard error. CLOCK is ``wall``, or ``cpu`` for
    the processor time of the answering thread.

``threads DIR SECONDS``
    reads queries from standard input, one a line, and prints how many a second one
    thread answers and two threads answer: medians of three turns of SECONDS each.

Exit status 3 says that the engine cannot do what was asked. The last line of ``write`` and
``cold`` is ``peak_kb N``. Nothing heavy is imported here: what ``cold`` takes should be
the engine's own time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median, median_low
from time import perf_counter_ns, thread_time_ns
from typing import Any

UNABLE = 3


def _peak_kb() -> int:
    """The largest resident size of this process, in KB; 0 where /proc does not tell.

    Not ``getrusage``: on Linux its maximum starts with that of the process that forked. Of
    finished children it is all there is; the largest is added, as if both had peaked at once.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    own = next((int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line), 0)
    from resource import RUSAGE_CHILDREN, getrusage

    return own + int(getrusage(RUSAGE_CHILDREN).ru_maxrss)


def _serve(engine: Any, directory: Path, clock: Callable[[], int]) -> None:
    from benchmarks.queries import Query

    index = engine.open_index(directory)
    print("ready", flush=True)
    for line in sys.stdin:
        repeat, _, asked = line.rstrip("\n").partition("\t")
        query, times, hits = Query.of(asked), [], None
        try:
            for _ in range(int(repeat)):
                started = clock()
                hits = engine.search(index, query)
                times.append(clock() - started)
        except NotImplementedError:
            print("-", flush=True)
            continue
        found = [article_id for article_id, _ in engine.ids(index, hits)]
        print(median_low(times), *found, sep="\t", flush=True)


def _threads(engine: Any, directory: Path, seconds: float) -> None:
    from itertools import cycle
    from threading import Thread

    from benchmarks.queries import Query

    index = engine.open_index(directory)
    queries = [Query.of(line.rstrip("\n")) for line in sys.stdin]
    for query in queries:
        engine.search(index, query)

    def rate(threads: int) -> float:
        answered = []

        def work(start: int) -> None:
            n, until = 0, perf_counter_ns() + int(1e9 * seconds)
            turn = cycle(queries[start:] + queries[:start])
            while perf_counter_ns() < until:
                engine.search(index, next(turn))
                n += 1
            answered.append(n)

        workers = [Thread(target=work, args=(i * len(queries) // threads,)) for i in range(threads)]
        started = perf_counter_ns()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return 1e9 * sum(answered) / (perf_counter_ns() - started)

    turns = [(rate(1), rate(2)) for _ in range(3)]
    print(*(median(turn[i] for turn in turns) for i in (0, 1)))


def main() -> None:
    name, action, *arguments = sys.argv[1:]
    engine = import_module(f"benchmarks.peers.{name}")
    try:
        if action == "version":
            print(engine.version())
        elif action == "write":
            from benchmarks.articles import read_rows

            directory, rows, workers = arguments
            engine.write(Path(directory), read_rows(Path(rows)), int(workers))
            print("peak_kb", _peak_kb())
        elif action == "cold":
            from benchmarks.queries import Query

            index = engine.open_index(Path(arguments[0]))
            for kind in ("or_snip", "or"):
                try:
                    hits = engine.search(index, Query(kind, tuple(arguments[1].split())))
                except NotImplementedError:
                    continue  # an engine without snippets shows ids
                print(*(f"{name} {text}" for name, text in engine.ids(index, hits)), sep="\n")
                break
            print("peak_kb", _peak_kb())
        elif action == "threads":
            _threads(engine, Path(arguments[0]), float(arguments[1]))
        else:
            clock = thread_time_ns if arguments[1] == "cpu" else perf_counter_ns
            _serve(engine, Path(arguments[0]), clock)
    except NotImplementedError:
        raise SystemExit(UNABLE) from None


if __name__ == "__main__":
    main()
