"""The measurements of one corpus size, as plain rows: what is timed, in which order."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from benchmarks import process
from benchmarks.peers import IN_PLACE, JUST_IN_TIME, PEERS, SHARED, SUBJECT
from benchmarks.queries import Query


class Figure(NamedTuple):
    """One measured number. ``query`` is its number within the class, -1 for none."""

    size: int
    peer: str
    measure: str
    query_class: str
    query: int
    value: float


@dataclass
class Plan:
    """How much to measure.

    ``queries`` of a class are timed; further ones warm up. ``budget`` bounds the seconds
    one engine spends on a class and a table: a slow one answers the first queries only,
    and is compared on those.
    """

    queries: int = 200
    passes: int = 3
    repeat: int = 5
    budget: float = 20.0
    warm_up: float = 2.0
    cold: int = 7
    clock: str = "wall"
    workers: tuple[int, ...] = (1,)
    rebuild: frozenset[str] = frozenset()
    figures: list[Figure] = field(default_factory=list)

    def note(self, size: int, peer: str, measure: str, value: float) -> None:
        self.figures.append(Figure(size, peer, measure, "", -1, value))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def build(plan: Plan, size: int, peer: str, rows: Path, directory: Path) -> bool:
    """Build an engine's index, with 1 worker last so that this one is kept.

    False if it has none. An index that is already there is kept, and the figures of its
    build, which lie beside it, are those of this run too.
    """
    beside = directory.with_name(f"{peer}.build.json")
    known: dict[str, float] = json.loads(beside.read_text()) if beside.exists() else {}
    if not directory.exists() or peer in plan.rebuild:
        known = {}
        for workers in sorted(plan.workers, reverse=True):
            shutil.rmtree(directory, ignore_errors=True)
            try:
                cost = process.run(PEERS[peer]("write", directory, rows, workers), watch=True)
            except process.Unable:
                continue
            kind = "build" if workers == 1 else f"build{workers}"
            known[f"{kind}_wall_s"] = cost.wall
            known[f"{kind}_cpu_s"] = cost.cpu
            known[f"{kind}_peak_mb"] = cost.peak_kb / 1024
            known[f"{kind}_anonymous_mb"] = cost.anonymous_kb / 1024
            say(f"  {peer}: built with {workers} worker(s) in {cost.cpu:.1f} CPU s")
        if directory.exists():
            beside.write_text(json.dumps(known, indent=1))
    else:
        say(f"  {peer}: index is there, kept")
    for measure, value in known.items():
        plan.note(size, peer, measure, value)
    if directory.exists():
        plan.note(size, peer, "index_bytes", process.size(directory))
    return directory.exists()


def queries(
    plan: Plan,
    size: int,
    indexes: dict[str, Path],
    asked: dict[str, list[Query]],
    log: Path,
) -> None:
    """Put every query to every engine: interleaved, then each five times in a row."""
    with ExitStack() as stack:
        servers = {
            peer: stack.enter_context(
                process.Server(PEERS[peer]("serve", directory, plan.clock), log)
            )
            for peer, directory in indexes.items()
        }
        for peer, server in servers.items():
            anonymous, mapped = server.memory()
            plan.note(size, peer, "open_anonymous_mb", anonymous)
            plan.note(size, peer, "open_mapped_mb", mapped)
        for name, class_queries in asked.items():
            _class(plan, size, servers, name, class_queries)
        for peer, server in servers.items():
            anonymous, mapped = server.memory()
            plan.note(size, peer, "after_anonymous_mb", anonymous)
            plan.note(size, peer, "after_mapped_mb", mapped)


def _line(peer: str, query: Query) -> str:
    return (query if peer == SUBJECT else query.plain()).line()


def _class(
    plan: Plan,
    size: int,
    servers: dict[str, process.Server],
    name: str,
    class_queries: Sequence[Query],
) -> None:
    """All engines, one class of queries: warm-up, passes, agreement."""
    # Other queries than the timed ones: an engine that remembers what it was asked would
    # have nothing left to do.
    asked = class_queries[: plan.queries]
    others = class_queries[plan.queries :] or class_queries
    able = dict(servers)
    for peer, server in servers.items():
        if server.ask(_line(peer, others[0])) is None:
            del able[peer]
            continue
        until, at = perf_counter() + plan.warm_up, 0
        while perf_counter() < until and (at < len(others) or peer in JUST_IN_TIME):
            server.ask(_line(peer, others[at % len(others)]))
            at += 1

    answers: dict[str, dict[int, list[str]]] = defaultdict(dict)
    for table, passes, repeat in (("interleaved", plan.passes, 1), ("hot", 1, plan.repeat)):
        times: dict[tuple[str, int], list[float]] = defaultdict(list)
        spent = dict.fromkeys(able, 0.0)
        for turn in range(passes):
            for number, query in enumerate(asked):
                peers = list(able)
                first = (number + turn) % max(1, len(peers))
                # Each engine in turn follows each other: none profits from its neighbour.
                for peer in peers[first:] + peers[:first]:
                    # Out of budget: what it has answered so far is what counts. A pass
                    # never asks what the pass before it did not.
                    if spent[peer] > plan.budget or (turn and (peer, number) not in times):
                        continue
                    started = perf_counter()
                    answer = able[peer].ask(_line(peer, query), repeat)
                    spent[peer] += perf_counter() - started
                    if answer:
                        times[peer, number].append(answer[0])
                        answers[peer][number] = answer[1]
        found = [(peer, n) for peer in able for n in range(len(asked)) if (peer, n) in times]
        if table == "interleaved":
            plan.figures += [
                Figure(size, peer, "first", name, n, times[peer, n][0]) for peer, n in found
            ]
        plan.figures += [
            Figure(size, peer, table, name, n, median(times[peer, n])) for peer, n in found
        ]
    _agreement(plan, size, name, {peer: answers[peer] for peer in able})
    say(f"  {name}: {', '.join(able)}")


def _agreement(plan: Plan, size: int, name: str, answers: dict[str, dict[int, list[str]]]) -> None:
    """How much of one engine's first ten the first engine's first ten hold: same work?"""
    first, *others = answers or [""]
    for peer in others:
        for number, ids in answers[peer].items():
            against = answers[first].get(number)
            if against is not None and (ids or against):
                share = len(set(ids) & set(against)) / max(len(ids), len(against))
                plan.figures.append(Figure(size, peer, "agreement", name, number, share))


def cold(plan: Plan, size: int, indexes: dict[str, Path], query: Query) -> None:
    """The whole process, from nothing to ten snippets printed; turn by turn."""
    words = " ".join(query.words)
    commands = {peer: PEERS[peer]("cold", directory, words) for peer, directory in indexes.items()}
    commands["python -c pass"] = [sys.executable, "-c", "pass"]
    commands["python -c 'import typer'"] = [sys.executable, "-c", "import typer"]
    commands["python -c 'import numpy'"] = [sys.executable, "-c", "import numpy"]
    costs: dict[str, list[process.Cost]] = defaultdict(list)
    for turn in range(plan.cold + 1):
        for peer, command in commands.items():
            if turn == 1 and peer in indexes:  # a cache may have been made meanwhile
                command = commands[peer] = PEERS[peer]("cold", indexes[peer], words)
            try:
                cost = process.run(command)
            except (process.Unable, RuntimeError) as error:
                if not turn:
                    say(f"  {peer}: no cold start ({str(error)[:300]})")
                continue
            if turn:  # the first fills the page cache
                costs[peer].append(cost)
    for peer, found in costs.items():
        plan.note(size, peer, "cold_wall_ms", 1000 * median(cost.wall for cost in found))
        plan.note(size, peer, "cold_min_ms", 1000 * min(cost.wall for cost in found))
        plan.note(size, peer, "cold_cpu_ms", 1000 * median(cost.cpu for cost in found))
        plan.note(size, peer, "cold_peak_mb", median(cost.peak_kb for cost in found) / 1024)


#: Classes asked by one thread and by two.
THREADED = ("or", "phrase", "or_snip", "or_default", "or_snip_default")


def threads(plan: Plan, size: int, indexes: dict[str, Path], asked: dict[str, list[Query]]) -> None:
    """How many queries a second one thread answers, and two threads of the same process.

    That is a question to engines called from Python: do they let other threads run?
    """
    for peer, directory in indexes.items():
        if peer not in SHARED:
            continue
        for name in (name for name in THREADED if name in asked):
            queries = asked[name][: plan.queries]
            if peer != SUBJECT and queries[0].plain() != queries[0]:
                continue  # the question that it has just been asked
            lines = "".join(query.line() + "\n" for query in queries)
            command = PEERS[peer]("threads", directory, min(0.5, plan.warm_up))
            one, two = map(float, process.run(command, lines).output.split())
            plan.figures.append(Figure(size, peer, "threads1_qps", name, -1, one))
            plan.figures.append(Figure(size, peer, "threads2_qps", name, -1, two))


#: Files up to this many bytes are copied, as those that an engine writes in place are.
SMALL = 1 << 20


def _twin(directory: Path, copy: Path, in_place: bool) -> None:
    """A copy to write to. Large files that are written once and then only read are linked:
    copying gigabytes would leave the disk busy while the addition is timed."""

    def place(source: str, target: str) -> None:
        if in_place or os.path.getsize(source) <= SMALL:
            shutil.copy2(source, target)
        else:
            os.link(source, target)

    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(directory, copy, copy_function=place)
    if in_place:
        os.sync()


def add(plan: Plan, size: int, indexes: dict[str, Path], extra: Path) -> None:
    """A whole process that adds 100 articles to a twin of the full index; three times, but
    once where gigabytes have to be copied for it."""
    for peer, directory in indexes.items():
        copy = directory.with_name(directory.name + ".copy")
        before = _state(directory)
        costs = []
        for _ in range(1 if peer in IN_PLACE else min(3, plan.passes)):
            _twin(directory, copy, peer in IN_PLACE)
            try:
                costs.append(process.run(PEERS[peer]("write", copy, extra, 1)))
            except process.Unable:
                break
            finally:
                shutil.rmtree(copy, ignore_errors=True)
        if costs:
            plan.note(size, peer, "add100_wall_s", median(cost.wall for cost in costs))
            plan.note(size, peer, "add100_cpu_s", median(cost.cpu for cost in costs))
            plan.note(size, peer, "add100_peak_mb", median(c.peak_kb for c in costs) / 1024)
        if _state(directory) != before:
            raise RuntimeError(f"{peer} wrote into files it shares: it belongs to IN_PLACE")


def _state(directory: Path) -> dict[str, tuple[int, int]]:
    return {
        path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in directory.iterdir()
    }
