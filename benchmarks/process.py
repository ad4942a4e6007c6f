"""Processes and what they cost: wall and CPU seconds, peak and present memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.worker import UNABLE

#: One thread for NumPy's BLAS: starting its pool is no part of a search.
ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


class Unable(Exception):
    """The engine says it cannot do this at all, which is a result, not a failure."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a whole process took. ``cpu`` counts its threads and finished children.

    ``peak_kb`` is what it says of itself, mapped files among it; ``anonymous_kb`` the most
    that was seen of its own memory and its children's, if it was watched.
    """

    wall: float
    cpu: float
    peak_kb: int
    anonymous_kb: int
    output: str
    errors: str


def _anonymous_kb(pid: int) -> int:
    """Anonymous resident memory of a process and all below it; 0 where /proc does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        children = [child for task in tasks for child in task.read_text().split()]
    except OSError:
        return 0
    own = [int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")]
    return sum(own) + sum(_anonymous_kb(int(child)) for child in children)


def run(argv: Sequence[str], given: str | None = None, watch: bool = False) -> Cost:
    """Run a process to its end, with ``given`` as its standard input.

    ``watch`` looks at its memory ten times a second.

    Raises Unable, or RuntimeError with its error output.
    """
    started = perf_counter()
    child = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    before = os.times()
    anonymous = 0
    while True:
        try:
            output, errors = child.communicate(given, timeout=0.1 if watch else None)
            break
        except subprocess.TimeoutExpired:
            anonymous = max(anonymous, _anonymous_kb(child.pid))
    wall, after = perf_counter() - started, os.times()
    if child.returncode == UNABLE:
        raise Unable
    # A searcher that finds nothing ends with 1, as grep does.
    if child.returncode > 1 or "Traceback" in errors:
        raise RuntimeError(f"{argv[-4:]}: {errors[-2000:]}")
    cpu = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    peak = [line.split()[1] for line in output.splitlines() if line.startswith("peak_kb ")]
    return Cost(wall, cpu, int(peak[-1]) if peak else 0, anonymous, output, errors)


class Server:
    """An engine's long-lived process, asked line by line."""

    def __init__(self, argv: Sequence[str], log: Path) -> None:
        self._log = log.open("a")
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=ENVIRONMENT,
        )
        if self._read() != "ready":
            raise RuntimeError(f"the engine did not start; see {log}")

    def _read(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the engine's process ended; see {self._log.name}")
        return line.rstrip("\n")

    def ask(self, query: str, repeat: int = 1) -> tuple[float, list[str]] | None:
        """(milliseconds, ids), or None where the engine has no such query."""
        assert self._process.stdin
        self._process.stdin.write(f"{repeat}\t{query}\n")
        self._process.stdin.flush()
        answer = self._read()
        if answer == "-":
            return None
        nanoseconds, *ids = answer.split("\t")
        return int(nanoseconds) / 1e6, ids

    def memory(self) -> tuple[float, float]:
        """(anonymous, file-backed) resident megabytes of the process now; 0 if unknown."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return 0.0, 0.0
        kb = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if "kB" in line}
        shared = int(kb.get("RssFile", 0)) + int(kb.get("RssShmem", 0))
        return int(kb.get("RssAnon", 0)) / 1024, shared / 1024

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=60)
        assert self._process.stdout
        self._process.stdout.close()
        self._log.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def size(directory: Path) -> int:
    """Bytes of all files below a directory."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
